"""Styles, scripts and vendored files. Their address carries a hash of them all, so browsers may keep them for good.

They are half a megabyte and kept in memory: a page asks for ten at once, before it shows anything.
"""

from __future__ import annotations

import hashlib
import re
from functools import cache
from mimetypes import guess_type
from pathlib import Path
from typing import Final

from fastapi import FastAPI, Request
from markupsafe import Markup
from starlette.exceptions import HTTPException
from starlette.responses import Response

STATIC: Final = Path(__file__).parent / "static"
FOR_GOOD: Final = "public, max-age=31536000, immutable"
_IMPORTED: Final = re.compile(r'^import [^"]*"(\.[^"]+)";$', re.MULTILINE)


@cache
def _contents() -> dict[str, bytes]:
    """Every static file by its path."""
    return {
        path.relative_to(STATIC).as_posix(): path.read_bytes() for path in sorted(STATIC.rglob("*")) if path.is_file()
    }


@cache
def version() -> str:
    """A hash over every static file."""
    digest = hashlib.sha256()
    for path, content in _contents().items():
        digest.update(path.encode() + b"\0" + content)
    return digest.hexdigest()[:12]


def static(path: str) -> str:
    """The address of a static file. Raises `FileNotFoundError` for one that is not there."""
    if path not in _contents():
        raise FileNotFoundError(path)
    return f"/static/{version()}/{path}"


def module(path: str) -> Markup:
    """The elements that load a script and, at once instead of one after the other, what it imports."""
    preloads = "".join(f'<link rel="modulepreload" href="{static(one)}">\n' for one in _imported_by(path))
    return Markup(f'{preloads}<script type="module" src="{static(path)}"></script>')


@cache
def _imported_by(path: str) -> tuple[str, ...]:
    found: dict[str, None] = {}
    for name in _IMPORTED.findall(_contents()[path].decode()):
        other = (STATIC / path).parent.joinpath(name).resolve().relative_to(STATIC).as_posix()
        found.update(dict.fromkeys((other, *_imported_by(other))))
    return tuple(found)


async def _asset(request: Request) -> Response:
    path, asked = request.path_params["path"], request.path_params["version"]
    content = _contents().get(path)
    if content is None:
        raise HTTPException(404)
    # what the version names stays as it is; under another one it is looked after again
    kept = FOR_GOOD if asked == version() else "no-cache"
    kind = guess_type(path)[0] or "application/octet-stream"
    return Response(content, media_type=kind, headers={"Cache-Control": kept})


def mount_assets(app: FastAPI) -> None:
    """Serve the static files, without asking who wants them: they are in the package that anybody can read."""
    app.add_route("/static/{version}/{path:path}", _asset, name="static", include_in_schema=False)
