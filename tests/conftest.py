"""What every test may use."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
Command = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture(scope="session")
def samples() -> Path:
    """The folder of sample calls."""
    return ROOT / "samples"


@pytest.fixture
def callproof(tmp_path: Path) -> Command:
    """The command line as a user runs it, in an empty folder: `callproof("run", path, input=…)`."""

    def run(*arguments: str | Path, input: str | None = None, **environment: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "api.cli", *map(str, arguments)],
            cwd=tmp_path,
            input=input,
            env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
            capture_output=True,
            text=True,
            timeout=280,
        )

    return run


@pytest.fixture
def espeak() -> None:
    """Skips where the synthesiser is absent; with CALLPROOF_REQUIRE_SERVICES=1 its absence fails."""
    if shutil.which("espeak-ng") is None:
        if os.environ.get("CALLPROOF_REQUIRE_SERVICES") == "1":
            pytest.fail("espeak-ng is not installed")
        pytest.skip("espeak-ng is not installed: apt install espeak-ng")
