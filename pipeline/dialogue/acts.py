"""What a turn does: agrees, denies, corrects, hedges, dodges, asks back, or only shows that somebody listens."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from copy import copy
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from pipeline.language.phrases import Hit, PhraseBook
from pipeline.language.resources import table, word_list
from pipeline.language.script import STOPS

FILE = "dialogue/cues.yaml"
Attitude = Literal["agree", "hedged", "weak", "acknowledge", "deny", "less", "more", "unsure", "refuse", "none"]
LEADING = ("agree", "agree_bounded", "agree_hedged", "weak", "acknowledge", "deny", "deny_bounded")
DENIES = ("deny", "deny_bounded")
ANYWHERE = ("less", "more", "unsure", "refuse")
FILLERS = frozenset(" ,。!?、.~…那个就诶欸唉喏嗳嗐嗨嘿哟唷呦咦喔噢嗬")
BOUNDARY = frozenset("啊呀呢吧哦哈嘛的了么嗯啦嘞咯哎呃你您请对是喽咧噻撒哩呐呗哟唷嗨")
LONGEST_LEAD = 24
HEARD_IN_PART, SUBJECT = 2, 6
CLAUSE = re.compile("[^,。?!、;… ]+")
# 啊? asks to hear it again.
WHAT = re.compile(r"[啊嗯哈昂诶欸咦唔][啊嗯哈 ]*\?+[。 ]*")
ECHO = re.compile(r"(?!喂)[^,。?! ]{2,8}\?+ ?(?=[^,。?! ])")


@dataclass(frozen=True, slots=True)
class Stance:
    """How a turn answers: the attitude, the words that show it, and whether they are all of the turn."""

    attitude: Attitude
    start: int = 0
    end: int = 0
    alone: bool = False


class Acts:
    """Reads stances and cues by `configs/dialogue/cues.yaml`."""

    def __init__(self, own: Path | None = None) -> None:
        cues: Mapping[str, Any] = table(FILE, own)
        self._leading = PhraseBook((word, label) for label in LEADING for word in word_list(cues[label]))
        self._anywhere = PhraseBook(
            ((word, label) for label in ANYWHERE for word in word_list(cues[label])), sound=True
        )
        self.turns = frozenset(word_list(cues["turns"]))
        self._stances: dict[str, Stance] = {}
        self._takes_back = frozenset(word_list(cues["takes_back"]))
        self._himself = frozenset(word_list(cues["himself"]))
        self._goes_on = re.compile(cues["goes_on"])
        self._waits = frozenset(word_list(cues["waits"]))
        self._it_is, self._it_goes_on = frozenset(word_list(cues["it_is"])), re.compile(cues["it_goes_on"])
        self._opens = re.compile(cues["opens"])
        self._somebody_else = re.compile(cues["somebody_else"])
        self._hedge_only = PhraseBook((word, "") for word in word_list(cues["hedge_only"]))
        self._named = {
            name: PhraseBook((word, name) for word in word_list(cues[name]))
            for name in (
                "correct",
                "really",
                "sometimes",
                "wavers",
                "total",
                "added",
                "came_back",
                "parts",
                "asking",
                "other_car",
                "this_car",
                "this_car_after_all",
            )
        }

    def for_call(self) -> Acts:
        """The same, with nothing read yet: what is remembered of turns lives no longer than their call."""
        for_call = copy(self)
        for_call._stances = {}
        return for_call

    def find(self, cue: str, text: str) -> list[Hit]:
        """Where the cues of one kind (correct, sometimes, total, parts, asking, …) stand in a folded text."""
        return self._named[cue].find(text)

    def stance(self, text: str) -> Stance:
        """How a folded text answers what was asked before it."""
        if text not in self._stances:
            self._stances[text] = self._after_echo(text) or self._stance(text)
        return self._stances[text]

    def says_himself(self, text: str) -> Stance | None:
        """The clause of a folded text that only says that it is he: 实力,我就是。你大点声."""
        for clause in CLAUSE.finditer(text):
            hit = self._leading.match(text, clause.start())
            if hit is not None and hit.phrase in self._himself and hit.end == clause.end():
                return Stance("agree", *clause.span())
        return None

    def _after_echo(self, text: str) -> Stance | None:
        """The denial behind what was asked and said again: 质检?不是不是."""
        echo = ECHO.match(text)
        if echo is None:
            return None
        begin = echo.end()
        stance = self._stance(text[begin:])
        if stance.attitude != "deny":
            return None
        return Stance("deny", begin + stance.start, begin + stance.end, stance.alone)

    def _stance(self, text: str) -> Stance:
        if WHAT.fullmatch(text) is not None:
            return Stance("none")
        lead = self._lead(text)
        end = lead[-1].end if lead else 0
        alone = not text[end:].strip(" ,。!?、.~…啊呀呢吧哦哈嘛的了么嗯啦咧噻撒哩呐呗哟咯喽嘞")
        found = [hit for hit in self._anywhere.find(text) if self._is_said(text, hit)]
        labels = {hit.label: hit for hit in reversed(found)}
        for label in ("less", "more"):
            if label in labels:
                return _stance(label, labels[label], alone=False)
        kinds = {hit.label: hit for hit in reversed(lead)}
        denial = kinds.get("deny") or kinds.get("deny_bounded")
        if denial is not None and denial.phrase not in self._takes_back and _opens_with_yes(lead, denial):
            denial = None  # 对,不跑车 agrees
        if denial is not None and "refuse" in labels and labels["refuse"].start == denial.start:
            denial = None  # 没必要跟你说
        hedge = self._hedge_only.find(text)
        if hedge and denial is None:
            return Stance("unsure", hedge[0].start, hedge[0].end)
        for label in ("refuse", "unsure"):
            himself = any(hit.phrase in self._himself for hit in lead)  # 系,是我。你等一下
            himself = himself or ("agree_bounded" in kinds and label in labels and labels[label].phrase in self._waits)
            if label in labels and denial is None and "agree" not in kinds and not himself:
                return _stance(label, labels[label], alone=False)
        if denial is not None:
            return Stance("deny", denial.start, denial.end, alone)
        for label, attitude in _ATTITUDES:
            if label in kinds:
                return Stance(attitude, kinds[label].start, kinds[label].end, alone)
        return Stance("none")

    def _lead(self, text: str) -> list[Hit]:
        """The agreeing and denying words that the turn begins with."""
        lead: list[Hit] = []
        position = 0
        while position < min(len(text), LONGEST_LEAD):
            hit = self._leading.match(text, position)
            if hit is not None and hit.label.endswith("bounded") and not self._is_bounded(text, hit):
                hit = None
            if hit is not None and self._opens_longer(text, hit):
                break
            if hit is None and (opening := self._opens.match(text, position)) is not None:
                position = opening.end()
                continue
            if hit is None:
                if text[position] not in FILLERS:
                    break
                position += 1
                continue
            lead.append(hit)
            position = hit.end
            while position < len(text) and text[position] in "啊呀呢吧哦哈嘛啦咧噻撒哩呐呗哟咯喽嘞的了":
                position += 1
        return lead

    def _opens_longer(self, text: str, hit: Hit) -> bool:
        """Whether a no of one character opens words that mean something else: 不 of 不清楚, 不知道, 没注意."""
        longer = self._anywhere.match(text, hit.start) if hit.label in DENIES and len(hit.phrase) == 1 else None
        return longer is not None and longer.label in ("unsure", "refuse") and longer.end > hit.end

    def _is_bounded(self, text: str, hit: Hit) -> bool:
        end = hit.end
        if hit.phrase in self._himself and self._goes_on.match(text, end):
            return True
        if hit.phrase in self._it_is and self._it_goes_on.match(text, end):
            return True
        if end >= len(text) or text[end] in STOPS or text[end] in BOUNDARY or text[end] == " ":
            return True
        dodge = self._anywhere.match(text, hit.start)  # the 不 of 不知道啊 is no denial
        if dodge is not None and dodge.label == "unsure" and not dodge.by_sound:
            return False
        return self._leading.match(text, end) is not None

    def _is_said(self, text: str, hit: Hit) -> bool:
        """Whether these words are there and of the speaker: not heard in two characters that are none of them, nor of
        what somebody else does not know (她还不知道).
        """
        if hit.by_sound and hit.end - hit.start == len(hit.phrase) == HEARD_IN_PART:
            return any(said == listed for said, listed in zip(text[hit.start : hit.end], hit.phrase, strict=True))
        if hit.label != "unsure":
            return True
        return self._somebody_else.search(text[max(0, hit.start - SUBJECT) : hit.start]) is None


def _opens_with_yes(lead: Sequence[Hit], denial: Hit) -> bool:
    yes = next((hit for hit in lead if hit.label != "weak"), denial)
    return yes.label in ("agree", "agree_bounded") and yes.start < denial.start


_ATTITUDES: tuple[tuple[str, Attitude], ...] = (
    ("agree", "agree"),
    ("agree_bounded", "agree"),
    ("agree_hedged", "hedged"),
    ("weak", "weak"),
    ("acknowledge", "acknowledge"),
)
_BY_LABEL: Mapping[str, Attitude] = {"less": "less", "more": "more", "unsure": "unsure", "refuse": "refuse"}


def _stance(label: str, hit: Hit, *, alone: bool) -> Stance:
    return Stance(_BY_LABEL[label], hit.start, hit.end, alone)
