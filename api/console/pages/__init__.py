"""The pages in the order of the navigation: one line each."""

from __future__ import annotations

from api.console.page import Page
from api.console.pages import (
    account,
    administration,
    applications,
    call,
    dashboard,
    inbox,
    jobs,
    ledger,
    rules,
    search,
)

PAGES: tuple[Page, ...] = (
    inbox.PAGE,
    call.PAGE,
    search.PAGE,
    dashboard.PAGE,
    applications.PAGE,
    rules.PAGE,
    jobs.PAGE,
    ledger.PAGE,
    administration.PAGE,
    account.PAGE,
)
