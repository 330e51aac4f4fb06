"""Character error rates of the recogniser on held-out speech, and how fast a full window is decoded."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable
from statistics import median

import numpy as np
import torch
import whisper
from whisper.audio import log_mel_spectrogram, pad_or_trim
from whisper.decoding import DecodingOptions, DecodingResult

from bench.table import print_table
from configs.settings import load
from models.hear import RecogniserOptions, open_recogniser
from models.hear.decoding import TrainedTokens, decode
from models.hear.padding import encode_short, folding
from models.training.long_calls import held_out_call
from models.training.recogniser.channel import MODEL_RATE, resample
from models.training.recogniser.sounds import TELEPHONE_RATE, Samples
from models.weights import verified
from pipeline.types import SpeechRegion, Window

WINDOW_SECONDS = 30
RUNS = 3
PADDING_SAMPLES = 24  # of the embedded checkpoint


def bench_recognition(model: str, *, threads: int) -> None:
    """Print the figures of `callproof evaluate --audio`, then the speed of decoding windows of 30 s."""
    command = [sys.executable, "-m", "api.cli", "--lang", "en", "evaluate", "--audio", "--model", model]
    subprocess.run([*command, "--threads", str(threads)], check=True)
    bench_window(model, threads=threads)


def bench_window(model: str, *, threads: int) -> None:
    """Print × real time of 30 s of unbroken speech: cut as callproof cuts it, and as one window; medians of three.

    The embedded recogniser was never trained on more than 12 s at once: its text over 30 s is poor and decoded again.
    """
    speech = _speech(WINDOW_SECONDS)
    recogniser = open_recogniser("openai-whisper", RecogniserOptions(model=model, threads=threads))
    usual = load().settings.window_seconds
    list(recogniser.recognise(_cut(speech, usual)))
    rows = []
    for size in (usual, float(WINDOW_SECONDS)):
        seconds = []
        for _ in range(RUNS):
            start = time.perf_counter()
            list(recogniser.recognise(_cut(speech, size)))
            seconds.append(time.perf_counter() - start)
        rows.append([f"{size:.0f}", f"{median(seconds):.2f}", f"{WINDOW_SECONDS / median(seconds):.1f}"])
    print_table(
        f"Decoding {WINDOW_SECONDS} s of speech, {model}, {threads} threads: words, times and probabilities",
        ["window s", "s", "x real time"],
        rows,
    )


def bench_decoding(*, threads: int) -> None:
    """Print what decoding encoded windows of the embedded weights takes, by stock whisper and by ours: medians."""
    torch.set_num_threads(threads)
    model = whisper.load_model(str(verified("recogniser")), device="cpu")
    window_seconds = load().settings.window_seconds
    frames = round(window_seconds * 50) + 8
    parts = [window.samples for window in _cut(_speech(WINDOW_SECONDS), window_seconds)]
    mel = torch.stack([log_mel_spectrogram(pad_or_trim(torch.from_numpy(part)), 80) for part in parts])
    options = DecodingOptions(language="zh", without_timestamps=True, suppress_blank=False, fp16=False, sample_len=120)
    trained = TrainedTokens.of(model)
    with torch.inference_mode():
        features = encode_short(model.encoder, mel, frames, PADDING_SAMPLES)
        folded = folding(model.dims.n_audio_ctx, frames, PADDING_SAMPLES)
        ways: dict[str, Callable[[], list[DecodingResult]]] = {
            "stock whisper": lambda: model.decode(features, options),
            "models/hear/decoding.py": lambda: decode(model, features, options, folding=folded, trained=trained),
        }
        texts, seconds = {}, {}
        for name, way in ways.items():
            taken = []
            for _ in range(RUNS):
                start = time.process_time()
                texts[name] = [result.text for result in way()]
                taken.append(time.process_time() - start)
            seconds[name] = median(taken)
    stock = seconds["stock whisper"]
    rows = [[name, f"{taken:.2f}", f"{stock / taken:.1f}"] for name, taken in seconds.items()]
    same = len({tuple(found) for found in texts.values()}) == 1
    print_table(
        f"Greedy decoding of {len(parts)} encoded windows, embedded weights; texts {'alike' if same else 'DIFFER'}",
        ["decoder", "processor s", "x stock"],
        rows,
    )


def _cut(speech: Samples, seconds: float) -> list[Window]:
    size = int(seconds * MODEL_RATE)
    parts = [speech[first : first + size] for first in range(0, len(speech), size)]
    return [Window(part, SpeechRegion(0.0, len(part) / MODEL_RATE)) for part in parts]


def _speech(seconds: int) -> Samples:
    """One side of a generated call, its pauses cut out."""
    call = held_out_call(seconds / 20, seed=3)
    speech = resample(_without_pauses(call.audio[0]), TELEPHONE_RATE, MODEL_RATE)
    if len(speech) < seconds * MODEL_RATE:
        raise RuntimeError("the generated call is too short for the window")
    return speech[: seconds * MODEL_RATE]


def _without_pauses(samples: Samples) -> Samples:
    frames = samples[: len(samples) // 160 * 160].reshape(-1, 160)
    loud = np.abs(frames).max(1) > 0.05
    kept = np.convolve(loud, np.ones(15), "same") > 0
    return np.asarray(frames[kept].reshape(-1), np.float32)
