"""The word lists and cue tables in `configs/`, in the shapes that the readers take."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import product
from pathlib import Path
from typing import Any

import configs
from pipeline.errors import SettingsError


def table(name: str, own: Path | None = None) -> Mapping[str, Any]:
    """The mapping in a YAML file of `configs/` or the lender's own folder. Raises SettingsError, also where a key that
    is asked for is missing, as in a lender's file of an earlier version.
    """
    content = configs.read_yaml(name, own)
    if not isinstance(content, dict):
        raise SettingsError(f"config file {name}: must hold a mapping at its top; mend the file")
    return _Table(content, f"config file {configs.path_of(name, own)}")


class _Table(dict[str, Any]):
    """A mapping that says which key it lacks."""

    def __init__(self, content: Mapping[str, Any], where: str) -> None:
        super().__init__(
            (key, _Table(value, f"{where}, {key}") if isinstance(value, dict) else value)
            for key, value in content.items()
        )
        self._where = where

    def __missing__(self, key: str) -> Any:
        raise SettingsError(f"{self._where}: `{key}` is missing; add it as the built-in file has it")


def rows(name: str, own: Path | None = None) -> tuple[Mapping[str, str], ...]:
    """The rows of a TSV file by the names in its first line; missing cells are empty. Raises SettingsError."""
    header, *body = configs.read_rows(name, own)
    return tuple(dict(zip(header, row + [""] * len(header), strict=False)) for row in body)


def words(name: str, own: Path | None = None) -> tuple[str, ...]:
    """The words of a text file, split at white space; lines that start with # are notes. Raises SettingsError."""
    lines = [line for line in configs.read_text(name, own).splitlines() if not line.startswith("#")]
    return tuple(" ".join(lines).split())


def word_list(value: object) -> tuple[str, ...]:
    """Words that a YAML file gives as a list or as one string with spaces. Raises SettingsError."""
    if value is None:
        return ()
    if isinstance(value, str):
        return tuple(value.split())
    if isinstance(value, list):
        return tuple(str(item) for item in value)
    raise SettingsError("a word list in configs/ must be a list or a string of words with spaces between")


def any_of(phrases: Iterable[str]) -> str:
    """A pattern that matches any of the phrases as they are written, of two that begin alike the longer one first."""
    return "|".join(sorted(map(re.escape, phrases), key=len, reverse=True))


def labelled(groups: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    """(word, group) for every word of a mapping from groups to word lists. Raises SettingsError."""
    for group, members in groups.items():
        for word in word_list(members):
            yield word, group


def combined(content: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    """(word, label, group) for every word of the first list of a group of `combined` with every one of the second and
    of the third; `labels` names the label of a group that is not its own.
    """
    groups: Mapping[str, Sequence[Sequence[str]]] = content.get("combined") or {}
    labels: Mapping[str, str] = content.get("labels") or {}
    for group, parts in groups.items():
        for words in product(*parts):
            yield "".join(words), labels.get(group, group), group
