"""Training clips: speech over a line, its features, and what is said when."""

from collections import deque
from dataclasses import dataclass, replace
from random import Random

import numpy as np
import torch
from numpy.typing import NDArray
from whisper.audio import log_mel_spectrogram

from models.training.recogniser.channel import (
    ChannelSettings,
    draw_settings,
    idle_line,
    record,
    resample,
    warp,
)
from models.training.recogniser.sounds import TELEPHONE_RATE, Samples
from models.training.recogniser.texts import HeldOut, Sentence, Side, TextSource
from models.training.recogniser.voices import TRAINING_VOICES, Unit, Utterance, synthesiser

LONGEST_SECONDS = 12.0
EMPTY_SHARE = 0.05
WARP = 0.07  # how far tempo and formants are moved at most
_FEATURE_RANGE = 2.0  # whisper clips its log spectrogram to 8 decades and divides by 4
_MEL_HOP = 160


@dataclass(frozen=True)
class Clip:
    """One recording of a few seconds at 16 kHz; `units` in seconds; `target` is empty where nobody speaks.

    `line` is None for a wide-band recording and for lines on which nobody speaks.
    """

    samples: Samples
    units: tuple[Unit, ...]
    voice: str
    kind: str
    line: ChannelSettings | None = None

    @property
    def target(self) -> str:
        return "".join(unit.text for unit in self.units)


@dataclass(frozen=True)
class Features:
    """Whisper's log-mel features quantised to bytes: `levels` uint8 [frames, 80], 100 frames a second.

    The value of a level is `floor + level * 2 / 255`; `floor` is what whisper's padding has in such a clip.
    """

    levels: NDArray[np.uint8]
    floor: float


class Neighbours:
    """The last few speakers, who babble behind the next ones."""

    def __init__(self, count: int = 12) -> None:
        self._voices: deque[Samples] = deque(maxlen=count)

    @property
    def voices(self) -> tuple[Samples, ...]:
        """Their speech at 8 kHz."""
        return tuple(self._voices)

    def add(self, samples: Samples, rate: int) -> None:
        self._voices.append(resample(samples, rate, TELEPHONE_RATE))


def make_clip(
    source: TextSource,
    held_out: HeldOut,
    rng: Random,
    *,
    voices: tuple[str, ...] = TRAINING_VOICES,
    neighbours: Neighbours | None = None,
    side: Side = "train",
) -> Clip:
    """A random clip of one side of the texts: nothing, one sentence, or several with pauses between them."""
    noise = np.random.default_rng(rng.getrandbits(63))
    if rng.random() < EMPTY_SHARE:
        seconds = rng.uniform(0.3, 6) if rng.random() < 0.8 else rng.uniform(6, LONGEST_SECONDS)
        return Clip(idle_line(seconds, noise), (), "", "empty")
    while True:
        count = rng.choices((1, 2, 3, 4), weights=(70, 18, 8, 4))[0]
        sentences = [_draw(source, held_out, rng, side) for _ in range(count)]
        clip = speak(sentences, rng.choice(voices), rng, noise, draw_settings(noise), neighbours=neighbours)
        if clip is not None and len(clip.samples) <= LONGEST_SECONDS * 16000:
            return clip


def _draw(source: TextSource, held_out: HeldOut, rng: Random, side: Side) -> Sentence:
    while True:
        sentence = source.draw(rng)
        if held_out.side(sentence) == side:
            return sentence


def speak(
    sentences: list[Sentence],
    voice: str,
    rng: Random,
    noise: np.random.Generator,
    settings: ChannelSettings | None,
    *,
    neighbours: Neighbours | None = None,
) -> Clip | None:
    """`sentences` in one voice with pauses, over the line; None when the synthesiser gave nothing."""
    manner = {
        "words_per_minute": rng.randint(135, 240),
        "pitch": rng.randint(25, 75),
        "pitch_range": rng.randint(30, 75),
    }
    said = [synthesiser().say(sentence.text, voice=voice, **manner) for sentence in sentences]
    if any(len(utterance.samples) < 1500 for utterance in said):
        return None
    rate = synthesiser().sample_rate
    lead = rng.uniform(0.0, 0.6) if rng.random() < 0.9 else rng.uniform(0.6, 2.0)
    pauses = [lead] + [_pause(rng) for _ in said[1:]]
    speech, units = _join(said, pauses, rate)
    if rng.random() < 0.6:
        factor = rng.uniform(1 - WARP, 1 + WARP)
        warped = warp(speech, factor)
        shrunk = len(warped) / len(speech)
        units = tuple(replace(unit, start=unit.start * shrunk, end=unit.end * shrunk) for unit in units)
        speech = warped
    others = neighbours.voices if neighbours else ()
    tail = rng.uniform(0.0, 0.5) if rng.random() < 0.9 else rng.uniform(0.5, 2.0)
    heard = record(np.concatenate([speech, np.zeros(int(tail * rate), np.float32)]), rate, noise, settings, others)
    if neighbours and rng.random() < 0.3:
        neighbours.add(speech, rate)
    return Clip(heard, units, voice, "+".join(sorted({sentence.kind for sentence in sentences})), settings)


def _pause(rng: Random) -> float:
    return rng.uniform(0.15, 0.7) if rng.random() < 0.7 else rng.uniform(0.7, 2.5)


def _join(said: list[Utterance], pauses: list[float], rate: int) -> tuple[Samples, tuple[Unit, ...]]:
    chunks: list[Samples] = []
    units: list[Unit] = []
    position = 0
    for utterance, pause in zip(said, pauses, strict=True):
        silence = int(pause * rate)
        chunks += [np.zeros(silence, np.float32), utterance.samples]
        offset = (position + silence) / rate
        units += [Unit(unit.text, unit.start + offset, unit.end + offset) for unit in utterance.units]
        position += silence + len(utterance.samples)
    return np.concatenate(chunks), tuple(units)


def features(samples: Samples) -> Features:
    """Whisper's features of a clip at 16 kHz as it would see them in its 30 s of padding."""
    padded = torch.from_numpy(np.concatenate([samples, np.zeros(4800, np.float32)]))
    mel = log_mel_spectrogram(padded, 80).numpy()
    frames = min(mel.shape[1], (len(samples) + _MEL_HOP - 1) // _MEL_HOP + 4)
    # Whisper's floor is relative to the loudest bin; the padding lies on it.
    floor = max(float(mel.max()) - _FEATURE_RANGE, -1.5)
    levels = np.round((mel[:, :frames].T - floor) * (255 / _FEATURE_RANGE))
    return Features(np.clip(levels, 0, 255).astype(np.uint8), floor)
