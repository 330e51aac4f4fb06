"""The index tables of the two databases, and how each is asked for chunks: FTS5, and a `tsvector` under GIN.

A condition is nested: a term, or ("and" | "or", conditions). Neither keeps positions: an index that knows which terms
a chunk has says little; where they stand is read from the unsealed text.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final, Protocol

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import TSQUERY

from pipeline.store.columns import BIG_KEY

Condition = str | tuple[str, list[Any]]
Span = tuple[int | None, int | None]
"""Ids from the first and below the last; None is no bound."""
_WALKED: Final = 200

search_metadata = sa.MetaData()
chunks: Final = sa.Table(
    "search_chunks",
    search_metadata,
    sa.Column("id", BIG_KEY, primary_key=True, autoincrement=False),
    sa.Column("call_seq", BIG_KEY, nullable=False),
    sa.Column("sealed", sa.LargeBinary, nullable=False),
)
search_terms: Final = sa.table("search_terms", sa.column("rowid", sa.BigInteger), sa.column("terms", sa.Text))


class Backend(Protocol):
    """How one database keeps and finds terms."""

    def put(self, connection: sa.Connection, chunk: int, call_seq: int, sealed: bytes, terms: Iterable[str]) -> None:
        """Keep a chunk and its terms."""

    def remove(self, connection: sa.Connection, call_seq: int) -> None:
        """Forget a call's chunks."""

    def clear(self, connection: sa.Connection) -> None:
        """Forget everything."""

    def newest(
        self,
        connection: sa.Connection,
        condition: Condition,
        span: Span,
        call_seq: int | None,
        most: int,
    ) -> Sequence[Any]:
        """Up to `most` chunks with these terms (of one call), ids within `span`, the newest first: id, call, sealed."""
        ...


class Fts5:
    """SQLite: an FTS5 table beside the chunks, its rowid the chunk's id."""

    def put(self, connection: sa.Connection, chunk: int, call_seq: int, sealed: bytes, terms: Iterable[str]) -> None:
        connection.execute(chunks.insert().values(id=chunk, call_seq=call_seq, sealed=sealed))
        insert = sa.text("INSERT INTO search_terms (rowid, terms) VALUES (:id, :terms)")
        connection.execute(insert, {"id": chunk, "terms": " ".join(terms)})

    def remove(self, connection: sa.Connection, call_seq: int) -> None:
        ids = connection.execute(sa.select(chunks.c.id).where(chunks.c.call_seq == call_seq)).scalars().all()
        for chunk in ids:
            connection.execute(sa.text("DELETE FROM search_terms WHERE rowid = :id"), {"id": chunk})
        connection.execute(chunks.delete().where(chunks.c.call_seq == call_seq))

    def clear(self, connection: sa.Connection) -> None:
        connection.execute(sa.text("DELETE FROM search_terms"))
        connection.execute(chunks.delete())

    def newest(
        self,
        connection: sa.Connection,
        condition: Condition,
        span: Span,
        call_seq: int | None,
        most: int,
    ) -> Sequence[Any]:
        # Bounds and order go by FTS5's own rowid: it then walks its matches from the newest and stops at the limit.
        rowid = search_terms.c.rowid
        query = sa.select(*chunks.c).select_from(search_terms).join(chunks, chunks.c.id == rowid)
        query = query.where(self._match(condition), *_between(rowid, span), *_of_call(call_seq))
        return connection.execute(query.order_by(rowid.desc()).limit(most)).all()

    def _match(self, condition: Condition) -> sa.ColumnElement[bool]:
        terms = _written(condition, " AND ", " OR ")
        return sa.literal_column("search_terms").op("MATCH", is_comparison=True)(terms)


class TsVector:
    """PostgreSQL: the chunk's terms as a `tsvector` without positions, under a GIN index."""

    def put(self, connection: sa.Connection, chunk: int, call_seq: int, sealed: bytes, terms: Iterable[str]) -> None:
        insert = sa.text(
            "INSERT INTO search_chunks (id, call_seq, sealed, terms)"
            " VALUES (:id, :call_seq, :sealed, array_to_tsvector(CAST(:terms AS text[])))"
        )
        row = {"id": chunk, "call_seq": call_seq, "sealed": sealed, "terms": list(terms)}
        connection.execute(insert, row)

    def remove(self, connection: sa.Connection, call_seq: int) -> None:
        connection.execute(chunks.delete().where(chunks.c.call_seq == call_seq))

    def clear(self, connection: sa.Connection) -> None:
        connection.execute(chunks.delete())

    def newest(
        self,
        connection: sa.Connection,
        condition: Condition,
        span: Span,
        call_seq: int | None,
        most: int,
    ) -> Sequence[Any]:
        """The newest few are looked at one by one: there a common word fills the page. GIN finds the rest.

        GIN gives all of its matches at once, tens of thousands for a common word, and the planner cannot tell such a
        word from a rare one.
        """
        if call_seq is not None:
            return self._indexed(connection, condition, span, call_seq, most)
        here = _between(chunks.c.id, span)
        edge = sa.select(chunks.c.id).where(*here).order_by(chunks.c.id.desc()).offset(_WALKED - 1).limit(1)
        walked = connection.execute(edge).scalar()
        recent = sa.select(*chunks.c, sa.literal_column("terms")).where(*here).order_by(chunks.c.id.desc())
        newest = recent.limit(_WALKED).subquery(chunks.name)
        query = sa.select(newest.c.id, newest.c.call_seq, newest.c.sealed).where(self._match(condition))
        found = connection.execute(query.order_by(newest.c.id.desc()).limit(most)).all()
        if walked is None or len(found) == most:
            return found
        return [*found, *self._indexed(connection, condition, (span[0], walked), None, most - len(found))]

    def _indexed(
        self, connection: sa.Connection, condition: Condition, span: Span, call_seq: int | None, most: int
    ) -> Sequence[Any]:
        query = sa.select(*chunks.c).where(self._match(condition), *_between(chunks.c.id, span), *_of_call(call_seq))
        # `id + 0` keeps the planner from walking the primary key where it takes a rare term for a common one: that
        # walk reads the whole table, while the GIN index with a sort of its matches never costs more than they do.
        return connection.execute(query.order_by((chunks.c.id + 0).desc()).limit(most)).all()

    def _match(self, condition: Condition) -> sa.ColumnElement[bool]:
        terms: sa.BindParameter[str] = sa.bindparam("terms", _written(condition, " & ", " | "), unique=True)
        return sa.literal_column("search_chunks.terms").op("@@", is_comparison=True)(sa.cast(terms, TSQUERY))


def _between(column: sa.ColumnElement[int], span: Span) -> list[sa.ColumnElement[bool]]:
    first, last = span
    return ([column >= first] if first is not None else []) + ([column < last] if last is not None else [])


def _of_call(call_seq: int | None) -> list[sa.ColumnElement[bool]]:
    return [chunks.c.call_seq == call_seq] if call_seq is not None else []


def _written(condition: Condition, conjunction: str, disjunction: str) -> str:
    if isinstance(condition, str):
        return condition
    kind, parts = condition
    joint = conjunction if kind == "and" else disjunction
    return f"({joint.join(_written(part, conjunction, disjunction) for part in parts)})"
