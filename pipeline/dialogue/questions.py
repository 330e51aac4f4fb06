"""What an agent's turn asks: open questions, and values read out for the customer to agree to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline.dialogue.debts import HAS, PAYS
from pipeline.dialogue.topics import FILE, NONE, Bound, Topics
from pipeline.language.phrases import Hit, PhraseBook
from pipeline.language.resources import table, word_list
from pipeline.types import Mention

AFTER, BEFORE = 16, 10
LENGTHS = (("四位", 4), ("4位", 4), ("六位", 6), ("6位", 6))
NEGATIVE = ("不是", "没有", "没", "不会", "不", "不跑", "不拿", "不用")


@dataclass(frozen=True, slots=True)
class Ask:
    """An open question. `strong`: it plainly waits for an answer; `settles`: it asks which of two values holds."""

    field: str
    strong: bool = True
    settles: bool = False
    period: str = ""
    length: int = 0


@dataclass(frozen=True, slots=True)
class Readout:
    """A value that the agent read out. `question`: with a yes-no question; `negated`: 没有别的贷款吧, 不跑滴滴吧."""

    field: str
    mention: Mention
    question: bool
    negated: bool = False
    settles: bool = False
    period: str = ""


@dataclass(frozen=True, slots=True)
class Question:
    """An agent's turn as a question; `asks_last`: after all that was read out comes an open question;
    `about_another`: the numbers asked for are another person's.
    """

    asks: tuple[Ask, ...] = ()
    readouts: tuple[Readout, ...] = ()
    asks_last: bool = False
    tag_only: bool = False
    about_another: bool = False


class Questions:
    """Reads agents' turns by `configs/dialogue/questions.yaml`."""

    def __init__(self, topics: Topics, own: Path | None = None) -> None:
        content: Mapping[str, Any] = table(FILE, own)
        self._topics = topics
        self._books = {
            name: PhraseBook((word, name) for word in word_list(content[name]))
            for name in ("open", "yes_no", "settling", "telling", "not_applicant")
        }

    def read(self, text: str, mentions: Iterable[Mention], recent: Sequence[str]) -> Question:
        """The question in a folded text; `recent` are the fields last spoken of, newest first, for turns that name none."""
        cues = {name: book.find(text) for name, book in self._books.items()}
        bound = self._topics.bind(text, mentions)
        settles = bool(cues["settling"])
        other = bool(cues["not_applicant"])
        readouts = [] if cues["telling"] and not cues["yes_no"] else self._readouts(text, bound, cues, recent, settles)
        if other:
            readouts = [readout for readout in readouts if readout.field not in ("income.monthly", "identity.name")]
        asks = self._asks(text, cues, readouts, settles, other, recent)
        if "还是" in text:
            asked = {ask.field for ask in asks}
            either = {item.field for item in bound if item.mention.kind in ("purpose", "relation")}
            asks.extend(Ask(field, settles=settles) for field in sorted(either - asked) if field == "loan.purpose")
        doubled = {
            field for field in _fields(readouts) if len({_key(r.mention) for r in readouts if r.field == field}) > 1
        }
        if doubled:
            asks.extend(
                Ask(field, settles=settles) for field in sorted(doubled) if field not in {ask.field for ask in asks}
            )
            readouts = [readout for readout in readouts if readout.field not in doubled]
        if (
            not asks
            and not readouts
            and cues["open"]
            and recent
            and not cues["telling"]
            and len(text) <= 14
            and not other
        ):
            asks = [Ask(recent[0], strong=False, settles=settles)]
        last_value = max((readout.mention.end for readout in readouts), default=0)
        asks_last = bool(asks) and any(hit.start >= last_value for hit in cues["open"] if hit.phrase not in _CHECKS)
        tag = bool(cues["yes_no"]) and not asks and not readouts and len(text) <= 8
        return Question(tuple(asks), tuple(readouts), asks_last, tag, other)

    def _readouts(
        self, text: str, bound: Sequence[Bound], cues: Mapping[str, Sequence[Hit]], recent: Sequence[str], settles: bool
    ) -> list[Readout]:
        question = bool(cues["yes_no"])
        either = "还是" in text
        period = _period(text)
        readouts: list[Readout] = []
        for item in bound:
            mention = item.mention
            field = item.field or self._echoed(mention, recent)
            if not field or field == NONE or not self._is_read_out(text, mention, field, either):
                continue
            negated = mention.attributes.get("negated") == "yes" or _is_negative(text, mention)
            fields = ("vehicle.brand", "vehicle.model") if mention.kind == "vehicle" else (field,)
            readouts.extend(Readout(name, mention, question, negated, settles, period) for name in fields)
        return readouts

    def _echoed(self, mention: Mention, recent: Sequence[str]) -> str:
        return next((field for field in recent if mention.kind in self._topics.kinds.get(field, ())), "")

    @staticmethod
    def _is_read_out(text: str, mention: Mention, field: str, either: bool) -> bool:
        if field == "vehicle.actual_user":
            reaches = text[max(0, mention.start - 14) : mention.end + 8]
            near = any(word in reaches for word in ("开", "使用", "驾驶", "用车"))
            return near and not either and "贷款" not in text[mention.end : mention.end + 4]
        if field == "loan.purpose":
            return not either
        if field == "identity.name":
            return not any(
                word in text[max(0, mention.start - 8) : mention.start] for word in ("联系人", "我叫", "我是", "我姓")
            )
        if mention.kind == "organisation":
            near = text[mention.end : mention.end + 6] + text[max(0, mention.start - 6) : mention.start]
            works = any(word in near for word in ("上班", "工作", "任职", "单位", "就职"))
            return works and mention.attributes.get("general") != "yes" and "我" not in text[: mention.start][-3:]
        if mention.kind == "vehicle":
            return "weak" not in mention.attributes
        return not (either and mention.kind in ("money", "duration"))

    def _is_of_debts(self, text: str, hit: Hit, recent: Sequence[str]) -> bool:
        """Whether 每月还多少 is about the debts just spoken of, and not about this loan."""
        if any(debt.label in (HAS, PAYS) and debt.start < hit.start for debt in self._topics.named(text)):
            return True
        return bool(recent) and recent[0] in (HAS, PAYS) and not any(word in text for word in ("车", "我们", "月供款"))

    def _asks(
        self,
        text: str,
        cues: Mapping[str, Sequence[Hit]],
        readouts: Sequence[Readout],
        settles: bool,
        other: bool,
        recent: Sequence[str],
    ) -> list[Ask]:
        read_out = _fields(readouts)
        asks: dict[str, Ask] = {}
        for hit in self._topics.named(text):
            for field in ("vehicle.brand", "vehicle.model") if hit.label == "vehicle.model" else (hit.label,):
                if field in read_out or (other and field in ("income.monthly", "identity.name", "employment.years")):
                    continue
                if field == "loan.monthly_payment" and self._is_of_debts(text, hit, recent):
                    field = PAYS
                strong = self._topics.asks(hit) or _is_asked(text, hit, cues["open"])
                strong = strong or (field == HAS and bool(cues["yes_no"]))
                strong = strong and not cues["telling"]
                known = asks.get(field)
                if known is None or (strong and not known.strong):
                    asks[field] = Ask(
                        field, strong, settles, _period(text), _length(text) if "id_number" in field else 0
                    )
        if any(ask.strong for ask in asks.values()):
            return list(asks.values())
        return [] if cues["telling"] else list(asks.values())


_CHECKS = frozenset({"核对一下", "核实一下", "确认一下", "确认下", "核对下", "核实下", "还是", "了解一下"})


def _fields(readouts: Iterable[Readout]) -> set[str]:
    return {readout.field for readout in readouts}


def _key(mention: Mention) -> object:
    return mention.quantity or mention.value


def _is_asked(text: str, hit: Hit, words: Sequence[Hit]) -> bool:
    if text[hit.end :].strip("是呢呀啊的您你,。?!一") == "":
        return True
    return any(word.start - hit.start >= -BEFORE and word.start - hit.end <= AFTER for word in words)


def _is_negative(text: str, mention: Mention) -> bool:
    before = text[max(0, mention.start - 4) : mention.start]
    return mention.kind in ("purpose", "relation") and before.endswith(NEGATIVE) and not before.endswith("是不是")


def _period(text: str) -> str:
    if any(word in text for word in ("年收入", "年薪", "一年收入", "一年能", "一年大概", "一年下来", "一年有")):
        return "" if "月" in text else "year"
    return ""


def _length(text: str) -> int:
    return next((length for word, length in LENGTHS if word in text), 0)
