"""Names in an answer (employer, position, dealer, the contact), found character by character by a trained model."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import lru_cache

from pipeline.dialogue.open_answers import is_car, without_particles
from pipeline.language import sounds
from pipeline.language.script import CLAUSE_END, is_digit
from pipeline.types import Mention, MentionKind, SpanModel

FIELDS: Mapping[str, str] = {
    "employer": "employment.employer",
    "position": "employment.position",
    "dealer": "vehicle.dealer",
    "contact": "contact.name",
    "applicant": "identity.name",
}
KINDS: Mapping[str, MentionKind] = {
    "employer": "organisation",
    "position": "position",
    "dealer": "organisation",
    "contact": "name",
    "applicant": "name",
}
DEALER = FIELDS["dealer"]
APPLICANT, READ_OUT_BY_AGENT = "applicant", "agent"
ASKED = ("employer", "position", "dealer", "contact")
# What a name found by the model may be a part of, or hold as a part.
WITHIN_NAMES = frozenset({"position", "vehicle", "address", "name", "organisation", "relation"})
READ = 90
BREAKS = CLAUSE_END | {" "}
EDGE, FAR = "\ue010", 3


class SpanAnswers:
    """Reads answers to questions for names with a trained model."""

    def __init__(self, model: SpanModel) -> None:
        self._model = model
        self._rows = _rows_of(model)

    def read(self, text: str, mentions: Sequence[Mention], asked: Collection[str]) -> list[Mention]:
        """The names in a folded answer to a question for the fields `asked`; none where none of them is read here."""
        labels = [label for label in ASKED if FIELDS[label] in asked]
        return self._found(text, mentions, labels) if labels else []

    def read_out(self, text: str, mentions: Sequence[Mention]) -> list[Mention]:
        """The names that an agent's folded turn reads out of the application."""
        return self._found(text, mentions, [READ_OUT_BY_AGENT])

    def _found(self, text: str, mentions: Sequence[Mention], labels: Sequence[str]) -> list[Mention]:
        head = text[:READ]
        found = [
            _mention(text, start, end, label)
            for start, end, label in self._model.find_rows(self._rows.of(head, mentions, labels))
        ]
        return [one for one in found if not _is_make_and_model(one, mentions)]


def _is_make_and_model(found: Mention, mentions: Sequence[Mention]) -> bool:
    """Whether what is taken for a dealer is a car; a make or model alone may be the shop's name too (瑞丰)."""
    return found.attributes["field"] == DEALER and is_car(mentions, found.start, found.end, words=2)


def _mention(text: str, start: int, end: int, label: str) -> Mention:
    end = without_particles(text, start, end)
    words = text[start:end]
    return Mention(KINDS[label], start, end, words, None, words, {"open": "yes", "field": FIELDS[label]})


def character_features(text: str, mentions: Sequence[Mention], labels: Sequence[str]) -> Iterator[set[str]]:
    """Features of every character of a folded text: what stands around it, how that sounds, what is read there, and
    which of the `labels` are asked for.
    """
    shown = _shown(text)
    padded = EDGE * FAR + shown + EDGE * FAR
    heard = [sounds.syllable(each) for each in padded]
    for at, found in enumerate(_standing(text, shown, mentions, labels), FAR):
        found |= {f"{offset}{padded[at + offset]}" for offset in OFFSETS}
        found |= {f"{start}|{padded[at + start : at + end]}" for start, end in RUNS}
        found |= {f"{start}~{' '.join(heard[at + start : at + end])}" for start, end in HEARD}
        yield found


OFFSETS = (-2, -1, 0, 1, 2)
RUNS = ((-1, 1), (0, 2), (-2, 0), (1, 3), (-1, 2), (-2, 1), (0, 3), (1, 4), (-3, 0))
HEARD = ((0, 1), (-1, 1), (0, 2), (-2, 0), (1, 3))
_AROUND = re.compile(r"(-?[0-9])(?:(?P<one>.)|\|(?P<run>.{2,})|~(?P<heard>.+))", re.DOTALL)


class _Rows:
    """The rows of a model for what `character_features` names: what stands around a character is looked up as it is
    written, and as it sounds by the codes of syllables, so that no names need to be made of it.
    """

    def __init__(self, vocabulary: Mapping[str, int]) -> None:
        self._row_of = vocabulary.get
        written: dict[str, dict[str, int]] = {}
        heard: dict[str, dict[str, int]] = {}
        for name, row in vocabulary.items():
            if (around := _AROUND.fullmatch(name)) is not None:
                if (said := around["heard"]) is not None:
                    heard.setdefault(around[1], {})["".join(map(sounds.code_of, said.split(" ")))] = row
                else:
                    written.setdefault(around[1], {})[around["one"] or around["run"]] = row
        runs = (*((offset, offset + 1) for offset in OFFSETS), *RUNS)
        self._written = [(written.get(str(start), {}).get, start + FAR, end + FAR) for start, end in runs]
        self._heard = [(heard.get(str(start), {}).get, start + FAR, end + FAR) for start, end in HEARD]

    def of(self, text: str, mentions: Sequence[Mention], labels: Sequence[str]) -> list[list[int]]:
        """The known rows of every character of a folded text, each once."""
        shown = _shown(text)
        padded = EDGE * FAR + shown + EDGE * FAR
        heard = sounds.syllable_codes(padded)
        found: list[list[int]] = []
        for place, names in enumerate(_standing(text, shown, mentions, labels)):
            rows = [row_of(padded[place + start : place + end]) for row_of, start, end in self._written]
            rows += [row_of(heard[place + start : place + end]) for row_of, start, end in self._heard]
            found.append([row for row in (*rows, *map(self._row_of, names)) if row is not None])
        return found


@lru_cache(maxsize=4)
def _rows_of(model: SpanModel) -> _Rows:
    return _Rows(model.vocabulary)


def _shown(text: str) -> str:
    return "".join(["," if each in BREAKS else "0" if is_digit(each) else each for each in text])


def _standing(text: str, shown: str, mentions: Sequence[Mention], labels: Sequence[str]) -> Iterator[set[str]]:
    """The features of where every character stands: in its clause, in what is read there, in an answer to what."""
    asked = "?" + "+".join(labels)
    read = _read_at(text, mentions)
    for place, (first, last) in enumerate(_clauses(shown)[: len(text)]):
        into, left = min(place - first, FAR), min(last - 1 - place, FAR)
        found = {asked, f"{asked}{into}", f"i{into}", f"l{left}", f"w{min(last - first, 12)}{into}", *read[place]}
        if place and read[place - 1]:
            found.update([f"<{each}" for each in read[place - 1]])
        if place + 1 < len(text) and read[place + 1]:
            found.update([f">{each}" for each in read[place + 1]])
        yield found


def _read_at(text: str, mentions: Sequence[Mention]) -> list[list[str]]:
    """The kinds of the mentions at every character, with the part of them that it is."""
    read: list[list[str]] = [[] for _ in text]
    for mention in mentions:
        name = mention.kind + ("-" if mention.attributes.get("general") == "yes" else "")
        name += "=" if "bare" in mention.attributes else ""
        for place in range(mention.start, min(mention.end, len(text))):
            part = "B" if place == mention.start else "E" if place == mention.end - 1 else "I"
            read[place].append(f"@{name}{part}")
    return read


def _clauses(shown: str) -> list[tuple[int, int]]:
    """Start and end of the clause that every character stands in."""
    found: list[tuple[int, int]] = []
    start = 0
    for place in range(len(shown) + 1):
        if place == len(shown) or shown[place] == ",":
            found.extend([(start, max(place, start + 1))] * (place + 1 - start))
            start = place + 1
    return found
