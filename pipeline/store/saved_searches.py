"""Searches that a user keeps. What they look for may name somebody, so they are sealed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from pipeline.errors import NotFoundError
from pipeline.store import cipher, schema
from pipeline.store.core import Core, now
from pipeline.store.records import Principal


@dataclass(frozen=True, slots=True)
class SavedSearch:
    """A search under a name; `search` is what the caller gave (query and filters as JSON)."""

    id: int
    name: str
    search: dict[str, Any]
    created_at: datetime


class SavedSearches:
    """Each principal's own saved searches."""

    def __init__(self, core: Core) -> None:
        self._core = core

    def save(self, name: str, search: dict[str, Any], *, by: Principal) -> SavedSearch:
        """Keep a search under a name; one of that name is replaced."""
        table, key = schema.saved_searches, self._core.system_key("system")
        sealed = cipher.seal_json(key, search, _context(by.name, name))
        mine = sa.and_(table.c.owner == by.name, table.c.name == name)
        row: dict[str, Any] = {"owner": by.name, "name": name, "sealed": sealed, "created_at": now()}
        with self._core.database.write() as connection:
            connection.execute(table.delete().where(mine))
            number = connection.execute(table.insert().values(row).returning(table.c.id)).scalar_one()
        return SavedSearch(number, name, search, row["created_at"])

    def all(self, *, by: Principal) -> tuple[SavedSearch, ...]:
        """The principal's saved searches, by name."""
        table, key = schema.saved_searches, self._core.system_key("system")
        with self._core.database.read() as connection:
            rows = connection.execute(sa.select(table).where(table.c.owner == by.name).order_by(table.c.name)).all()
        return tuple(
            SavedSearch(
                row.id, row.name, cipher.unseal_json(key, row.sealed, _context(by.name, row.name)), row.created_at
            )
            for row in rows
        )

    def delete(self, search_id: int, *, by: Principal) -> None:
        """Forget a saved search. Raises `NotFoundError` where it is not the principal's."""
        table = schema.saved_searches
        with self._core.database.write() as connection:
            gone = connection.execute(table.delete().where(table.c.id == search_id, table.c.owner == by.name))
        if gone.rowcount != 1:
            raise NotFoundError(f"saved search {search_id}: not found", code="saved_search_not_found")


def _context(owner: str, name: str) -> bytes:
    return cipher.associated("saved search", owner, name)
