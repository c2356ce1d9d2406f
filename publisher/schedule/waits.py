"""Where something comes later than at its hour, because a place is left alone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from publisher.delivery.publish import ANNOUNCE, Outlet, quiet_until
from publisher.delivery.transaction import Transaction
from publisher.delivery.walk import takes_part
from publisher.release.release import Release, Told
from publisher.release.states import ReleaseState
from publisher.wall_time import in_utc, in_zone

_TO_COME = (ReleaseState.IN_REVIEW, ReleaseState.APPROVED, ReleaseState.SCHEDULED, ReleaseState.HELD)


async def waits(tx: Transaction, release: Release, outlet: Outlet, now: datetime) -> Sequence[str]:
    """A sentence for each place that a release not out yet will keep waiting; what is out says so in its history."""
    if release.state not in _TO_COME:
        return ()
    told = [each for each in await tx.who_is_told([release.id]) if each.stage == ANNOUNCE]
    at = max(release.publish_at, now)
    return sentences(quiet_ends(release, told, outlet, at, release.deadline), outlet)


def quiet_ends(
    release: Release, told: Iterable[Told], outlet: Outlet, at: datetime, deadline: datetime
) -> Mapping[str, datetime | None]:
    """By each destination that is told one stage: when it may be disturbed; None for at once."""
    ends: dict[str, datetime | None] = {}
    for each in told:
        if takes_part(release, each):
            # What is posted there and what is changed there may wait differently: the last of them counts.
            until = quiet_until(release, each, outlet, at, deadline)
            ends[each.destination] = max(filter(None, (until, ends.get(each.destination))), default=None)
    return ends


def sentences(ends: Mapping[str, datetime | None], outlet: Outlet) -> tuple[str, ...]:
    """With what the clocks show there, where these are not those of UTC."""
    return tuple(f"{name} is left alone until {_shown(name, at, outlet)}" for name, at in sorted(ends.items()) if at)


def _shown(name: str, at: datetime, outlet: Outlet) -> str:
    hours = outlet.quiet(name)
    there = in_zone(at, hours.time_zone) if hours else ""
    return in_utc(at) if there in ("", in_utc(at)) else f"{in_utc(at)} ({there})"
