"""What must be true before pyannote.audio is imported."""

from __future__ import annotations

import importlib.util
import sys
from types import ModuleType
from typing import Any

from pipeline.errors import ModelError


def prepare() -> None:
    """Make `import pyannote.audio` work beside a processor-only torch, silent and offline. Harmless when repeated.

    PyPI's torchaudio is built against CUDA and its extension does not load beside a processor-only torch. Its own
    loader treats an absent extension as normal, so a module that says "absent" stands in for it: nothing of
    torchaudio that needs the extension is used here. Importing `models` has switched the usage report off.

    Raises `ModelError` where pyannote.audio is not installed.
    """
    if importlib.util.find_spec("pyannote") is None or importlib.util.find_spec("pyannote.audio") is None:
        raise ModelError(
            "diarizer `pyannote`: the package pyannote.audio is not installed; install callproof with its extra "
            "`diarize`, or set `diarizer` to `plain`",
            code="extra_missing",
        )
    if "torchaudio" not in sys.modules and not _has_cuda():
        sys.modules.setdefault("torchaudio._extension", _absent_extension())


def _has_cuda() -> bool:
    import torch

    return torch.version.cuda is not None


def _absent_extension() -> ModuleType:
    def pass_through(function: Any) -> Any:
        return function

    module = ModuleType("torchaudio._extension")
    for name, value in {
        "_IS_TORCHAUDIO_EXT_AVAILABLE": False,
        "_IS_RIR_AVAILABLE": False,
        "_IS_ALIGN_AVAILABLE": False,
        "fail_if_no_align": pass_through,
        "fail_if_no_rir": pass_through,
    }.items():
        setattr(module, name, value)
    return module
