"""The index tables of the two databases, and how each is asked for chunks: FTS5, and a `tsvector` under GIN.

A condition is nested: a term, or ("and" | "or", conditions). Neither keeps positions: an index that knows which terms
a chunk has says little; where they stand is read from the unsealed text.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final, Protocol

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import TSQUERY

from pipeline.store.columns import BIG_KEY

Condition = str | tuple[str, list[Any]]

search_metadata = sa.MetaData()
chunks: Final = sa.Table(
    "search_chunks",
    search_metadata,
    sa.Column("id", BIG_KEY, primary_key=True, autoincrement=False),
    sa.Column("call_seq", BIG_KEY, nullable=False),
    sa.Column("sealed", sa.LargeBinary, nullable=False),
)


class Backend(Protocol):
    """How one database keeps and finds terms."""

    def put(self, connection: sa.Connection, chunk: int, call_seq: int, sealed: bytes, terms: Iterable[str]) -> None:
        """Keep a chunk and its terms."""

    def remove(self, connection: sa.Connection, call_seq: int) -> None:
        """Forget a call's chunks."""

    def clear(self, connection: sa.Connection) -> None:
        """Forget everything."""

    def matching(self, condition: Condition) -> sa.ColumnElement[bool]:
        """Condition on `search_chunks.id`: the chunk has these terms."""


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

    def matching(self, condition: Condition) -> sa.ColumnElement[bool]:
        found = sa.text("SELECT rowid FROM search_terms WHERE search_terms MATCH :terms")
        terms: sa.BindParameter[str] = sa.bindparam("terms", _written(condition, " AND ", " OR "), unique=True)
        return chunks.c.id.in_(found.bindparams(terms).columns(sa.column("rowid")))


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

    def matching(self, condition: Condition) -> sa.ColumnElement[bool]:
        terms: sa.BindParameter[str] = sa.bindparam("terms", _written(condition, " & ", " | "), unique=True)
        return sa.literal_column("search_chunks.terms").op("@@", is_comparison=True)(sa.cast(terms, TSQUERY))


def _written(condition: Condition, conjunction: str, disjunction: str) -> str:
    if isinstance(condition, str):
        return condition
    kind, parts = condition
    joint = conjunction if kind == "and" else disjunction
    return f"({joint.join(_written(part, conjunction, disjunction) for part in parts)})"
