"""Lists of recordings with what is said in them: JSON lines of `audio` (a path, relative to the list) and `text`."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline.errors import InputError

ANY_CATEGORY = "recordings"


@dataclass(frozen=True, slots=True)
class ManifestEntry:
    """One recording and what is said in it; `category`, `voice` and `codec` group the figures of an evaluation."""

    audio: Path
    text: str
    category: str = ANY_CATEGORY
    voice: str = ""
    codec: str = ""


def read_manifest(path: Path) -> list[ManifestEntry]:
    """The recordings that `path` lists. Raises `InputError` naming the line of anything else; texts may be empty."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: cannot be read ({type(error).__name__})", code="bad_manifest") from error
    entries = [_entry(path, number, line) for number, line in enumerate(lines, start=1) if line.strip()]
    if not entries:
        raise InputError(f"{path}: lists no recordings", code="bad_manifest")
    return entries


def _entry(path: Path, number: int, line: str) -> ManifestEntry:
    try:
        row: Any = json.loads(line)
    except json.JSONDecodeError:
        row = None
    if not isinstance(row, dict) or not all(isinstance(row.get(key), str) for key in ("audio", "text")):
        raise InputError(
            f'{path}:{number}: expected a JSON object {{"audio": "file", "text": "what is said"}}', code="bad_manifest"
        )
    groups = {key: str(row[key]) for key in ("category", "voice", "codec") if row.get(key)}
    return ManifestEntry(path.parent / row["audio"], row["text"], **groups)
