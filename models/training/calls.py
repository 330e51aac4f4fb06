"""Whole synthetic calls from a script, with the exact truth of what is said when."""

from __future__ import annotations

import multiprocessing
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, replace
from random import Random
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.training.call_files import write_audio
from models.training.call_script import CallScript, ScriptTurn, Speaker, parse_script, read_script
from models.training.recogniser.channel import (
    ChannelSettings,
    add_noise,
    band_pass,
    compand,
    resample,
    to_peak,
)
from models.training.recogniser.sounds import TELEPHONE_RATE, Samples
from models.training.recogniser.voices import Unit, Utterance, synthesiser
from pipeline.contract import TRANSCRIPT_SCHEMA
from pipeline.errors import EngineError, ScriptError

__all__ = ["CallScript", "SynthesizedCall", "parse_script", "read_script", "synthesize", "write_audio"]

_ATTEMPTS = 5
_CLOSING_SILENCE = 0.6


@dataclass(frozen=True)
class SynthesizedCall:
    """A spoken script: `audio` float32 [channels, samples] at `sample_rate` Hz; `transcript` is
    `callproof.transcript/1` with one word for each character, or run of Latin letters.
    """

    audio: NDArray[np.float32]
    sample_rate: int
    transcript: dict[str, Any]


@dataclass(frozen=True)
class _PlacedTurn:
    turn: ScriptTurn
    start: float
    speech: Utterance

    @property
    def units(self) -> tuple[Unit, ...]:
        units = self.speech.units
        return tuple(replace(unit, start=unit.start + self.start, end=unit.end + self.start) for unit in units)

    @property
    def end(self) -> float:
        return self.start + len(self.speech.samples) / self.speech.sample_rate


def synthesize(script: CallScript) -> SynthesizedCall:
    """Speak a script over a telephone line. The same script gives the same samples.

    Raises `ScriptError` for a turn that begins before the call does or gives no sound, `ModelError` when espeak-ng is
    missing, `EngineError` when it keeps crashing.
    """
    placed = _place(script, _speak_all(script))
    seconds = max(turn.end for turn in placed) + _CLOSING_SILENCE
    rng = np.random.default_rng(script.seed)
    tracks = [_track(group, seconds, script, rng) for group in _channels(script, placed)]
    audio = np.stack(tracks)
    return SynthesizedCall(audio, TELEPHONE_RATE, _transcript(script, placed, audio.shape[1] / TELEPHONE_RATE))


def _speak_all(script: CallScript) -> list[Utterance]:
    # espeak-ng crashes now and then, so it speaks in a process of its own.
    for _ in range(_ATTEMPTS):
        with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
            try:
                return pool.submit(_say_turns, script).result()
            except BrokenProcessPool:
                continue
    raise EngineError(f"espeak-ng crashed {_ATTEMPTS} times on this script: try again or change `voices`")


def _say_turns(script: CallScript) -> list[Utterance]:
    rng = Random(script.seed)
    pitches: dict[Speaker, int] = {speaker: rng.randint(42, 58) for speaker in sorted(script.voices)}
    return [
        synthesiser().say(
            turn.text, voice=script.voices[turn.speaker], words_per_minute=turn.rate, pitch=pitches[turn.speaker]
        )
        for turn in script.turns
    ]


def _place(script: CallScript, utterances: list[Utterance]) -> list[_PlacedTurn]:
    placed: list[_PlacedTurn] = []
    end = 0.0
    for number, (turn, speech) in enumerate(zip(script.turns, utterances, strict=True)):
        if not speech.units:
            raise ScriptError(f"turns.{number}.text: the synthesiser found nothing to say")
        start = end + turn.pause
        if start < 0:
            raise ScriptError(f"turns.{number}.pause: the turn would begin {-start:.1f} s before the call")
        placed.append(_PlacedTurn(turn, start, speech))
        end = placed[-1].end
    return placed


def _channels(script: CallScript, placed: list[_PlacedTurn]) -> list[list[_PlacedTurn]]:
    if script.layout == "mixed":
        return [placed]
    agent = [turn for turn in placed if turn.turn.speaker == "agent"]
    customer = [turn for turn in placed if turn.turn.speaker != "agent"]
    return [agent, customer] if script.first_channel == "agent" else [customer, agent]


def _track(turns: list[_PlacedTurn], seconds: float, script: CallScript, rng: np.random.Generator) -> Samples:
    track = np.zeros(int(seconds * TELEPHONE_RATE), np.float32)
    for turn in turns:
        speech = resample(turn.speech.samples, turn.speech.sample_rate, TELEPHONE_RATE)
        first = int(turn.start * TELEPHONE_RATE)
        track[first : first + len(speech)] += speech[: len(track) - first]
    line = script.channel
    settings = ChannelSettings(codec=line.codec, snr_db=line.snr_db, peak_db=line.peak_db)
    noisy = add_noise(band_pass(track, settings), line.snr_db, settings.noise_colour, rng)
    return compand(to_peak(noisy, line.peak_db), line.codec)


def _transcript(script: CallScript, placed: list[_PlacedTurn], duration: float) -> dict[str, Any]:
    ordered = sorted(placed, key=lambda turn: turn.units[0].start)
    turns = [
        {
            "id": number,
            "speaker": placed_turn.turn.speaker,
            "start": round(placed_turn.units[0].start, 3),
            "end": round(placed_turn.units[-1].end, 3),
            "text": placed_turn.turn.text,
            "words": [
                {"text": unit.text, "start": round(unit.start, 3), "end": round(unit.end, 3)}
                for unit in placed_turn.units
            ],
        }
        for number, placed_turn in enumerate(ordered)
    ]
    recorded = {} if script.recorded_at is None else {"recorded_at": script.recorded_at.isoformat()}
    head = {"schema": TRANSCRIPT_SCHEMA, "call_id": script.call_id, "language": "zh", "duration": round(duration, 3)}
    return {**head, **recorded, "turns": turns}
