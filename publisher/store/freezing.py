"""How a million readers are put into batches in seconds."""

from __future__ import annotations

from sqlalchemy import ColumnElement, Table, case, text
from sqlalchemy.ext.asyncio import AsyncConnection

from publisher.store import tables as t


async def know_sizes(connection: AsyncConnection, people: Table) -> None:
    """Tells PostgreSQL, which plans for a handful of readers until it has looked at the tables: after an import it
    compared every reader with every suppression. A million are also more than it sorts in its 4 MB.
    """
    if connection.dialect.name == "postgresql":
        await connection.execute(text("SET LOCAL work_mem = '64MB'"))
        for table in (people, t.subscription, t.suppression):
            await connection.execute(text(f"ANALYZE {table.name}"))


def batch_of(number: ColumnElement[int], first: int, size: int) -> ColumnElement[int]:
    """The position of the batch of the `number`th reader, from 1, when `first` have one of their own.

    `number` must be an Integer: of anything else PostgreSQL compares a fraction with each batch, for each reader.
    """
    rest = (number - 1 - first) // size
    return case((number <= first, 0), else_=rest + 1) if first else rest
