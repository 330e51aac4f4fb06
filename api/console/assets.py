"""Styles, scripts and vendored files. Their address carries a hash of them all, so browsers may keep them for good.

They are half a megabyte and kept in memory. What a page waits for before it shows anything is in the page: its style
sheet, which the content security policy names by its hash.
"""

from __future__ import annotations

import hashlib
import re
from base64 import b64encode
from functools import cache
from mimetypes import guess_type
from pathlib import Path
from typing import Any, Final

from fastapi import FastAPI, Request
from markupsafe import Markup
from starlette.exceptions import HTTPException
from starlette.responses import Response

STATIC: Final = Path(__file__).parent / "static"
COMMON: Final = "console.css"
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


@cache
def style(path: str | None = None) -> Markup:
    """The element with the common style sheet and a page's own one, `css/NAME.css`."""
    return Markup("<style>{}</style>").format(Markup(_sheet(path)))


@cache
def style_hashes() -> str:
    """The sources of a content security policy that allow what `style` gives, for every page."""
    own = [path for path in _contents() if path.startswith("css/")]
    digests = [hashlib.sha256(_sheet(path).encode()).digest() for path in (None, *own)]
    return " ".join(f"'sha256-{b64encode(digest).decode()}'" for digest in digests)


def _sheet(path: str | None) -> str:
    return "".join(_contents()[one].decode() for one in (COMMON, path) if one is not None)


def scripts(*entries: str) -> dict[str, Any]:
    """What `js/begin.js` loads after the first paint: modules with all that they import, at once instead of one after
    the other, and htmx."""
    paths = dict.fromkeys(path for entry in entries for path in (*_imported_by(entry), entry))
    return {"modules": [static(path) for path in paths], "htmx": static("vendor/htmx.min.js")}


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
