"""Character error rate of a checkpoint on held-out speech, decoded by the stock `whisper` package."""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from random import Random

import numpy as np
import torch
import whisper
from pypinyin import lazy_pinyin
from rapidfuzz.distance import Levenshtein

from models.training.recogniser.channel import ChannelSettings, draw_settings, idle_line
from models.training.recogniser.clips import Clip, speak
from models.training.recogniser.lexicon import load_lexicon, load_templates
from models.training.recogniser.texts import HeldOut, Sentence, TextSource, spoken_form

_NUMERAL = re.compile(r"[一二两三四五六七八九十]+[百千万]")
_DIGIT_STRING = re.compile(r"[零一二三四五六七八九幺]{4,}")
_BATCH = 16
_LONGEST_TEXT = 100
_NO_SPEECH_FROM = 0.6  # whisper's default threshold


@dataclass(frozen=True)
class Decoded:
    """A clip and what the recogniser made of it."""

    kind: str
    voice: str
    said: str
    heard: str
    no_speech: float


@dataclass(frozen=True)
class Score:
    """Shares over `clips` clips: character errors, errors of toneless syllables (what sounds alike counts as right),
    clips without any error, and clips that whisper's no-speech probability would discard.
    """

    clips: int
    character_errors: float
    syllable_errors: float
    exact: float
    no_speech: float


def held_out_clips(
    count: int, voices: tuple[str, ...], seed: int, excluded: frozenset[str] = frozenset()
) -> list[Clip]:
    """`count` telephone clips of single sentences whose texts are in the test share; a fifth is free text."""
    source, held_out = TextSource(load_lexicon(), load_templates()), HeldOut(excluded)
    rng, noise = Random(seed), np.random.default_rng(seed)
    clips: list[Clip] = []
    while len(clips) < count:
        sentence = source.draw_kind("free" if len(clips) % 5 == 4 else rng.choice(("agent", "customer", "values")), rng)
        if held_out.side(sentence) != "test":
            continue
        clip = speak([sentence], voices[len(clips) % len(voices)], rng, noise, _telephone(noise))
        if clip is not None:
            clips.append(clip)
    return clips


def short_clips(count: int, voices: tuple[str, ...], seed: int) -> list[Clip]:
    """`count` telephone clips of the short answers (嗯, 是的, 八万); their texts are in the training share, too."""
    rng, noise = Random(seed), np.random.default_rng(seed)
    answers = load_templates().short
    clips: list[Clip] = []
    while len(clips) < count:
        answer = Sentence(answers[len(clips) % len(answers)], "short")
        clip = speak([answer], rng.choice(voices), rng, noise, _telephone(noise))
        if clip is not None:
            clips.append(clip)
    return clips


def idle_clips(count: int, seed: int) -> list[Clip]:
    """`count` clips on which nobody speaks."""
    noise = np.random.default_rng(seed)
    return [Clip(idle_line(float(noise.uniform(0.5, 8)), noise), (), "", "empty") for _ in range(count)]


def _telephone(noise: np.random.Generator) -> ChannelSettings:
    settings = draw_settings(noise, telephone=1.0, snr_db=(20, 40))
    assert settings is not None
    return settings


def kind_of(clip: Clip) -> str:
    """What a clip tests: amounts, digits, free text, short answers, silence or other sentences."""
    if clip.kind in ("short", "free", "empty"):
        return clip.kind
    if _DIGIT_STRING.search(clip.target):
        return "digits"
    return "amounts" if _NUMERAL.search(clip.target) else "sentences"


def decode(checkpoint: Path, clips: list[Clip]) -> list[Decoded]:
    """Greedy decoding by stock whisper: Mandarin, without timestamps."""
    model = whisper.load_model(str(checkpoint), device="cpu")
    options = whisper.DecodingOptions(language="zh", without_timestamps=True, fp16=False, sample_len=_LONGEST_TEXT)
    decoded: list[Decoded] = []
    for first in range(0, len(clips), _BATCH):
        batch = clips[first : first + _BATCH]
        mels = [whisper.log_mel_spectrogram(whisper.pad_or_trim(torch.from_numpy(clip.samples))) for clip in batch]
        with torch.inference_mode():
            results = model.decode(torch.stack(mels), options)
        decoded += [
            Decoded(kind_of(clip), clip.voice, clip.target, spoken_form(result.text), float(result.no_speech_prob))
            for clip, result in zip(batch, results, strict=True)
        ]
    return decoded


def score(decoded: Iterable[Decoded]) -> Score:
    """Error rates over all of `decoded`."""
    clips = characters = character_errors = syllables = syllable_errors = exact = silent = 0
    for item in decoded:
        clips += 1
        exact += item.said == item.heard
        silent += item.no_speech > _NO_SPEECH_FROM
        characters += len(item.said)
        character_errors += Levenshtein.distance(item.said, item.heard)
        said, heard = lazy_pinyin(item.said), lazy_pinyin(item.heard)
        syllables += len(said)
        syllable_errors += Levenshtein.distance(said, heard)
    return Score(
        clips=clips,
        character_errors=character_errors / max(1, characters),
        syllable_errors=syllable_errors / max(1, syllables),
        exact=exact / max(1, clips),
        no_speech=silent / max(1, clips),
    )


def score_by(decoded: Iterable[Decoded], key: Callable[[Decoded], str]) -> dict[str, Score]:
    """Scores of the groups that `key` makes."""
    groups: dict[str, list[Decoded]] = defaultdict(list)
    for item in decoded:
        groups[key(item)].append(item)
    return {name: score(group) for name, group in sorted(groups.items())}
