"""Whether the customer still repays other loans: 没有, 有房贷, 车贷早还清了."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pipeline.dialogue.acts import Stance
from pipeline.dialogue.named_debts import FILE, OR_NOT, READ, Clause, NamedDebts
from pipeline.language.phrases import Hit, PhraseBook, Words
from pipeline.language.resources import table, word_list

ECHO = 8
COUNTS = ("算不算", "算吗", "算么")
FORGOT = "忘"
ASKS_BACK = ("吗", "么", "算不算")
HAS, PAYS = "debt.has_other_loans", "debt.monthly_payment"


@dataclass(frozen=True, slots=True)
class DebtQuestion:
    """What an agent asks about debts: all of them (`general`) or `kinds`; whether 没有 is expected; `sums`: he asks for
    the instalment alone; `paid_off`: he asks whether a loan is paid off, so that a no owns up to it; `before`:
    whether there ever was one, so that a yes tells nothing of today.
    """

    general: bool
    expects_no: bool
    kinds: tuple[str, ...] = ()
    sums: bool = False
    paid_off: bool = False
    before: bool = False


class Debts:
    """Reads questions for other loans, and their answers, by `configs/dialogue/debts.yaml`."""

    def __init__(self, named: NamedDebts, own: Path | None = None) -> None:
        words = table(FILE, own)
        self._named = named
        self._general = Words(word_list(words["general"]))
        self._expects_no = word_list(words["expects_no"])
        self._brought_up = PhraseBook((word, "") for word in word_list(words["brought_up"]))
        self._unasked_none = Words(word_list(words["unasked_none"]))
        self._credit = Words(word_list(words["credit"]))
        self._repaid, self._not_repaid = Words(word_list(words["repaid"])), Words(word_list(words["not_repaid"]))
        self._no, self._yes = re.compile(words["says_no"]), re.compile(words["says_yes"])
        self._no_others, self._none_at_all = re.compile(words["no_others"]), re.compile(words["none_at_all"])
        self._asks_how_he_could = re.compile(words["asks_how_he_could"])
        self._not_by_parts = re.compile(words["not_by_parts"])
        self._takes_back, self._concedes = re.compile(words["takes_back"]), re.compile(words["concedes"])
        self._counts_as = Words(word_list(words["counts_as"]))
        self._many = re.compile(words["many"])
        self._has_some, self._borrowed = re.compile(words["has_some"]), re.compile(words["borrowed"])
        self._of_the_deal = Words(word_list(words["of_the_deal"]))
        no_home_loan: Mapping[str, str] = words["no_home_loan"]
        self._home_loans, self._no_home_loan = word_list(no_home_loan["asked"]), re.compile(no_home_loan["says"])
        self._read_out = re.compile(words["read_out"])
        self._not_yet = re.compile(words["not_yet"])
        self._asks_paid_off, self._asks_of_before = (
            re.compile(words[key]) for key in ("asks_paid_off", "asks_of_before")
        )

    def question(self, text: str, *, sums: bool = False) -> DebtQuestion:
        """How an agent's folded text asks about debts; `sums`: it asks for instalments, not whether there are any."""
        general = self._general.stand_in(text)
        expects_no = any(word in text.replace("有没有", "") for word in self._expects_no)
        kinds = tuple(dict.fromkeys(hit.phrase for hit in self._named.find(text) if hit.phrase != "贷款"))
        paid_off, before = (asks.search(text) is not None for asks in (self._asks_paid_off, self._asks_of_before))
        return DebtQuestion(general, expects_no, kinds, sums, paid_off, before)

    def is_of_cards(self, question: DebtQuestion) -> bool:
        """Whether a question is only one for cards, which are no loan where they are paid in full."""
        return not question.general and bool(question.kinds) and all(map(self._named.is_revolving_kind, question.kinds))

    def names_only_cards(self, text: str) -> bool:
        """Whether a folded text names cards and the like, and no loan beside them: 有张信用卡."""
        kinds = {hit.phrase for hit in self._named.find(text[:READ])}
        return bool(kinds) and all(map(self._named.is_revolving_kind, kinds))

    def repays_cards(self, text: str) -> bool:
        """Whether a customer's folded text says that his cards are repaid in full: 没分期,刷多少还多少."""
        return self._named.is_paid_in_full(text[:READ]) or self._not_by_parts.search(text[:READ]) is not None

    def names_only_this(self, text: str) -> bool:
        """Whether a clause of a customer's folded text tells of the loan applied for alone: 就你们这个车贷."""
        return any(self._no_others.fullmatch(each.text) is not None for each in self._named.clauses(text[:READ]))

    def owns_up(self, text: str, question: DebtQuestion) -> bool:
        """Whether a customer's folded text is a yes to a question for loans (有的; 嗯,有一个), or a no to one whether a
        loan is paid off (还没有).
        """
        clauses = list(self._named.clauses(text[:READ]))
        if question.paid_off:
            return self._not_yet.match(text) is not None
        return self._said(clauses) is True

    def read_out(self, text: str) -> tuple[int, int] | None:
        """Where an agent's folded text reads out that there is a loan, to be agreed to (您填了有一笔房贷,是吧?)."""
        found = self._read_out.search(text)
        return found.span() if found is not None else None

    def asks_repayment(self, text: str, told: str) -> bool:
        """Whether an agent's folded text asks how money is repaid that the customer `told` of owing: 那一万怎么还?"""
        asked = self._repaid.stand_in(text) and not self._not_repaid.stand_in(text)
        return asked and self._credit.stand_in(told)

    def answer(self, text: str, stance: Stance, question: DebtQuestion | None, *, amounts: bool) -> bool | None:
        """Whether a customer's folded text says that there are debts; None where it says neither.

        `question` is the one that waits, None where debts were not asked about; `amounts`: instalments are named.
        """
        text = self._without_echo(text[:READ])
        clauses = list(self._named.clauses(text))
        none = bool(clauses) and self._denies(clauses[0])
        owed, cleared = self._named.named(text, clauses, none=none)
        if question is None:
            brought = any(self._named.at(text, hit.end) for hit in self._brought_up.find(text))
            if amounts or (brought and owed):
                return True
            return False if self._says_unasked(clauses) else None
        asks_back = text.rstrip("?。! ").endswith(ASKS_BACK) and not none
        whether_it_counts = asks_back and text.rstrip("?。! ").endswith(COUNTS) and self._tells(text, owed)
        if self.concedes(text) or (amounts and not asks_back) or whether_it_counts:
            return True  # 那个也算啊,那就是有了; 搞忘了,微粒贷,每个月还九百二; 借呗还欠着点,那个算不算
        if clauses and not (asks_back or owed or question.paid_off) and self._denies(clauses[-1]):
            return False  # 征信上面有一条,早结清了,我什么贷款都没有
        at_a_loss = stance.attitude == "unsure" and not self._has_many_or_some(clauses)
        if asks_back or ((at_a_loss or stance.attitude == "refuse") and not (owed and FORGOT in text)):
            return None
        if self._says_none_now(clauses, owed):
            return False  # 前几年贷过两万,现在没有
        if owed or (
            not cleared and (self._is_still_owed(clauses) or (not none and self._tells_of_some(text, clauses)))
        ):
            return True
        if self._named.is_paid_in_full(text):
            return False
        if self._has_many(clauses):
            return True
        if self._says_unasked(clauses):
            return False
        if question.paid_off and self._not_yet.match(text) is not None:
            return True
        said = self._said(clauses)
        if said is None and stance.attitude == "deny":
            said = False
        if question.paid_off and stance.attitude in ("agree", "hedged"):
            return False
        if said or (question.before and stance.attitude in ("agree", "hedged", "weak")):
            return None if question.before else said
        if said is not None:
            return said
        if cleared or self._named.is_settled(text) or self._has_no_home_loan(text, question):
            return False
        others = any(clause.another for clause in clauses)
        asked = question.general or question.kinds
        if text.lstrip(" ,。").startswith(OR_NOT):
            return None  # 有没有都不影响我还你们钱
        if asked and stance.attitude in ("agree", "hedged", "weak") and not others and not question.sums:
            return not question.expects_no or text.startswith("有")
        return None

    def _without_echo(self, text: str) -> str:
        """The text without the loan that was asked for and is only said again: 贷款?没得,房贷那些都没得."""
        echo, asked, rest = text.partition("?")
        named = bool(asked and rest) and len(echo) <= ECHO and self._named.ends_in(echo.rstrip("啊呀么嘛"))
        return rest.lstrip(" ,。") if named else text

    def names_one(self, text: str) -> bool:
        """Whether a customer's folded text names a loan, by its kind or its number, or what is left of one."""
        kinds = any(hit.phrase not in ("贷款", "分期") for hit in self._named.find(text))
        told = self._tells_of_one(text) or self._named.is_still_owed(text)
        return kinds or told or self._has_many(list(self._named.clauses(text[:READ])))

    def _tells_of_one(self, text: str) -> bool:
        """Whether words tell of a loan by its number, or of a sum borrowed that is not the loan applied for."""
        if self._has_some.search(text) is not None:
            return True
        return self._borrowed.search(text) is not None and not self._of_the_deal.stand_in(text)

    def _tells_of_some(self, text: str, clauses: Sequence[Clause]) -> bool:
        """Whether a clause tells of a loan of his own that is not over by its number: 信用社有一笔,盖房子贷的."""
        if self._named.is_settled(text):
            return False
        return any(
            not clause.another and self._tells_of_one(clause.text) and not self._named.is_past(clause.text)
            for clause in clauses
        )

    def _has_many_or_some(self, clauses: Sequence[Clause]) -> bool:
        """Whether who cannot tell more says that he has loans (有噻,好几家,记不清了)."""
        return self._said(clauses) is True or self._has_many(clauses)

    def _has_many(self, clauses: Sequence[Clause]) -> bool:
        """Whether a clause is an answer by how many loans there are: 好几家; 多了去了."""
        return any(not clause.another and self._many.fullmatch(clause.text) is not None for clause in clauses)

    def takes_back(self, text: str, *, denied: bool) -> bool:
        """Whether a customer's folded text, unasked, takes back the no that he has said before (`denied`): 哎我说错了,
        有一个装修贷还没还完.
        """
        text = text[:READ]
        if not denied or self._takes_back.search(text) is None:
            return False
        owed, _ = self._named.named(text, list(self._named.clauses(text)), none=False)
        return any(hit.phrase not in ("贷款", "分期") for hit in owed)

    def concedes(self, text: str) -> bool:
        """Whether a customer's folded text gives in that what he was told of is a loan: 那就是有了."""
        return self._concedes.search(text[:READ]) is not None

    def asks_whether_it_counts(self, text: str) -> bool:
        """Whether who names a loan only asks if it is one."""
        return self._counts_as.stand_in(text)

    def _has_no_home_loan(self, text: str, question: DebtQuestion) -> bool:
        """Whether who is asked for a home loan alone says that his home needs none: 房子全款买的; 我租的房."""
        asked = bool(question.kinds) and all(kind in self._home_loans for kind in question.kinds)
        return asked and not question.general and self._no_home_loan.search(text) is not None

    def _tells(self, text: str, owed: Sequence[Hit]) -> bool:
        """Whether a debt that is named is said to be owed."""
        return bool(owed) and self._named.is_owed(text)

    def _said(self, clauses: Sequence[Clause]) -> bool | None:
        """The last clause that is a bare no, or opens with a yes."""
        said: bool | None = None
        for clause in clauses:
            if self._denies(clause) and not self._named.is_settled(clause.text):
                said = False  # 我儿子有房贷,他自己还,没有
                continue
            if said is True and (clause.another or self._named.is_settled(clause.text)):
                return None if clause.another else False
            if clause.another or self._named.is_settled(clause.text):
                continue
            if said is None and self._no_others.fullmatch(clause.text):
                said = False
            elif self._yes.match(clause.text):
                said = True
        return said

    def _denies(self, clause: Clause) -> bool:
        """Whether a clause is a no of his own to loans, whoever was spoken of before: 没有; 有啥贷款呀庄户人家."""
        text = clause.text
        if self._asks_how_he_could.match(text) is not None:
            return True
        no = self._no.fullmatch(text) is not None or self._none_at_all.fullmatch(text) is not None
        return no and not (clause.another and self._named.names_somebody(text))

    def _says_none_now(self, clauses: Sequence[Clause], owed: Sequence[Hit]) -> bool:
        """Whether a clause says, behind all loans that are named, that he owes nothing now."""
        last = owed[-1].end if owed else 0
        return any(each.start >= last and not each.another and self._named.is_none_now(each.text) for each in clauses)

    def _says_unasked(self, clauses: Sequence[Clause]) -> bool:
        """Whether a clause says in so many words that he owes nothing; 他又没外债 says so of another."""
        own = [each.text for each in clauses if not (each.another and self._named.names_somebody(each.text))]
        return any(map(self._unasked_none.stand_in, own))

    def _is_still_owed(self, clauses: Sequence[Clause]) -> bool:
        """Whether the first clause about it says that what was asked about is still being repaid (在还, 还供着呢)."""
        return any(
            not clause.another
            and self._named.is_still_owed(clause.text)
            and not self._unasked_none.stand_in(clause.text)
            and not self._named.is_settled(clause.text)
            for clause in clauses
        )
