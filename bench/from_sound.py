"""How well labelled calls are understood from sound: each is spoken over a telephone line, heard, and held against its
labels, beside what is made of its true text."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from random import Random

from bench.table import print_table
from configs.settings import Settings, load
from models.training.call_script import SCHEMA, CallScript, parse_script
from models.training.calls import synthesize, write_audio
from pipeline.analysis import Analyst
from pipeline.contract import Transcript
from pipeline.evaluate.calls import CallFigures, added_calls, measure_call
from pipeline.evaluate.figures import added, figures_of
from pipeline.evaluate.judgement import CallJudgement, judge
from pipeline.evaluate.labels import LabelledCall, read_calls
from pipeline.flow import Engines, hear_speech, transcribe_speech

FOLDER = Path("tests/cases/calls/unseen_everyday")
WOMEN, MEN = ("f1", "f2", "f3", "f4", "f5"), ("m1", "m2", "m3", "m4", "m5", "m6", "m7", "m8")
AS_HEARD = "commonest: 0\nleast: 0.0001\nmost: 0.06\nsure: 5\n"  # nothing is put right
FIGURE = re.compile(r"[0-9]")


def bench_from_sound(model: str, *, threads: int, folder: Path = FOLDER) -> None:
    """Print facts, mismatches and dispositions of the calls in `folder` that are written without figures."""
    calls = [call for call in read_calls(folder) if not any(FIGURE.search(line.text) for line in call.lines)]
    settings = load(None, model=model, threads=threads).settings
    engines = Engines(settings)
    with tempfile.TemporaryDirectory() as work:
        measured = [_heard(call, number, Path(work), engines, settings) for number, call in enumerate(calls)]
        heard = [transcript for transcript, _ in measured]
        errors = added_calls([figures for _, figures in measured], "").characters
        plain = Path(work) / "configs"
        (plain / "language").mkdir(parents=True)
        (plain / "language" / "misheard.yaml").write_text(AS_HEARD, encoding="utf-8")
        analyst, unmended = Analyst(settings.configs), Analyst(plain)
        rows = [
            ["true text", *_figures(_judged(calls, [call.transcript for call in calls], analyst))],
            ["heard", *_figures(_judged(calls, heard, analyst))],
            ["heard, misheard characters left as they are", *_figures(_judged(calls, heard, unmended))],
        ]
    heads = ["read from", "facts F1", "mismatches found", "of those found right", "disposition right"]
    print_table(
        f"{folder}: {len(calls)} calls from sound, two channels; CER {100 * (errors.value or 0):.1f} %", heads, rows
    )


def _judged(calls: Sequence[LabelledCall], heard: Sequence[Transcript], analyst: Analyst) -> list[CallJudgement]:
    return [judge(call, analyst.analyse(one, call.application)) for call, one in zip(calls, heard, strict=True)]


def _heard(
    call: LabelledCall, number: int, folder: Path, engines: Engines, settings: Settings
) -> tuple[Transcript, CallFigures]:
    spoken = synthesize(_script(call, number))
    path = folder / f"{number}.wav"
    write_audio(path, spoken.audio, spoken.sample_rate)
    recording, speakers = hear_speech(path, engines, settings)
    transcript, _ = transcribe_speech(
        recording, speakers, engines, settings, call_id=call.name, recorded_at=call.transcript.recorded_at
    )
    truth = Transcript.model_validate(spoken.transcript)
    return transcript, measure_call(call.name, truth, transcript, speakers)


def _script(call: LabelledCall, number: int) -> CallScript:
    """The call as two people say it, in voices and at speeds of its own."""
    rng = Random(number)
    voices = [rng.choice(WOMEN), rng.choice(MEN)]
    rng.shuffle(voices)
    roles = sorted({line.role for line in call.lines})
    rate = {role: rng.randint(165, 195) for role in roles}
    return parse_script(
        {
            "schema": SCHEMA,
            "call_id": f"call-{number}",
            "seed": number,
            "voices": {"agent": voices[0], "customer": voices[1], "third_party": rng.choice(MEN)},
            "turns": [
                {
                    "speaker": line.role,
                    "text": line.text,
                    "pause": round(rng.uniform(0.2, 0.8), 2),
                    "rate": rate[line.role],
                }
                for line in call.lines
            ],
        }
    )


def _figures(judged: Sequence[CallJudgement]) -> Iterator[str]:
    total = added(map(figures_of, judged))
    yield f"{100 * (total['fact_f1'].value or 0):.1f} %"
    for name in ("mismatch_recall", "mismatch_precision", "disposition_accuracy"):
        yield f"{total[name].hits:g} of {total[name].of:g}"
