"""The alarm for an update that readers were promised and have not got."""

from __future__ import annotations

from datetime import datetime, timedelta

import structlog

from publisher.release.next_updates import overdue
from publisher.release.release import Transaction
from publisher.schedule.every import Every
from publisher.transaction import Begin
from publisher.wall_time import Clock

log = structlog.get_logger(__name__)

LOOK = timedelta(seconds=15)
"""Between two looks."""


class UpdateWatch:
    """Says once, for as long as the process runs, that an update is overdue; a new promise is a new alarm."""

    def __init__(self, read: Begin[Transaction], clock: Clock) -> None:
        self._read, self._clock = read, clock
        self._every = Every(LOOK)
        self._told: set[tuple[str, datetime]] = set()

    async def look(self) -> int:
        """How many alarms it raised; nothing between two looks."""
        now = self._clock.now()
        if not self._every.is_due(now):
            return 0
        async with self._read() as tx:
            late = await overdue(tx, now)
        new = [each for each in late if (each.release.announcement_id, each.at) not in self._told]
        for each in new:
            self._told.add((each.release.announcement_id, each.at))
            what = {"release": each.release.id, "reason": each.sentence}
            log.critical("an update is overdue", action="update_overdue", **what)
        return len(new)
