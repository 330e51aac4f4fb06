"""Names of agents and dealers, asked for by a part of them: small or large letters alike, a whole name for itself."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from pipeline.store import schema


def has_part(name: str | None, part: str | None) -> bool:
    """Whether a name has a part; None is no part, which every call has."""
    return part is None or (name is not None and part.casefold() in name.casefold())


def named(column: sa.Column[Any], part: str) -> sa.ColumnElement[bool]:
    """The condition on a column of the calls: the part is in it or, where the part is a whole name, is it."""
    same = schema.calls.alias().c[column.name] == part
    return sa.or_(column == part, sa.and_(~sa.exists().where(same), column.icontains(part, autoescape=True)))


def names_with(connection: sa.Connection, column: sa.Column[Any], part: str) -> list[str]:
    """The different values of a column of the calls that a part stands for.

    Steps from value to value through the column's index, so it takes as long as there are names, not calls.
    """
    table = schema.calls.alias()
    value = table.c[column.name]
    names = sa.select(sa.func.min(value).label("name")).cte("names", recursive=True)
    following = sa.select(sa.func.min(value)).where(value > names.c.name).scalar_subquery()
    names = names.union_all(sa.select(following).where(names.c.name.is_not(None)))
    found = [name for name in connection.execute(sa.select(names.c.name)).scalars() if name and has_part(name, part)]
    return [part] if part in found else found
