"""The numbers of digest items, which have no gaps and grow in the order of commit."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from publisher.store import tables as t

ITEMS = "digest_item"
"""The counter."""


async def newest_item(connection: AsyncConnection) -> int:
    """Its number, 0 when there is none."""
    counter = t.counter.c
    return int(await connection.scalar(select(counter.value).where(counter.name == ITEMS)) or 0)
