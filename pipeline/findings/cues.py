"""Phrases and patterns found in turns, with speaker, negation and the question they answer.

Recognised text may lack punctuation and hold sound-alikes: phrases of four characters or more are also found by
their toneless sounds. Every hit points back to the letters of its turn.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pipeline.contract import EvidenceItem
from pipeline.findings.reading import read_parts
from pipeline.findings.settings import Cue
from pipeline.reconcile.sounds import plain_reading, sounding_characters
from pipeline.types import LabelModel, Turn

_STOPS = {**dict.fromkeys("。.！!;；…\n", "。"), **dict.fromkeys("？?", "?")}
_BLANK = re.compile(r"\s")
# Unpunctuated transcripts part clauses by blanks; others part words, and a trailing 不 / 没有 may govern what follows.
_PAUSE = re.compile(
    r"(?<=[\u3400-\u9fffA-Za-z0-9]{3})(?<!没有)(?<!不是)(?<!不会)(?<![不没别未])[^\S\n](?=[^\S\n]*[\u3400-\u9fff]{3})"
)
_WORDY = re.compile(r"[\u3400-\u9fffA-Za-z0-9]")
_NEGATED_BEFORE = re.compile(
    r"(?:(?<!是)不是(?!了)|(?<!有)没有(?!关系|问题|办法|钱)|没人|(?<!有)没(?!有|关系|问题|办法|钱|事)|(?<![是会能要用可])不(?!知道|清楚|好|行|错|过|太|少)|别(?!人|的)"
    r"|未|并非|谁会?|哪有|哪会|怎么会)"
    r"(?!.*(?:我是|我就|就是|其实|是我|[他她]们?说))[^,。?]{0,5}$"
)
_DENIED_AFTER = re.compile(
    r"(?:的|这种|什么的|的话|那种)?,?(?:没有(?!跟|和|说|人|我|钱|办法)|绝对没|不存在|不可能|那?倒?没有$|不是的)"
)
_ASKED_AFTER = re.compile(r"[^,。?]{0,6}(?:吗|么(?!么)|是什么|啥意思|什么意思|\?)")
_LONG_PHRASE = 4
_REACH_OF_NEGATION = 16
_SIGHT = 30
_TURNS_AHEAD = 3
_BACKCHANNEL = re.compile(r"(?:[嗯啊哦噢哎诶喂好对行是的了吧哈,。]|明白|知道|清楚|可以|没事|稍等|不急)*")
_SOUND_TRUST = 0.85
_WIDEST_QUOTE = 60
_SHORTEST_READ = 2
_CLEARLY = 0.15


@dataclass(frozen=True, slots=True)
class Hit:
    """A cue found in a turn. `start` and `end` are offsets in the turn's text."""

    turn: Turn
    start: int
    end: int
    confidence: float

    def evidence(self) -> EvidenceItem:
        """The clause around the hit, with its times."""
        return evidence_of(self.turn, *_clause(self.turn.text, self.start, self.end))


@dataclass(frozen=True, slots=True)
class Plain:
    """A turn's text without blanks, every mark or pause a comma, 。 or ?; `places` are the original offsets."""

    text: str
    places: tuple[int, ...]


def find_cues(
    cues: Sequence[Cue], turns: Sequence[Turn], reader: LabelModel | None, unless_anywhere: Sequence[str] = ()
) -> list[Hit]:
    """Every hit of `cues`, those that must be read only where the others find nothing and there is a `reader`."""
    hits = [hit for cue in cues if not cue.read for hit in find_cue(cue, turns, unless_anywhere)]
    if hits or reader is None:
        return hits
    return [hit for cue in cues if cue.read for hit in find_cue(cue, turns, unless_anywhere, reader)]


def find_cue(
    cue: Cue, turns: Sequence[Turn], unless_anywhere: Sequence[str] = (), reader: LabelModel | None = None
) -> Iterator[Hit]:
    """Every turn where `cue` is said, at most one hit a turn."""
    asked, told, taken_back = "", "", _last_by_customer(cue.unless_later, turns)
    for index, turn in enumerate(turns):
        plain = plain_of(turn.text)
        if turn.speaker in cue.by and index >= taken_back and _in_context(cue, asked):
            unless = (*cue.unless, *unless_anywhere)
            span = _read_span(cue, plain, unless, reader) if cue.read else _first_span(cue, plain, told, unless)
            if span is not None and not _made_good(cue, turns[index + 1 : index + 1 + _TURNS_AHEAD]):
                start, end, confidence = span
                yield Hit(turn, plain.places[start], plain.places[end - 1] + 1, confidence)
        if turn.speaker == "agent" and not _BACKCHANNEL.fullmatch(plain.text):
            asked = plain.text
        elif turn.speaker == "customer":
            told = plain.text


@functools.lru_cache(maxsize=4096)
def plain_of(text: str) -> Plain:
    """`text` made plain for patterns."""
    letters, places = [], []
    pauses = {found.start() for found in _PAUSE.finditer(text)}
    for place, character in enumerate(text):
        if _BLANK.match(character) and character != "\n" and place not in pauses:
            continue
        plain = character if _WORDY.match(character) else _STOPS.get(character, ",")
        letters.append(plain)
        places.append(place)
    return Plain("".join(letters), tuple(places))


@functools.cache
def compiled(pattern: str) -> re.Pattern[str]:
    """The compiled pattern; `re` forgets when there are more than a few hundred."""
    return re.compile(pattern)


def holds_any(patterns: Sequence[str], text: str) -> bool:
    """Whether one of `patterns` is found in the plain `text`."""
    return bool(patterns) and compiled(_any_of(tuple(patterns))).search(text) is not None


@functools.cache
def _any_of(patterns: tuple[str, ...]) -> str:
    return "|".join(f"(?:{pattern})" for pattern in patterns).replace("(?P<said>", "(?:")


def is_negated(text: str, start: int) -> bool:
    """Whether 不 / 没 / 别 stands before `start` in the same clause, close enough to govern what follows."""
    before = re.split(r"[,。?]", text[max(0, start - _REACH_OF_NEGATION) : start])[-1]
    return _NEGATED_BEFORE.search(before) is not None


def evidence_of(turn: Turn, start: int, end: int) -> EvidenceItem:
    """The letters `start`..`end` of a turn as evidence, timed by its words where they are known."""
    quote = turn.text[start:end]
    begins, ends = _times(turn, quote)
    return EvidenceItem(turn=turn.id, start=begins, end=ends, speaker=turn.speaker, quote=quote)


def _in_context(cue: Cue, asked: str) -> bool:
    return (not cue.after or holds_any(cue.after, asked)) and not holds_any(cue.not_after, asked)


def _last_by_customer(patterns: Sequence[str], turns: Sequence[Turn]) -> int:
    """The index of the customer's last turn that holds one of `patterns`, -1 without."""
    if not patterns:
        return -1
    for index in range(len(turns) - 1, -1, -1):
        if turns[index].speaker == "customer" and holds_any(patterns, plain_of(turns[index].text).text):
            return index
    return -1


def _made_good(cue: Cue, following: Sequence[Turn]) -> bool:
    """Whether the customer's next turn gives what this one did not."""
    for turn in following:
        if turn.speaker == "customer":
            return holds_any(cue.unless_next, plain_of(turn.text).text)
    return False


def _first_span(cue: Cue, plain: Plain, told: str, unless: Sequence[str]) -> tuple[int, int, float] | None:
    for start, end, confidence in _spans(cue, plain.text, told):
        if cue.negated == "skip" and (is_negated(plain.text, start) or _DENIED_AFTER.match(plain.text, end)):
            continue
        if cue.questions == "skip" and _ASKED_AFTER.match(plain.text, end):
            continue
        if holds_any(cue.unless_before, plain.text[max(0, start - _SIGHT) : start]):
            continue
        if not holds_any(unless, plain.text[max(0, start - _SIGHT) : end + _SIGHT]):
            return start, end, confidence
    return None


def _read_span(
    cue: Cue, plain: Plain, unless: Sequence[str], reader: LabelModel | None
) -> tuple[int, int, float] | None:
    """The part of a turn where the reader finds the cue likeliest; it has read what is denied or asked back itself."""
    if reader is None or len(plain.text) < _SHORTEST_READ:
        return None
    parts = read_parts(plain.text, reader)
    chance, start, end = max((part.scores.get(cue.read, 0.0), part.start, part.end) for part in parts)
    # A turn with a sign of one kind looks a little like every other kind.
    if chance < cue.chance or chance < max(max(part.scores.values()) for part in parts) - _CLEARLY:
        return None
    if holds_any(cue.unless_before, plain.text[max(0, start - _SIGHT) : start]):
        return None
    if holds_any(unless, plain.text[max(0, start - _SIGHT) : end + _SIGHT]):
        return None
    return start, end, cue.confidence * chance


def _spans(cue: Cue, text: str, told: str) -> Iterator[tuple[int, int, float]]:
    """Offsets in the plain text where the cue is said, letters before sounds; `told` is the customer's latest turn."""
    for phrase in cue.phrases:
        for found in compiled(re.escape(phrase)).finditer(text):
            yield found.start(), found.end(), cue.confidence
    if holds_any(cue.patterns, text):
        for pattern in cue.patterns:
            for found in compiled(pattern).finditer(text):
                if found.end() > found.start() and not _repeats(found, told):
                    yield found.start(), found.end(), cue.confidence
    for phrase in cue.phrases:
        if len(phrase) >= _LONG_PHRASE and phrase not in text:
            for start in _heard_at(phrase, text):
                yield start, start + len(phrase), cue.confidence * _SOUND_TRUST


def _repeats(found: re.Match[str], told: str) -> bool:
    """Whether what the pattern calls `said` is only what the customer has just told."""
    said: str = found.groupdict().get("said") or ""
    return said != "" and said in told


def _heard_at(phrase: str, text: str) -> Iterator[int]:
    sought, heard = _sound_line(phrase), _sound_line(text)
    character, reached, at = 0, 0, heard.find(sought)
    while at >= 0:
        character += heard.count(" ", reached, at)
        yield character
        reached, at = at, heard.find(sought, at + 1)


@functools.lru_cache(maxsize=4096)
def _sound_line(text: str) -> str:
    """One blank before every character's sound, one after the last."""
    return "".join(f" {plain_reading(character)}" for character in text) + " "


def _clause(text: str, start: int, end: int) -> tuple[int, int]:
    """Offsets of the clause around a hit, cut to a readable width where nothing punctuates it."""
    first = max((text.rfind(mark, 0, start) for mark in "\uff0c,。?\uff1f!\uff01;\uff1b"), default=-1) + 1
    stops = [place for mark in "\uff0c,。?\uff1f!\uff01;\uff1b" if (place := text.find(mark, end)) >= 0]
    last = min(stops, default=len(text))
    room = max(0, _WIDEST_QUOTE - (end - start)) // 2
    first, last = max(first, start - room), min(last, end + room)
    while first < start and text[first].isspace():
        first += 1
    return first, last


def _times(turn: Turn, quote: str) -> tuple[float, float]:
    """Seconds of the words that carry `quote`; the whole turn's where words are missing or do not line up."""
    sought = sounding_characters(quote)
    spoken = [sounding_characters(word.text) for word in turn.words]
    at = "".join(spoken).find(sought) if sought else -1
    if at < 0:
        return turn.start, turn.end
    reached, begins, ends = 0, turn.start, turn.end
    for word, letters in zip(turn.words, spoken, strict=True):
        if reached <= at < reached + len(letters):
            begins = word.start
        if reached < at + len(sought) <= reached + len(letters):
            ends = word.end
        reached += len(letters)
    return begins, max(begins, ends)
