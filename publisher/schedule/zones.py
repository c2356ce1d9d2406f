"""What a newer table of time zones moves: schedules keep their wall clock, approved words change by nobody."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import structlog

from publisher.delivery.planned import holding
from publisher.delivery.stages import TO_COME
from publisher.delivery.transaction import Transaction
from publisher.delivery.transitions import PUBLISHER
from publisher.release.release import Release
from publisher.release.states import ReleaseState
from publisher.release.transitions import move
from publisher.release.walls import TABLE, Moved, known, moved, table_of
from publisher.transaction import Begin
from publisher.wall_time import Clock

log = structlog.get_logger(__name__)

S = ReleaseState
_TO_COME = (S.IN_REVIEW, S.APPROVED, S.SCHEDULED, S.HELD)


class ZoneWatch:
    """Asks once, when the process starts: the table cannot change while it runs."""

    def __init__(self, begin: Begin[Transaction], clock: Clock) -> None:
        self._begin, self._clock, self._asked = begin, clock, False

    async def look(self) -> int:
        """How many releases have times that moved."""
        if self._asked:
            return 0
        found = await work_out_again(self._begin, self._clock)
        self._asked = True
        return found


async def work_out_again(begin: Begin[Transaction], clock: Clock) -> int:
    """Works out every time that is still to come by the table that is installed; how many releases it concerned.

    A release that is not out keeps the wall clock of its publication: it goes out at another instant, and its window
    is moved along. Where a time among its facts moved, or the clocks jump over one, it is held: its words name both the
    wall clock and UTC, and only its author knows which was meant. What is public is told of, and nothing of it is
    changed. Each is told once, in the log and in the release's history.
    """
    async with begin() as tx:
        waiting = [(each.id, True) for each in await tx.releases(states=_TO_COME)]
        rows = await tx.planned_stages(states=TO_COME)
        public = dict.fromkeys([row.announcement_id for row in rows])
        out = [((await holding(tx, name))[0].id, False) for name in public]
    found = 0
    for release_id, is_waiting in (*waiting, *out):
        async with begin() as tx:
            await tx.lock_release(release_id)
            release = await tx.release(release_id)
            times = [each for each in moved(release) if each.before > clock.now()] if table_of(release) != TABLE else []
            if times:
                await _tell(tx, release, times, clock.now(), is_waiting=is_waiting)
                found += 1
    return found


async def _tell(tx: Transaction, release: Release, times: Sequence[Moved], now: datetime, *, is_waiting: bool) -> None:
    said = f"the rules of {release.time_zone} changed ({table_of(release)} to {TABLE}): " + "; ".join(
        each.sentence for each in times
    )
    hour = next((each for each in times if each.name == "publish_at"), None)
    words = [each for each in times if each.name != "publish_at" or each.after is None]
    log.critical("times have moved", action="zone_rules_changed", release=release.id, reason=said)
    if is_waiting and hour is not None and hour.after is not None:
        await tx.shift_release(release.id, hour.after - hour.before)
    await tx.save_walls(release.id, known(release, times))
    if words and release.state is S.SCHEDULED:
        reason = f"{said}. Correct what its words should name and submit it again, or resume it"
        await move(tx, release, S.HELD, at=now, actor=PUBLISHER, reason=reason)
    else:
        await tx.add_transition("release", release.id, release.state, release.state, now, PUBLISHER, said)
