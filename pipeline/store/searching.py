"""Searching what was said: newest call first, one hit a turn, the words marked."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Final

import sqlalchemy as sa

from pipeline.errors import StoreError
from pipeline.store import schema
from pipeline.store.documents import Documents
from pipeline.store.names import has_part, names_with
from pipeline.store.records import SYSTEM, Page, Principal, checked_limit, read_cursor, write_cursor
from pipeline.store.search.backends import chunks
from pipeline.store.search.chunks import Line, call_of, chunks_of_call, first_id
from pipeline.store.search.index import VERSION_FACT, open_chunk
from pipeline.store.search.query import Compiled, SearchFilters, SearchQuery, Span, compile_query, parse_query
from pipeline.store.search.units import normalise

SNIPPET: Final = 80
_log = logging.getLogger("callproof.store")
_FIRST_BATCH: Final = 25
_LARGEST_BATCH: Final = 800
_REINDEX_BATCH: Final = 200
_MANY_NAMES: Final = 200
_MINUTE: Final = timedelta(minutes=1)  # what the time in an id is exact to


@dataclass(frozen=True, slots=True)
class Hit:
    """A turn that has what was looked for. `start` and `end` are seconds; `highlights` are offsets in the snippet."""

    call_id: str
    at: datetime
    agent_id: str | None
    dealer: str | None
    turn: int
    start: float
    end: float
    speaker: str
    snippet: str
    highlights: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class HitPage(Page[Hit]):
    """A page of hits. `counted` are these and those after them, as far as counts were asked for; `complete` where that
    is all that there are."""

    counted: tuple[Hit, ...] = ()
    complete: bool = True


@dataclass(frozen=True, slots=True)
class _Found:
    """A chunk that may have hits, unsealed; `parts` are all chunks of its call, sealed, where it has several."""

    id: int
    call: sa.Row[Any]
    lines: list[Line]
    parts: list[Any] = field(default_factory=list)


class Searching(Documents):
    """Search and the index's upkeep."""

    def search(
        self,
        query: str | SearchQuery,
        filters: SearchFilters | None = None,
        cursor: str | None = None,
        limit: int = 20,
        *,
        by: Principal,
        count: int = 0,
    ) -> HitPage:
        """Turns that match, the newest call first, with the cursor of the next page; `count` looks at so many hits.

        The ledger names the calls shown, not the words looked for. Raises `InputError` for a query that asks for
        nothing, a cursor or a limit that cannot be.
        """
        asked = parse_query(query) if isinstance(query, str) else query
        compiled, chosen = compile_query(asked, self.index.analyser.sounds), filters or SearchFilters()
        after = read_cursor(cursor, int, int, int) if cursor is not None else None
        wanted = checked_limit(limit)
        most = max(wanted, count)
        hits: list[tuple[int, int, Hit]] = []
        with self.database.write() as connection:
            self._check_index(connection)
            last = (call_of(after[0]), after[2]) if after is not None else None
            for found in self._candidates(connection, asked, compiled, chosen, after, by, most):
                for place, hit in self._hits(connection, found, asked, compiled, chosen):
                    new = after is None or found.id < after[0] or place > after[1]
                    if new and last != (last := (call_of(found.id), hit.turn)):
                        hits.append((found.id, place, hit))
                if len(hits) > most:
                    break
            page = hits[:wanted]
            shown = sorted({hit.call_id for _, _, hit in page})
            counted = {"counted": min(len(hits), most)} if count else {}
            self.record(connection, by, "search", "search", {"calls": shown, "hits": len(page), **counted})
        more = write_cursor(*page[-1][:2], page[-1][2].turn) if len(hits) > wanted else None
        looked_at = tuple(hit for _, _, hit in hits[:most])
        return HitPage(looked_at[:wanted], more, looked_at, len(hits) <= most)

    def _candidates(
        self,
        connection: sa.Connection,
        asked: SearchQuery,
        compiled: Compiled,
        filters: SearchFilters,
        after: tuple[int, ...] | None,
        by: Principal,
        wanted: int,
    ) -> Iterator[_Found]:
        """Chunks that may have hits, the newest first, unsealed in batches that grow while little is found."""
        wanted_of = self.index.wanted_in_call if asked.within == "call" else self.index.wanted
        terms = wanted_of(compiled, filters, self._names(connection, filters), by.units)
        starts = [first_id(filters.since)] if filters.since is not None else []
        ends = [after[0] + 1] if after is not None else []
        ends += [first_id(filters.until + _MINUTE)] if filters.until is not None else []
        if filters.call_id is not None:
            call = self.find_call(connection, filters.call_id, by)
            begin, end = chunks_of_call(call.at, call.seq)
            starts, ends = [*starts, begin], [*ends, end]
        first, last, size = max(starts, default=None), min(ends, default=None), max(_FIRST_BATCH, wanted)
        while True:
            rows = self.index.backend.newest(connection, terms, (first, last), size)
            parts = self._other_parts(connection, rows) if asked.within == "call" else {}
            for found in self._unsealed(connection, rows):
                if not _made_within(filters, found.call):
                    continue
                yield replace(found, parts=parts.get(found.call.seq, []))
            if len(rows) < size:
                return
            last, size = rows[-1].id, min(2 * size, _LARGEST_BATCH)

    def _names(self, connection: sa.Connection, filters: SearchFilters) -> dict[str, list[str]]:
        """The agents and dealers that parts of names stand for; not those of a part that is in very many names."""
        parts = (("agent_id", filters.agent_part), ("dealer", filters.dealer_part))
        named = {name: names_with(connection, schema.calls.c[name], part) for name, part in parts if part is not None}
        return {name: names for name, names in named.items() if len(names) <= _MANY_NAMES}

    def _unsealed(self, connection: sa.Connection, rows: Any) -> Iterator[_Found]:
        columns = schema.calls.c
        query = sa.select(columns.seq, columns.call_id, columns.at, columns.agent_id, columns.dealer)
        calls: dict[int, Any] = {
            call.seq: call for call in connection.execute(query.where(columns.seq.in_({row.call_seq for row in rows})))
        }
        keys = self.data_keys(connection, {seq: call.call_id for seq, call in calls.items()})
        for row in rows:
            if row.call_seq in keys:
                call = calls[row.call_seq]
                yield _Found(row.id, call, open_chunk(keys[row.call_seq], call.call_id, row.id, row.sealed))

    def _other_parts(self, connection: sa.Connection, rows: Any) -> dict[int, list[Any]]:
        """The chunks of these chunks' calls, by call, where a call has several."""
        table, calls = chunks.c, {row.call_seq for row in rows}
        several = sa.select(table.call_seq).where(table.call_seq.in_(calls)).group_by(table.call_seq)
        query = sa.select(*chunks.c).where(table.call_seq.in_(several.having(sa.func.count() > 1)))
        parts: dict[int, list[Any]] = {}
        for row in connection.execute(query):
            parts.setdefault(row.call_seq, []).append(row)
        return parts

    def _hits(
        self,
        connection: sa.Connection,
        found: _Found,
        asked: SearchQuery,
        compiled: Compiled,
        filters: SearchFilters,
    ) -> Iterator[tuple[int, Hit]]:
        per_turn = compiled
        if asked.within == "call":
            if not self._call_matches(connection, found, compiled, filters):
                return
            per_turn = Compiled((), compiled.wanted, ())
        for place, line in enumerate(found.lines):
            if filters.speaker is not None and line.speaker != filters.speaker:
                continue
            spans = per_turn.match(normalise(line.text))
            if spans is not None:
                yield place, _hit(found.call, line, spans)

    def _call_matches(
        self, connection: sa.Connection, found: _Found, compiled: Compiled, filters: SearchFilters
    ) -> bool:
        """Whether a whole call has all that is wanted and nothing that is not."""
        return compiled.match_call(
            normalise(line.text)
            for part in (self._unsealed(connection, found.parts) if found.parts else (found,))
            for line in part.lines
            if filters.speaker is None or line.speaker == filters.speaker
        )

    # --- the index's upkeep ---

    def _check_index(self, connection: sa.Connection) -> None:
        if self._index_version(connection) != self.index.version:
            raise StoreError(
                "the search index was made by another version: run `callproof store reindex`", code="search_stale"
            )

    def _index_version(self, connection: sa.Connection) -> str | None:
        facts = schema.store_facts
        return connection.execute(sa.select(facts.c.value).where(facts.c.name == VERSION_FACT)).scalar_one_or_none()

    def renew_index(self) -> bool:
        """`reindex` where another version of the analyser made the index; of processes that start together, one does.

        Only the version counts: a copy of a database keeps its index.
        """
        with self.database.read() as connection:
            if self._index_version(connection) == self.index.version:
                return False
        with self.database.alone():
            with self.database.read() as connection:
                version = self._index_version(connection)
            if version == self.index.version:
                return False
            count = self._reindex()
        if count:
            _log.info("search index of version %s made anew as %s: %d calls", version, self.index.version, count)
        return True

    def reindex(self) -> int:
        """Make the index, and what figures know of each report, anew; how many calls. Calls can come in meanwhile."""
        with self.database.alone():
            return self._reindex()

    def _reindex(self) -> int:
        facts, calls = schema.store_facts, schema.calls
        with self.database.write() as connection:
            connection.execute(facts.delete().where(facts.c.name == VERSION_FACT))
            self.index.backend.clear(connection)
        last, count = 0, 0
        while True:
            query = sa.select(calls).where(
                calls.c.seq > last, calls.c.transcript_version > 0, calls.c.erased_at.is_(None)
            )
            with self.database.write() as connection:
                rows = connection.execute(query.order_by(calls.c.seq).limit(_REINDEX_BATCH)).all()
                for row in rows:
                    self.index_call(connection, row)
                    self.project_call(connection, row)
            count += len(rows)
            if len(rows) < _REINDEX_BATCH:
                break
            last = rows[-1].seq
        with self.database.write() as connection:
            connection.execute(facts.insert().values(name=VERSION_FACT, value=self.index.version))
            if count:
                self.record(connection, SYSTEM, "store.reindex", "store", {"calls": count})
        return count


def _made_within(filters: SearchFilters, call: sa.Row[Any]) -> bool:
    """Whether a call is the one, of the time, agent and dealer, that is asked for: ids say so but for the minute, and
    the index but for names that are too many to ask for."""
    return (
        (filters.since is None or call.at >= filters.since)
        and (filters.until is None or call.at < filters.until)
        and (filters.call_id is None or call.call_id == filters.call_id)
        and has_part(call.agent_id, filters.agent_part)
        and has_part(call.dealer, filters.dealer_part)
    )


def _hit(call: sa.Row[Any], line: Line, spans: list[Span]) -> Hit:
    first = spans[0][0]
    begin = 0 if len(line.text) <= SNIPPET else max(0, min(first - SNIPPET // 4, len(line.text) - SNIPPET))
    stop = min(len(line.text), max(begin + SNIPPET, spans[0][1]))
    before, after = "…" if begin else "", "…" if stop < len(line.text) else ""
    shift = len(before) - begin
    marks = tuple((start + shift, min(end, stop) + shift) for start, end in spans if start < stop)
    return Hit(
        call_id=call.call_id,
        at=call.at,
        agent_id=call.agent_id,
        dealer=call.dealer,
        turn=line.turn,
        start=line.start,
        end=line.end,
        speaker=line.speaker,
        snippet=f"{before}{line.text[begin:stop]}{after}",
        highlights=marks,
    )
