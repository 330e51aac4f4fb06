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
_CLIPS_A_PROCESS = 150
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


def speak_set(wanted: SpeechSet, *, seed: int, samples: Path | None = None) -> list[Clip]:
    """The clips of a set; the same seed gives the same clips. Sentences of scripts in `samples` are left out.

    Raises `ModelError` when espeak-ng is missing, `EngineError` when it keeps crashing.
    """
    wishes = [category for category in wanted.categories or ("",) for _ in range(wanted.count)]
    clips: list[Clip] = []
    for number, first in enumerate(range(0, len(wishes), _CLIPS_A_PROCESS)):
        clips += _in_process(wanted, wishes[first : first + _CLIPS_A_PROCESS], seed * 1000 + number, samples)
    return clips


def _in_process(wanted: SpeechSet, categories: list[str], seed: int, samples: Path | None) -> list[Clip]:
    # espeak-ng crashes now and then, so it speaks in a process of its own.
    for attempt in range(_ATTEMPTS):
        with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
            try:
                return pool.submit(_speak, wanted, categories, seed + 100_000 * attempt, samples).result()
            except BrokenProcessPool:
                continue
    raise EngineError(f"espeak-ng crashed {_ATTEMPTS} times: try another seed")


def _speak(wanted: SpeechSet, categories: list[str], seed: int, samples: Path | None) -> list[Clip]:
    rng, noise = Random(seed), np.random.default_rng(seed)
    source = TextSource(load_lexicon(), load_templates())
    held_out = HeldOut(excluded_sentences(samples) if samples else frozenset())
    neighbours = Neighbours()
    clips: list[Clip] = []
    for category in categories:
        while True:
            if not category:
                clip: Clip | None = Clip(idle_line(float(noise.uniform(*_IDLE_SECONDS)), noise), (), "", "empty")
            else:
                sentence = _held_out_sentence(source, held_out, category, rng)
                voice = wanted.voices[(len(clips) + seed) % len(wanted.voices)]
                clip = speak([sentence], voice, rng, noise, _line(noise, wanted.snr_db), neighbours=neighbours)
            if clip is not None:
                break
        clips.append(replace(clip, kind=category or clip.kind))
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
