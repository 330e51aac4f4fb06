"""The command that speaks a script: `synth`."""

from __future__ import annotations

import json
from pathlib import Path

from api.cli import console
from api.cli.console import State


def synthesize_script(state: State, script: Path, output: Path, truth: Path | None) -> None:
    """Speak the script into `output` and, where asked for, write what was said when."""
    from models.training.calls import read_script, synthesize, write_audio

    with console.whole_file(output) as sound_file, console.whole_file(truth) as truth_file:
        assert sound_file is not None
        call = synthesize(read_script(script))
        write_audio(sound_file, call.audio, call.sample_rate)
        if truth_file is not None:
            truth_file.write_text(json.dumps(call.transcript, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
