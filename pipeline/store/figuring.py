"""Figures over many calls: counted in the database over narrow rows, no sealed document is opened.

What reports and decisions are made of changes only together with a row of the ledger. So it is counted once and kept in
memory until the ledger has a row that says more than that somebody looked; volumes and what waits are counted anew.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

import sqlalchemy as sa

from pipeline.store import schema
from pipeline.store.core import Core
from pipeline.store.counting import Counting
from pipeline.store.figures import FigureFilters, Figures, Rate
from pipeline.store.records import Principal

MOST_KEPT: Final = 32
LOOKING: Final = ("search", "export", "bundle.export")
"""Actions of the ledger that change nothing, beside those that end in `.read`."""


@dataclass
class _Kept:
    seq: int
    counted: dict[str, Any]


class FigureMemory:
    """What was counted, each as of a row of the ledger."""

    def __init__(self) -> None:
        self._kept: OrderedDict[object, _Kept] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, connection: sa.Connection, key: object, count: Callable[[], dict[str, Any]]) -> dict[str, Any]:
        """What is kept under `key`, counted (anew) where anything has changed; `connection` sees one state."""
        with self._lock:
            kept = self._kept.get(key)
        seq = connection.execute(sa.select(schema.ledger_head.c.seq)).scalar_one()
        if kept is None or _changed(connection, kept.seq):
            kept = _Kept(seq, count())
        with self._lock:
            kept.seq = seq
            self._kept[key] = kept
            self._kept.move_to_end(key)
            while len(self._kept) > MOST_KEPT:
                self._kept.popitem(last=False)
        return kept.counted


def _changed(connection: sa.Connection, seq: int) -> bool:
    table = schema.ledger.c
    changes = (table.seq > seq, table.action.not_like("%.read"), table.action.not_in(LOOKING))
    return connection.execute(sa.select(table.seq).where(*changes).limit(1)).first() is not None


class Figuring(Core):
    """Counting."""

    @cached_property
    def _figures(self) -> FigureMemory:
        return FigureMemory()

    def figures(self, filters: FigureFilters, *, by: Principal, most: int = 50) -> Figures:
        """Figures of the calls within reach; of dealers and agents the `most` with most calls. They name no customer,
        so the ledger has no row for them."""
        reach = None if by.units is None else tuple(sorted(by.units))
        with self.database.read() as connection:
            count = Counting(connection, filters, by, sqlite=self.database.sqlite)
            kept = self._figures.get(connection, (filters, reach, most), lambda: _of_reports(count, most))
            dispositions = kept["dispositions"]
            parts = {name: value for name, value in kept.items() if name != "dispositions"}
            return Figures(
                days=count.days(dispositions), recognition=count.recognition(), waiting=count.waiting(), **parts
            )


def _of_reports(count: Counting, most: int) -> dict[str, Any]:
    """The parts of figures that come from reports and decisions alone."""
    return {
        "dispositions": count.dispositions(),
        "fields": count.fields(),
        "dealers": tuple(Rate(row.name, row.differing, row.calls) for row in count.people("dealer", most)),
        "agents": count.agents(count.people("agent_id", most)),
        "script": count.script(),
        "saved": count.saved(),
    }
