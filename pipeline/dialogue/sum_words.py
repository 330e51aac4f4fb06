"""What words beside a sum do to it: take something off it, count something in, say what it was spent on."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pipeline.language.phrases import Hit
from pipeline.language.resources import table, word_list
from pipeline.language.script import CLAUSE_END
from pipeline.types import Mention

FILE = "dialogue/sum_words.yaml"
TAKEN_OFF, COUNTED_IN, SUBTRACTED, LIVES_ON = 10, 22, 8, 4
"""How far before a word, in characters, what is done with it is looked for."""
LEAST_LEFT = 1500
"""What is left of an income after its costs is no less, in CNY; a smaller sum is one of the costs."""


class SumWords:
    """Reads folded texts by `configs/dialogue/sum_words.yaml`. Raises SettingsError where a key is missing."""

    def __init__(self, own: Path | None = None) -> None:
        words: Mapping[str, Any] = table(FILE, own)
        self._deducted, self._subtracted, self._counted_in, self._taken_away, self._gone, self._left = (
            re.compile(words[key]) for key in ("deducted", "subtracted", "counted_in", "taken_away", "gone", "left")
        )
        self._lives_on, self._what_for, self._ends = (
            re.compile(words[key]) for key in ("lives_on", "what_for", "what_for_ends")
        )
        self._changes, self._told_apart, self._spent, self._left_out = (
            word_list(words[key]) for key in ("changes", "told_apart", "spent", "left_out")
        )

    def leaves(self, text: str, thing: Hit, mention: Mention) -> bool:
        """Whether what is named before a sum is not what the sum is of: it was taken off before (刨了房租,七千五),
        counted in (算上奖金一万出头), is how the sum came about (今年效益不好降了,七千五), or what he lives on.
        """
        paused = "," in text[thing.end : mention.start]
        return (
            self._is_taken_off(text, thing, mention)
            or (paused and thing.phrase.startswith(self._changes))
            or self._lives_on.search(text, max(0, thing.start - LIVES_ON), thing.start) is not None
            or self._counted_in.search(text, max(0, thing.start - COUNTED_IN), thing.start) is not None
        )

    def is_subtracted(self, text: str, word: Hit, mention: Mention) -> bool:
        """Whether the sum that a word names is only taken off another one, which is told: 车价减首付,九万."""
        if "," not in text[word.end : mention.start]:
            return False
        return self._subtracted.search(text, max(0, word.start - SUBTRACTED), word.start) is not None

    def is_spent_on(self, text: str, spent: Hit, thing: Hit) -> bool:
        """Whether the word before a sum tells of spending, on the thing named before it in its clause."""
        if spent.phrase not in self._spent or CLAUSE_END.intersection(text[thing.end : spent.start]):
            return False
        return not text.endswith(self._left_out, 0, thing.start)

    def is_told_apart(self, text: str, end: int) -> bool:
        """Whether what is named up to `end` is said there to be reckoned apart: 六千八年终奖另算."""
        return text.startswith(self._told_apart, end)

    def has_told_apart(self, text: str) -> bool:
        """Whether something in a few words is said to be reckoned apart."""
        return any(word in text for word in self._told_apart)

    def what_for(self, text: str, end: int) -> int:
        """Where a clause that may say what a sum was for begins, behind the sum's `end` (3000块,手续费嘛); else 0."""
        pause = self._what_for.match(text, end)
        return pause.end() if pause is not None else 0

    def ends(self, text: str, end: int) -> bool:
        """Whether nothing more follows in the clause."""
        return self._ends.match(text, end) is not None

    def _is_taken_off(self, text: str, thing: Hit, mention: Mention) -> bool:
        before = text[max(0, thing.start - TAKEN_OFF) : thing.start]
        taken = self._taken_away.search(before) and self._left.fullmatch(text, thing.end, mention.start)
        if taken or self._gone.match(text[: mention.start], thing.end):
            return mention.quantity is not None and (mention.quantity.value or 0) >= LEAST_LEFT
        return self._deducted.search(before) is not None and "," in text[thing.end : mention.start]
