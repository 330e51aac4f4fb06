"""Speech in, heard clips out: generated held-out speech, and recordings that a manifest lists."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from configs.settings import Settings
from models.training.manifest import ManifestEntry
from pipeline.errors import InputError, ModelError, RecordingError
from pipeline.evaluate.recognition import HeardClip, SaidUnit
from pipeline.flow import Engines, transcribe_call
from pipeline.types import Recogniser, SpeechRegion, Utterance, Window, Word

if TYPE_CHECKING:
    from models.training.recogniser.clips import Clip

MODEL_RATE = 16000
Step = Callable[[str], None]


def hear_held_out(
    recogniser: Recogniser, *, clips: int, seed: int, samples: Path | None = None, step: Step | None = None
) -> dict[str, list[HeardClip]]:
    """Each standard set of generated held-out speech as the recogniser hears it; `step` is called with its name.

    Raises `ModelError` where espeak-ng or the `train` extra is missing.
    """
    try:
        from models.training.recogniser.held_out_speech import SpeechMaker, standard_sets
    except ModuleNotFoundError as error:
        raise ModelError(
            f"held-out speech needs the package {error.name}: install callproof with its extra `train`",
            code="extra_missing",
        ) from error
    heard: dict[str, list[HeardClip]] = {}
    with SpeechMaker(seed=seed, samples=samples) as maker:
        for wanted in standard_sets(clips):
            if step:
                step(wanted.name)
            heard[wanted.name] = hear_clips(recogniser, maker.clips(wanted))
    return heard


def hear_clips(recogniser: Recogniser, clips: Sequence[Clip]) -> list[HeardClip]:
    """Generated clips as the recogniser hears them, in order; those of like length are decoded together."""
    order = sorted(range(len(clips)), key=lambda index: len(clips[index].samples))
    windows = [
        Window(clips[index].samples, SpeechRegion(0.0, len(clips[index].samples) / MODEL_RATE)) for index in order
    ]
    heard: list[HeardClip | None] = [None] * len(clips)
    for index, utterance in zip(order, recogniser.recognise(windows), strict=True):
        heard[index] = _heard_clip(clips[index], utterance)
    return [clip for clip in heard if clip is not None]


def _heard_clip(clip: Clip, utterance: Utterance) -> HeardClip:
    return HeardClip(
        said=clip.target,
        heard=utterance.text,
        category=clip.kind,
        seconds=len(clip.samples) / MODEL_RATE,
        voice=clip.voice,
        codec=clip.line.codec if clip.line else "",
        snr_db=clip.line.snr_db if clip.line else None,
        units=tuple(SaidUnit(unit.text, unit.start, unit.end) for unit in clip.units),
        words=utterance.words,
    )


def hear_manifest(
    entries: Sequence[ManifestEntry], engines: Engines, settings: Settings, *, step: Step | None = None
) -> list[HeardClip]:
    """Recordings as the whole way from file to transcript hears them. One that nobody speaks in is heard as nothing;
    one that cannot be used is named on standard error and left out. Raises `InputError` where none is left.
    """
    heard = []
    for entry in entries:
        if step:
            step(entry.audio.name)
        try:
            transcript, recording = transcribe_call(entry.audio, engines, settings)
        except RecordingError as error:
            if error.code != "no_speech":
                print(error.message, file=sys.stderr)
                continue
            heard.append(HeardClip(entry.text, "", entry.category, 0.0, entry.voice, entry.codec))
            continue
        turns = transcript.turns
        words = tuple(
            Word(word.text, word.start, word.end, 1.0 if word.probability is None else word.probability)
            for turn in turns
            for word in turn.words or ()
        )
        text = "".join(turn.text for turn in turns)
        codec = entry.codec or recording.codec
        heard.append(HeardClip(entry.text, text, entry.category, recording.duration, entry.voice, codec, words=words))
    if not heard:
        raise InputError("none of the listed recordings can be used", code="bad_manifest")
    return heard
