"""Stops put into a transcript that has none, so that clauses, questions and corrections can be told.

Many recognisers write Mandarin without punctuation, and 我老婆不敢上高架 may be 我,老婆不敢上高架.
A small linear model over the characters around each gap, trained on the wordings and invented calls of the project
(`make train-language`), says where a stop was. A transcript with stops of its own stays as it is.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pipeline.language.pauses import pauses_of, with_pauses
from pipeline.language.resources import table
from pipeline.language.script import STOPS, fold
from pipeline.types import LabelModel, Turn

NONE_FROM = 40
"""With fewer stops than one in so many characters a transcript is taken to have none."""
SURE, SURE_BESIDE = 0.5, 0.9
"""How likely any stop must be to be put in: where there are none, and beside others, of which one may be lost."""
LONG = 12
"""Beside other stops, one is looked for in stretches of at least so many characters."""
DENIED_NUMBER = re.compile(
    "(?<![有还])(?:没有?|哪有)(?=[一二两三四五六七八九十0-9][一二两三四五六七八九十百千万0-9]{0,8}(?:年|个月|万|千|块|期)(?![前以之多]))"
)
URGED = re.compile("(?:劝|喊|求|托|催|让|叫|请|怂恿|撺掇)(?:过|了|着)?[我俺咱]")
ASKS, TELLS, ASKS_WITHIN = "?", "。", 12
PAUSE = re.compile(r"[\u3400-\u9fff](?= +[\u3400-\u9fff0-9])|[0-9a-z](?= +[\u3400-\u9fff])")
"""The character before a space that parts clauses, where spaces do not part words."""
RANGE = re.compile("[一二两三四五六七八九十百千万0-9]{1,8}(?:块|元)?[到至][一二两三四五六七八九十百千万0-9]{1,8}")
EDGE = "\x02"
REACH = 4


def around(text: str, place: int) -> Iterator[str]:
    """The features of the gap behind the character at `place` of a folded text without stops."""
    return _around(EDGE * REACH + text + EDGE * REACH, place + REACH + 1)


def _around(padded: str, gap: int) -> Iterator[str]:
    """As `around`, of the gap before `gap` in a text with edges of `REACH`."""
    for size in range(1, REACH + 1):
        yield "<" + padded[gap - size : gap]
        yield ">" + padded[gap : gap + size]
    for left, right in _BOTH_SIDES:
        yield padded[gap - left : gap] + "|" + padded[gap : gap + right]


_BOTH_SIDES = [(left, right) for left in (1, 2, 3) for right in (1, 2, 3) if left + right <= REACH]


class _Gap(NamedTuple):
    """Where a stop is looked for: behind the character at `place` of the `turn`."""

    turn: int
    place: int


Wholes = Callable[[str], Iterable[tuple[int, int]]]


def no_wholes(text: str) -> Iterable[tuple[int, int]]:
    """Nothing to be kept whole."""
    return ()


class Stops:
    """Puts stops into the turns of a call where it lacks them."""

    def __init__(self, model: LabelModel, own: Path | None = None) -> None:
        self._model = model
        self._asks = re.compile(table("language/stops.yaml", own)["asks"])

    def put_in(self, turns: Sequence[Turn], wholes: Wholes = no_wholes) -> tuple[Turn, ...]:
        """The turns with stops where they were spoken; `heard` and `origins` lead back to the text as it was heard.

        `wholes` finds in a folded text what no stop parts, as the name of a car (五菱荣光小卡).
        """
        texts = [fold(turn.text) for turn in turns]
        stops = sum(map("".join(texts).count, STOPS))
        least = sum(map(len, texts)) / NONE_FROM
        spaced = stops < least <= sum(len(PAUSE.findall(text)) for text in texts)
        shortest, sure = (1, SURE) if stops < least and not spaced else (LONG, SURE_BESIDE)
        paused = [{found.start() for found in PAUSE.finditer(text)} if spaced else set[int]() for text in texts]
        found = self._stops(texts, shortest, sure, turns, paused)
        for at, put in found.items():
            kept = (*wholes(texts[at]), *_denied_numbers(texts[at]), *_ranges(texts[at]), *_urged(texts[at]))
            for start, end in kept:
                for place in range(start, end - 1):
                    put.pop(place, None)
        return tuple(_with_stops(turn, found[place]) if place in found else turn for place, turn in enumerate(turns))

    def told(self, turns: Iterable[Turn]) -> tuple[Turn, ...]:
        """The turns, those of customers that ask nothing in so many words without the question mark put in at the end:
        做什么用 - 送货.
        """
        return tuple(map(self._told, turns))

    def _told(self, turn: Turn) -> Turn:
        put_in = turn.heard is not None and turn.text.endswith(ASKS) and not fold(turn.heard).endswith(ASKS)
        if turn.speaker != "customer" or not put_in or self._asks.search(fold(turn.text)[-ASKS_WITHIN:]) is not None:
            return turn
        return replace(turn, text=turn.text[:-1] + TELLS)

    def _stops(
        self, texts: Sequence[str], shortest: int, sure: float, turns: Sequence[Turn], paused: Sequence[set[int]]
    ) -> dict[int, dict[int, str]]:
        """The stops that lack in each text, by the places of the characters before them; there is one wherever the
        text is `paused`.
        """
        row_of = self._model.vocabulary.get
        gaps: list[_Gap] = []
        rows: list[int] = []
        counts: list[int] = []
        for turn, text in enumerate(texts):
            places, asked = _gaps(text, shortest, paused[turn])
            padded = EDGE * REACH + "".join([text[place] for place in places]) + EDGE * REACH
            for at in asked:
                known = [row for row in map(row_of, _around(padded, at + REACH + 1)) if row is not None]
                gaps.append(_Gap(turn, places[at]))
                rows += known
                counts.append(len(known))
        found: dict[int, dict[int, str]] = {}
        if not gaps:
            return found
        each = np.array(counts, np.intp)
        chances = self._model.chances(self._model.sums(np.array(rows, np.intp), each), each)
        likeliest = chances.argmax(axis=1)
        likely = _as_heard(chances.sum(axis=1), gaps, turns) > sure
        likely |= np.array([gap.place in paused[gap.turn] for gap in gaps])
        for at in np.flatnonzero(likely).tolist():
            found.setdefault(gaps[at].turn, {})[gaps[at].place] = self._model.labels[likeliest[at]]
        return found


def _as_heard(chances: NDArray[np.float32], gaps: Sequence[_Gap], turns: Sequence[Turn]) -> NDArray[np.float32]:
    """The chances with what is heard behind the words of a turn, where it has them."""
    if not any(turn.words for turn in turns):
        return chances
    pauses = {place: pauses_of(turns[place]) for place in {gap.turn for gap in gaps} if turns[place].words}
    heard = [
        pauses[gap.turn].get(turns[gap.turn].span_heard(gap.place, gap.place + 1)[0], 0.0)
        if gap.turn in pauses
        else np.nan
        for gap in gaps
    ]
    return with_pauses(chances, heard)


def _denied_numbers(text: str) -> Iterator[tuple[int, int]]:
    """没有十年 denies ten years; 没有,十年前还清的 tells when."""
    return ((match.start(), match.end() + 1) for match in DENIED_NUMBER.finditer(text))


def _ranges(text: str) -> Iterator[tuple[int, int]]:
    """六千到七千 is one value."""
    return (match.span() for match in RANGE.finditer(text))


def _urged(text: str) -> Iterator[tuple[int, int]]:
    """有人劝我 is one person's doing with another."""
    return (match.span() for match in URGED.finditer(text))


def _with_stops(turn: Turn, stops: Mapping[int, str]) -> Turn:
    read: list[str] = []
    origins: list[int] = []
    stopped = False
    for place, character in enumerate(turn.text):
        if character == " " and stopped:
            continue  # it is the stop
        first, last = turn.span_heard(place, place + 1)
        read.append(character)
        origins.append(first)
        stopped = place in stops
        if stopped:
            read.append(stops[place])
            origins.append(last)
    return replace(turn, text="".join(read), heard=turn.as_heard, origins=(*origins, len(turn.as_heard)))


def _gaps(text: str, shortest: int, paused: set[int]) -> tuple[list[int], list[int]]:
    """The places of the characters that sound, and which of them stand in a stretch of at least `shortest` without a
    stop and have none behind them, or have a pause there."""
    if len(text) < shortest and not paused:
        return [], []
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
            if place in paused:
                if len(places) - begun >= shortest:
                    asked += range(begun, len(places) - 1)
                asked.append(len(places) - 1)
                begun = len(places)
    return places, asked
