"""Stretches of invented telephone conversations, with who speaks in every frame.

Two voices take turns with pauses and interruptions, one says 嗯 into the other's words, each has its own handset, level
and noise; now and then there is one voice alone, a third one, or nobody.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from models.training.diarizer.bank import Bank
from models.training.recogniser.channel import draw_settings, echo, resample, telephone
from models.training.recogniser.sounds import TELEPHONE_RATE, Samples, coloured_noise, fast_length

MODEL_RATE = 16_000
MOST_SPEAKERS = 3
LABEL_SECONDS = 0.01
SHORT_SECONDS = 0.9
_ACTIVE_DB = -32.0
_BRIDGED = 20
"""Pauses of up to so many label frames inside somebody's words are his."""


@dataclass(frozen=True)
class Mixture:
    """`samples` float32 [n] at 16 kHz; `active` bool [labels of 10 ms, 3] says who speaks."""

    samples: Samples
    active: NDArray[np.bool_]


class Mixer:
    """Makes mixtures from a bank. The same seed gives the same mixtures."""

    def __init__(self, bank: Bank, *, seed: int) -> None:
        self._bank = bank
        self._rng = np.random.default_rng(seed)
        self._own = [bank.of(speaker) for speaker in range(bank.count)]
        lengths = np.diff(bank.starts)
        self._short = [own[lengths[own] <= SHORT_SECONDS * TELEPHONE_RATE] for own in self._own]

    def mixture(self, seconds: float) -> Mixture:
        """A stretch of conversation of `seconds`."""
        rng = self._rng
        count = int(rng.choice([0, 1, 2, 3], p=[0.02, 0.12, 0.78, 0.08]))
        speakers = rng.choice(self._bank.count, count, replace=False)
        length = int(seconds * TELEPHONE_RATE)
        tracks = np.zeros((MOST_SPEAKERS, length), np.float32)
        if count:
            self._converse(tracks, speakers)
        active = np.stack([activity(track) for track in tracks], axis=1)
        level = 10 ** (rng.uniform(-9, 0, MOST_SPEAKERS) / 20)
        heard = sum(self._handset(tracks[at]) * np.float32(level[at]) for at in range(count))
        sound = np.asarray(heard, np.float32) if count else coloured_noise(length, 0.5, rng) * np.float32(0.001)
        settings = draw_settings(rng, telephone=1.0, snr_db=(8, 45))
        assert settings is not None
        others = [self._bank.stretch(int(one)) for one in rng.integers(0, len(self._bank.speakers), 6)]
        line = telephone(sound, TELEPHONE_RATE, settings, rng, others)
        return Mixture(resample(line, TELEPHONE_RATE, MODEL_RATE)[: 2 * length], active)

    def interrupted(self, alone: float, seconds: float) -> NDArray[np.float32]:
        """Tracks of two speakers at 8 kHz, [2, n], each through his own handset: `alone` seconds of the first, as many
        of the second, and `seconds` of conversation rich in interruptions or of both talking on; one in eight times one
        of them is silent."""
        rng = self._rng
        speakers = rng.choice(self._bank.count, 2, replace=False)
        first, length = int(alone * TELEPHONE_RATE), int(seconds * TELEPHONE_RATE)
        tracks = np.zeros((2, 2 * first + length), np.float32)
        for at, speaker in enumerate(speakers):
            tracks[at, at * first : (at + 1) * first] = self._stretches(int(speaker), alone)
        if rng.random() < 0.5:
            self._converse(tracks[:, 2 * first :], speakers, interruptions=0.9, deepest=2.2)
        else:
            for track, speaker in zip(tracks, speakers, strict=True):
                before, after = (int(seconds * share * TELEPHONE_RATE) for share in rng.uniform(0, 0.3, 2))
                spoken = self._stretches(int(speaker), seconds)
                track[2 * first + before : len(track) - after] = spoken[before : length - after]
        if rng.random() < 1 / 8:
            tracks[int(rng.integers(2)), 2 * first :] = 0
        levels = 10 ** (rng.uniform(-9, 0, 2) / 20)
        return np.stack([self._handset(track) * np.float32(levels[at]) for at, track in enumerate(tracks)])

    def draw(self, among: int, count: int) -> NDArray[np.int64]:
        """`count` different numbers below `among`."""
        return self._rng.choice(among, count, replace=False)

    def pair(self, first: int, second: int | None, seconds: float) -> tuple[Samples, float]:
        """One speaker after the other over one line, float32 [n] at 16 kHz, and the share of the time that is the
        first one's."""
        rng = self._rng
        share = float(rng.uniform(0.2, 0.8)) if second is not None else 1.0
        parts = [self._alone(first, share * seconds)]
        if second is not None:
            parts.append(self._alone(second, (1 - share) * seconds))
        settings = draw_settings(rng, telephone=1.0, snr_db=(10, 45))
        assert settings is not None
        others = [self._bank.stretch(int(one)) for one in rng.integers(0, len(self._bank.speakers), 6)]
        line = telephone(np.concatenate(parts), TELEPHONE_RATE, settings, rng, others)
        sound = resample(line, TELEPHONE_RATE, MODEL_RATE)
        length = int(seconds * MODEL_RATE)
        return np.pad(sound, (0, max(0, length - len(sound))))[:length], share

    def _alone(self, speaker: int, seconds: float) -> Samples:
        level = np.float32(10 ** (self._rng.uniform(-8, 0) / 20))
        return self._handset(self._stretches(speaker, seconds)) * level

    def _stretches(self, speaker: int, seconds: float) -> Samples:
        rng = self._rng
        parts: list[Samples] = []
        while sum(map(len, parts)) < seconds * TELEPHONE_RATE:
            parts.append(self._bank.stretch(int(rng.choice(self._own[speaker]))))
            parts.append(np.zeros(int(rng.uniform(0.02, 0.3) * TELEPHONE_RATE), np.float32))
        return np.concatenate(parts)[: int(seconds * TELEPHONE_RATE)]

    def _converse(
        self,
        tracks: NDArray[np.float32],
        speakers: NDArray[np.int64],
        *,
        interruptions: float | None = None,
        deepest: float = 1.2,
    ) -> None:
        """Fill the tracks, one a speaker: turns of one to four stretches, gaps around 0.25 s that may be below zero, by
        up to `deepest` s: a share `interruptions` of them, drawn for each conversation where it is not given."""
        rng = self._rng
        length = tracks.shape[1]
        lively = rng.uniform(0, 1)
        interrupted = 0.3 * lively if interruptions is None else interruptions
        at = int(-rng.uniform(0, 4) * TELEPHONE_RATE)
        who = int(rng.integers(len(speakers)))
        while at < length:
            for _ in range(int(rng.choice([1, 1, 2, 3, 4]))):
                sound = self._bank.stretch(int(rng.choice(self._own[speakers[who]])))
                sound = sound * np.float32(10 ** (rng.normal(0, 2) / 20))
                _add(tracks[who], sound, at)
                self._answer_within(tracks, speakers, who, at, len(sound), lively)
                at += len(sound) + int(rng.exponential(0.18) * TELEPHONE_RATE)
            gap = rng.normal(0.3, 0.25) if rng.random() > interrupted else -rng.uniform(0.1, deepest)
            if rng.random() < 0.06:
                gap = rng.uniform(1, 4)
            at += int(gap * TELEPHONE_RATE)
            if len(speakers) > 1:
                who = int(rng.choice([one for one in range(len(speakers)) if one != who]))

    def _answer_within(
        self,
        tracks: NDArray[np.float32],
        speakers: NDArray[np.int64],
        who: int,
        at: int,
        length: int,
        lively: float,
    ) -> None:
        """A short word of somebody else into a stretch, sometimes."""
        rng = self._rng
        if len(speakers) < 2 or length < TELEPHONE_RATE or rng.random() > 0.1 + 0.4 * lively:
            return
        other = int(rng.choice([one for one in range(len(speakers)) if one != who]))
        if len(self._short[speakers[other]]):
            word = self._bank.stretch(int(rng.choice(self._short[speakers[other]])))
            _add(tracks[other], word, at + int(rng.uniform(0.2, 1) * length))

    def _handset(self, track: Samples) -> Samples:
        """One party's own telephone: tone colour, room, noise."""
        rng = self._rng
        length = fast_length(len(track))
        spectrum = np.fft.rfft(track, length)
        octaves = np.log2(np.linspace(1, TELEPHONE_RATE / 2, len(spectrum)) / 1000)
        tones = rng.normal(0, 2.5, 9)
        colour = np.interp(octaves, np.linspace(-4, 2, 9), tones) + rng.normal(0, 1.5) * octaves
        shaped = np.fft.irfft(spectrum * 10 ** (colour / 20), length)[: len(track)].astype(np.float32)
        if rng.random() < 0.3:
            shaped = echo(shaped, float(rng.uniform(0.1, 0.45)), rng)
        noise = np.float32(0.06 * 10 ** (-rng.uniform(20, 60) / 20))
        return np.asarray(shaped + coloured_noise(len(track), float(rng.choice([0.0, 0.5, 1.0])), rng) * noise)


def activity(track: Samples) -> NDArray[np.bool_]:
    """In which 10 ms of a clean track somebody speaks; short pauses within his words are his."""
    size = int(LABEL_SECONDS * TELEPHONE_RATE)
    frames = track[: len(track) // size * size].reshape(-1, size)
    power = np.sqrt((frames**2).mean(axis=1))
    active: NDArray[np.bool_] = power > 0.06 * 10 ** (_ACTIVE_DB / 20)
    places = np.flatnonzero(active)
    for before, after in pairwise(places):
        if 1 < after - before <= _BRIDGED:
            active[before:after] = True
    return active


def _add(track: Samples, sound: Samples, at: int) -> None:
    first = max(0, at)
    last = min(len(track), at + len(sound))
    if last > first:
        track[first:last] += sound[first - at : last - at]
