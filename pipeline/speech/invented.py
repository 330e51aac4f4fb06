"""What a recogniser made up, taken out in two tiers: what is certain is dropped, what is doubtful is flagged.

It judges text that any engine gives, so it stands after the engines. Nothing disappears silently: the raw text of a
shortened window stays, each dropped one is named in a note. Short true answers (嗯, 好, 对, 是的) are never dropped.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from configs import path_of, read_yaml
from pipeline.errors import SettingsError
from pipeline.types import Utterance, Word

RULES_FILE = "recogniser.yaml"
LEAST_ECHO = 6
"""Characters of the prompt in a row that make a window an echo of it."""
KEPT_REPEATS = 2
DENSE = 12.0
"""Characters a second; fast Mandarin has seven or eight."""
DENSE_FROM = 8
LONG_RUN = 16
"""One character over and over, and digits, are a loop from this length on: 对对对对 and 八八八八八八八八 are speech."""
_LOOP = re.compile(r"(.)\1{15,}|(.{3,12}?)\2{3,}|(.{2})\3{5,}", re.DOTALL)
_DIGITS = frozenset("零一二三四五六七八九幺")


class InventedRules(BaseModel):
    """All of `recogniser.yaml`; `vocabulary` is what a recogniser may be told."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    artefacts: tuple[Annotated[str, Field(min_length=2)], ...]
    short_answers: frozenset[str]
    vocabulary: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Dropped:
    """A window that was dropped: why, and its times in seconds."""

    reason: str
    start: float
    end: float


@dataclass(frozen=True, slots=True)
class Sifted:
    """What is left, and what was dropped from it."""

    utterances: tuple[Utterance, ...]
    dropped: tuple[Dropped, ...]

    @property
    def notes(self) -> tuple[str, ...]:
        """One line a reason, with the times; no text, because a note may be logged."""
        reasons = dict.fromkeys(one.reason for one in self.dropped)
        return tuple(_note(reason, [one for one in self.dropped if one.reason == reason]) for reason in reasons)


def load_invented_rules(own: Path | None = None) -> InventedRules:
    """The rules in force. Raises `SettingsError`."""
    try:
        return InventedRules.model_validate(read_yaml(RULES_FILE, own))
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(map(str, first["loc"]))
        raise SettingsError(f"{path_of(RULES_FILE, own)}: {where}: {first['msg'].lower()}") from error


def vocabulary_prompt(rules: InventedRules) -> str:
    """The lender's vocabulary as a prompt. It is made before any application is known, so it cannot name its values."""
    return "、".join(rules.vocabulary)


def sift(utterances: Sequence[Utterance], rules: InventedRules, *, prompt: str | None = None) -> Sifted:
    """`utterances` without what is certainly made up; the doubtful ones carry one more flag.

    Dropped: a window of nothing but subtitle sentences (`subtitle_artefact`) or of the prompt (`prompt_echo`), and one
    that the engine itself holds for silence and for improbable (`over_nothing`). Shortened: a loop, to two rounds
    (`loop`). Flagged: a subtitle sentence among other words, and more characters than fit the time (`dense`).
    """
    artefacts = sorted((spoken(one) for one in rules.artefacts), key=len, reverse=True)
    kept, dropped = [], []
    for utterance in utterances:
        text = spoken(utterance.text)
        reason = None if text in rules.short_answers else _certain(utterance, text, artefacts, prompt)
        if reason:
            dropped.append(Dropped(reason, utterance.region.start, utterance.region.end))
        else:
            kept.append(_without_loops(_flagged(utterance, text, artefacts)))
    return Sifted(tuple(kept), tuple(dropped))


def spoken(text: str) -> str:
    """Letters and digits of `text` alone, Latin ones in lower case."""
    return "".join(one for one in text if unicodedata.category(one)[0] in "LN").lower()


def _certain(utterance: Utterance, text: str, artefacts: Sequence[str], prompt: str | None) -> str | None:
    rest = text
    for artefact in artefacts:
        rest = rest.replace(artefact, "")
    if not rest:
        return "subtitle_artefact"
    if prompt and len(text) >= LEAST_ECHO and text in spoken(prompt):
        return "prompt_echo"
    if {"no_speech", "low_probability"} <= set(utterance.flags):
        return "over_nothing"
    return None


def _flagged(utterance: Utterance, text: str, artefacts: Sequence[str]) -> Utterance:
    flags = list(utterance.flags)
    if any(len(artefact) >= 4 and artefact in text for artefact in artefacts):
        flags.append("subtitle_artefact")
    seconds = max(utterance.region.end - utterance.region.start, 0.02)
    if len(text) >= DENSE_FROM and len(text) / seconds > DENSE:
        flags.append("dense")
    return replace(utterance, flags=tuple(dict.fromkeys(flags)))


def _without_loops(utterance: Utterance) -> Utterance:
    """The utterance with each loop cut to two rounds, in its text and its words; `raw_text` keeps it all."""
    spans = list(_surplus("".join(word.text for word in utterance.words) or utterance.text))
    if not spans:
        return utterance
    flags = tuple(dict.fromkeys((*utterance.flags, "loop")))
    if not utterance.words:
        return replace(utterance, text=_cut(utterance.text, 0, spans), flags=flags)
    words: list[Word] = []
    at = 0
    for word in utterance.words:
        left = _cut(word.text, at, spans)
        at += len(word.text)
        if left:
            words.append(replace(word, text=left))
    return replace(utterance, text="".join(word.text for word in words), words=tuple(words), flags=flags)


def _surplus(text: str) -> Iterator[tuple[int, int]]:
    for match in _LOOP.finditer(text):
        unit = next(group for group in match.groups() if group)
        if len(set(unit)) == 1:
            unit = unit[0]
        if (len(unit) == 1 or set(unit) <= _DIGITS) and len(match[0]) < LONG_RUN:
            continue
        yield match.start() + KEPT_REPEATS * len(unit), match.end()


def _cut(text: str, at: int, spans: Sequence[tuple[int, int]]) -> str:
    return "".join(
        one for place, one in enumerate(text, start=at) if not any(start <= place < end for start, end in spans)
    )


def _note(reason: str, dropped: Sequence[Dropped]) -> str:
    times = ", ".join(f"{one.start:.1f}-{one.end:.1f} s" for one in dropped[:5])
    more = f" and {len(dropped) - 5} more" if len(dropped) > 5 else ""
    return f"not transcribed, made up by the recogniser ({reason}): {times}{more}"
