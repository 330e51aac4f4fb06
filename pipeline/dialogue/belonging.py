"""Words that say what a value in a customer's turn belongs to, by their lists in `configs/`."""

from __future__ import annotations

import re
from pathlib import Path

from pipeline.dialogue.clauses import CLAUSE_REACH, clause_end, clause_start
from pipeline.language.phrases import Words
from pipeline.language.resources import table, word_list

FILE, OTHER_FIRMS = "dialogue/placing.yaml", "dialogue/other_firms.yaml"
FAR = 60
LISTS = (
    "telephone",
    "other_number",
    "own_number",
    "new_number",
    "other_income",
    "another_time",
    "a_number",
    "his_own_number",
    "other_price",
    "own_price",
    "home_loan",
    "other_things",
    "shops",
    "other_loan",
    "left_work",
    "others_work",
    "own_home",
)


FORBIDS_WITHIN = 12


class Belonging:
    """Whether a text holds one of the words of one of `LISTS`; a list that is left out of the file holds none."""

    def __init__(self, own: Path | None = None) -> None:
        words = table(FILE, own)
        self._words = {name: Words(word_list(words.get(name))) for name in LISTS}
        self._outright, self._sum_behind = word_list(words["said_outright"]), word_list(words["sum_behind"])
        self._traded, self._supposed = word_list(words["traded"]), word_list(words["supposed"])
        self._forbids = re.compile(words["forbids"])
        self._nicknamed = re.compile(words["nicknamed"])
        self._in_a_name = re.compile(words["in_a_name"])
        self._is_anothers = re.compile(words["is_anothers"])
        self._has_left, self._back = re.compile(words["has_left"]), re.compile(table(OTHER_FIRMS, own)["back"])
        self._still_there = re.compile(words["still_there"])
        self._left_behind = re.compile(words["left_behind"])
        self._moved_away = re.compile(words["moved_away"])
        self._given_up = re.compile(words["number_given_up"])
        self._anothers_number = re.compile(words["anothers_number"])
        apart = words["told_apart"]
        self._apart_before, self._apart, self._apart_next = (re.compile(apart[k]) for k in ("before", "clause", "next"))

    def is_anothers(self, text: str, end: int) -> bool:
        """Whether a title said up to `end` is told to be somebody else's: 店长是我表嫂."""
        return self._is_anothers.match(text, end) is not None

    def is_supposed(self, text: str, start: int) -> bool:
        """Whether a title said from `start` is only supposed: 要是老板."""
        return text.endswith(self._supposed, 0, start)

    def is_nickname(self, text: str, start: int) -> bool:
        """Whether a place is only called by the name said from `start`: 我们都喊老外厂."""
        return self._nicknamed.search(text[max(0, start - CLAUSE_REACH) : start]) is not None

    def is_told_apart(self, text: str, start: int, end: int) -> bool:
        """Whether the firm at `start:end` of a folded text is one that his own is only told from: 不是立恒物流."""
        first, last = clause_start(text, start), clause_end(text, end)
        return bool(
            self._apart_before.search(text, first, start)
            or self._apart.search(text, first, last)
            or self._apart_next.match(text, last + 1)
        )

    def is_left(self, text: str, end: int) -> bool:
        """Whether a firm named up to `end` of a folded text is said to be left right behind it: 智远那边不干了."""
        return self._left_behind.match(text, end) is not None and self._back.search(text, end, end + FAR) is None

    def is_not_that_one(self, text: str, start: int) -> bool:
        """Whether words right before a firm named from `start` say that it is not the one: 早不在永盛了."""
        return self._apart_before.search(text, clause_start(text, start), start) is not None

    def ends_a_name(self, text: str, start: int) -> bool:
        """Whether what is said from `start` is the end of a shop's name: 佳运二手车."""
        return self._in_a_name.search(text[max(0, start - CLAUSE_REACH) : start]) is not None

    def is_traded(self, clause: str) -> bool:
        """Whether an old car in a clause is the one that goes: 拿旧车去置换."""
        return any(word in clause for word in self._traded)

    def is_sum(self, text: str, end: int) -> bool:
        """Whether digits said up to `end` are a sum: 450一个月."""
        return text.startswith(self._sum_behind, end)

    def is_outright(self, word: str) -> bool:
        """Whether a word for a marital status says it of the speaker, whatever was asked: 离异."""
        return word in self._outright

    def has_left(self, text: str) -> tuple[int, int] | None:
        """Where a folded text says that he works there no more, or never did; None where it does not."""
        found = self._has_left.search(text)
        back = found is not None and self._back.search(text, found.end(), found.end() + FAR) is not None
        return found.span() if found is not None and not back else None

    def moved_away(self, text: str) -> tuple[int, int] | None:
        """Where a folded text says that he lives there no more, or never did; None where it does not."""
        found = self._moved_away.search(text)
        return found.span() if found is not None else None

    def given_up(self, text: str) -> tuple[int, int] | None:
        """Where a folded text says that a number is his no more: 停机了, 早不用了; None where it does not."""
        found = self._given_up.search(text)
        return found.span() if found is not None else None

    def still_there(self, text: str) -> tuple[int, int] | None:
        """Where a folded text says that he still works there (退休返聘,还在那儿); None where it does not."""
        found = self._still_there.search(text)
        return found.span() if found is not None else None

    def asks_anothers_number(self, text: str, *, of_contact: bool) -> bool:
        """Whether an agent's folded text asks for somebody else's telephone (她的号码多少); `of_contact`: the customer
        has just told whom to call.
        """
        if self.says("his_own_number", text):
            return False
        his = of_contact and "您" not in text and "你" not in text
        return self._anothers_number.search(text) is not None or (his and self.says("a_number", text))

    def forbids(self, text: str, phrase: str) -> bool:
        """Whether an agent's folded text names something only to forbid it: 贷款不能拿去进货."""
        place = text.find(phrase)
        return place >= 0 and self._forbids.search(text[max(0, place - FORBIDS_WITHIN) : place]) is not None

    def says(self, name: str, text: str) -> bool:
        """Whether a word of the list `name` stands in `text`."""
        return self._words[name].stand_in(text)
