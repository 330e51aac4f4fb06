"""What a checkpoint learns about itself on held-out speech: which attention heads tell the time, how far its words are
to be believed, and from what no-speech probability on it means it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from models.hear.matching import matches, spoken
from models.hear.openai_whisper import WhisperRecogniser
from models.hear.options import RecogniserOptions
from models.hear.words import TokenPass, WordCalibration, WordReader
from models.training.recogniser.channel import MODEL_RATE
from models.training.recogniser.clips import Clip
from models.training.recogniser.export import save_whole
from models.training.recogniser.held_out_speech import SpeechMaker, SpeechSet
from models.training.recogniser.texts import CATEGORIES
from models.training.recogniser.voices import TRAINING_VOICES
from pipeline.types import SpeechRegion, Window, Word

MOST_HEADS = 4
SPEECH_KEPT = 0.999
_BATCH = 8
_FEWEST_HELPED = 100  # words: with fewer, those of helped texts are believed as all others are
_SEED = 4201  # apart from the seeds that figures are measured with


@dataclass(frozen=True)
class Examined:
    """One clip after decoding: what was heard, what every head attended to, and the no-speech probability."""

    clip: Clip
    window: Window
    passed: TokenPass | None
    no_speech: float


def calibrate(checkpoint: Path, *, clips: int, samples: Path | None = None) -> dict[str, Any]:
    """Choose heads and fit probabilities of an exported `checkpoint` on `clips` of each category, and store them in it.

    Returns what was stored, with the figures that decided. Other keys of the file stay as they are.
    """
    recogniser = WhisperRecogniser.open(RecogniserOptions(model=str(checkpoint), device="cpu", batch=_BATCH))
    with SpeechMaker(seed=_SEED, samples=samples) as maker:
        speech = maker.clips(SpeechSet("calibration", CATEGORIES, TRAINING_VOICES, (5.0, 40.0), clips))
        idle = maker.clips(SpeechSet("idle", (), (), (20.0, 40.0), 2 * clips))
    plain = recogniser.reader(WordCalibration())
    heads = recogniser.all_heads
    examined = examine(recogniser, plain, speech, heads)
    chosen, error = choose_heads(plain, examined, len(heads))
    seconds = lateness(plain, examined, chosen)
    outcomes = {
        helped: [
            outcome
            for one in examined
            if one.passed is not None and one.passed.helped == helped
            for outcome in _outcomes(plain, one)
        ]
        for helped in (False, True)
    }
    scale, shift = fit_platt(outcomes[False])
    words = {"scale": scale, "shift": shift, "seconds": seconds}
    if len(outcomes[True]) >= _FEWEST_HELPED:
        words["helped_scale"], words["helped_shift"] = fit_platt(outcomes[True])
    quiet = examine(recogniser, plain, idle, heads)
    threshold = no_speech_threshold(examined)
    found = {
        "alignment_heads": [heads[index] for index in chosen],
        "words": {name: round(value, 4) for name, value in words.items()},
        "no_speech_above": round(threshold, 4),
    }
    _store(checkpoint, found)
    silenced = float(np.mean([one.no_speech > threshold for one in quiet]))
    counted = {"words_counted": len(outcomes[False]), "helped_words_counted": len(outcomes[True])}
    return {**found, "mean_time_error": round(error, 4), **counted, "idle_silenced": silenced}


def examine(
    recogniser: WhisperRecogniser, reader: WordReader, clips: Sequence[Clip], heads: Sequence[Sequence[int]]
) -> list[Examined]:
    """Decode `clips` and look at all `heads`."""
    ordered = sorted(clips, key=lambda clip: len(clip.samples))
    found: list[Examined] = []
    for first in range(0, len(ordered), _BATCH):
        group = ordered[first : first + _BATCH]
        windows = [Window(clip.samples, SpeechRegion(0.0, len(clip.samples) / MODEL_RATE)) for clip in group]
        with torch.inference_mode():
            results = recogniser.decode(windows)
            passes = reader.passes(windows, results, heads)
        found += [
            Examined(clip, window, passed, float(result.no_speech_prob))
            for clip, window, passed, result in zip(group, windows, passes, results, strict=True)
        ]
    return found


def choose_heads(reader: WordReader, examined: Sequence[Examined], count: int) -> tuple[list[int], float]:
    """Rows of attention that together place words best: the best one, then each that lowers the error most.

    Gives the rows and the mean error (s) of starts and ends of words that were heard rightly.
    """
    chosen: list[int] = []
    best = np.inf
    while len(chosen) < MOST_HEADS:
        errors = {
            row: float(np.mean(np.abs(_signed_errors(reader, examined, [*chosen, row]))))
            for row in range(count)
            if row not in chosen
        }
        row = min(errors, key=errors.__getitem__)
        if not errors[row] < best:
            break
        chosen.append(row)
        best = errors[row]
    return sorted(chosen), best


def lateness(reader: WordReader, examined: Sequence[Examined], heads: list[int]) -> float:
    """How much later (s) than the chosen heads say words begin and end; the median."""
    return float(np.median(_signed_errors(reader, examined, heads)))


def fit_platt(outcomes: Sequence[tuple[float, bool]]) -> tuple[float, float]:
    """Scale and shift of the log odds that make probabilities the shares that are right (Platt 1999, Newton's method).

    Platt's smoothed targets keep a perfect recogniser from infinite odds.
    """
    right = np.array([one for _, one in outcomes], float)
    decoded = np.clip([probability for probability, _ in outcomes], 1e-6, 1 - 1e-6)
    features = np.stack([np.log(decoded / (1 - decoded)), np.ones(len(decoded))], 1)
    hits = right.sum()
    targets = np.where(right > 0, (hits + 1) / (hits + 2), 1 / (len(right) - hits + 2))
    weights = np.array([1.0, 0.0])
    for _ in range(50):
        predicted = 1 / (1 + np.exp(-np.clip(features @ weights, -30, 30)))
        slope = features.T @ (predicted - targets)
        bend = (features * (predicted * (1 - predicted))[:, None]).T @ features + 1e-6 * np.eye(2)
        step = np.linalg.solve(bend, slope)
        weights -= step
        if float(np.abs(step).max()) < 1e-6:
            break
    return float(max(weights[0], 0.05)), float(weights[1])


def no_speech_threshold(speech: Sequence[Examined]) -> float:
    """The no-speech probability above which text is nothing: one that all but a thousandth of the speech stays below,
    and never below a half.
    """
    return min(0.99, max(0.5, float(np.quantile([one.no_speech for one in speech], SPEECH_KEPT))))


def _outcomes(reader: WordReader, one: Examined) -> list[tuple[float, bool]]:
    words, places = _words(reader, one, None)
    return [(word.probability, -1 not in place) for word, place in zip(words, places, strict=True)]


def _signed_errors(reader: WordReader, examined: Sequence[Examined], heads: list[int]) -> NDArray[np.float64]:
    errors: list[float] = []
    for one in examined:
        said = _said_times(one.clip)
        words, places = _words(reader, one, heads)
        for word, place in zip(words, places, strict=True):
            true = said.get(place[0]) if len(place) == 1 else None
            if true:
                errors += [true[0] - word.start, true[1] - word.end]
    return np.array(errors or [0.0])


def _words(reader: WordReader, one: Examined, heads: list[int] | None) -> tuple[list[Word], list[tuple[int, ...]]]:
    """Words that were heard, and the said characters that each stands for."""
    if one.passed is None:
        return [], []
    words = reader.timed(one.passed.tokens, one.passed.spans(heads), one.passed.likely, one.window)
    heard = [spoken(word.text) for word in words]
    found = matches(spoken(one.clip.target), "".join(heard))
    kept, places, at = [], [], 0
    for word, text in zip(words, heard, strict=True):
        if text:
            kept.append(word)
            places.append(found[at : at + len(text)])
        at += len(text)
    return kept, places


def _said_times(clip: Clip) -> dict[int, tuple[float, float]]:
    times, at = {}, 0
    for unit in clip.units:
        length = len(spoken(unit.text))
        if length == 1:
            times[at] = (unit.start, unit.end)
        at += length
    return times


def _store(checkpoint: Path, found: dict[str, Any]) -> None:
    stored: dict[str, Any] = torch.load(checkpoint, map_location="cpu", weights_only=True)
    own = {key: found[key] for key in ("words", "no_speech_above")}
    callproof = {**stored.get("callproof", {}), **own}
    save_whole({**stored, "alignment_heads": found["alignment_heads"], "callproof": callproof}, checkpoint)
