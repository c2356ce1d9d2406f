"""The queries of the schedule step."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from publisher.store import tables as t
from publisher.store.insert_or import upsert


class ScheduleRows:
    """Implements `publisher.schedule.transaction.Transaction`."""

    connection: AsyncConnection

    async def clock_offset(self) -> timedelta:
        return timedelta(microseconds=await self.connection.scalar(select(t.clock_offset.c.microseconds)) or 0)

    async def set_clock_offset(self, offset: timedelta) -> None:
        row = {"id": 1, "microseconds": offset // timedelta(microseconds=1)}
        await self.connection.execute(upsert(self.connection, t.clock_offset, row, key="id"))
