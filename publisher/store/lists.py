"""Long lists in a query, as one parameter: no limit on their length, and one plan whatever the length.

Written as thousands of parameters, PostgreSQL compares each of them with each row of a table that it has no statistics
of yet, and its driver parses a statement of megabytes: an import of 100,000 rows took minutes.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from typing import TypeVar

from sqlalchemy import Column, ColumnElement, FromClause, cast, column, func, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.types import TypeEngine

T = TypeVar("T", int, str)


def among(connection: AsyncConnection, wanted: Column[T], values: Collection[T]) -> ColumnElement[bool]:
    """`wanted IN (values)`."""
    if connection.dialect.name == "sqlite":
        return wanted.in_(select(func.json_each(json.dumps(list(values))).table_valued("value").c.value))
    listed = listing(connection, {"value": wanted.type}, [(value,) for value in values])
    return wanted.in_(select(listed.c.value))


def listing(
    connection: AsyncConnection, columns: Mapping[str, TypeEngine[T]], rows: Sequence[Sequence[int | str | None]]
) -> FromClause:
    """`rows` as a table with `columns`, to select from and to join with."""
    if connection.dialect.name == "sqlite":
        each = func.json_each(json.dumps(rows)).table_valued("value")
        cells = (func.json_extract(each.c.value, f"$[{place}]").label(name) for place, name in enumerate(columns))
        return select(*cells).subquery()
    arrays = (cast([row[place] for row in rows], ARRAY(kind)) for place, kind in enumerate(columns.values()))
    return func.unnest(*arrays).table_valued(*(column(name, kind) for name, kind in columns.items())).render_derived()
