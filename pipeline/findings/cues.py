"""Phrases and patterns found in turns, with speaker, negation and the question they answer.

Recognised text may lack punctuation and hold sound-alikes: phrases of four characters or more are also found by
their toneless sounds. Every hit points back to the letters of its turn.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from pipeline.contract import EvidenceItem
from pipeline.findings.reading import Readings
from pipeline.findings.settings import Cue
from pipeline.findings.sieve import Sieve, compiled
from pipeline.reconcile.sounds import plain_reading, sounding_characters
from pipeline.types import Turn

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


class _PlainLetters(dict[int, str]):
    """What stands for a character: itself, or one of the three marks."""

    def __missing__(self, code: int) -> str:
        character = chr(code)
        self[code] = character if _WORDY.match(character) else _STOPS.get(character, ",")
        return self[code]


_PLAIN = _PlainLetters()


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
    places: Sequence[int]


@dataclass(frozen=True)
class Talk:
    """All that is said in a call, a plain text a line."""

    text: str

    @cached_property
    def sounds(self) -> str:
        """How it sounds."""
        return _sound_line(self.text)

    def holding(self, phrases: Sequence[str]) -> list[str]:
        """The phrases that are said somewhere, or long enough to be told by their sound and heard somewhere."""
        return [
            phrase
            for phrase in phrases
            if phrase in self.text or (len(phrase) >= _LONG_PHRASE and _sound_line(phrase) in self.sounds)
        ]


@dataclass(frozen=True)
class Line:
    """A turn with what stood before it: what the agent `asked` last, what the customer `told` last (plain)."""

    turn: Turn
    plain: Plain
    asked: str
    told: str
    talk: Talk
    sieve: Sieve

    @cached_property
    def possible(self) -> frozenset[str]:
        """Which patterns the turn can hold."""
        return self.sieve.possible(self.plain.text)

    @cached_property
    def asked_possible(self) -> frozenset[str]:
        """Which patterns the question before it can hold."""
        return self.sieve.possible(self.asked)

    @cached_property
    def sounds(self) -> str:
        """How the turn sounds."""
        return _sound_line(self.plain.text)


def lines_of(turns: Sequence[Turn], sieve: Sieve) -> tuple[Line, ...]:
    """The turns of a call as cues look at them."""
    lines = []
    asked, told = "", ""
    plains = [plain_of(turn.text) for turn in turns]
    talk = Talk("\n".join(plain.text for plain in plains))
    for turn, plain in zip(turns, plains, strict=True):
        lines.append(Line(turn, plain, asked, told, talk, sieve))
        if turn.speaker == "agent" and not _BACKCHANNEL.fullmatch(plain.text):
            asked = plain.text
        elif turn.speaker == "customer":
            told = plain.text
    return tuple(lines)


def find_cues(
    cues: Sequence[Cue],
    lines: Sequence[Line],
    readings: Readings | None,
    unless_anywhere: Sequence[str] = (),
    *,
    label: str = "",
    plausible: float = 0.0,
) -> list[Hit]:
    """Every hit of `cues`, those that must be read only where the others find nothing and there are `readings`.

    What a cue with patterns finds in a customer's turn counts only where the reader gives `label` a chance of
    `plausible` or more there.
    """
    hits = [
        hit
        for cue in cues
        if not cue.read
        for hit in find_cue(cue, lines, unless_anywhere)
        if not cue.patterns or _is_plausible(hit, lines, readings, label, plausible)
    ]
    if hits or readings is None:
        return hits
    return [hit for cue in cues if cue.read for hit in find_cue(cue, lines, unless_anywhere, readings)]


def _is_plausible(hit: Hit, lines: Sequence[Line], readings: Readings | None, label: str, plausible: float) -> bool:
    if readings is None or hit.turn.speaker != "customer" or not plausible:
        return True
    texts = [line.plain.text for line in lines if line.turn is hit.turn]
    return any(readings.of(text).chance(label) >= plausible for text in texts)


def find_cue(
    cue: Cue, lines: Sequence[Line], unless_anywhere: Sequence[str] = (), readings: Readings | None = None
) -> Iterator[Hit]:
    """Every turn where `cue` is said, at most one hit a turn."""
    phrases = lines[0].talk.holding(cue.phrases) if lines and cue.phrases else ()
    candidates = _candidates(cue, phrases, lines, readings)
    if not candidates:
        return
    taken_back = _last_by_customer(cue.unless_later, lines)
    unless = (*cue.unless, *unless_anywhere)
    for index in candidates:
        line = lines[index]
        if index < taken_back:
            continue
        if not _in_context(cue, line):
            continue
        span = (
            _read_span(cue, line.plain.text, unless, readings) if cue.read else _first_span(cue, phrases, line, unless)
        )
        if span is not None and not _made_good(cue, lines[index + 1 : index + 1 + _TURNS_AHEAD]):
            start, end, confidence = span
            yield Hit(line.turn, line.plain.places[start], line.plain.places[end - 1] + 1, confidence)


def plain_of(text: str) -> Plain:
    """`text` made plain for patterns."""
    if _BLANK.search(text) is None:
        return Plain(text.translate(_PLAIN), range(len(text)))
    letters, places = [], []
    pauses = {found.start() for found in _PAUSE.finditer(text)}
    for place, character in enumerate(text):
        if _BLANK.match(character) and character != "\n" and place not in pauses:
            continue
        letters.append(_PLAIN[ord(character)])
        places.append(place)
    return Plain("".join(letters), tuple(places))


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


def _candidates(cue: Cue, phrases: Sequence[str], lines: Sequence[Line], readings: Readings | None) -> Sequence[int]:
    """The turns that are worth a closer look: most are not, and this is quickly told."""
    if not (phrases or cue.patterns or cue.read):
        return ()
    said = [index for index, line in enumerate(lines) if line.turn.speaker in cue.by]
    if cue.read:
        return [index for index in said if _is_read(cue, lines[index].plain.text, readings)]
    return said if phrases else [index for index in said if not cue.sought.isdisjoint(lines[index].possible)]


def _is_read(cue: Cue, text: str, readings: Readings | None) -> bool:
    return readings is not None and len(text) >= _SHORTEST_READ and readings.of(text).chance(cue.read) >= cue.chance


def _in_context(cue: Cue, line: Line) -> bool:
    if cue.after and not _holds_possible(cue.after, line):
        return False
    return not _holds_possible(cue.not_after, line)


def _holds_possible(patterns: Sequence[str], line: Line) -> bool:
    """Whether the question before the turn holds one of `patterns`, trying only those that it can."""
    possible = line.asked_possible
    return any(compiled(pattern).search(line.asked) for pattern in patterns if pattern in possible)


def _last_by_customer(patterns: Sequence[str], lines: Sequence[Line]) -> int:
    """The index of the customer's last turn that holds one of `patterns`, -1 without."""
    if not patterns:
        return -1
    for index in range(len(lines) - 1, -1, -1):
        if lines[index].turn.speaker == "customer" and holds_any(patterns, lines[index].plain.text):
            return index
    return -1


def _made_good(cue: Cue, following: Sequence[Line]) -> bool:
    """Whether the customer's next turn gives what this one did not."""
    for line in following:
        if line.turn.speaker == "customer":
            return holds_any(cue.unless_next, line.plain.text)
    return False


def _first_span(cue: Cue, phrases: Sequence[str], line: Line, unless: Sequence[str]) -> tuple[int, int, float] | None:
    text = line.plain.text
    for start, end, confidence in _spans(cue, phrases, line):
        if cue.negated == "skip" and (is_negated(text, start) or _DENIED_AFTER.match(text, end)):
            continue
        if cue.questions == "skip" and _ASKED_AFTER.match(text, end):
            continue
        if holds_any(cue.unless_before, text[max(0, start - _SIGHT) : start]):
            continue
        if not holds_any(unless, text[max(0, start - _SIGHT) : end + _SIGHT]):
            return start, end, confidence
    return None


def _read_span(cue: Cue, text: str, unless: Sequence[str], readings: Readings | None) -> tuple[int, int, float] | None:
    """The part of a turn where the reader finds the cue likeliest; it has read what is denied or asked back itself."""
    if readings is None:
        return None
    reading = readings.of(text)
    chance, start, end = reading.best(cue.read)
    # A turn with a sign of one kind looks a little like every other kind.
    if chance < reading.top - _CLEARLY:
        return None
    if holds_any(cue.unless_before, text[max(0, start - _SIGHT) : start]):
        return None
    if holds_any(unless, text[max(0, start - _SIGHT) : end + _SIGHT]):
        return None
    return start, end, cue.confidence * chance


def _spans(cue: Cue, phrases: Sequence[str], line: Line) -> Iterator[tuple[int, int, float]]:
    """Offsets in the plain text where the cue is said, letters before sounds."""
    text = line.plain.text
    for phrase in phrases:
        start = text.find(phrase)
        while start >= 0:
            yield start, start + len(phrase), cue.confidence
            start = text.find(phrase, start + len(phrase))
    for pattern in cue.patterns:
        if pattern in line.possible:
            for found in compiled(pattern).finditer(text):
                if found.end() > found.start() and not _repeats(found, line.told):
                    yield found.start(), found.end(), cue.confidence
    for phrase in phrases:
        if len(phrase) >= _LONG_PHRASE and phrase not in text:
            for start in _heard_at(phrase, line.sounds):
                yield start, start + len(phrase), cue.confidence * _SOUND_TRUST


def _repeats(found: re.Match[str], told: str) -> bool:
    """Whether what the pattern calls `said` is only what the customer has just told."""
    said: str = found.groupdict().get("said") or ""
    return said != "" and said in told


def _heard_at(phrase: str, heard: str) -> Iterator[int]:
    sought = _sound_line(phrase)
    character, reached, at = 0, 0, heard.find(sought)
    while at >= 0:
        character += heard.count(" ", reached, at)
        yield character
        reached, at = at, heard.find(sought, at + 1)


def _sound_line(text: str) -> str:
    """One blank before every character's sound, one after the last."""
    return text.translate(_SOUNDS) + " "


class _Sounds(dict[int, str]):
    """A blank and the sound of every character met so far."""

    def __missing__(self, code: int) -> str:
        self[code] = f" {plain_reading(chr(code))}"
        return self[code]


_SOUNDS = _Sounds()


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
