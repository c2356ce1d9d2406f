"""The queries of the schedule step."""

from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncConnection


class ScheduleRows:
    """Implements the queries that the schedule step declares."""

    connection: AsyncConnection
