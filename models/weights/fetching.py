"""Weights from elsewhere: fetched on request alone, and vouched for by a list of hashes beside them.

Names are those of openai-whisper (`large-v3`, from its makers, hash known beforehand) or of a repository on the Hugging
Face hub (`owner/name`, token from the environment alone).
"""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from pipeline.errors import ModelError

SUMS = "SHA256SUMS"
TOKEN = "HF_TOKEN"
GATED = ("pyannote/",)
WHISPER_FOLDER = Path.home() / ".cache" / "whisper"


def fetch(name: str, folder: Path | None = None) -> Path:
    """Download weights `name` and write their hashes; gives the file or folder.

    Raises `ModelError` for an unknown name, a gated repository without a token, and where the network fails.
    """
    import whisper

    if name in whisper.available_models():
        return _fetch_whisper(name, folder or WHISPER_FOLDER)
    if name.count("/") != 1 or not all(name.split("/")):
        raise ModelError(
            f"weights {name!r}: not one of {', '.join(whisper.available_models())}, nor a hub repository OWNER/NAME",
            code="unknown_model",
        )
    return _fetch_repository(name, folder or Path(name.replace("/", "--")))


def digest(path: Path) -> str:
    """SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def write_sums(folder: Path) -> Path:
    """List the hash of every file below `folder` in its `SHA256SUMS`, in the form that `sha256sum -c` reads."""
    files = sorted(
        path for path in folder.rglob("*") if path.is_file() and path.name != SUMS and not _hidden(path, folder)
    )
    sums = folder / SUMS
    sums.write_text("".join(f"{digest(path)}  {path.relative_to(folder).as_posix()}\n" for path in files), "utf-8")
    return sums


def check_sums(folder: Path) -> dict[str, str]:
    """Each file that the `SHA256SUMS` of `folder` lists: `ok`, `missing` or `damaged`. Raises `ModelError`."""
    try:
        lines = (folder / SUMS).read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise ModelError(f"{folder}: has no readable {SUMS}; `callproof weights fetch` writes one") from error
    found = {}
    for number, line in enumerate(lines, start=1):
        expected, _, name = line.partition("  ")
        path = folder / name
        if len(expected) != 64 or not name or not path.resolve().is_relative_to(folder.resolve()):
            raise ModelError(f"{folder / SUMS}:{number}: expected a hash, two spaces and a file of this folder")
        found[name] = "missing" if not path.is_file() else "ok" if digest(path) == expected else "damaged"
    return found


def _fetch_whisper(name: str, folder: Path) -> Path:
    import whisper

    try:
        file = whisper._download(whisper._MODELS[name], str(folder), False)  # checks the hash that its address has
    except (OSError, RuntimeError) as error:
        raise ModelError(_unreachable(name, error), code="fetch_failed") from error
    return Path(file)


def _fetch_repository(name: str, folder: Path) -> Path:
    token = os.environ.get(TOKEN)
    if token is None and name.startswith(GATED):
        raise ModelError(
            f"weights {name}: its makers ask for their terms to be accepted on the hub first; do so, then set {TOKEN} "
            "to a token that may read it",
            code="token_missing",
        )
    os.environ["HF_HUB_OFFLINE"] = "0"
    try:
        from huggingface_hub import snapshot_download
    except ModuleNotFoundError as error:
        raise ModelError(
            f"weights {name}: the hub's client is not installed; install callproof with its extra `diarize` or `fast`",
            code="extra_missing",
        ) from error
    try:
        snapshot_download(name, local_dir=str(folder), token=token)
    except Exception as error:  # the client raises what its HTTP library raises
        raise ModelError(_unreachable(name, error), code="fetch_failed") from error
    write_sums(folder)
    return folder


def _hidden(path: Path, folder: Path) -> bool:
    return any(part.startswith(".") for part in path.relative_to(folder).parts)


def _unreachable(name: str, error: Exception) -> str:
    return (
        f"weights {name}: could not be fetched ({type(error).__name__}); check the network, the name and {TOKEN}, or "
        "copy them here from another machine"
    )
