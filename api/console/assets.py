"""Styles, scripts and vendored files. Their address carries a hash of them all, so browsers may keep them for good."""

from __future__ import annotations

import hashlib
import os
from functools import cache
from pathlib import Path
from typing import Any, Final

from fastapi import FastAPI
from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

STATIC: Final = Path(__file__).parent / "static"
FOR_GOOD: Final = "public, max-age=31536000, immutable"


class _Versioned(StaticFiles):
    """Files below `/static/VERSION/`: kept for good under the present version, looked after again under another."""

    def file_response(
        self, full_path: str | os.PathLike[str], stat_result: os.stat_result, scope: Scope, status_code: int = 200
    ) -> Response:
        response = super().file_response(full_path, stat_result, scope, status_code)
        current = scope.get("path_params", {}).get("version") == version()
        response.headers["Cache-Control"] = FOR_GOOD if current else "no-cache"
        return response


@cache
def version() -> str:
    """A hash over every static file."""
    digest = hashlib.sha256()
    for path in sorted(STATIC.rglob("*")):
        if path.is_file():
            digest.update(path.relative_to(STATIC).as_posix().encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:12]


def static(path: str) -> str:
    """The address of a static file. Raises `FileNotFoundError` for one that is not there."""
    if not (STATIC / path).is_file():
        raise FileNotFoundError(path)
    return f"/static/{version()}/{path}"


def mount_assets(app: FastAPI) -> None:
    """Serve the static files, without asking who wants them: they are in the package that anybody can read."""
    files: Any = _Versioned(directory=STATIC)
    app.mount("/static/{version}", files, name="static")
