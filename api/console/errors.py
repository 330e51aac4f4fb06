"""What a person sees where something goes wrong: the sign-in page, a page that says what, or a problem for a script."""

from __future__ import annotations

import logging
from collections.abc import Callable, Coroutine
from typing import Any, Final
from urllib.parse import quote

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response

from api.http.problems import problem, status_of, unforeseen
from configs import read_yaml
from pipeline.errors import CallproofError, InputError

KNOWN: Final = (403, 404, 410, 429, 500, 503)
NOT_PAGES: Final = ("/v1/", "/health", "/metrics", "/static/")
log = logging.getLogger("callproof.console")


class PageRoute(APIRoute):
    """A route whose errors are pages."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def handled(request: Request) -> Response:
            try:
                return await handle(request)
            except CallproofError as error:
                return _known(request, error)
            except RequestValidationError:
                return _known(request, InputError("the address does not fit", code="bad_request"))
            except HTTPException as error:
                return error_page(request, error.status_code)
            except Exception as error:
                answer = unforeseen(error)
                return answer if _by_script(request) else error_page(request, answer.status_code)

        return handled


def wants_a_page(request: Request) -> bool:
    """Whether a person's browser asks, for something that is no part of the API."""
    return "text/html" in request.headers.get("Accept", "") and not request.url.path.startswith(NOT_PAGES)


def error_page(request: Request, status: int, error: CallproofError | None = None) -> Response:
    """A page that says what went wrong and where to go on."""
    from api.console.view import render

    titles = read_yaml("messages.yaml")
    title = titles.get(f"error_{error.code}", {}).get("zh") if error is not None else None
    kind = status if status in KNOWN else 400
    return render(request, "error.html", status=status, kind=kind, title=title, error=error)


def sign_in_first(request: Request) -> Response:
    """To the sign-in page, and from there back to what was asked for."""
    path = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    address = "/login" if path == "/" else f"/login?next={quote(path, safe='')}"
    return RedirectResponse(address, 303)


def _known(request: Request, error: CallproofError) -> Response:
    status = status_of(error)
    if status >= 500:
        log.error("%s %s", type(error).__name__, error.code)
    if _by_script(request):
        answer = problem(error, status)
        if status == 401:
            answer.headers["HX-Redirect"] = "/login"
        return answer
    return sign_in_first(request) if status == 401 else error_page(request, status, error)


def _by_script(request: Request) -> bool:
    return request.headers.get("HX-Request") == "true"
