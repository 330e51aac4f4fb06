"""The list of shipped weights, `configs/weights.yaml`: what each file is, where it is from, and its hash."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

LICENCE = "Apache-2.0"
_HEAD = """\
# Every weight file that the product ships, with source, licence and SHA-256.
# Written by the training commands (make train-recogniser, make train-language); entries of other files stay.
"""


def list_weights(listing: Path, name: str, file: Path, **facts: Any) -> Mapping[str, Any]:
    """Enters `file` as `name` with its size, hash and `facts`; gives the entry."""
    stored = file.read_bytes()
    entry = {
        "file": file.name,
        "bytes": len(stored),
        "sha256": hashlib.sha256(stored).hexdigest(),
        **facts,
        "licence": LICENCE,
    }
    content = yaml.safe_load(listing.read_text(encoding="utf-8")) if listing.exists() else None
    weights = dict(content or {}).get("weights", {})
    weights[name] = entry
    text = yaml.safe_dump({"weights": weights}, allow_unicode=True, sort_keys=False, width=110)
    listing.write_text(_HEAD + text, encoding="utf-8")
    return entry
