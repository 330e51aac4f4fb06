"""What every recogniser is built from."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class RecogniserOptions:
    """What every engine is built from.

    `model` is `embedded`, a name that the engine knows, or the path of a checkpoint; `device` is `cpu`, `cuda` or
    `auto`; `threads` 0 leaves the library's own choice; `batch` is how many windows are decoded together; `folder` is
    where downloaded weights lie (nothing is downloaded unless `fetch` is set); `prompt` names vocabulary, never a
    value under verification; `compute_type` is the arithmetic of engines that have several. `language_model` is `auto`
    (the shipped one beside a checkpoint that the project trained, none beside others, which write numbers and
    punctuation another way), `none`, or a file of `language-model`; `configs` is the folder of a lender's own files.
    """

    model: str = "embedded"
    device: str = "auto"
    threads: int = 0
    batch: int = 8
    folder: Path | None = None
    fetch: bool = False
    prompt: str | None = None
    compute_type: str = "default"
    language_model: str = "auto"
    configs: Path | None = None
