"""What is said in training: sentences of both sides of a verification call, free text, and which of it is held out."""

import hashlib
import itertools
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from random import Random
from typing import Literal

import jieba
import yaml

from models.training.called_texts import called_texts
from models.training.recogniser.lexicon import Lexicon, Templates, choose_words
from models.training.recogniser.slots import SlotFiller

Kind = Literal["short", "agent", "customer", "free", "values", "wordings", "calls"]
Side = Literal["train", "test", "neither"]

CATEGORIES = ("amounts", "digits", "names", "places", "vehicles", "sentences", "free")
_CATEGORY_SLOTS = {
    "amounts": ("money", "money", "money_range", "money_hedged", "price"),
    "digits": ("digits3", "digits4", "digits6", "digits", "phone", "card", "plate"),
    "names": ("name",),
    "places": ("address", "city", "district", "road", "compound"),
    "vehicles": ("vehicle",),
}
_NOT_SAID = re.compile(r"[^A-Za-z0-9\u3400-\u9fff]")
_SENTENCE_END = re.compile(r"[。？！?!;；]")
_CHINESE_WORD = re.compile(r"^[\u4e00-\u9fff]{1,4}$")
_LATIN = re.compile(r"[A-Za-z]")
_CLAUSE = re.compile(r"[^，,。？！?!;；…]+[，,。？！?!;；…]*")
_FIGURE = re.compile(r"[0-9]")
_LONGEST_CALLED = 32
_HELD_OUT_SHARE = 0.02
_SHORTEST_HELD_OUT = 8
_SHORTEST_EXCLUDED = 6
_KINDS: tuple[Kind, ...] = ("short", "agent", "customer", "free", "values", "wordings", "calls")
_KIND_WEIGHTS = (5, 11, 13, 36, 30, 10, 14)
# Which values are said bare, without wording around them; a slot that stands twice is drawn twice as often.
_VALUE_SLOTS = (
    *("money", "money", "price", "money_range", "money_hedged", "term", "percent", "date", "birth_year"),
    *("name",) * 6,
    *("address", "address", "address", "city", "district", "road", "compound"),
    *("digits4", "digits4", "digits6", "digits6", "phone", "phone", "digits", "digits", "card", "plate", "digits3"),
    *("employer", "employer", "employer", "job", "job", "duration", "bank", "purpose", "clock"),
    *("vehicle",) * 9,
)


def spoken_form(text: str) -> str:
    """The target of training: letters, digits and characters alone. Spaces go too: `Model Y` is `ModelY`."""
    return _NOT_SAID.sub("", text)


@dataclass(frozen=True)
class Sentence:
    """One sentence as given to the synthesiser; commas are short pauses."""

    text: str
    kind: Kind

    @property
    def target(self) -> str:
        return spoken_form(self.text)


class HeldOut:
    """Decides by the text alone whether a sentence may be trained on or tests.

    Two sentences in a hundred test, by a hash of what is said; short ones (嗯, 是的) are common property of both
    sides. Sentences of the sample calls are neither.
    """

    def __init__(self, excluded: frozenset[str] = frozenset()) -> None:
        self._excluded = excluded

    def side(self, sentence: Sentence) -> Side:
        target = sentence.target
        if len(target) < _SHORTEST_HELD_OUT:
            return "neither" if target in self._excluded else "train"
        if any(part in self._excluded for part in _parts(sentence.text)):
            return "neither"
        digest = hashlib.blake2b(target.encode(), digest_size=4).digest()
        return "test" if int.from_bytes(digest, "big") < _HELD_OUT_SHARE * 2**32 else "train"

    def occurs_in(self, target: str) -> bool:
        """Whether an excluded sentence is part of `target`."""
        return any(len(part) >= _SHORTEST_EXCLUDED and part in target for part in self._excluded)


def excluded_sentences(samples: Path) -> frozenset[str]:
    """What is said in `samples/*.script.yaml`, sentence by sentence and turn by turn, from six characters on."""
    found: set[str] = set()
    for path in sorted(samples.glob("*.script.yaml")):
        for turn in yaml.safe_load(path.read_text(encoding="utf-8")).get("turns", ()):
            found.update(_parts(str(turn["text"])))
    return frozenset(part for part in found if len(part) >= _SHORTEST_EXCLUDED)


def _parts(text: str) -> set[str]:
    sentences = [spoken_form(part) for part in _SENTENCE_END.split(text)]
    return {spoken_form(text), *sentences}


class TextSource:
    """Draws sentences: a third free text, a quarter bare values, the rest calls; `draw` never returns an empty one."""

    def __init__(self, lexicon: Lexicon, templates: Templates) -> None:
        self._filler = SlotFiller(lexicon)
        self._words = lexicon.words
        self._templates = templates
        # The list of short utterances leads with the most frequent ones.
        self._short_weights = list(itertools.accumulate(1 / (rank + 8) for rank in range(len(templates.short))))
        self._by_category = {
            category: {
                "agent": _templates_about(templates.agent, category),
                "customer": _templates_about(templates.customer, category),
            }
            for category in CATEGORIES
        }
        self._makers: dict[Kind, Callable[[Random], str]] = {
            "short": self._short,
            "agent": self._agent,
            "customer": self._customer,
            "free": self._free,
            "values": self._values,
            "wordings": self._wordings,
            "calls": self._called,
        }

    def draw(self, rng: Random) -> Sentence:
        return self.draw_kind(rng.choices(_KINDS, weights=_KIND_WEIGHTS)[0], rng)

    def draw_kind(self, kind: Kind, rng: Random) -> Sentence:
        return Sentence(self._makers[kind](rng), kind)

    def draw_about(self, category: str, rng: Random) -> Sentence:
        """A sentence of one of `CATEGORIES`: with a value of that kind, without any (`sentences`), or free text."""
        if category == "free":
            return self.draw_kind("free", rng)
        slots = _CATEGORY_SLOTS.get(category)
        if slots and rng.random() < 0.25:
            return Sentence(self._filler.make(rng.choice(slots), rng), "values")
        templates = self._by_category[category]
        kind: Kind = (
            "agent" if rng.random() < len(templates["agent"]) / sum(map(len, templates.values())) else "customer"
        )
        text = self._filler.fill(rng.choice(templates[kind]), rng)
        lead = rng.choice(self._words[f"{kind}_lead"]) if rng.random() < 0.3 else ""
        return Sentence(lead + text, kind)

    def _short(self, rng: Random) -> str:
        return rng.choices(self._templates.short, cum_weights=self._short_weights)[0]

    def _agent(self, rng: Random) -> str:
        text = self._filler.fill(rng.choice(self._templates.agent), rng)
        if rng.random() < 0.25:
            text = rng.choice(self._words["agent_lead"]) + text
        return self._with_stray_word(text, rng)

    def _customer(self, rng: Random) -> str:
        text = self._filler.fill(rng.choice(self._templates.customer), rng)
        if rng.random() < 0.35:
            text = rng.choice(self._words["customer_lead"]) + text
        if rng.random() < 0.12:
            text += rng.choice(self._words["customer_tail"])
        if rng.random() < 0.1:
            text += "，" + self._filler.fill(rng.choice(self._templates.customer), rng)
        return _disfluent(self._with_stray_word(text, rng), rng)

    def _values(self, rng: Random) -> str:
        """Bare values in a row, which no wording around them gives away."""
        parts = [self._filler.make(rng.choice(_VALUE_SLOTS), rng) for _ in range(rng.choice((1, 1, 2)))]
        if rng.random() < 0.5:
            parts.insert(rng.randint(0, len(parts)), rng.choice(_common_words().words))
        return "，".join(parts)

    def _free(self, rng: Random) -> str:
        common = _common_words()
        words = rng.choices(common.words, cum_weights=common.cumulative, k=rng.choice((1, 2, 3, 3, 4, 4, 5, 6, 7)))
        pieces: list[str] = []
        for index, word in enumerate(words):
            pieces.append(word)
            if rng.random() < 0.3:
                pieces.append(rng.choice(self._words["function_word"]))
            if index % 3 == 2 and rng.random() < 0.3:
                pieces.append("，")
        return "".join(pieces)

    def _wordings(self, rng: Random) -> str:
        """What people say in whole sentences of their own: the wordings that the language models are trained on."""
        text = choose_words(rng.choice(self._templates.wordings), rng)
        return _disfluent(self._with_stray_word(text, rng), rng)

    def _called(self, rng: Random) -> str:
        """Clauses in a row of a turn of the labelled calls; of a template where none are at hand."""
        turns = _called_turns()
        if not turns:
            return self._customer(rng)
        clauses = rng.choice(turns)
        first = rng.randrange(len(clauses))
        text = clauses[first]
        for clause in clauses[first + 1 :]:
            if len(text) + len(clause) > _LONGEST_CALLED:
                break
            text += clause
        return text

    def _with_stray_word(self, text: str, rng: Random) -> str:
        # A word out of place keeps the decoder from reciting templates that it does not hear.
        if rng.random() >= 0.08:
            return text
        common = _common_words()
        word = rng.choices(common.words, cum_weights=common.cumulative)[0]
        return word + text if rng.random() < 0.5 else text + word


def _templates_about(templates: Sequence[str], category: str) -> list[str]:
    marks = {slot: f"{{{slot}}}" for slots in _CATEGORY_SLOTS.values() for slot in slots}
    slots = _CATEGORY_SLOTS.get(category)
    if slots is None:
        return [text for text in templates if not any(mark in text for mark in marks.values())]
    return [text for text in templates if any(marks[slot] in text for slot in slots)]


def _disfluent(text: str, rng: Random) -> str:
    """Now and then a word said twice, a filler in between, or a sentence broken off."""
    chance = rng.random()
    if chance > 0.14 or len(text) < 6 or not text.replace("，", "").isalpha() or _LATIN.search(text):
        return text
    at = rng.randrange(1, len(text) - 2)
    if chance < 0.05:
        size = rng.choice((1, 1, 2))
        return text[:at] + text[at : at + size] + rng.choice(("", "，")) + text[at:]
    if chance < 0.1:
        return text[:at] + rng.choice(("，呃，", "嗯，", "那个，", "就是", "啊，")) + text[at:]
    return text[: at + 2].rstrip("，")


@cache
def _called_turns() -> tuple[tuple[str, ...], ...]:
    """The clauses of every turn of the labelled calls that is said without figures; how those are said is unknown."""
    turns = (text for text in called_texts() if not _FIGURE.search(text))
    clauses = (tuple(clause for clause in _CLAUSE.findall(text) if spoken_form(clause)) for text in turns)
    return tuple(one for one in clauses if one)


@dataclass(frozen=True)
class _CommonWords:
    words: tuple[str, ...]
    cumulative: tuple[float, ...]


@cache
def _common_words(count: int = 6_000) -> _CommonWords:
    """The commonest words of jieba's dictionary (MIT licence), weighted by frequency, flattened."""
    rows = []
    with jieba.get_dict_file() as lines:
        for line in lines:
            word, frequency = line.decode("utf-8").split()[:2]
            if _CHINESE_WORD.match(word) and len(word) > 1:
                rows.append((int(frequency), word))
    rows.sort(reverse=True)
    chosen = rows[:count]
    weights = itertools.accumulate(frequency**0.6 for frequency, _ in chosen)
    return _CommonWords(tuple(word for _, word in chosen), tuple(weights))


def common_characters() -> set[str]:
    """Every character of the common words."""
    return set("".join(_common_words().words))
