"""The pages in the order of the navigation: one line each."""

from __future__ import annotations

from api.console.page import Page
from api.console.pages import (
    call,
    inbox,
)

PAGES: tuple[Page, ...] = (
    inbox.PAGE,
    call.PAGE,
)
