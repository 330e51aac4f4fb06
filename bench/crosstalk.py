"""Speech found on the wrong channel of a call whose parties hear each other, before and after it is taken out."""

from __future__ import annotations

import numpy as np

from bench.table import print_table
from models.training.long_calls import bled, held_out_call
from models.training.recogniser.channel import MODEL_RATE, resample
from pipeline.audio.bleed import find_bleed, remove_bleed
from pipeline.audio.regions import speech_regions
from pipeline.contract import Transcript
from pipeline.evaluate.calls import stretches_of
from pipeline.types import Recording, Samples, Waveform

LEVELS_DB = (-6.0, -12.0, -20.0, -30.0)
DELAY_SECONDS = 0.08
STEP = 0.01


def bench_crosstalk(*, minutes: float) -> None:
    """Print seconds of speech found where the channel's own party is silent, both channels together."""
    call = held_out_call(minutes, seed=5)
    truth = stretches_of(Transcript.model_validate(call.transcript))
    rows: list[list[object]] = []
    for level in (None, *LEVELS_DB):
        heard = call.audio if level is None else bled(call.audio, call.sample_rate, db=level, seconds=DELAY_SECONDS)
        samples = np.stack([resample(row, call.sample_rate, MODEL_RATE) for row in heard])
        bleeds = find_bleed(samples, MODEL_RATE)
        cleaned = remove_bleed(samples, bleeds, MODEL_RATE) if bleeds else samples
        name = "none" if level is None else f"{level:.0f} dB"
        rows.append([name, len(bleeds), f"{_wrong(samples, truth):.1f}", f"{_wrong(cleaned, truth):.1f}"])
    print_table(
        f"Cross-talk, both directions, {1000 * DELAY_SECONDS:.0f} ms late, A-law, {minutes:g} min call",
        ["level", "directions found", "wrong channel before, s", "after, s"],
        rows,
    )


def _wrong(samples: Samples, truth: list[tuple[float, float, str]]) -> float:
    channels = tuple(Waveform(row, MODEL_RATE, channel) for channel, row in enumerate(samples))
    recording = Recording(channels, "stereo", channels[0].duration, MODEL_RATE, "pcm")
    frames = int(channels[0].duration / STEP) + 1
    wrong = 0
    for channel, party in enumerate(("agent", "customer")):
        own, found = np.zeros(frames, bool), np.zeros(frames, bool)
        for start, end, _ in (one for one in truth if one[2] == party):
            own[int(start / STEP) : int(end / STEP) + 1] = True
        for region in speech_regions(recording):
            if region.channel == channel:
                found[int(region.start / STEP) : int(region.end / STEP)] = True
        wrong += int((found & ~own).sum())
    return wrong * STEP
