"""The index tables of the two databases, and how each is asked for chunks: FTS5, and a `tsvector` under GIN.

A chunk has the terms of its lines and what is known of its call; each line has a row of its own terms beside it, for
words that must meet in one turn. A condition is nested: a term, or ("and" | "or", conditions). Neither table keeps
positions: an index that knows which terms a turn has says little; where they stand is read from the unsealed text.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, NamedTuple, Protocol

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import TSQUERY

from pipeline.store.columns import BIG_KEY
from pipeline.store.search.chunks import ROW_BITS, first_of_minute, minute_of, rows_of

Condition = str | tuple[str, list[Any]]
Span = tuple[int | None, int | None]
"""Ids from the first and below the last; None is no bound."""

_STEPS: Final = (8, 12, 16)
"""Steps of time, as powers of two of a minute."""

search_metadata = sa.MetaData()
chunks: Final = sa.Table(
    "search_chunks",
    search_metadata,
    sa.Column("id", BIG_KEY, primary_key=True, autoincrement=False),
    sa.Column("call_seq", BIG_KEY, nullable=False),
    sa.Column("sealed", sa.LargeBinary, nullable=False),
)
search_rows: Final = sa.table("search_rows", sa.column("id", sa.BigInteger), sa.column("terms"))


class Wanted(NamedTuple):
    """What a chunk must have: terms that were said, and terms of what is known of its call.

    `together`: one line of it must meet what is said.
    """

    said: Condition
    known: tuple[Condition, ...]
    together: bool = False

    @property
    def chunk(self) -> Condition:
        """What the terms of the chunk must be."""
        return ("and", [self.said, *self.known])


class Backend(Protocol):
    """How one database keeps and finds terms."""

    def put(
        self,
        connection: sa.Connection,
        chunk: int,
        call_seq: int,
        sealed: bytes,
        terms: Iterable[str],
        rows: Mapping[int, Iterable[str]],
    ) -> None:
        """Keep a chunk, its terms, and those of the rows of its lines."""

    def remove(self, connection: sa.Connection, call_seq: int) -> None:
        """Forget a call's chunks."""

    def clear(self, connection: sa.Connection) -> None:
        """Forget everything."""

    def newest(self, connection: sa.Connection, wanted: Wanted, span: Span, most: int) -> Sequence[Any]:
        """Up to `most` chunks with what is wanted, ids within `span`, the newest first: id, call, sealed."""
        ...


class Fts5:
    """SQLite: FTS5 tables beside the chunks, their rowids the ids of chunks and of rows."""

    def put(
        self,
        connection: sa.Connection,
        chunk: int,
        call_seq: int,
        sealed: bytes,
        terms: Iterable[str],
        rows: Mapping[int, Iterable[str]],
    ) -> None:
        connection.execute(chunks.insert().values(id=chunk, call_seq=call_seq, sealed=sealed))
        of_rows = [(row, " ".join(sorted(said))) for row, said in sorted(rows.items())]
        for table, kept in (("search_terms", [(chunk, " ".join(sorted(terms)))]), ("search_rows", of_rows)):
            connection.exec_driver_sql(f"INSERT INTO {table} (rowid, terms) VALUES (?, ?)", kept)

    def remove(self, connection: sa.Connection, call_seq: int) -> None:
        ids = connection.execute(sa.select(chunks.c.id).where(chunks.c.call_seq == call_seq)).scalars().all()
        for chunk in ids:
            connection.exec_driver_sql("DELETE FROM search_terms WHERE rowid = ?", (chunk,))
            connection.exec_driver_sql("DELETE FROM search_rows WHERE rowid >= ? AND rowid < ?", rows_of(chunk))
        connection.execute(chunks.delete().where(chunks.c.call_seq == call_seq))

    def clear(self, connection: sa.Connection) -> None:
        for table in ("search_terms", "search_rows", "search_chunks"):
            connection.exec_driver_sql(f"DELETE FROM {table}")

    def newest(self, connection: sa.Connection, wanted: Wanted, span: Span, most: int) -> Sequence[Any]:
        ids: dict[int, None] = {}
        walk = self._rows if wanted.together else self._chunks
        with connection.execute(walk(wanted, span)) as matches:
            for (chunk,) in matches:
                ids[chunk] = None
                if len(ids) == most:
                    break
        query = sa.select(*chunks.c).where(chunks.c.id.in_(list(ids)))
        return connection.execute(query.order_by(chunks.c.id.desc())).all()

    # Bounds and order go by FTS5's own rowid: it then walks its matches from the newest, and only as far as is read.

    def _chunks(self, wanted: Wanted, span: Span) -> sa.Select[Any]:
        rowid = sa.column("rowid", sa.BigInteger)
        query = sa.select(rowid).select_from(sa.table("search_terms"))
        query = query.where(self._match("search_terms", wanted.chunk), *_between(rowid, span))
        return query.order_by(rowid.desc())

    def _rows(self, wanted: Wanted, span: Span) -> sa.Select[Any]:
        rowid = sa.column("rowid", sa.BigInteger)
        chunk = _chunk_of(rowid)
        query = sa.select(chunk).select_from(sa.table("search_rows"))
        query = query.where(self._match("search_rows", wanted.said), *_between(rowid, _of_rows(span)))
        if wanted.known:
            known = sa.select(rowid).select_from(sa.table("search_terms"))
            known = known.where(self._match("search_terms", ("and", list(wanted.known))), *_between(rowid, span))
            query = query.where(chunk.in_(known))
        return query.order_by(rowid.desc())

    def _match(self, table: str, condition: Condition) -> sa.ColumnElement[bool]:
        terms = _written(condition, " AND ", " OR ")
        return sa.literal_column(table).op("MATCH", is_comparison=True)(terms)


class TsVector:
    """PostgreSQL: terms as a `tsvector` without positions, under a GIN index, out of line of the rows themselves.

    GIN gives all of its matches at once, and cannot begin with the newest. So each row has terms of the time that it
    is of, in steps of 4 hours, 3 days and 45 days: the newest step is asked first, and all time only for what is so
    seldom that these do not fill a page.
    """

    def put(
        self,
        connection: sa.Connection,
        chunk: int,
        call_seq: int,
        sealed: bytes,
        terms: Iterable[str],
        rows: Mapping[int, Iterable[str]],
    ) -> None:
        times = _times(minute_of(chunk))
        insert = "INSERT INTO search_chunks (id, call_seq, sealed, terms) VALUES (%s, %s, %s, array_to_tsvector(%s))"
        connection.exec_driver_sql(insert, (chunk, call_seq, sealed, [*terms, *times]))
        if rows:
            insert = "INSERT INTO search_rows (id, terms) VALUES (%s, array_to_tsvector(%s))"
            connection.exec_driver_sql(insert, [(row, [*said, *times]) for row, said in rows.items()])

    def remove(self, connection: sa.Connection, call_seq: int) -> None:
        ids = connection.execute(sa.select(chunks.c.id).where(chunks.c.call_seq == call_seq)).scalars().all()
        for chunk in ids:
            connection.execute(sa.delete(search_rows).where(*_between(search_rows.c.id, rows_of(chunk))))
        connection.execute(chunks.delete().where(chunks.c.call_seq == call_seq))

    def clear(self, connection: sa.Connection) -> None:
        connection.exec_driver_sql("TRUNCATE search_chunks, search_rows")

    def newest(self, connection: sa.Connection, wanted: Wanted, span: Span, most: int) -> Sequence[Any]:
        first, last = span
        newest = connection.scalar(sa.select(sa.func.max(chunks.c.id)).where(*_between(chunks.c.id, span)))
        if newest is None:
            return []
        found: list[Any] = []
        for term, begin in zip(_times(minute_of(newest)), _beginnings(minute_of(newest)), strict=True):
            step = (begin if first is None else max(first, begin), last)
            found += self._matches(connection, wanted, (term,), step, most - len(found))
            last = begin
            if len(found) == most or (first is not None and first >= begin):
                return found
        return [*found, *self._matches(connection, wanted, (), (first, last), most - len(found))]

    def _matches(
        self, connection: sa.Connection, wanted: Wanted, times: tuple[str, ...], span: Span, most: int
    ) -> Sequence[Any]:
        query = sa.select(*chunks.c).where(*_between(chunks.c.id, span))
        if wanted.together:
            chunk = _chunk_of(search_rows.c.id)
            found = sa.select(chunk).where(self._match("search_rows", ("and", [*times, wanted.said])))
            query = query.where(chunks.c.id.in_(found.where(*_between(search_rows.c.id, _of_rows(span)))))
        if wanted.known or not wanted.together:
            query = query.where(self._match("search_chunks", ("and", [*times, wanted.chunk])))
        # `id + 0` keeps the planner from walking the primary key where it takes a rare term for a common one: that
        # walk reads the whole table, while the GIN index with a sort of its matches never costs more than they do.
        return connection.execute(query.order_by((chunks.c.id + 0).desc()).limit(most)).all()

    def _match(self, table: str, condition: Condition) -> sa.ColumnElement[bool]:
        terms: sa.BindParameter[str] = sa.bindparam("terms", _written(condition, " & ", " | "), unique=True)
        return sa.literal_column(f"{table}.terms").op("@@", is_comparison=True)(sa.cast(terms, TSQUERY))


def _times(minute: int) -> list[str]:
    """The terms of the steps of time that a minute is in, the shortest first."""
    return [f"t{bits}x{minute >> bits}" for bits in _STEPS]


def _beginnings(minute: int) -> list[int]:
    """The lowest ids of chunks of those steps."""
    return [first_of_minute(minute >> bits << bits) for bits in _STEPS]


def _between(column: sa.ColumnElement[int], span: Span) -> list[sa.ColumnElement[bool]]:
    first, last = span
    return ([column >= first] if first is not None else []) + ([column < last] if last is not None else [])


def _chunk_of(row: sa.ColumnElement[int]) -> sa.ColumnElement[int]:
    return row.op(">>")(sa.literal_column(str(ROW_BITS)))


def _of_rows(span: Span) -> Span:
    first, last = span
    return None if first is None else first << ROW_BITS, None if last is None else last << ROW_BITS


def _written(condition: Condition, conjunction: str, disjunction: str) -> str:
    if isinstance(condition, str):
        return condition
    kind, parts = condition
    joint = conjunction if kind == "and" else disjunction
    return f"({joint.join(_written(part, conjunction, disjunction) for part in parts)})"
