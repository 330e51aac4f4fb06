"""Stops put into a transcript that has none, so that clauses, questions and corrections can be told.

Many recognisers write Mandarin without punctuation, and 我老婆不敢上高架 may be 我,老婆不敢上高架.
A small linear model over the characters around each gap, trained on the wordings and invented calls of the project
(`make train-language`), says where a stop was. A transcript with stops of its own stays as it is.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from pipeline.language.script import STOPS, fold
from pipeline.types import LabelModel, Turn

NONE_FROM = 40
"""With fewer stops than one in so many characters a transcript is taken to have none."""
SURE, SURE_BESIDE = 0.5, 0.9
"""How likely any stop must be to be put in: where there are none, and beside others, of which one may be lost."""
LONG = 12
"""Beside other stops, one is looked for in stretches of at least so many characters."""
EDGE = "\x02"
REACH = 4


def around(text: str, place: int) -> Iterator[str]:
    """The features of the gap behind the character at `place` of a folded text without stops."""
    before = (EDGE * REACH + text[: place + 1])[-REACH:]
    after = (text[place + 1 : place + 1 + REACH] + EDGE * REACH)[:REACH]
    for size in range(1, REACH + 1):
        yield f"<{before[-size:]}"
        yield f">{after[:size]}"
    for left in (1, 2, 3):
        for right in (1, 2, 3):
            if left + right <= REACH:
                yield f"{before[-left:]}|{after[:right]}"


class Stops:
    """Puts stops into the turns of a call where it lacks them."""

    def __init__(self, model: LabelModel) -> None:
        self._model = model

    def put_in(self, turns: Sequence[Turn]) -> tuple[Turn, ...]:
        """The turns with stops where they were spoken; `heard` and `origins` lead back to the text as it was heard."""
        texts = [fold(turn.text) for turn in turns]
        stops = sum(character in STOPS for text in texts for character in text)
        without = stops * NONE_FROM < sum(map(len, texts))
        shortest, sure = (1, SURE) if without else (LONG, SURE_BESIDE)
        return tuple(self._with_stops(turn, text, shortest, sure) for turn, text in zip(turns, texts, strict=True))

    def _with_stops(self, turn: Turn, text: str, shortest: int, sure: float) -> Turn:
        found = self._stops(text, shortest, sure)
        if not found:
            return turn
        read: list[str] = []
        origins: list[int] = []
        for place, character in enumerate(turn.text):
            read.append(character)
            origins.append(place)
            if place in found:
                read.append(found[place])
                origins.append(place + 1)
        return replace(turn, text="".join(read), heard=turn.as_heard, origins=(*origins, len(turn.text)))

    def _stops(self, text: str, shortest: int, sure: float) -> dict[int, str]:
        """The stops that lack, by the places of the characters before them."""
        places, asked = _gaps(text, shortest)
        if not asked:
            return {}
        said = "".join(text[place] for place in places)
        vocabulary = self._model.vocabulary
        found = [[row for name in around(said, at) if (row := vocabulary.get(name)) is not None] for at in asked]
        counts = np.array([len(rows) for rows in found], np.intp)
        rows = np.array([row for one in found for row in one], np.intp)
        chances = self._model.chances(self._model.sums(rows, counts), counts)
        likeliest, spoken = chances.argmax(axis=1).tolist(), (chances.sum(axis=1) > sure).tolist()
        return {
            places[at]: self._model.labels[label]
            for at, label, one in zip(asked, likeliest, spoken, strict=True)
            if one
        }


def _gaps(text: str, shortest: int) -> tuple[list[int], list[int]]:
    """The places of the characters that sound, and which of them stand in a stretch of at least `shortest` without a
    stop and have none behind them."""
    places: list[int] = []
    asked: list[int] = []
    begun = 0
    for place, character in enumerate((*text, "。")):
        if character in STOPS:
            if len(places) - begun >= shortest:
                asked += range(begun, len(places) - (place < len(text)))
            begun = len(places)
        elif character != " ":
            places.append(place)
    return places, asked
