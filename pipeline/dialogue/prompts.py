"""Words put into somebody's mouth (你就说自己开, 他们让我说两万): nobody states them."""

from __future__ import annotations

from pathlib import Path

from pipeline.language.phrases import PhraseBook
from pipeline.language.resources import table, word_list
from pipeline.language.script import CLAUSE_END

FILE = "dialogue/prompts.yaml"


class Prompts:
    """Finds the stretches of a turn that prompt an answer, by `configs/dialogue/prompts.yaml`."""

    def __init__(self, own: Path | None = None) -> None:
        words = table(FILE, own)
        self._openers = PhraseBook((word, "") for word in word_list(words["openers"]))
        self._settling = PhraseBook((word, "") for word in word_list(words["settling"]))
        self._not_after = word_list(words["not_after"])

    def without(self, text: str) -> str:
        """A folded text with its prompting stretches blanked, offsets kept."""
        pieces: list[str] = []
        position = 0
        for hit in self._openers.find(text):
            if hit.start < position or text.endswith(self._not_after, max(0, hit.start - 2), hit.start):
                continue
            end = self._end(text, hit.end)
            pieces += [text[position : hit.start], " " * (end - hit.start)]
            position = end
        return "".join([*pieces, text[position:]])

    def _end(self, text: str, start: int) -> int:
        """Where the prompting ends: at the clause's end, or where the speaker turns to how it is."""
        for place in range(start, len(text)):
            if text[place] in CLAUSE_END or (place > start and self._settling.match(text, place) is not None):
                return place
        return len(text)
