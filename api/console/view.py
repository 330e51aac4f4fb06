"""Rendering: the templates, and what every one of them knows."""

from __future__ import annotations

import json
import secrets
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, Final

from fastapi import Request
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from starlette.responses import HTMLResponse

from api.console.assets import scripts, static, style, style_hashes
from api.console.findings import reader_of
from api.console.formats import Formats
from api.console.page import Page
from api.console.texts import LANGUAGES, Language, Texts
from api.http.security.headers import CONTENT_POLICY
from api.http.services import Caller, services_of
from pipeline.version import __version__

TEMPLATES: Final = Path(__file__).parent / "templates"
LANGUAGE_COOKIE: Final = "callproof_language"
THEME_COOKIE: Final = "callproof_theme"
THEMES: Final = ("light", "dark")


def language_of(request: Request) -> Language:
    """The language that the person chose, else that of the settings."""
    chosen = request.cookies.get(LANGUAGE_COOKIE)
    settings = services_of(request).settings
    return chosen if chosen in LANGUAGES else settings.language  # type: ignore[return-value]


def texts_of(request: Request) -> Texts:
    """The console's words in the language of whoever asks."""
    return _texts(language_of(request), services_of(request).settings.configs)


def formats_of(request: Request) -> Formats:
    """Formats in the language of whoever asks."""
    return _formats(language_of(request), services_of(request).settings.timezone)


def render(
    request: Request,
    template: str,
    caller: Caller | None = None,
    *,
    page: str = "",
    status: int = 200,
    style_nonce: bool = False,
    **context: Any,
) -> HTMLResponse:
    """A page or a part of one. `page` is the name of the present page: its entry of the navigation is lit and its
    texts for scripts are sent along. `style_nonce` lets a vendored script that was given the nonce add a style sheet.
    """
    texts = texts_of(request)
    nonce = secrets.token_urlsafe(16) if style_nonce else ""
    theme = request.cookies.get(THEME_COOKIE)
    body = (
        _environment()
        .get_template(template)
        .render(
            t=texts,
            f=formats_of(request),
            language=texts.language,
            theme=theme if theme in THEMES else "",
            caller=caller,
            page=page,
            pages=_open_to(caller),
            nonce=nonce,
            here=request.url.path,
            **context,
        )
    )
    styles = f"{style_hashes()} 'nonce-{nonce}'" if nonce else style_hashes()
    policy = CONTENT_POLICY.replace("style-src 'self'", f"style-src 'self' {styles}")
    return HTMLResponse(body, status, {"Vary": "Cookie, HX-Request", "Content-Security-Policy": policy})


def warm(configs: Path | None) -> None:
    """Compile every template and read every word, so that the first visitor does not wait for it."""
    environment = _environment()
    for name in environment.list_templates():
        environment.get_template(name)
    for language in LANGUAGES:
        reader_of(_texts(language, configs), configs)


def is_part(request: Request) -> bool:
    """Whether a script of a page asks, and so wants a part of it only."""
    return request.headers.get("HX-Request") == "true"


def _open_to(caller: Caller | None) -> tuple[Page, ...]:
    from api.console.pages import PAGES

    return tuple(page for page in PAGES if caller is not None and page.in_navigation and caller.may(page.permission))


_texts = lru_cache(maxsize=8)(Texts)
_formats = lru_cache(maxsize=8)(Formats)


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    environment.globals["static"] = static
    environment.globals["scripts"] = scripts
    environment.globals["style"] = style
    environment.globals["version"] = __version__
    environment.filters["data"] = _data
    return environment


def _data(value: Any) -> Markup:
    """JSON for a `<script type="application/json">`: nothing in it can end the element."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return Markup(text.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e"))
