"""One person on duty puts off the time of what is published, in words that were approved with it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from publisher.delivery.life import STAGES, Act, check, may, note, phase
from publisher.delivery.planned import arm_again, event_of, holding, withdraw
from publisher.delivery.publish import Outlet
from publisher.delivery.stages import Event, Walk
from publisher.delivery.transaction import Transaction
from publisher.delivery.walk import Walked, walk_everywhere
from publisher.release.approval import Refused
from publisher.release.release import Release
from publisher.rendering.plan import POSTPONED
from publisher.wall_time import in_utc


async def postpone(
    tx: Transaction,
    release_id: int,
    person: str,
    outlet: Outlet,
    *,
    new_time: datetime | None,
    at: datetime,
    reason: str,
) -> Walked:
    """Tells every place that has the announcement: its time is put off to `new_time` (UTC), or until further notice.

    Each place is told in the words of the release that reached it last, whichever of the announcement's releases is
    named. Raises Refused when it cannot be put off, not by this person, or when all have been told already.
    """
    release = await tx.release(release_id)
    await may(tx, release, person)
    if new_time is not None and new_time <= at:
        raise Refused(f"{in_utc(new_time)} has passed; name a time that is still to come, or --tba")
    holds, before = await holding(tx, release.announcement_id)
    if any(planned.stage == STAGES[Act.CANCEL] for planned in release.policy.stages):
        check(Act.POSTPONE, await phase(tx, release.announcement_id, at))
    _check_later(event_of(holds.policy), new_time)
    words = f"to {in_utc(new_time)}" if new_time else "to a time that is to be announced"
    event = put_off(before, new_time)
    stage = Walk(release.id, POSTPONED, at, person, f"{words}: {reason}", new_time, event.starts_at, event.ends_at)
    walked = await walk_everywhere(tx, release.announcement_id, stage, outlet, urgent=True)
    if not walked.deliveries:
        raise Refused(_nobody(release, [f"{delivery.name} is still {delivery.state}" for delivery in walked.busy]))
    if new_time and _says_its_time(release):
        await arm_again(tx, holds, event, at, f"put off {words}")
    else:
        await withdraw(tx, release.announcement_id, at, f"put off {words}")
    if walked.busy:
        await note(tx, holds, stage, walked)
    return walked


def _check_later(announced: Event, new_time: datetime | None) -> None:
    """Readers are told "postponed"; a wrong day may still be set right, back to the one that was announced."""
    if new_time and announced.starts_at and new_time < announced.starts_at:
        raise Refused(
            f"it was announced for {in_utc(announced.starts_at)}; what takes place before that is not put off: "
            "change the times in announcement.toml and submit it again"
        )


def _says_its_time(release: Release) -> bool:
    """Whether its stages tell from when to when, as it holds by then; those of other kinds would tell the old time."""
    return any(planned.moves_with == "end" for planned in release.policy.stages)


def put_off(event: Event, new_time: datetime | None) -> Event:
    """It lasts as long as before; without a new time nothing of its time is known."""
    lasts = event.ends_at - event.starts_at if event.starts_at and event.ends_at else None
    ends_at = new_time + lasts if new_time and lasts is not None else None
    return Event(new_time, ends_at)


def _nobody(release: Release, busy: Sequence[str]) -> str:
    if busy:
        return f"release {release.id}: {'; '.join(busy)}. Wait until it has ended, then repeat"
    return f"release {release.id}: every place has been told that already, see publisher show {release.id}"
