"""The web console: pages rendered on the server, on the same services, permissions and masks as the API.

A page is a module in `pages/` with a `Page`, its templates in `templates/`, its words in `configs/console/NAME.yaml`;
`pages/__init__.py` names them. Changes go through `/v1`, by the scripts in `static/js`.
"""

from __future__ import annotations

from fastapi import FastAPI, Request
from starlette.exceptions import HTTPException
from starlette.responses import Response

from api.console.assets import mount_assets
from api.console.errors import error_page, wants_a_page
from api.console.pages import PAGES, entry
from api.console.view import warm

__all__ = ["mount_console", "warm"]


def mount_console(app: FastAPI) -> None:
    """Serve the console from `app`, beside the API. Unknown addresses get a page where a person asks for one."""
    app.include_router(entry.router)
    for page in PAGES:
        app.include_router(page.router)
    mount_assets(app)
    problems = app.exception_handlers[HTTPException]

    async def http(request: Request, error: HTTPException) -> Response:
        if wants_a_page(request):
            return error_page(request, error.status_code)
        answer: Response = await problems(request, error)  # type: ignore[misc]
        return answer

    app.add_exception_handler(HTTPException, http)  # type: ignore[arg-type]
