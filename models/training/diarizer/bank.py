"""A bank of synthetic voices: short and long stretches of speech of a few hundred invented speakers, in many languages.

A speaker is a voice of espeak-ng, a language, a pitch, a pace and a tract length (all sound played faster or slower).
Nothing is recorded from people. Words are drawn from the training sentences (Mandarin) or are random syllables.
"""

from __future__ import annotations

import multiprocessing
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from pathlib import Path
from random import Random

import numpy as np
from numpy.typing import NDArray

from models.training.recogniser.channel import resample, warp
from models.training.recogniser.sounds import TELEPHONE_RATE, Samples
from models.training.recogniser.voices import TRAINING_VOICES, UNSEEN_VOICES, Synthesiser
from pipeline.errors import EngineError

MORE_VOICES = (
    *("adam", "Andrea", "Alicia", "anika", "antonio", "benjamin", "caleb", "david", "edward", "edward2", "gustave"),
    *("klatt", "klatt2", "klatt3", "klatt4", "klatt5", "klatt6", "Jacky", "Lee", "Marco", "kaukovalta", "marcelo"),
    *("shelby", "travis", "victor", "zac"),
)
MANDARIN = "cmn-latn-pinyin"
LANGUAGES = (
    *("en-us", "en-gb", "en-gb-scotland", "es", "fr-fr", "de", "it", "pt", "pt-br", "pl", "cs", "nl", "sv", "tr"),
    *("fi", "hu", "ro", "id", "vi", "sw"),
)
MANDARIN_SHARE = 0.45
SYLLABLES = (1, 1, 2, 2, 3, 4, 6, 9, 13, 18, 24)
_CONSONANTS = ("b", "d", "f", "g", "h", "k", "l", "m", "n", "p", "r", "s", "t", "v", "w", "z", "st", "tr", "pl", "ch")
_VOWELS = ("a", "e", "i", "o", "u", "ai", "ou")
_ENDS = ("", "", "", "n", "s", "r", "l", "m", "t")
_ATTEMPTS = 4


@dataclass(frozen=True, slots=True)
class Voice:
    """One invented speaker; `factor` above 1 is a shorter vocal tract."""

    name: str
    language: str
    pitch: int
    pitch_range: int
    pace: int
    factor: float


@dataclass(frozen=True)
class Bank:
    """Speech of all speakers at 8 kHz: `sounds` int16, one after the other; `starts` [stretches + 1] their places;
    `speakers` [stretches] whose each is."""

    sounds: NDArray[np.int16]
    starts: NDArray[np.int64]
    speakers: NDArray[np.int64]

    def stretch(self, index: int) -> Samples:
        """Stretch `index` as float32."""
        own = self.sounds[self.starts[index] : self.starts[index + 1]]
        return own.astype(np.float32) / np.float32(32768)

    def of(self, speaker: int) -> NDArray[np.int64]:
        """Indices of one speaker's stretches."""
        return np.flatnonzero(self.speakers == speaker)

    @property
    def count(self) -> int:
        return int(self.speakers.max()) + 1

    def save(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        np.savez(path, sounds=self.sounds, starts=self.starts, speakers=self.speakers)

    @classmethod
    def load(cls, path: Path) -> Bank:
        with np.load(path) as stored:
            return cls(stored["sounds"], stored["starts"], stored["speakers"])


def make_bank(speakers: int, *, stretches: int, seed: int, held_out: bool = False) -> Bank:
    """Speak `stretches` stretches of each of `speakers` speakers; held-out ones have voices that training never has.

    Raises `ModelError` where espeak-ng is missing, `EngineError` where it keeps crashing.
    """
    rng = Random(seed)
    voices = UNSEEN_VOICES if held_out else TRAINING_VOICES + MORE_VOICES
    wanted = [_draw_voice(voices, rng) for _ in range(speakers)]
    sounds: list[NDArray[np.int16]] = []
    owners: list[int] = []
    for speaker, spoken in enumerate(_spoken(wanted, stretches, seed)):
        sounds += spoken
        owners += [speaker] * len(spoken)
    starts = np.concatenate([[0], np.cumsum([len(one) for one in sounds])]).astype(np.int64)
    return Bank(np.concatenate(sounds), starts, np.asarray(owners, np.int64))


def _draw_voice(voices: tuple[str, ...], rng: Random) -> Voice:
    language = MANDARIN if rng.random() < MANDARIN_SHARE else rng.choice(LANGUAGES)
    return Voice(
        name=rng.choice(voices),
        language=language,
        pitch=round(min(95, max(5, rng.gauss(50, 17)))),
        pitch_range=rng.randint(30, 75),
        pace=rng.randint(145, 215),
        factor=rng.uniform(0.87, 1.15),
    )


def _spoken(voices: list[Voice], stretches: int, seed: int) -> Iterator[list[NDArray[np.int16]]]:
    """espeak-ng crashes now and then, so it speaks in a process of its own; a voice that kills it is left out."""
    pool: ProcessPoolExecutor | None = None
    crashes = 0
    for number, voice in enumerate(voices):
        pool = pool or ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn"))
        try:
            spoken = pool.submit(_say, voice, stretches, seed * 10_000 + number).result()
        except BrokenProcessPool as error:
            pool, crashes = None, crashes + 1
            if crashes > _ATTEMPTS + len(voices) // 10:
                raise EngineError("espeak-ng keeps crashing: try another seed") from error
            continue
        if spoken:
            yield spoken
    if pool:
        pool.shutdown()


class _AnyLanguage(Synthesiser):
    """espeak-ng with a language beside the voice."""

    def speak_as(self, voice: Voice, text: str, *, pitch: int, pace: int) -> Samples:
        self._language = voice.language
        said = self.say(text, voice=voice.name, words_per_minute=pace, pitch=pitch, pitch_range=voice.pitch_range)
        return resample(warp(said.samples, voice.factor), said.sample_rate, TELEPHONE_RATE)

    def _choose(self, voice: str) -> None:
        name = self._language if voice == "base" else f"{self._language}+{voice}"
        if self._library.espeak_SetVoiceByName(name.encode()) != 0:
            raise ValueError(f"espeak-ng has no voice {name!r}")


_speaking: list[_AnyLanguage] = []


def _say(voice: Voice, stretches: int, seed: int) -> list[NDArray[np.int16]]:
    rng = Random(seed)
    if not _speaking:
        _speaking.append(_AnyLanguage())
    spoken = []
    for _ in range(stretches):
        text = _text(voice.language, rng.choice(SYLLABLES), rng)
        pitch = round(min(99, max(0, voice.pitch + rng.gauss(0, 4))))
        try:
            sound = _speaking[0].speak_as(voice, text, pitch=pitch, pace=round(voice.pace * rng.uniform(0.88, 1.14)))
        except ValueError:
            return []
        loud = np.flatnonzero(np.abs(sound) > 0.01 * np.abs(sound).max(initial=1e-6))
        if len(loud) < TELEPHONE_RATE // 20:
            continue
        sound = sound[loud[0] : loud[-1] + 1]
        level = np.sqrt(np.mean(sound**2))
        spoken.append((np.clip(sound * (0.06 / max(level, 1e-6)), -1, 1) * 32767).astype(np.int16))
    return spoken


def _text(language: str, syllables: int, rng: Random) -> str:
    if language == MANDARIN:
        return _mandarin(syllables, rng)
    words, left = [], syllables
    while left > 0:
        count = min(left, rng.choice((1, 1, 2, 2, 3, 4)))
        words.append("".join(rng.choice(_CONSONANTS) + rng.choice(_VOWELS) + rng.choice(_ENDS) for _ in range(count)))
        left -= count
    return " ".join(words)


def _mandarin(syllables: int, rng: Random) -> str:
    from models.training.recogniser.texts import common_characters

    characters = sorted(common_characters())
    return "".join(rng.choice(characters) for _ in range(syllables))
