"""Nothing the product runs reaches a network, and what could report home is told not to."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
OF_PYANNOTE = ROOT / "models" / "diarize" / "networks.py"
"""Loaded by pyannote.audio alone, whose HTTP library tries at import whether it can bind a local IPv6 port."""
WATCH = ROOT / "tests" / "support" / "offline"


def run_watched(tmp_path: Path, *code: str) -> tuple[subprocess.CompletedProcess[str], str]:
    log = tmp_path / "network.log"
    log.touch()
    environment = {**os.environ, "PYTHONPATH": f"{WATCH}", "CALLPROOF_NETWORK_LOG": str(log)}
    done = subprocess.run(
        [sys.executable, *code], cwd=ROOT, env=environment, capture_output=True, text=True, timeout=280
    )
    return done, log.read_text()


def test_the_watch_sees_an_attempt(tmp_path: Path) -> None:
    _, log = run_watched(tmp_path, "-c", "import socket; socket.socket().connect_ex(('127.0.0.1', 9))")
    assert "socket.connect" in log


def test_importing_every_module_opens_no_connection(tmp_path: Path) -> None:
    modules = [
        ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
        for package in ("api", "configs", "models", "pipeline")
        for path in sorted((ROOT / package).rglob("*.py"))
        if path.stem != "__main__" and not {"training", "migrations"} & set(path.parts) and path != OF_PYANNOTE
    ]
    done, log = run_watched(tmp_path, "-c", f"import importlib\nfor name in {modules!r}: importlib.import_module(name)")
    assert done.returncode == 0, done.stderr
    assert log == ""


@pytest.mark.audio
def test_a_call_from_sound_to_report_opens_no_connection(tmp_path: Path) -> None:
    done, log = run_watched(
        tmp_path,
        "-m",
        "api.cli",
        "run",
        "samples/clean.opus",
        "--application",
        "samples/clean.application.json",
        "--json",
    )
    assert done.returncode == 0, done.stderr
    assert '"disposition"' in done.stdout
    assert log == ""


def test_telemetry_of_pyannote_is_off_before_it_could_be_imported(tmp_path: Path) -> None:
    done, _ = run_watched(
        tmp_path, "-c", "import models, os; print(os.environ['PYANNOTE_METRICS_ENABLED'], os.environ['HF_HUB_OFFLINE'])"
    )
    assert done.stdout.split() == ["0", "1"]
