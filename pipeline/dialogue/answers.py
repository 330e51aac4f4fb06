"""Which of the values that one turn says for one field holds: corrections, totals, ranges, the commercial part."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

from pipeline.dialogue.acts import Acts
from pipeline.dialogue.amending import Amending
from pipeline.dialogue.amounts import Amounts
from pipeline.dialogue.answer import (
    EXTRA,
    Answer,
    bound,
    closes,
    goes_on,
    is_number,
    is_sum,
    of_a_month,
    ranged,
    sum_of,
    width,
    without_yearly_sum,
    yearly,
)
from pipeline.dialogue.cars import Cars
from pipeline.dialogue.drivers import Drivers
from pipeline.dialogue.relevance import Relevance
from pipeline.dialogue.settle import agree
from pipeline.language.phrases import Hit
from pipeline.language.purposes import PurposeReader
from pipeline.language.vocabulary import VocabularyReader

# 提成平均四千 is a part, 提成……加起来平均六千五 is the sum.
MEANS = frozenset({"能拿", "能有", "平均", "均下来", "平均下来"})
PART_BEHIND = 2
REALLY_WITHIN, REALLY_RIGHT_BEFORE = 8, 2
# 一万二是好的时候
NOT_MORE = ("", "是", "那是", "算")
# 一天一百八,扣扣拉拉一个月五千五: what it comes to beats what it is counted by.
BY_THE_DAY = frozenset({"day", "week"})
# 成林就是我兄弟,我老公姓韩: of several people the one who is said to be somebody.
PRIVATE = "personal_use"
TERM = "loan.term_months"
BRAND, CONDITION = "vehicle.brand", "vehicle.condition"
BOUGHT = re.compile("(?:(?:买|订|定|提|拿|选|要|换)的(?:就?是)?|[我俺]?这(?:个|台|辆)?就?是)(?:个|台|辆)?$")
RELATION, IS_HIS = "contact.relation", re.compile(r"(?<=[\u3400-\u9fff])(?<!不)(?<!要)(?<!可)(?:就|也|都)?是$")
TOLD_OF = ("是", "那", "就是", "的那", "的是")
FIRST_HOLDS = frozenset({"condition"})
# Who has been married says with 单身 how he lives now.
ALONE, HAS_BEEN_MARRIED = "single", frozenset({"divorced", "widowed"})
TEXTS = frozenset({"identity.residence", "identity.residence_type", "employment.employer", "employment.position"})
CALLED = ("叫", "叫做", "名字是", "店名是", "全称是")
OF_ONESELF = ("我是", "我做", "我当", "俺是", "我就是", "现在是", "我在", "当", "做", "是")


class Chooser:
    """Chooses among the answers that one turn gives for one field."""

    def __init__(
        self,
        acts: Acts,
        relevance: Relevance,
        cars: Cars,
        drivers: Drivers,
        amending: Amending,
        amounts: Amounts,
        own: Path | None = None,
    ) -> None:
        self._acts = acts
        self._amounts = amounts
        self._amending = amending
        self._relevance = relevance
        self._bought = cars
        self._drivers = drivers
        self._purposes = PurposeReader(own).order
        self._homes = VocabularyReader("residence_type", own).order

    def choose(self, field: str, answers: Sequence[Answer], text: str) -> list[Answer]:
        """The answers that count, in order; more than one only where a later one corrects what came before."""
        refused = [answer for answer in answers if answer.negated and isinstance(answer.stated.value, str)]
        said = [answer for answer in answers if not answer.negated] or list(answers)
        if refused and len(said) > 1:  # 不是朗逸,换成速腾了,朗逸后排太挤
            said = [a for a in said if not any(agree(a.stated, other.stated) for other in refused)] or said
        denied = {answer.stated.value: answer.mention.end for answer in answers if answer.negated}
        if denied and len(said) > 1:  # 两千五,不是两千八,销售开始说的两千八
            said = [a for a in said if a.mention.start < denied.get(a.stated.value, a.mention.end)] or said
        if len(said) <= 1:
            return list(said)
        if field == "loan.purpose":
            return [min(said, key=self._weight_of_purpose)]
        if field == "vehicle.actual_user":
            return self._main_drivers(said, text)
        if said[0].mention.kind == "vehicle":
            said = self._cars(said, text)
        if field == CONDITION:  # 新的要十几万呢,买的二手
            said = [answer for answer in said if BOUGHT.search(text, 0, answer.mention.start)] or said
            weights = [self._bought.kind_weight(text, a.mention.start, a.mention.end) for a in said]
            said = [answer for answer, weight in zip(said, weights, strict=True) if weight == max(weights)]
        if field == BRAND:  # 朗逸,大众的
            said = [answer for answer in said if str(answer.stated.value) in answer.mention.text] or said
        if field == "employment.position":
            really = [hit.end for hit in self._acts.find("really", text)]
            said = [a for a in said if any(0 <= a.mention.start - end <= REALLY_WITHIN for end in really)] or said
        if field in TEXTS:
            firms = [a for a in said if a.mention.kind == "organisation" and "bare" not in a.mention.attributes]
            return _named(field, firms or said, text, self._homes)
        if field == RELATION:
            said = [a for a in said if IS_HIS.search(text, 0, a.mention.start)] or said
        if field.startswith("contact."):
            return [said[0], *(answer for answer in said[1:] if answer.corrects)]
        if any(answer.stated.ratio is None for answer in said):
            said = [answer for answer in said if answer.stated.ratio is None]
        if field == "loan.down_payment":  # 四万三,他们说零首付我没要
            said = [answer for answer in said if answer.corrects or answer.stated.value != 0] or said
            said = self._paid_together(said, text)
        if field == "vehicle.price":
            said = _preferred(said, "basis", "net_price")
            said = [a for a in said if not self._amounts.is_asking_price(a.mention, text)] or said
        if field == "income.monthly":
            said = self._income(yearly(said), text)
        if field == "employment.years":
            said = self._years(said, text)
        if field == TERM and len(said) > 1 and self._is_summed(said, text):
            said = said[-1:]
        return self._in_turn(said, text)

    def _weight_of_purpose(self, answer: Answer) -> tuple[bool, int, bool]:
        """The smallest is the weightiest purpose; a weak one gives way to a named trade (经营用的,天天跑工地)."""
        value, how = str(answer.stated.value), answer.mention.attributes
        place = self._purposes.index(value) if value in self._purposes else len(self._purposes)
        return value == PRIVATE or "weak" in how, place, "read" in how

    def _paid_together(self, said: list[Answer], text: str) -> list[Answer]:
        """Sums that were paid down one beside the other, added up: 两万现金,再加一万五刷卡."""
        exact = not self._amounts.is_unpaid(text) and all(
            is_number(each.stated) and not each.stated.hedged for each in said
        )
        joined = (
            self._amounts.is_paid_too(text, before.mention.end, each.mention.start) for before, each in pairwise(said)
        )
        return [sum_of(said, text)] if exact and len(said) > 1 and all(joined) else said

    def _main_drivers(self, said: Sequence[Answer], text: str) -> list[Answer]:
        """Who drives mainly; who is said in place of somebody else (我儿子开,哎不对,我开), behind him."""
        corrected = [answer for answer in said if answer.corrects]
        if corrected:
            driving = [answer for answer in said if answer.mention.attributes.get("drives") == "yes"] or list(said)
            last = ([answer for answer in driving if answer.corrects] or corrected)[-1]
            first = [each for each in driving[:1] if not each.corrects and not agree(each.stated, last.stated)]
            return [*first, last]
        mainly = self._drivers.mainly(text, [answer.mention for answer in said])
        return [answer for answer in said if answer.mention is mainly[0]]

    def _cars(self, said: list[Answer], text: str) -> list[Answer]:
        """Of several cars those that are taken, else those that are not only thought of: 看过卡罗拉,定的朗逸."""
        weights = [self._bought.weight(text, a.mention.start, a.mention.end) for a in said]
        return [answer for answer, weight in zip(said, weights, strict=True) if weight == max(weights)]

    def _years(self, said: list[Answer], text: str) -> list[Answer]:
        """A length of time beats a year of the calendar, that of the present job others, a sum its parts."""
        lengths = [answer for answer in said if answer.mention.attributes.get("unit") != "since"]
        if lengths and len(lengths) < len(said):
            present = [a for a in lengths if not self._relevance.is_of_another_job(text, a.mention.start)]
            said = present or [answer for answer in said if answer not in lengths]
        if any(answer.corrects for answer in said):
            return said
        last = said[-1]
        added = len(said) > 1 and _named_before(last, self._acts.find("added", text), said)
        total = len(said) > 1 and _named_before(last, self._acts.find("total", text), said)
        if (added and self._acts.find("came_back", text)) or ((added or total) and is_sum(last, said[:-1])):
            return [last]  # 一回签三年,第二回两年,总共五年
        own = self._relevance.of_present_job([answer.mention for answer in said], text)
        return [answer for answer in said if answer.mention in own]

    def _is_summed(self, said: Sequence[Answer], text: str) -> bool:
        """Whether the last value is what those before it, and others not told of, come to: 头一年不收利息,后面两年才收,
        加一块儿三年.
        """
        most = max(bound(answer.stated, "high") for answer in said[:-1])
        more = bound(said[-1].stated, "low") > most
        return more and bool(_named_before(said[-1], self._acts.find("added", text), said))

    def _income(self, said: list[Answer], text: str) -> list[Answer]:
        """税后 beats 税前; a sum beats its parts; base and commission with no sum are added up."""
        said = _preferred(said, "tax", "net")
        by_the_day = [answer for answer in said if answer.mention.attributes.get("period") in BY_THE_DAY]
        if by_the_day and len(by_the_day) < len(said) and not any(answer.corrects for answer in by_the_day):
            said = [answer for answer in said if answer not in by_the_day]
        said = without_yearly_sum(of_a_month(said))
        said = self._of_today(said, text)
        said = [a for a in said if not self._amounts.is_apart(a.mention, text)] or said
        if really := self._really(said, text):
            return really
        parts = self._acts.find("parts", text)
        sums = self._acts.find("total", text)
        if len(said) < 2:
            return said
        if not parts and not sums and (usual := self._usual(said, text)):
            said = usual
        plain = [hit for hit in sums if hit.phrase not in MEANS]
        totals = [
            a
            for a in said
            if _named_before(a, plain, said)
            or (a is not said[0] and _named_before(a, [p for p in parts if _joined(text, p)], said))
            or (_named_before(a, sums, said) and not _named_before(a, [p for p in parts if not _joined(text, p)], said))
        ]
        if totals:
            adds = _named_before(totals[-1], self._acts.find("added", text), said)
            later = [a for a in said if a.corrects and a.mention.start > totals[-1].mention.start]
            return [replace(totals[-1], corrects=totals[-1].corrects or adds), *later]
        by_year = [answer for answer in said if answer.mention.attributes.get("period") == "year"]
        if by_year and len(by_year) < len(said) and self._acts.find("sometimes", text):
            return [by_year[-1]]
        if not parts:
            return said
        named = [answer for answer in said if _named_before(answer, parts, said)]
        if len(named) < 2:  # 五千底薪加四千五绩效
            named = [a for a in said if any(0 <= part.start - a.mention.end <= PART_BEHIND for part in parts)]
        if len(named) < 2 or any(not isinstance(answer.stated.value, int | float) for answer in named):
            return said
        return [sum_of(named, text)]

    def _of_today(self, said: list[Answer], text: str) -> list[Answer]:
        """七千五 of 八千,不对,八千是去年,今年七千五: what was so once, and the same sum before it, gives way."""
        past = [a for a in said if self._relevance.is_of_the_past(a.mention, text)]
        left = [a for a in said if not any(agree(a.stated, other.stated) for other in past)]
        if not past or not left:
            return said
        first = [a for a in said if a not in past and a not in left][:1]  # told as today's at first, and put right
        return [*first, replace(left[0], corrects=left[0].corrects or bool(first)), *left[1:]]

    def _really(self, said: Sequence[Answer], text: str) -> list[Answer]:
        """6700 of 写的八千到一万,实打实6700: the last of those that are said to be so really."""
        ends = [hit.end for hit in self._acts.find("really", text)]
        found = [a for a in said[1:] if any(0 <= a.mention.start - end <= REALLY_RIGHT_BEFORE for end in ends)]
        return found[-1:]

    def _usual(self, said: Sequence[Answer], text: str) -> list[Answer]:
        """九千 of 九千,有时候加班九千二三: what is said of no good time, beside what is more at times."""
        at_times = [hit.start for hit in self._acts.find("sometimes", text)]
        floors = [0, *(answer.mention.end for answer in said)]
        plain = [
            answer
            for floor, answer in zip(floors, said, strict=False)
            if not any(floor <= place < answer.mention.start for place in at_times)
            and not any(
                text[answer.mention.end : place] in NOT_MORE for place in at_times if place >= answer.mention.end
            )
        ]
        if len(plain) != 1 or len(plain) == len(said):
            return []
        more = [bound(answer.stated, "high") for answer in said if answer is not plain[0]]
        return plain if min(more) >= bound(plain[0].stated, "high") else []

    def _in_turn(self, said: list[Answer], text: str) -> list[Answer]:
        kept: list[Answer] = [said[0]]
        mentions = [answer.mention for answer in said]
        wavering = bool(self._acts.find("sometimes", text) or self._amending.both_stand(text, mentions))
        for answer in said[1:]:
            previous = kept[-1]
            told_of = text.startswith(TOLD_OF, answer.mention.end)
            if told_of and any(agree(each.stated, answer.stated) for each in kept[:-1]):
                continue  # 三年,等会儿,两年,三年是我哥那台
            if answer.corrects:
                kept.append(answer)
            elif goes_on(previous, answer):
                kept[-1] = answer
            elif closes(previous.stated, answer.stated):
                kept[-1] = ranged(previous, answer)
            elif agree(previous.stated, answer.stated):
                plainer = previous.stated.hedged and not answer.stated.hedged and answer.certain
                if plainer or width(answer.stated) < width(previous.stated):
                    kept[-1] = answer
            elif (not answer.certain and not wavering) or _first_holds(previous, answer):
                continue
            elif wavering and is_number(previous.stated) and is_number(answer.stated):
                if bound(answer.stated, "high") >= EXTRA * bound(previous.stated, "low"):
                    kept[-1] = ranged(previous, answer)
            else:
                kept[-1] = answer
        return kept


def _first_holds(first: Answer, second: Answer) -> bool:
    """Whether a choice is not taken back by another one behind it: 丧偶, and single since."""
    alone = second.stated.value == ALONE and first.stated.value in HAS_BEEN_MARRIED
    return alone or second.mention.kind in FIRST_HOLDS


def _preferred(said: Sequence[Answer], attribute: str, value: str) -> list[Answer]:
    preferred = [answer for answer in said if answer.mention.attributes.get(attribute) == value]
    unmarked = [answer for answer in said if attribute not in answer.mention.attributes]
    marked_otherwise = len(said) - len(preferred) - len(unmarked)
    if preferred and marked_otherwise:
        return [answer for answer in said if answer in preferred or answer.corrects] or preferred
    return (preferred or unmarked or list(said)) if marked_otherwise else list(said)


def _named(field: str, said: Sequence[Answer], text: str, homes: Sequence[str]) -> list[Answer]:
    """Which of the names and places of one turn holds: one that corrects, else the one that is plainly his."""
    corrected = [answer for answer in said if answer.corrects]
    if field == "identity.residence_type":
        if corrected:
            return [said[0], corrected[-1]] if corrected[-1] is not said[0] else [said[0]]
        return [
            min(said, key=lambda answer: homes.index(v) if (v := str(answer.stated.value)) in homes else len(homes))
        ]
    if field == "identity.residence":
        lives = [answer for answer in said if answer.mention.attributes.get("frame") == "lives"]
        if corrected and corrected[-1] is not said[0]:
            return [said[0], corrected[-1]]
        return [(lives or list(said))[-1 if lives else 0]]
    if field == "employment.position":
        own = [a for a in said if text[: a.mention.start].endswith(OF_ONESELF)]
        own = [a for a in own if text[: a.mention.start].endswith("我是")] or own
        return [(own or list(said))[0]]
    called = [a for a in said if text[: a.mention.start].endswith(CALLED)]  # 科技园里面,叫慧联智能
    framed = called or [a for a in said if a.mention.attributes.get("frame") in ("works", "named")]
    whole = [a for a in said if not {"bare", "open"} & set(a.mention.attributes)]
    held = (corrected[-1:] or framed or whole or list(said))[0]
    fuller = [answer for answer in said if held.mention.text in answer.mention.text and answer.cue == held.cue]
    return [max((held, *fuller), key=lambda answer: len(answer.mention.text))]


def _named_before(
    answer: Answer, cues: Sequence[object], said: Sequence[Answer], *, nearer: Sequence[object] = ()
) -> bool:
    """Whether one of the cues stands between the previous amount and this one (and later than any of `nearer`)."""
    if not cues:
        return False
    floor = max((other.mention.end for other in said if other.mention.end <= answer.mention.start), default=0)
    places = [_start(cue) for cue in cues if floor <= _start(cue) < answer.mention.start]
    rivals = [_start(cue) for cue in nearer if floor <= _start(cue) < answer.mention.start]
    return bool(places) and max(places) > max(rivals, default=-1)


def _joined(text: str, part: Hit) -> bool:
    """Whether a part is added to what stands before it: 底薪三千五加提成平均八千."""
    return text[part.start - 1 : part.start] in ("加", "和", "上") if part.start else False


def _start(cue: object) -> int:
    return int(getattr(cue, "start", 0))
