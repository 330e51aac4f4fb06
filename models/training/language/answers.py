"""Answers with the names in them marked, as training examples: `configs/training/answers.yaml` spelled out."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random

import yaml

from models.training.recogniser.lexicon import CONFIGS
from pipeline.dialogue.spans import READ_OUT_BY_AGENT, character_features
from pipeline.language import Reader, sounds
from pipeline.language.script import fold, is_han

ANSWERS = "answers.yaml"
MARKED = {
    "employer": "employer",
    "position": "position",
    "act": "position",
    "duty": "position",
    "dealer": "dealer",
    "name": "contact",
    "me": "applicant",
}
PIECE = re.compile(r"\{(?P<slot>[a-z_]+)\}|\[(?P<label>[a-z]+):(?P<words>[^\]]+)\]|\((?P<choices>[^()]*)\)")
SEPARATORS = (",", ",", ",", "。", " ", "")
# How many of the answers are misheard, the chance of each of their characters, and of each pause to be lost.
MISHEARD, WRONG, LOST = 0.35, 0.06, 0.4
ASKED_FOR = ("employer", "employer", "both", "both", "position", "position", "pair", "dealer", "contact")
AGENTS_LINES = (
    ("agent",),
    ("agent_aside", "agent"),
    ("agent_aside", "agent"),
    ("agent", "agent"),
    ("agent", "agent_aside"),
    ("agent_aside", "agent_aside"),
)
ASIDE, NOTHING, READ_OUT = 0.4, 0.12, 0.22


@dataclass(frozen=True, slots=True)
class Answer:
    """The features of every character of an answer, and its label (O, B-name, I-name)."""

    features: tuple[frozenset[str], ...]
    labels: tuple[str, ...]


Marked = list[tuple[str, str]]


class AnswerBank:
    """The wordings of a file and what their slots are drawn from."""

    def __init__(self, path: Path = CONFIGS / "training" / ANSWERS) -> None:
        content: Mapping[str, object] = yaml.safe_load(path.read_text(encoding="utf-8"))
        words = content["words"]
        assert isinstance(words, dict)
        self._words = {slot: str(listed).split() for slot, listed in words.items()}
        self._lines = {name: str(lines).splitlines() for name, lines in content.items() if name != "words"}
        self._alike: dict[str, list[str]] = defaultdict(list)
        for character in sorted(set(filter(is_han, path.read_text(encoding="utf-8")))):
            self._alike[sounds.syllable(character)].append(character)

    def draw(self, rng: Random) -> tuple[Marked, list[str]]:
        """A text in pieces with the label of each ("" for none), and the labels that were asked for."""
        if rng.random() < READ_OUT:
            return self._read_out(rng), [READ_OUT_BY_AGENT]
        about = rng.choice(
            ("employer", "employer", "both", "both", "position", "position", "pair", "dealer", "contact")
        )
        asked = {
            "employer": (["employer"], ["employer", "position"]),
            "both": (["employer"], ["position"], ["employer", "position"], ["employer", "position"]),
            "position": (["position"], ["employer", "position"], ["position"]),
            "pair": (["employer", "position"], ["employer"]),
            "dealer": (["dealer"],),
            "contact": (["contact"],),
        }
        labels = rng.choice(asked[about])
        if rng.random() < NOTHING:
            return self._line("nothing", rng), labels
        parts = [self._line(name, rng) for name in (("employer", "position") if about == "pair" else (about,))]
        if rng.random() < ASIDE:
            parts.insert(rng.choice((0, len(parts), len(parts))), self._line("aside", rng))
        if rng.random() < ASIDE / 2:
            parts.append(self._line("aside", rng))
        pieces: Marked = []
        for part in parts:
            pieces += [*([(rng.choice(SEPARATORS), "")] if pieces else []), *part]
        return pieces, labels

    def _read_out(self, rng: Random) -> Marked:
        lines = rng.choice(AGENTS_LINES)
        parts = [self._line(name, rng) for name in lines]
        return [piece for part in parts for piece in (*part, (rng.choice((",", "?", "", "。")), ""))]

    def misheard(self, text: str, rng: Random) -> str:
        """The text with characters of the same sound in the place of some; as long as before."""
        return "".join(
            rng.choice(self._alike[sounds.syllable(each)] or [each]) if is_han(each) and rng.random() < WRONG else each
            for each in text
        )

    def _line(self, name: str, rng: Random) -> Marked:
        return list(self._spelled(rng.choice(self._lines[name]), rng))

    def _spelled(self, line: str, rng: Random) -> Iterator[tuple[str, str]]:
        place = 0
        for match in PIECE.finditer(line):
            if match.start() > place:
                yield line[place : match.start()], ""
            place = match.end()
            if match["slot"]:
                yield self._filled(match["slot"], rng), MARKED.get(match["slot"], "")
            elif match["label"]:
                yield match["words"], MARKED[match["label"]]
            else:
                yield from self._spelled(rng.choice(match["choices"].split("/")), rng)
        if place < len(line):
            yield line[place:], ""

    def _filled(self, slot: str, rng: Random) -> str:
        return re.sub(r"\{([a-z_]+)\}", lambda inner: self._filled(inner[1], rng), rng.choice(self._words[slot]))


def answer_examples(bank: AnswerBank, reader: Reader, *, count: int, seed: int) -> Iterator[Answer]:
    """`count` answers, some of them misheard."""
    rng = Random(seed)
    for _ in range(count):
        pieces, asked = bank.draw(rng)
        misheard = rng.random() < MISHEARD
        text = ""
        labels: list[str] = []
        for words, label in pieces:
            if misheard and words in SEPARATORS and rng.random() < LOST:
                continue
            said = fold(words)
            text += bank.misheard(said, rng) if misheard else said
            labels += _labels(label, len(said))
        yield Answer(tuple(map(frozenset, character_features(text, reader.read_text(text), asked))), tuple(labels))


def _labels(label: str, length: int) -> Sequence[str]:
    return ["O"] * length if not label else [f"B-{label}", *[f"I-{label}"] * (length - 1)]
