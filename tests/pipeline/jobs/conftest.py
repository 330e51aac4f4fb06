"""The store's fixtures, so that every test here runs on SQLite and on PostgreSQL too."""

from __future__ import annotations

import pytest

from pipeline.jobs import JobLimits, Jobs
from pipeline.store import Store
from tests.pipeline.store.conftest import (
    empty_place,
    keys,
    open_store,
    place,
    postgres,
    shared_postgres,
    sqlite_template,
    store,
)

__all__ = [
    "empty_place",
    "jobs",
    "keys",
    "open_store",
    "place",
    "postgres",
    "shared_postgres",
    "sqlite_template",
    "store",
]

QUICK = JobLimits(capacity=5, attempts=3, losses=3, first_delay=0.01, longest_delay=0.02, lease=2.0)


@pytest.fixture
def jobs(store: Store) -> Jobs:
    """Jobs that wait for nothing long."""
    return Jobs(store, QUICK)
