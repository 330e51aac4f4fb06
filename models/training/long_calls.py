"""Generated calls of any length, of held-out sentences, with exact truth; `python -m models.training.long_calls DIR`
writes a set of them for `callproof evaluate --audio DIR`.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.training.call_files import write_audio
from models.training.calls import SynthesizedCall, parse_script, synthesize
from models.training.recogniser.channel import compand
from models.training.recogniser.lexicon import load_lexicon, load_templates
from models.training.recogniser.texts import HeldOut, Sentence, TextSource

SECONDS_A_TURN = 4.45
VOICES = {
    "training": ("f2", "m3"),
    "held-out": ("f4", "m7"),
    "two women": ("f1", "f4"),
    "two men": ("m4", "m5"),
}
KINDS = ("stereo", "mono", "bleed")
OVERLAP_SECONDS = (-0.8, -0.2)
BLEED_DB, BLEED_SECONDS = -14.0, 0.06


def held_out_call(
    minutes: float, *, seed: int = 1, layout: str = "stereo", voices: str = "training", interruptions: float = 0.0
) -> SynthesizedCall:
    """A call of about `minutes` minutes whose sentences were kept out of training.

    `voices` is `training` or `held-out` (of the recogniser; a woman and a man each), `two women` or `two men`; a share
    `interruptions` of the turns begins 0.2 to 0.8 s before the other party has ended.
    """
    rng = Random(seed)
    source, held_out = TextSource(load_lexicon(), load_templates()), HeldOut()
    turns: list[dict[str, Any]] = []
    for index in range(round(minutes * 60 / SECONDS_A_TURN)):
        kind: Any = "agent" if index % 2 == 0 else "customer"
        sentence = _held_out_sentence(source, held_out, kind, rng)
        pause = round(rng.uniform(0.2, 0.9), 2)
        if interruptions and index and rng.random() < interruptions:
            pause = round(rng.uniform(*OVERLAP_SECONDS), 2)
        turns.append({"speaker": kind, "text": sentence.text, "pause": pause})
    agent, customer = VOICES[voices]
    script = {
        "schema": "callproof.script/1",
        "call_id": f"generated-{seed}",
        "seed": seed,
        "layout": layout,
        "voices": {"agent": agent, "customer": customer},
        "channel": {"codec": "a-law", "snr_db": 28},
        "turns": turns,
    }
    return synthesize(parse_script(script))


def mixed(audio: NDArray[np.float32]) -> NDArray[np.float32]:
    """Both channels of a call [2, n] on one [1, n]."""
    return np.asarray(audio.mean(axis=0, keepdims=True), np.float32)


def bled(
    audio: NDArray[np.float32], sample_rate: int, *, db: float = BLEED_DB, seconds: float = BLEED_SECONDS
) -> NDArray[np.float32]:
    """A call [2, n] whose parties hear each other `db` (below zero) lower and `seconds` later, coded again (A-law)."""
    late = int(seconds * sample_rate)
    other = np.pad(audio[::-1], ((0, 0), (late, 0)))[:, : audio.shape[1]]
    return np.stack([compand(row, "a-law") for row in audio + np.float32(10 ** (db / 20)) * other])


def write_calls(folder: Path, *, calls: int, minutes: float, seed: int, voices: str, interruptions: float) -> None:
    """Write `calls` calls, each as two channels, mixed to one, and with cross-talk, and beside each its truth."""
    for number in range(calls):
        call = held_out_call(minutes, seed=seed + number, voices=voices, interruptions=interruptions)
        sounds = dict(zip(KINDS, (call.audio, mixed(call.audio), bled(call.audio, call.sample_rate)), strict=True))
        for kind, sound in sounds.items():
            name = f"{kind}-{seed + number}"
            write_audio(folder / f"{name}.wav", sound, call.sample_rate)
            truth = {**call.transcript, "call_id": name}
            (folder / f"{name}.truth.json").write_text(json.dumps(truth, ensure_ascii=False) + "\n", encoding="utf-8")


def _held_out_sentence(source: TextSource, held_out: HeldOut, kind: Any, rng: Random) -> Sentence:
    while True:
        sentence = source.draw_kind(kind, rng)
        if held_out.side(sentence) == "test" and len(sentence.text) <= 60:
            return sentence


def main() -> None:
    """Write a set of calls."""
    parser = argparse.ArgumentParser(prog="python -m models.training.long_calls", description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--calls", type=int, default=3)
    parser.add_argument("--minutes", type=float, default=2.0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--voices", choices=sorted(VOICES), default="held-out")
    parser.add_argument("--interruptions", type=float, default=0.15, help="share of turns that begin too early")
    options = parser.parse_args()
    write_calls(
        options.folder,
        calls=options.calls,
        minutes=options.minutes,
        seed=options.seed,
        voices=options.voices,
        interruptions=options.interruptions,
    )


if __name__ == "__main__":
    main()
