"""Held-out speech: clips of what is never trained on, by what is said and by how the line sounds."""

import multiprocessing
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random

import numpy as np

from models.training.recogniser.channel import ChannelSettings, draw_settings, idle_line
from models.training.recogniser.clips import Clip, Neighbours, speak
from models.training.recogniser.lexicon import load_lexicon, load_templates
from models.training.recogniser.texts import CATEGORIES, HeldOut, Sentence, TextSource, excluded_sentences
from models.training.recogniser.voices import TRAINING_VOICES, UNSEEN_VOICES
from pipeline.errors import EngineError

SHORT = "short"
NOISY_SNR_DB = (15.0, 10.0, 5.0)
_ATTEMPTS = 5
_CLIPS_A_JOB = 150
_NOBODY = ""
_IDLE_SECONDS = (1.0, 12.0)


@dataclass(frozen=True)
class SpeechSet:
    """`count` clips of each of `categories`, in `voices`, on lines whose noise is within `snr_db`; `count` idle lines
    where there are no categories.
    """

    name: str
    categories: tuple[str, ...]
    voices: tuple[str, ...]
    snr_db: tuple[float, float]
    count: int


def standard_sets(clips: int) -> list[SpeechSet]:
    """The sets that figures are published for, from `clips` of each category with training voices on good lines."""
    some = max(1, clips // 3)
    good = (20.0, 40.0)
    return [
        SpeechSet("training_voices", CATEGORIES, TRAINING_VOICES, good, clips),
        SpeechSet("short_answers", (SHORT,), TRAINING_VOICES, good, 2 * clips),
        SpeechSet("unseen_voices", CATEGORIES, UNSEEN_VOICES, good, some),
        *(
            SpeechSet(f"snr_{level:.0f}_db", CATEGORIES, TRAINING_VOICES, (level, level), some)
            for level in NOISY_SNR_DB
        ),
        SpeechSet("nobody_speaks", (), (), good, 2 * clips),
    ]


class SpeechMaker:
    """Speaks sets in a process of its own, since espeak-ng crashes now and then. Use as a context manager.

    The same seed gives the same clips. Sentences of scripts in `samples` are left out.
    """

    def __init__(self, *, seed: int, samples: Path | None = None) -> None:
        self._seed = seed
        self._samples = samples
        self._pool: ProcessPoolExecutor | None = None

    def __enter__(self) -> "SpeechMaker":
        return self

    def __exit__(self, *_: object) -> None:
        if self._pool:
            self._pool.shutdown()

    def clips(self, wanted: SpeechSet) -> list[Clip]:
        """The clips of a set. Raises `ModelError` when espeak-ng is missing, `EngineError` when it keeps crashing."""
        wishes = [category for category in wanted.categories or (_NOBODY,) for _ in range(wanted.count)]
        clips: list[Clip] = []
        for number, first in enumerate(range(0, len(wishes), _CLIPS_A_JOB)):
            clips += self._spoken(wanted, wishes[first : first + _CLIPS_A_JOB], self._seed * 1000 + number)
        return clips

    def _spoken(self, wanted: SpeechSet, categories: list[str], seed: int) -> list[Clip]:
        for attempt in range(_ATTEMPTS):
            self._pool = self._pool or ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn"))
            try:
                return self._pool.submit(_speak, wanted, categories, seed + 100_000 * attempt, self._samples).result()
            except BrokenProcessPool:
                self._pool = None
        raise EngineError(f"espeak-ng crashed {_ATTEMPTS} times: try another seed")


def _speak(wanted: SpeechSet, categories: list[str], seed: int, samples: Path | None) -> list[Clip]:
    rng, noise = Random(seed), np.random.default_rng(seed)
    source = TextSource(load_lexicon(), load_templates())
    held_out = HeldOut(excluded_sentences(samples) if samples else frozenset())
    neighbours = Neighbours()
    clips: list[Clip] = []
    while len(clips) < len(categories):
        category = categories[len(clips)]
        if category == _NOBODY:
            clips.append(Clip(idle_line(float(noise.uniform(*_IDLE_SECONDS)), noise), (), "", "empty"))
            continue
        sentence = _held_out_sentence(source, held_out, category, rng)
        voice = wanted.voices[(len(clips) + seed) % len(wanted.voices)]
        clip = speak([sentence], voice, rng, noise, _line(noise, wanted.snr_db), neighbours=neighbours)
        if clip is not None:
            clips.append(replace(clip, kind=category))
    return clips


def _held_out_sentence(source: TextSource, held_out: HeldOut, category: str, rng: Random) -> Sentence:
    if category == SHORT:
        return source.draw_kind("short", rng)  # short answers are common property of both sides
    while True:
        sentence = source.draw_about(category, rng)
        if held_out.side(sentence) == "test":
            return sentence


def _line(noise: np.random.Generator, snr_db: tuple[float, float]) -> ChannelSettings:
    settings = draw_settings(noise, telephone=1.0, snr_db=snr_db)
    assert settings is not None
    return settings
