"""The loans that a customer's turn names, as owed or as none, clause by clause: 有房贷, 车贷早还清了, 花呗月月清."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from pipeline.language.phrases import Hit, PhraseBook, Words
from pipeline.language.relations import relation_words
from pipeline.language.resources import table, word_list
from pipeline.language.script import CLAUSE_END

FILE = "dialogue/debts.yaml"
BREAKS = CLAUSE_END | {" "}
# 就一个房贷, 只有这笔房贷
COUNTED = "一这那个笔套项种点有是剩"
OR_NOT = "有没有"
# 除了车贷没了: the loan applied for is one of these too.
OF_ANY = ("车贷", "贷款", "分期")
NOTHING = ("都没有", "没有", "没得", "都没")
# What is said of debts stands at the head of a turn; a longer one is no answer.
READ = 1000
LONGEST_NAME = 6
HIMSELF = ("我", "俺", "咱")
FOR_SOMEBODY = ("给", "为")
DISOWNED_WITHIN = 30


@dataclass(frozen=True, slots=True)
class Clause:
    """A clause of a folded text; `another`: it is about another person's debts."""

    start: int
    end: int
    text: str
    another: bool


class NamedDebts:
    """Finds loans by `configs/dialogue/debts.yaml`."""

    def __init__(self, own: Path | None = None) -> None:
        words = table(FILE, own)
        self._kinds = PhraseBook((word, "") for word in word_list(words["kinds"]))
        self._settled, self._unsettled = word_list(words["settled"]), word_list(words["unsettled"])
        self._settled_so, self._then = re.compile(words["settled_so"]), re.compile(words["then"])
        self._still, self._partly = Words(word_list(words["still"])), re.compile(words["partly"])
        self._repaid_then = re.compile(words["repaid_then"])
        self._in_full, self._now_none = re.compile(words["in_full"]), re.compile(words["now_none"])
        self._turns_to, self._he_owes = re.compile(words["turns_to"]), re.compile(words["he_owes"])
        self._negations = word_list(words["negations"])
        self._owing, self._only = Words(word_list(words["owing"])), Words(word_list(words["only"]))
        self._except = word_list(words["except"])
        self._revolving = frozenset(word_list(words["revolving"]))
        self._reach = int(words["reach"])
        self._past, self._by_then = Words(word_list(words["past"])), Words(word_list(words["by_then"]))
        relations = relation_words(table("language/relations.yaml", own))
        self._people = PhraseBook(
            [(word, "") for word, who in relations if who != "self"]
            + [(word, "") for word in word_list(words["others"])]
        )
        self._joint, self._when = word_list(words["joint"]), word_list(words["when"])
        self._himself, self._event = re.compile(words["himself"]), re.compile(words["event"])
        self._he, self._disowned = re.compile(words["he"]), re.compile(words["disowned"])
        self._untouched, self._besides = re.compile(words["untouched"]), re.compile(words["besides"])
        self._indefinite, self._only_meant = re.compile(words["indefinite"]), re.compile(words["only_meant"])
        self._to_repay = re.compile(words["to_repay"])
        self._unsettled_so = re.compile(words["unsettled_so"])
        self._this_car, self._first_time = re.compile(words["this_car"]), re.compile(words["first_time"])

    def find(self, text: str) -> list[Hit]:
        """The loans that a folded text names, by their words."""
        return self._kinds.find(text)

    def at(self, text: str, place: int) -> bool:
        """Whether a loan is named at `place`."""
        return self._kinds.match(text, place) is not None

    def ends_in(self, text: str) -> bool:
        """Whether a text ends in the name of a loan."""
        return self._kinds.match_before(text, len(text), longest=LONGEST_NAME) is not None

    def is_past(self, text: str) -> bool:
        """Whether a text speaks of what is over (以前贷过)."""
        return self._past.stand_in(text)

    def is_owed(self, text: str) -> bool:
        """Whether a text says that something is owed (还有, 在还)."""
        return self._owing.stand_in(text)

    def is_still_owed(self, text: str) -> bool:
        """Whether a text says that what it is about is still being repaid (在还, 还供着呢)."""
        return self._still.stand_in(text) or self._partly.search(text) is not None

    def clauses(self, text: str) -> Iterator[Clause]:
        """The clauses, and whether each is about another person's debts (who is named stays the subject)."""
        people = self._people_in(text)
        turns = self._turns(text, people)
        start, another = 0, False
        for place in range(len(text) + 1):
            breaks = place == len(text) or text[place] in BREAKS
            if not breaks and place not in turns:
                continue
            clause = text[start:place]
            said = [hit for hit in people if start <= hit.start < place]
            if not said and self._he.match(clause):
                another = True
            elif said:
                own = text.endswith(self._joint, start, said[0].start) or text.startswith(self._joint, said[0].end)
                own = own or "我名下" in clause or "我自己" in clause
                for_him = text.endswith(FOR_SOMEBODY, start, said[0].start)  # 给闺女买电脑办的分期
                another = not own and not for_him and not clause.endswith(self._when) and not self._event.search(clause)
                another = another or (not own and self._is_disowned(text, place, people))
            elif self._himself.search(clause):
                another = False
            if clause:
                yield Clause(start, place, clause, another)
            start = place + breaks

    def _people_in(self, text: str) -> list[Hit]:
        """Who is named, or only pointed at (我们科室有一个欠着网贷), in their order."""
        pointed_at = [Hit(*found.span(), found[0], "") for found in self._indefinite.finditer(text)]
        named = [hit for hit in self._people.find(text) if not any(p.start <= hit.start < p.end for p in pointed_at)]
        return sorted((*named, *pointed_at), key=lambda hit: hit.start) if pointed_at else named

    def _turns(self, text: str, people: Sequence[Hit]) -> set[int]:
        """Where, with no stop, it is told of somebody else what he owes: 我弟弟有个车贷|我自己没有."""
        places = {found.start() for found in self._turns_to.finditer(text)}
        for hit in people:
            if self._he_owes.match(text, hit.end) and not self._is_with(text, hit):
                places.add(hit.start - text.startswith(HIMSELF, max(0, hit.start - 1), hit.start))
        turns: set[int] = set()
        for place in sorted(places):
            start = max((last for stop in BREAKS if (last := text.rfind(stop, 0, place)) >= 0), default=-1) + 1
            start = max([start, *turns])
            named = any(start <= hit.start < place for hit in people)
            if named or (start < place and self._himself.search(text, start, place)):
                turns.add(place)
        return turns

    def _is_with(self, text: str, hit: Hit) -> bool:
        return text.endswith((*self._joint, *FOR_SOMEBODY), 0, hit.start)

    def _is_disowned(self, text: str, place: int, people: Sequence[Hit]) -> bool:
        """Whether what is told up to `place` of somebody is said to be his affair, before another one is named."""
        found = self._disowned.search(text, place, place + DISOWNED_WITHIN)
        return found is not None and not any(place < hit.start < found.start() for hit in people)

    def names_somebody(self, text: str) -> bool:
        """Whether a clause names another person: 他又没外债."""
        return self._he.match(text) is not None or bool(self._people_in(text))

    def is_settled(self, text: str, words: Sequence[str] = ()) -> bool:
        """Whether a text says, in one of `words` if they are given, that nothing is left to repay (早还清了)."""
        text = text.replace("早就", "早")
        then = self._by_then.stand_in(text) or self._then.search(text) is not None
        if then:  # 前年贷过两万,麦罢就还清了
            text = text.replace("就还", "还").replace("就结", "结")
        if any(word in text for word in self._unsettled) or self._unsettled_so.search(text) is not None:
            return False
        if then and self._repaid_then.search(text) is not None:
            return True
        return self._settled_so.search(text) is not None or any(word in text for word in words or self._settled)

    def is_paid_in_full(self, text: str) -> bool:
        """Whether a text says that what is spent is repaid each time: 刷多少还多少; 到九号就还清."""
        return self._in_full.search(text) is not None

    def is_none_now(self, clause: str) -> bool:
        """Whether a clause says that nothing is owed any more: 现在没有."""
        return self._now_none.fullmatch(clause) is not None

    def named(self, text: str, clauses: Sequence[Clause], *, none: bool) -> tuple[list[Hit], list[Hit]]:
        """The debts that a text names as owed, and those that it names as cleared or absent; `none`: it opens with a
        bare no, behind which a debt is only owed where that is said (没有,就一个房贷).
        """
        owed: list[Hit] = []
        cleared: list[Hit] = []
        hits, turns = self._of_his(text, clauses), self._turns(text, self._people_in(text))
        floor = 0
        for index, hit in enumerate(hits):
            floor = hits[index - 1].end if index and hits[index - 1].end < hit.start else floor  # 信用卡分期
            following = (each.start for each in hits[index + 1 :] if not self._go_together(hit, each))
            first = max([floor, *(place for place in turns if place <= hit.start)])
            ceiling = min([next(following, len(text)), *(place for place in turns if place >= hit.end)])
            is_owed = self._is_owed_at(text, hit, first, ceiling, none=none)
            (owed if is_owed else cleared).append(hit)
        return owed, cleared

    def is_revolving(self, hit: Hit) -> bool:
        """Whether a loan is none where it is paid in full: 花呗, 信用卡."""
        return self.is_revolving_kind(hit.phrase)

    def is_revolving_kind(self, name: str) -> bool:
        """Whether loans of that name are none where they are paid in full."""
        return name in self._revolving

    def _of_his(self, text: str, clauses: Sequence[Clause]) -> list[Hit]:
        """The loans named that are the customer's own, and not of the car that is being bought."""
        this_car = [match.span() for match in self._this_car.finditer(text)]
        anothers = [(clause.start, clause.end) for clause in clauses if clause.another]
        spans = (*this_car, *anothers)
        return [hit for hit in self._kinds.find(text) if not any(start <= hit.start < end for start, end in spans)]

    def _is_owed_at(self, text: str, hit: Hit, floor: int, ceiling: int, *, none: bool) -> bool:
        """Whether a loan is owed by what is said around it, between `floor` and `ceiling`; `none` as in `named`."""
        before = _clause_before(text, max(floor, hit.start - self._reach), hit.start)
        after = _clause_after(text, hit.end, min(ceiling, hit.end + self._reach))
        reach = 4 * self._reach if self.is_revolving(hit) else len(after) + 1 + 2 * self._reach
        after_all = self._besides.split(text[hit.end : min(ceiling, hit.end + reach)])[0]
        if before.rstrip(COUNTED).endswith(self._except) and hit.phrase not in OF_ANY:
            return True
        if self.is_revolving(hit) and self.is_paid_in_full(after_all):
            return False
        settled = (self.is_revolving(hit) or not self.is_owed(after)) and self.is_settled(after_all)
        if settled and not self._to_repay.search(before):
            return False
        if self._to_repay.search(before):
            return True
        if self.is_settled(after) or self._untouched.match(after):
            return False
        if self.is_past(before) and not self.is_still_owed(text[hit.end : min(ceiling, hit.end + 2 * reach)]):
            return False
        if before.endswith(self._negations) and not before.endswith(OR_NOT):
            return False  # 也没有信用卡欠款
        if self._first_time.search(before) or self._only_meant.search(before):
            return False  # 我这是第一次贷款; 本来想做个信用卡分期
        if before.rstrip(COUNTED).endswith(self._only) or after.startswith(self._unsettled):
            return True
        plain = after
        for word in NOTHING:
            plain = plain.replace(word, "")
        denied = after.startswith(self._negations)
        if not denied and self.is_owed(plain):
            return True
        return not (denied or none or plain != after or any(word in before for word in self._negations))

    def _go_together(self, one: Hit, other: Hit) -> bool:
        """Whether what is said of both may be said once: 花呗刷了三千,信用卡两千,到日子都还清."""
        return self.is_revolving(one) and self.is_revolving(other)


def _clause_before(text: str, start: int, end: int) -> str:
    piece = text[start:end]
    return piece[max((piece.rfind(stop) for stop in CLAUSE_END), default=-1) + 1 :]


def _clause_after(text: str, start: int, end: int) -> str:
    piece = text[start:end]
    return piece[: min((place for stop in CLAUSE_END if (place := piece.find(stop)) >= 0), default=len(piece))]
