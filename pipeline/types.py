"""Frozen dataclasses that pass between stages.

Times are seconds from the start of the recording. Character offsets count from the start of a turn's text.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

Samples = NDArray[np.float32]
Scalar = str | bool | int | float
Polarity = Literal["stated", "confirmed"]
Layout = Literal["stereo", "dual_mono", "mono"]
FactStatus = Literal["settled", "contradicted", "denied", "unclear"]
MentionKind = Literal[
    "money",
    "duration",
    "ratio",
    "digits",
    "date",
    "calendar_date",
    "age",
    "zodiac",
    "plate",
    "vin",
    "name",
    "vehicle",
    "purpose",
    "organisation",
    "address",
    "relation",
    "position",
    "marital_status",
    "residence_type",
    "condition",
]


# --- audio -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Waveform:
    """One channel of sound: `samples` is float32 in [-1, 1], shape (n,); `channel` counts from 0."""

    samples: Samples
    sample_rate: int
    channel: int = 0

    @property
    def duration(self) -> float:
        """Length in seconds."""
        return len(self.samples) / self.sample_rate


@dataclass(frozen=True, slots=True)
class SpeechRegion:
    """Where somebody speaks on one channel, in seconds. `speaker` is known where a diarizer has said so."""

    start: float
    end: float
    channel: int = 0
    speaker: str | None = None


@dataclass(frozen=True, slots=True)
class ChannelQuality:
    """Loudness and defects of one channel. Levels are dB relative to full scale."""

    channel: int
    peak_db: float
    rms_db: float
    noise_floor_db: float
    snr_db: float | None
    clipped_ratio: float
    speech_ratio: float | None = None


@dataclass(frozen=True, slots=True)
class Recording:
    """A decoded recording: channels ready for recognition, at one sample rate, and how they were laid out."""

    channels: tuple[Waveform, ...]
    layout: Layout
    duration: float
    source_rate: int
    codec: str
    quality: tuple[ChannelQuality, ...] = ()
    notes: tuple[str, ...] = ()


# --- speech ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Word:
    """One recognised word (or character) with its times and the recogniser's probability."""

    text: str
    start: float
    end: float
    probability: float


@dataclass(frozen=True, slots=True)
class Window:
    """A stretch of one speaker on one channel for the recogniser: float32 at 16 kHz, shape (n,), at most 30 s.

    `region` says where `samples` stand in the recording.
    """

    samples: Samples
    region: SpeechRegion


@dataclass(frozen=True, slots=True)
class Utterance:
    """What the recogniser heard in one window. `raw_text` is its output before simplification."""

    region: SpeechRegion
    text: str
    raw_text: str
    words: tuple[Word, ...]
    flags: tuple[str, ...] = ()


class Recogniser(Protocol):
    """An engine that turns windows of sound into words."""

    @property
    def name(self) -> str:
        """Which engine and weights, for the report: `openai-whisper:embedded@<hash>`."""
        ...

    def recognise(self, windows: Sequence[Window]) -> Iterator[Utterance]:
        """One utterance a window, in the order of the windows."""
        ...


@dataclass(frozen=True, slots=True)
class Stretch:
    """Part of a mixed channel in which two speak at once, heard apart: `tracks` float32 [2, n] at the channel's rate,
    from second `start` of the recording on; `regions` say where each speaks, their `channel` is his track's."""

    start: float
    end: float
    tracks: Samples
    regions: tuple[SpeechRegion, ...]


@dataclass(frozen=True, slots=True)
class Diarization:
    """Who speaks when: `regions` in order, cut at speaker changes, each with its `speaker` label (`S0`, `S1`, … by
    first appearance), nobody overlapping on one channel; `overlaps` say who else speaks at the same time, where an
    engine can tell, and `stretches` what either says there, where they were heard apart."""

    regions: tuple[SpeechRegion, ...]
    overlaps: tuple[SpeechRegion, ...] = ()
    stretches: tuple[Stretch, ...] = ()


class Diarizer(Protocol):
    """An engine that says who speaks when on one mixed channel."""

    @property
    def name(self) -> str:
        """Which engine, for the report."""
        ...

    def diarize(self, waveform: Waveform, regions: Sequence[SpeechRegion], *, speakers: int) -> Diarization:
        """`regions`, the speech of `waveform`, told apart."""
        ...


class Separator(Protocol):
    """An engine that hears two voices apart, at 16 kHz."""

    def prints(self, stretches: Sequence[Samples]) -> Any:
        """What a voice is like, from stretches of it alone; None where they are too short to tell."""
        ...

    def tracks(
        self, samples: Samples, alone: Sequence[Sequence[tuple[float, float]]], prints: Sequence[Any]
    ) -> Samples:
        """What each of two speakers says in `samples` [n], float32 [2, n].

        `alone`: from which to which second each surely speaks alone; `prints`: what either voice is like.
        """
        ...


@dataclass(frozen=True, slots=True)
class Turn:
    """One speaker's stretch of speech. `words` may be empty where a transcript came without word times."""

    id: int
    speaker: str
    start: float
    end: float
    text: str
    words: tuple[Word, ...] = ()
    confidence: float | None = None
    raw_text: str | None = None
    flags: tuple[str, ...] = ()
    heard: str | None = None
    origins: tuple[int, ...] | None = None
    parts: tuple[tuple[int, Turn], ...] = ()

    def part_of(self, start: int, end: int) -> tuple[Turn, int, int]:
        """The turn that the characters `start:end` are of, and where they stand in it; of several that which has most
        of them. A turn that was joined of others has its `parts`, each with where it begins."""
        if not self.parts:
            return self, start, end
        ends = [*(begin for begin, _ in self.parts[1:]), len(self.text) + 1]
        shares = [
            (min(end, stop) - max(start, begin), -place)
            for place, ((begin, _), stop) in enumerate(zip(self.parts, ends, strict=True))
        ]
        begin, part = self.parts[-max(shares)[1]]
        return part, max(0, start - begin), min(len(part.text), max(start, end) - begin)

    @property
    def ids(self) -> tuple[int, ...]:
        """The numbers of the turns of the transcript that it holds."""
        return tuple(part.id for _, part in self.parts) or (self.id,)

    @property
    def as_heard(self) -> str:
        """The text as it was heard, for quotes; in `text` misheard characters may be put right and stops put in."""
        return self.text if self.heard is None else self.heard

    def span_heard(self, start: int, end: int) -> tuple[int, int]:
        """Where the characters `start:end` of `text` stand in `as_heard`; `origins` has their places, and the end."""
        if self.origins is None:
            return start, end
        first = self.origins[start]
        return first, min(self.origins[end], self.origins[end - 1] + 1) if end > start else first

    def without(self, places: Collection[int]) -> Turn:
        """The turn without the characters at `places` of its text, for reading; the way back stays."""
        if not places:
            return self
        origins = self.origins or range(len(self.text) + 1)
        kept = [place for place in range(len(self.text)) if place not in places]
        text = "".join([self.text[place] for place in kept])
        return replace(self, text=text, heard=self.as_heard, origins=(*(origins[place] for place in kept), origins[-1]))

    def part_heard(self, start: int, end: int) -> str:
        """The characters `start:end` of `text` as they were heard."""
        first, last = self.span_heard(start, min(end, len(self.text)))
        return self.as_heard[first:last]


# --- language --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number or a range, in the unit of the mention (CNY, months, per cent).

    An exact number has `value` alone. A hedged number keeps its value and has bounds too; a range has bounds and the
    value between them.
    """

    value: float | None
    low: float | None = None
    high: float | None = None
    hedged: bool = False


@dataclass(frozen=True, slots=True)
class Mention:
    """Something with a type in a turn's text: `text == turn.text[start:end]`.

    `quantity` holds money (CNY), durations (months), ages (years) and ratios (fractions of 1); `value` holds what is
    not a quantity (a digit string, a canonical name or vocabulary word); `attributes` hold what qualifies it
    (`period`, `basis`, …).
    """

    kind: MentionKind
    start: int
    end: int
    text: str
    quantity: Quantity | None = None
    value: str | None = None
    attributes: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))


class LabelModel(Protocol):
    """A trained model that puts labels to named features, each a row of its `vocabulary`."""

    labels: tuple[str, ...]
    vocabulary: Mapping[str, int]

    def __hash__(self) -> int: ...

    def sums(self, rows: NDArray[np.intp], counts: NDArray[np.intp]) -> NDArray[np.float32]:
        """Sums of weights, float32 [examples, labels]: `counts` of each example's `rows`, one example after another."""
        ...

    def chances(self, sums: NDArray[np.float32], counts: NDArray[np.intp]) -> NDArray[np.float32]:
        """How likely each label is, 0..1, float32 [examples, labels], given the sums of so many rows."""
        ...


class SpanModel(Protocol):
    """A trained model that finds names in a text by features, each a row of its `vocabulary`."""

    vocabulary: Mapping[str, int]

    def __hash__(self) -> int: ...

    def find_rows(self, rows: Sequence[Sequence[int]]) -> Sequence[tuple[int, int, str]]:
        """The spans (start, end, label) of a text, given the known features of each of its characters."""
        ...


CHARACTER_BITS, PAST_CHARACTERS = 16, 3
TEXT_START, TEXT_END = 2, 3
"""How a `CharacterModel` packs characters, how many before each count, and the numbers of a text's two ends."""


class CharacterModel(Protocol):
    """A model of what is said, character by character."""

    def commonest(self, count: int) -> Sequence[int]:
        """The code points of the `count` likeliest characters."""
        ...

    def log_probabilities(self, pasts: NDArray[np.uint64], characters: NDArray[np.uint64]) -> NDArray[np.float32]:
        """Log probability of each character after the three before it, packed 16 bits each, the last one lowest."""
        ...


@dataclass(frozen=True, slots=True)
class ReadingModels:
    """What is read by trained models: which fields an agent asks about, and what a customer says the car is for;
    where in an answer a name stands; which duties of the script an agent does, and which warning signs a customer
    gives; how likely a character is after those before it; where a stop was spoken."""

    questions: LabelModel
    purposes: LabelModel
    answers: SpanModel
    script: LabelModel
    signals: LabelModel
    characters: CharacterModel
    stops: LabelModel


# --- dialogue --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Evidence:
    """The place in the call that proves something; `quote` is letter for letter in that turn's text."""

    turn: int
    start: float
    end: float
    speaker: str
    quote: str


@dataclass(frozen=True, slots=True)
class Stated:
    """A value as it was said. `text` is what was heard; `value` is canonical.

    `ratio` is set where a share was said (三成 is 0.3) and is of the vehicle's price: `value` is None unless that
    price was said too.
    """

    value: Scalar | None
    text: str
    low: float | None = None
    high: float | None = None
    polarity: Polarity = "stated"
    hedged: bool = False
    ratio: float | None = None


@dataclass(frozen=True, slots=True)
class Fact:
    """What the customer has said about one field by the end of the call.

    `settled`: `stated` holds. `contradicted`: `stated` is the last value, `history` the rival ones. `denied`: a value
    was refused and no other given (`stated.value` is None, its bounds where they were said; `history` has the refused
    value). `unclear`: asked or touched without a usable value (`stated` may be None). `wavers`: asked which of rival
    values holds, he let them all stand.
    """

    field: str
    status: FactStatus
    stated: Stated | None
    history: tuple[Stated, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    confidence: float = 1.0
    wavers: bool = False
