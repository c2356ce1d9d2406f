"""The workspace's clock: the machine's, moved by the one offset that all processes of the workspace read.

A test or a demo moves time by that row; in production it stays zero. Leases and the time-outs of SDKs never use it.
"""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

from publisher.schedule.transaction import Transaction
from publisher.transaction import Begin

LOOK = 0.25
"""Seconds between two looks at the clock while sleeping, so that moved time wakes whom it should."""


class OffsetClock:
    """Implements `publisher.wall_time.Clock`."""

    def __init__(self, read: Begin[Transaction]) -> None:
        self._read = read
        self._offset = timedelta(0)

    def now(self) -> datetime:
        """Aware, UTC; as of the last `refresh`."""
        return datetime.now(UTC) + self._offset

    async def refresh(self) -> None:
        """Reads the offset again."""
        async with self._read() as tx:
            self._offset = await tx.clock_offset()

    async def move(self, tx: Transaction, by: timedelta) -> None:
        """Moves the time of every process of the workspace, of this one at once."""
        offset = await tx.clock_offset() + by
        await tx.set_clock_offset(offset)
        self._offset = offset

    async def sleep(self, seconds: float) -> None:
        """Returns after `seconds` of this clock's time; at once when it is moved beyond them."""
        until = self.now() + timedelta(seconds=seconds)
        while (left := (until - self.now()).total_seconds()) > 0:  # noqa: ASYNC110 - another process moves the time
            await asyncio.sleep(min(left, LOOK))
