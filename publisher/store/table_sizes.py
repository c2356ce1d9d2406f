"""What PostgreSQL must know before it plans for a million readers."""

from __future__ import annotations

from sqlalchemy import Table, text
from sqlalchemy.ext.asyncio import AsyncConnection

from publisher.store import tables as t


async def know_sizes(connection: AsyncConnection, people: Table) -> None:
    """It plans for a handful of readers until it has looked at the tables, which an import leaves to it: it compared every
    reader with every suppression then. A million are also more than it sorts in its 4 MB.
    """
    if connection.dialect.name == "postgresql":
        await connection.execute(text("SET LOCAL work_mem = '64MB'"))
        for table in (people, t.subscription, t.suppression):
            await connection.execute(text(f"ANALYZE {table.name}"))
