"""What is said in the labelled calls and excerpts that are tuned on: how people talk."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

import yaml

CASES = Path("tests/cases")
FOLDERS = (CASES / "calls" / "tuned", CASES / "calls" / "everyday", CASES / "excerpts" / "tuned")


def called_texts(folders: Sequence[Path] = FOLDERS) -> Iterator[str]:
    """Every turn of the labelled calls and excerpts in `folders`; none of a folder that is not there."""
    for folder in folders:
        for file in sorted(folder.glob("*.yaml")):
            for call in yaml.load_all(file.read_text(encoding="utf-8"), Loader=yaml.CBaseLoader):
                for turn in call["turns"]:
                    yield from (re.sub(r"\s+", " ", text) for text in turn.values() if isinstance(text, str))
