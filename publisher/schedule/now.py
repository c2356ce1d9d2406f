"""The workspace's clock: the machine's, moved by the one offset that all processes of the workspace read.

A test or a demo moves time by that row; in production it stays zero. Leases and the time-outs of SDKs never use it.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from publisher.schedule.transaction import Transaction
from publisher.transaction import Begin


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
