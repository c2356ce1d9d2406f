"""What a newer table of time zones moves: schedules keep their wall clock, approved words change by nobody."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

import structlog

from publisher.delivery import transaction as delivery
from publisher.delivery.failure import place
from publisher.delivery.planned import holding
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
AT_ONCE = 100
"""Releases in one tick; the rest follows in the next, so that what is due is not kept waiting."""


class Transaction(delivery.Transaction, Protocol):
    """A delivery's, and which releases another table was asked for."""

    async def resolved_otherwise(self, table: str) -> Sequence[int]:
        """Those that are to come, or public with stages to come, by another table than this; soonest first."""


class ZoneWatch:
    """Asks when the process starts: the table cannot change while it runs."""

    def __init__(self, begin: Begin[Transaction], clock: Clock, *, at_once: int = AT_ONCE) -> None:
        self._begin, self._clock, self._at_once = begin, clock, at_once
        self._left: Sequence[int] | None = None

    async def look(self) -> int:
        """How many releases have times that moved, of the next `at_once` that are left."""
        if self._left is None:
            async with self._begin() as tx:
                self._left = await tx.resolved_otherwise(TABLE)
        if not self._left:
            return 0
        found = await _work_out(self._begin, self._clock, self._left[: self._at_once])
        self._left = self._left[self._at_once :]
        return found


async def _work_out(begin: Begin[Transaction], clock: Clock, releases: Sequence[int]) -> int:
    """Works out every time that is still to come by the table that is installed; how many releases it concerned.

    A release that is not out keeps the wall clock of its publication: it goes out at another instant, and its window
    is moved along. Where a time among its facts moved, or the clocks jump over one, it is held: its words name both the
    wall clock and UTC, and only its author knows which was meant. What is public is told of, and nothing of it is
    changed. Each is told once, in the log and in the release's history.
    """
    found = 0
    async with begin() as tx:
        for release_id in sorted(releases):  # two processes that start at once lock them in the same order
            await tx.lock_release(release_id)
            found += await _one(tx, release_id, clock.now())
    return found


async def _one(tx: Transaction, release_id: int, now: datetime) -> bool:
    try:
        release = await tx.release(release_id)
        if table_of(release) == TABLE:
            return False
        is_waiting = release.state in _TO_COME
        holds = is_waiting or (await holding(tx, release.announcement_id))[0].id == release.id
        times = [each for each in moved(release) if each.before > now] if holds else []
    except (ValueError, LookupError, TypeError) as error:
        # What is stored of this release is broken; the others must not wait for it.
        log.error("its times cannot be worked out", action="zone_rules_unread", release=release_id, error=place(error))
        return False
    if times:
        await _tell(tx, release, times, now, is_waiting=is_waiting)
    await tx.save_walls(release.id, known(release, times))
    return bool(times)


async def _tell(tx: Transaction, release: Release, times: Sequence[Moved], now: datetime, *, is_waiting: bool) -> None:
    said = f"the rules of {release.time_zone} changed ({table_of(release)} to {TABLE}): " + "; ".join(
        each.sentence for each in times
    )
    hour = next((each for each in times if each.name == "publish_at"), None)
    words = [each for each in times if each.name != "publish_at" or each.after is None]
    log.critical("times have moved", action="zone_rules_changed", release=release.id, reason=said)
    if is_waiting and hour is not None and hour.after is not None:
        await tx.shift_release(release.id, hour.after - hour.before)
    if words and release.state is S.SCHEDULED:
        reason = f"{said}. Correct what its words should name and submit it again, or resume it"
        await move(tx, release, S.HELD, at=now, actor=PUBLISHER, reason=reason)
    else:
        await tx.add_transition("release", release.id, release.state, release.state, now, PUBLISHER, said)
