"""Whether the customer still repays other loans, and which sums are instalments: 没有, 有房贷, 车贷早还清了."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from pipeline.dialogue.acts import Stance
from pipeline.language.phrases import Hit, PhraseBook
from pipeline.language.relations import relation_words
from pipeline.language.resources import table, word_list
from pipeline.language.script import CLAUSE_END
from pipeline.language.sections import DIGITS
from pipeline.types import Mention

FILE = "dialogue/debts.yaml"
COUNTS = ("算不算", "算吗", "算么")
ASKS_BACK = ("吗", "么", "算不算")
HAS, PAYS = "debt.has_other_loans", "debt.monthly_payment"
BREAKS = CLAUSE_END | {" "}
NEAR = 4
# 就一个房贷, 只有这笔房贷
COUNTED = "一这那个笔套项种点有是剩"
# What is said of debts stands at the head of a turn; a longer one is no answer.
READ = 1000
APART_WITHIN = 24
BY_THE_MONTH = ("每个月", "每月", "一个月", "按月", "摊到月", "月供")


@dataclass(frozen=True, slots=True)
class DebtQuestion:
    """What an agent asks about debts: all of them (`general`) or `kinds`; whether 没有 is expected; `sums`: he asks for
    the instalment alone.
    """

    general: bool
    expects_no: bool
    kinds: tuple[str, ...] = ()
    sums: bool = False


@dataclass(frozen=True, slots=True)
class _Clause:
    start: int
    end: int
    text: str
    another: bool


class Debts:
    """Reads debts by `configs/dialogue/debts.yaml`."""

    def __init__(self, own: Path | None = None) -> None:
        words = table(FILE, own)
        self._general = word_list(words["general"])
        self._kinds = PhraseBook((word, "") for word in word_list(words["kinds"]))
        self._settled = word_list(words["settled"])
        self._paid_off = [word for word in self._settled if word not in word_list(words["not_of_sums"])]
        self._unsettled = word_list(words["unsettled"])
        self._negations = word_list(words["negations"])
        self._still = word_list(words["still"])
        self._owing = word_list(words["owing"])
        self._only = word_list(words["only"])
        self._expects_no = word_list(words["expects_no"])
        self._brought_up = PhraseBook((word, "") for word in word_list(words["brought_up"]))
        self._unasked_none = word_list(words["unasked_none"])
        self._revolving = frozenset(word_list(words["revolving"]))
        self._reach = int(words["reach"])
        self._principal = word_list(words["principal"])
        self._largest = float(words["largest"])
        self._share, self._own_share = word_list(words["share"]), word_list(words["own_share"])
        self._total, self._another = word_list(words["total"]), word_list(words["another"])
        self._past = word_list(words["past"])
        self._by_then = word_list(words["by_then"])
        self._credit = word_list(words["credit"])
        self._repaid, self._not_repaid = word_list(words["repaid"]), word_list(words["not_repaid"])
        relations = relation_words(table("language/relations.yaml", own))
        self._people = PhraseBook(
            [(word, "") for word, who in relations if who != "self"]
            + [(word, "") for word in word_list(words["others"])]
        )
        self._joint = word_list(words["joint"])
        self._no, self._yes = re.compile(words["says_no"]), re.compile(words["says_yes"])
        self._when = word_list(words["when"])
        self._himself = re.compile(words["himself"])
        self._untouched = re.compile(words["untouched"])
        self._besides, self._event = re.compile(words["besides"]), re.compile(words["event"])
        self._spent, self._apart = re.compile(words["spent"]), re.compile(words["apart"])
        self._this_car = re.compile(words["this_car"])
        self._takes_back = re.compile(words["takes_back"])
        self._no_others = re.compile(words["no_others"])
        self._concedes = re.compile(words["concedes"])
        self._counts_as = word_list(words["counts_as"])

    def question(self, text: str, *, sums: bool = False) -> DebtQuestion:
        """How an agent's folded text asks about debts; `sums`: it asks for instalments, not whether there are any."""
        general = any(word in text for word in self._general)
        expects_no = any(word in text.replace("有没有", "") for word in self._expects_no)
        kinds = tuple(dict.fromkeys(hit.phrase for hit in self._kinds.find(text) if hit.phrase != "贷款"))
        return DebtQuestion(general, expects_no, kinds, sums)

    def asks_repayment(self, text: str, told: str) -> bool:
        """Whether an agent's folded text asks how money is repaid that the customer `told` of owing: 那一万怎么还?"""
        asked = any(word in text for word in self._repaid) and not any(word in text for word in self._not_repaid)
        return asked and any(word in told for word in self._credit)

    def answer(self, text: str, stance: Stance, question: DebtQuestion | None, *, amounts: bool) -> bool | None:
        """Whether a customer's folded text says that there are debts; None where it says neither.

        `question` is the one that waits, None where debts were not asked about; `amounts`: instalments are named.
        """
        text = text[:READ]
        clauses = list(self._clauses(text))
        none = bool(clauses) and self._no.fullmatch(clauses[0].text) is not None
        owed, cleared = self._named(text, clauses, none=none)
        if question is None:
            brought = any(self._kinds.match(text, hit.end) is not None for hit in self._brought_up.find(text))
            if amounts or (brought and owed):
                return True
            return False if any(word in text for word in self._unasked_none) else None
        asks_back = text.rstrip("?。! ").endswith(ASKS_BACK) and not none
        whether_it_counts = asks_back and text.rstrip("?。! ").endswith(COUNTS) and self._tells(text, owed)
        if self.concedes(text) or (amounts and not asks_back) or whether_it_counts:
            return True  # 那个也算啊,那就是有了; 搞忘了,微粒贷,每个月还九百二; 借呗还欠着点,那个算不算
        if asks_back or stance.attitude in ("unsure", "refuse"):
            return None
        if owed or (not cleared and self._is_still_owed(clauses)):
            return True
        if any(word in text for word in self._unasked_none):
            return False
        said = self._said(clauses)
        if said is None and stance.attitude == "deny":
            said = False
        if said is not None:
            return said
        if cleared or self._is_settled(text):
            return False
        others = any(clause.another for clause in clauses)
        asked = question.general or question.kinds
        if asked and stance.attitude in ("agree", "hedged", "weak") and not others and not question.sums:
            return not question.expects_no or text.startswith("有")
        return None

    def is_instalment(self, text: str, mention: Mention, *, asked: bool) -> bool:
        """Whether a sum in a customer's folded text is what he repays a month; `asked`: debts were asked about."""
        if len(text) > READ:
            return "period" in mention.attributes
        clauses = list(self._clauses(text))
        place = next((i for i, each in enumerate(clauses) if each.start <= mention.start < each.end), None)
        if place is None or clauses[place].another:
            return False
        clause = clauses[place]
        following = clauses[place + 1] if place + 1 < len(clauses) else clause
        after = text[clause.start : clause.end if self._kinds.find(following.text) else following.end]
        if self._is_settled(after, self._paid_off) or (
            any(word in clause.text for word in self._past) and "还有" not in after
        ):
            return False
        if self.is_cleared(text, mention) or self._spent.search(text[clause.start : mention.start]):
            return False
        if "period" in mention.attributes:
            return True
        before = text[clause.start : mention.start].rstrip("大概约差不多有的是快近")
        if before.endswith(self._principal) and self._kinds.match_before(before, len(before), longest=6) is None:
            return False
        value = mention.quantity.value if mention.quantity is not None else None
        return (asked or self.is_beside(text, mention, "")) and (value or 0) < self._largest

    def name(self, text: str, mention: Mention, question: DebtQuestion | None, *, floor: int) -> str:
        """Which debt an instalment is of: the one named before it (after `floor`) or behind it, else the one asked
        about; "+" where it is another one that has no name.
        """
        hits = self._kinds.find(text[:READ])
        before = [hit for hit in hits if floor <= hit.start and hit.end <= mention.start and hit.phrase != "贷款"]
        if before:
            return before[-1].phrase
        behind = next((hit for hit in hits if 0 <= hit.start - mention.end <= NEAR), None)
        if behind is not None and not BREAKS.intersection(text[mention.end : behind.start]):
            return behind.phrase
        between = text[floor : mention.start].replace("一个月", "").replace("每一个", "")
        if any(word in between for word in self._another):
            return "+"
        return question.kinds[0] if question is not None and len(question.kinds) == 1 else ""

    def is_beside(self, text: str, mention: Mention, cue: str) -> bool:
        """Whether a debt is named before a sum, and nearer to it than the word `cue` that claims it otherwise."""
        named = [hit.end for hit in self._kinds.find(text[:READ]) if hit.end <= mention.start]
        return bool(named) and (not cue or named[-1] > text.rfind(cue, 0, mention.start))

    def months_apart(self, text: str, mention: Mention) -> float:
        """How many months an instalment is for: 一年还一回,一万八 is a year's; 1 where nothing else is said."""
        before, after = (
            text[max(0, mention.start - APART_WITHIN) : mention.start],
            text[mention.end : mention.end + NEAR],
        )
        if any(word in before[-NEAR:] + after for word in BY_THE_MONTH):
            return 1
        found = list(self._apart.finditer(before))
        if not found:
            return 1
        count = found[-1]["months"]
        if count is not None:
            return float(DIGITS.get(count, 1)) if not count.isdigit() else float(count)
        if found[-1]["quarter"] is not None:
            return 3
        return 6 if found[-1]["half"] is not None else 12

    def is_of_this_car(self, text: str, mention: Mention) -> bool:
        """Whether a sum told among debts is the instalment of the car that is being bought: 就现在买的这台新车咯."""
        found = list(self._this_car.finditer(text, 0, mention.start))
        if not found:
            return False
        named = [hit for hit in self._kinds.find(text[: mention.start]) if hit.start >= found[-1].end()]
        besides = self._besides.search(text, found[-1].end(), mention.start)
        return besides is None and all(hit.phrase in ("贷款", "分期", "车贷") for hit in named)

    def takes_back(self, text: str, *, denied: bool) -> bool:
        """Whether a customer's folded text, unasked, takes back the no that he has said before (`denied`): 哎我说错了,
        有一个装修贷还没还完.
        """
        text = text[:READ]
        if not denied or self._takes_back.search(text) is None:
            return False
        owed, _ = self._named(text, list(self._clauses(text)), none=False)
        return any(hit.phrase not in ("贷款", "分期") for hit in owed)

    def is_total(self, text: str, mention: Mention, *, floor: int) -> bool:
        """Whether the sum takes all debts together (加起来一个月五千)."""
        return any(word in text[floor : mention.start] for word in self._total)

    def is_own_share(self, text: str, mention: Mention, *, floor: int) -> bool:
        """Whether the sum is the applicant's part of the one before it (一人一半,我名下认一千九)."""
        between = text[floor : mention.start]
        return any(word in between for word in self._own_share) and any(word in text for word in self._share)

    def concedes(self, text: str) -> bool:
        """Whether a customer's folded text gives in that what he was told of is a loan: 那就是有了."""
        return self._concedes.search(text[:READ]) is not None

    def asks_whether_it_counts(self, text: str) -> bool:
        """Whether who names a loan only asks if it is one."""
        return any(word in text for word in self._counts_as)

    def _go_together(self, one: Hit, other: Hit) -> bool:
        """Whether what is said of both may be said once: 花呗刷了三千,信用卡两千,到日子都还清."""
        return one.phrase in self._revolving and other.phrase in self._revolving

    def is_cleared(self, text: str, mention: Mention) -> bool:
        """Whether a sum is what was spent on a card that is paid in full."""
        text = text[:READ]
        clauses = list(self._clauses(text))
        before = [hit for hit in self._named(text, clauses, none=False)[1] if hit.end <= mention.start]
        named = [hit for hit in self._kinds.find(text) if hit.end <= mention.start and hit.phrase != "贷款"]
        return bool(named) and named[-1] in before and named[-1].phrase in self._revolving

    def _tells(self, text: str, owed: Sequence[Hit]) -> bool:
        """Whether a debt that is named is said to be owed."""
        return bool(owed) and any(word in text for word in self._owing)

    def _said(self, clauses: Sequence[_Clause]) -> bool | None:
        """The last clause that is a bare no, or opens with a yes."""
        said: bool | None = None
        for clause in clauses:
            if said is True and (clause.another or self._is_settled(clause.text)):
                return None if clause.another else False
            if clause.another or self._is_settled(clause.text):
                continue
            if self._no.fullmatch(clause.text) or (said is None and self._no_others.fullmatch(clause.text)):
                said = False
            elif self._yes.match(clause.text):
                said = True
        return said

    def _is_still_owed(self, clauses: Sequence[_Clause]) -> bool:
        """Whether the first clause about it says that what was asked about is still being repaid (在还, 还供着呢)."""
        return any(
            not clause.another
            and any(word in clause.text for word in self._still)
            and not self._is_settled(clause.text)
            for clause in clauses
        )

    def _is_settled(self, text: str, words: Sequence[str] = ()) -> bool:
        text = text.replace("早就", "早")
        if any(word in text for word in self._by_then):  # 前年贷过两万,麦罢就还清了
            text = text.replace("就还", "还")
        return any(word in text for word in words or self._settled) and not any(
            word in text for word in self._unsettled
        )

    def _clauses(self, text: str) -> Iterator[_Clause]:
        """The clauses, and whether each is about another person's debts (who is named stays the subject)."""
        people = self._people.find(text)
        start, another = 0, False
        for place in range(len(text) + 1):
            if place < len(text) and text[place] not in BREAKS:
                continue
            clause = text[start:place]
            said = [hit for hit in people if start <= hit.start < place]
            if said:
                own = text.endswith(self._joint, start, said[0].start) or text.startswith(self._joint, said[0].end)
                own = own or "我名下" in clause or "我自己" in clause
                another = not own and not clause.endswith(self._when) and not self._event.search(clause)
            elif self._himself.search(clause):
                another = False
            if clause:
                yield _Clause(start, place, clause, another)
            start = place + 1

    def _named(self, text: str, clauses: Sequence[_Clause], *, none: bool) -> tuple[list[Hit], list[Hit]]:
        """The debts that a text names as owed, and those that it names as cleared or absent; `none`: it opens with a
        bare no, behind which a debt is only owed where that is said (没有,就一个房贷).
        """
        owed: list[Hit] = []
        cleared: list[Hit] = []
        hits = [
            hit
            for hit in self._kinds.find(text)
            if not any(clause.another and clause.start <= hit.start < clause.end for clause in clauses)
        ]
        this_car = [match.span() for match in self._this_car.finditer(text)]
        hits = [hit for hit in hits if not any(start <= hit.start < end for start, end in this_car)]
        for index, hit in enumerate(hits):
            floor = hits[index - 1].end if index else 0
            following = (each.start for each in hits[index + 1 :] if not self._go_together(hit, each))
            ceiling = next(following, len(text))
            before = _clause_before(text, max(floor, hit.start - self._reach), hit.start)
            after = _clause_after(text, hit.end, min(ceiling, hit.end + self._reach))
            reach = 4 * self._reach if hit.phrase in self._revolving else len(after) + 1 + self._reach
            after_all = self._besides.split(text[hit.end : min(ceiling, hit.end + reach)])[0]
            told = hit.phrase in self._revolving or not any(word in after for word in self._owing)
            if told and self._is_settled(after_all):
                cleared.append(hit)
                continue
            plain = after
            for word in ("都没有", "没有", "没得", "都没"):
                plain = plain.replace(word, "")
            absent = plain != after or after.startswith(self._negations)
            if self._is_settled(after) or any(word in before for word in self._past) or self._untouched.match(after):
                cleared.append(hit)
            elif before.rstrip(COUNTED).endswith(self._only) or after.startswith(self._unsettled):
                owed.append(hit)
            elif after.startswith(self._negations) or not any(word in plain for word in self._owing):
                absent = absent or none or any(word in before for word in self._negations)
                (cleared if absent else owed).append(hit)
            else:
                owed.append(hit)
        return owed, cleared


def _clause_before(text: str, start: int, end: int) -> str:
    piece = text[start:end]
    return piece[max((piece.rfind(stop) for stop in CLAUSE_END), default=-1) + 1 :]


def _clause_after(text: str, start: int, end: int) -> str:
    piece = text[start:end]
    return piece[: min((place for stop in CLAUSE_END if (place := piece.find(stop)) >= 0), default=len(piece))]
