"""The numbers of digest items, which have no gaps and grow in the order of commit."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from publisher.store import tables as t

ITEMS = "digest_item"
"""The counter."""


async def newest_item(connection: AsyncConnection) -> int:
    """Its number, 0 when there is none."""
    counter = t.counter.c
    return int(await connection.scalar(select(counter.value).where(counter.name == ITEMS)) or 0)


async def newest_of_kinds(connection: AsyncConnection, after: int) -> Mapping[str, int]:
    """Kind -> the number of its newest item; only of items after the number `after`."""
    kind, number = t.announcement.c.kind, t.digest_item.c.number
    query = select(kind, func.max(number)).select_from(t.digest_item.join(t.announcement)).where(number > after)
    return {row[0]: row[1] for row in (await connection.execute(query.group_by(kind))).all()}
