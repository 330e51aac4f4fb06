"""What a lender changes without touching code: the embedded defaults, and how a file of his own replaces one.

A file is named by its path inside this folder (`fields.yaml`, `lexicon/vehicles.tsv`). Where `CALLPROOF_CONFIGS`
(or the setting `configs`) names a folder, a file of the same name there is read instead of the default.
"""

from __future__ import annotations

import functools
from pathlib import Path
from typing import Any

import yaml

from pipeline.errors import SettingsError

DEFAULTS = Path(__file__).parent


def path_of(name: str, own: Path | None = None) -> Path:
    """Path of the config file `name`: in the lender's folder `own` where it exists there, else the default.

    Raises `SettingsError` where neither has it.
    """
    for folder in (own, DEFAULTS):
        if folder is not None and (folder / name).is_file():
            return folder / name
    raise SettingsError(f"config file {name}: not found; it belongs in {own or DEFAULTS}")


def read_text(name: str, own: Path | None = None) -> str:
    """Text (UTF-8) of the config file `name`. Raises `SettingsError` where it cannot be read."""
    path = path_of(name, own)
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"config file {path}: cannot be read as UTF-8 text ({type(error).__name__})") from error


def read_yaml(name: str, own: Path | None = None) -> Any:
    """Parsed YAML of the config file `name`. The defaults are parsed once; treat the result as read-only."""
    return _read_yaml(path_of(name, own))


def read_rows(name: str, own: Path | None = None) -> list[list[str]]:
    """Rows of the tab-separated config file `name`: comments (`#`) and blank lines left out."""
    lines = read_text(name, own).splitlines()
    return [[cell.strip() for cell in line.split("\t")] for line in lines if line.strip() and not line.startswith("#")]


@functools.cache
def _read_yaml(path: Path) -> Any:
    try:
        return yaml.load(path.read_text(encoding="utf-8"), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    except OSError as error:
        raise SettingsError(f"config file {path}: cannot be read ({type(error).__name__})") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        mark = getattr(error, "problem_mark", None)
        where = f"line {mark.line + 1}" if mark else "its encoding"
        raise SettingsError(f"config file {path}: not valid YAML at {where}; mend the file") from error
