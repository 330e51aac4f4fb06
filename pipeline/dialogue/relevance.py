"""Whether a mention in a customer's turn is about this application at all."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from pipeline.dialogue.acts import Acts
from pipeline.language.phrases import PhraseBook
from pipeline.language.resources import table, word_list
from pipeline.language.script import CLAUSE_END
from pipeline.types import Mention

FILE = "dialogue/relevance.yaml"
SHORT_QUESTION = 14
# In 八千没有六千多 the 没有 takes back what stands before it.
VALUE_ENDS = frozenset("一二三四五六七八九十百千万块元期年月多0123456789")


class Relevance:
    """Keeps out asides, other cars, other people and the customer's own questions, by its list in `configs/`."""

    def __init__(self, acts: Acts, own: Path | None = None) -> None:
        words = table(FILE, own)
        self._acts = acts
        self._refusals = PhraseBook((word, "") for word in word_list(words["refusals"]))
        self._refused_after = word_list(words["refused_after"])
        self._purchase = word_list(words["purchase"])
        self._driving = word_list(words["driving"])
        self._others = word_list(words["others"])
        self._repeat = word_list(words["repeat"])

    def counts(self, field: str, mention: Mention, text: str, *, active: bool, asked: Callable[[str], bool]) -> bool:
        """Whether the mention is a statement about `field`; `active`: that field is being asked or read out."""
        if self._is_asked_back(text, mention):
            return False
        if mention.kind == "vehicle":
            return self._is_this_car(mention, text, active=active or asked("vehicle.brand"))
        if mention.kind == "purpose":
            if active:
                return True
            driver = mention.text.startswith(("自己", "本人", "自个"))
            return (asked("vehicle.actual_user") and not driver) or self._near(text, mention, self._purchase)
        if field.startswith("contact."):
            return True
        if mention.kind == "relation":
            return self._is_driver(mention, text, active=active, purpose=asked("loan.purpose"))
        if mention.kind == "organisation":
            return active and mention.attributes.get("general") != "yes"
        if mention.kind == "name":
            return self._is_own_name(mention, text, active=active)
        return mention.kind != "digits" or active or mention.attributes.get("about") in ("id", "mobile")

    def is_refused(self, text: str, mention: Mention) -> bool:
        """Whether the mention is taken back where it stands (没有八千, 八千没有)."""
        if mention.kind not in ("money", "duration", "vehicle", "digits", "name"):
            return False
        hit = self._refusals.match_before(text, mention.start)
        if hit is not None and text[hit.start - 1 : hit.start] not in VALUE_ENDS:
            return True
        return text.startswith(self._refused_after, mention.end)

    def asks_back(self, text: str) -> bool:
        """Whether a short turn only asks to hear the question again, or asks something itself."""
        return len(text) <= SHORT_QUESTION and any(word in text for word in self._repeat)

    def _is_asked_back(self, text: str, mention: Mention) -> bool:
        end = mention.end
        if text[end : end + 1] == "?":
            return True
        while end < len(text) and text[end] not in CLAUSE_END and end - mention.end < 6:
            end += 1
        tail = text[mention.end : end + 1].rstrip("?。,!")
        return tail.endswith(("吗", "么", "对不对", "是不是", "是吧对吧")) and not tail.endswith(
            ("什么", "这么", "那么", "怎么")
        )

    def _is_this_car(self, mention: Mention, text: str, *, active: bool) -> bool:
        before = text[max(0, mention.start - 10) : mention.start]
        after = text[mention.end : mention.end + 6]
        other = self._acts.find("other_car", before)
        this = self._acts.find("this_car", before)
        after_all = self._acts.find("this_car_after_all", before)
        if other and not (after_all and after_all[-1].start > other[-1].start):
            return False
        if "卖了" in after or "上班" in after:
            return False
        if active:
            return True
        return "weak" not in mention.attributes and bool(this)

    def _is_driver(self, mention: Mention, text: str, *, active: bool, purpose: bool) -> bool:
        drives = mention.attributes.get("drives") == "yes"
        if active:
            return not (mention.value == "self" and mention.text.startswith("是我") and not drives and len(text) > 8)
        return drives and ((purpose and mention.value != "self") or self._near(text, mention, self._driving))

    def _is_own_name(self, mention: Mention, text: str, *, active: bool) -> bool:
        before = text[max(0, mention.start - 10) : mention.start]
        if any(word in before for word in self._others):
            return False
        return active or mention.attributes.get("frame") == "strong"

    @staticmethod
    def _near(text: str, mention: Mention, words: tuple[str, ...]) -> bool:
        stretch = text[max(0, mention.start - 14) : mention.end + 8]
        return any(word in stretch for word in words)
