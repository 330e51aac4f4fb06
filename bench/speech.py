"""`python -m bench.speech`: callproof beside other programs on the same weights and calls, and how it grows.

Figures of one run belong together; those of two runs, or of two machines, do not.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from bench.contenders import Heard, Setting, contenders, setting
from bench.memory import measure_many, measure_one
from bench.table import print_table
from models.training.calls import SynthesizedCall, write_audio
from models.training.long_calls import held_out_call, mixed
from pipeline.contract import Transcript
from pipeline.evaluate.calls import characters_of, permutation_error_rate, texts_by_speaker
from pipeline.evaluate.recognition import character_error_rate

HEADS = ["", "s", "x real time", "peak MB", "CER %", "cpCER %"]


@dataclass(frozen=True)
class Sizes:
    """Minutes of the compared calls, lengths (min) of one call, how many calls, minutes of each of these."""

    minutes: float = 10.0
    lengths: tuple[int, ...] = (1, 10, 60)
    calls: tuple[int, ...] = (1, 8, 32)
    each: float = 1.0


SHORT = Sizes(minutes=0.5, lengths=(1,), calls=(1, 2), each=0.25)


def bench_programs(
    model: str, *, minutes: float, device: str, threads: int, whisperx: str | None = None, mono: bool = True
) -> None:
    """Print a table a layout: time with the model's loading, peak memory and error rates of every program."""
    call = held_out_call(minutes)
    truth = Transcript.model_validate(call.transcript)
    layouts = {"stereo": call.audio, **({"mono": mixed(call.audio)} if mono else {})}
    with tempfile.TemporaryDirectory() as folder:
        given = setting(model, device=device, threads=threads, folder=Path(folder))
        for layout, audio in layouts.items():
            recording = given.folder / f"{layout}.wav"
            write_audio(recording, audio, call.sample_rate)
            rows = list(_rows(recording, given, truth, whisperx))
            title = f"{minutes:g} min {layout} call, {given.checkpoint.name}, {device}, {threads} threads"
            print_table(title, HEADS, rows)


def bench_growth(
    model: str, *, lengths: Iterable[int], calls: Iterable[int], device: str, threads: int, call: SynthesizedCall
) -> None:
    """Print time and peak memory of one call of several lengths, and of several calls in one process."""
    with tempfile.TemporaryDirectory() as folder:
        minute = call.audio.shape[1] / call.sample_rate / 60
        rows: list[list[object]] = []
        for minutes in lengths:
            recording = Path(folder) / f"{minutes}.wav"
            write_audio(recording, np.tile(call.audio, (1, max(1, round(minutes / minute)))), call.sample_rate)
            rows.append([f"1 call of {minutes} min", *measure_one(recording, model, device=device, threads=threads)])
        recording = Path(folder) / "one.wav"
        write_audio(recording, call.audio, call.sample_rate)
        for count in calls:
            figures = measure_many(recording, count, model, device=device, threads=threads)
            rows.append([f"{count} calls of {minute:.1f} min", *figures])
    print_table(f"Growth, {model}, {device}, {threads} threads", ["", "s", "x real time", "peak MB"], rows)


def _rows(recording: Path, given: Setting, truth: Transcript, whisperx: str | None) -> Iterable[list[object]]:
    for name, run in contenders(whisperx).items():
        yield [name, *_figures(run(recording, given), truth)]


def _figures(heard: Heard, truth: Transcript) -> list[object]:
    said, found = (_in_order(one) for one in (truth, heard.transcript))
    seconds = truth.duration or 0.0
    whole = character_error_rate([(said, found)]).value or 0.0
    apart = permutation_error_rate(texts_by_speaker(truth), texts_by_speaker(heard.transcript)).value or 0.0
    run = heard.run
    return [
        f"{run.seconds:.1f}",
        f"{seconds / run.seconds:.1f}",
        f"{run.peak_mb:.0f}",
        f"{100 * whole:.1f}",
        f"{100 * apart:.1f}",
    ]


def _in_order(transcript: Transcript) -> str:
    return "".join(one.text for one in characters_of(transcript))


def main() -> None:
    """Run the tables."""
    parser = argparse.ArgumentParser(prog="python -m bench.speech", description=__doc__)
    parser.add_argument("--model", default="embedded", help="`embedded`, or the path of an openai-whisper checkpoint")
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--minutes", type=float, help="length of the compared calls")
    parser.add_argument("--whisperx", help="its command, where it is installed in an environment of its own")
    parser.add_argument("--short", action="store_true", help="half a minute and two lengths: does it run at all")
    parser.add_argument("--only", choices=("programs", "growth"), help="one of the tables")
    options = parser.parse_args()
    sizes = SHORT if options.short else Sizes()
    if options.only != "growth":
        bench_programs(
            options.model,
            minutes=options.minutes or sizes.minutes,
            device=options.device,
            threads=options.threads,
            whisperx=options.whisperx,
        )
    if options.only != "programs":
        bench_growth(
            options.model,
            lengths=sizes.lengths,
            calls=sizes.calls,
            device=options.device,
            threads=options.threads,
            call=held_out_call(sizes.each),
        )


if __name__ == "__main__":
    main()
