"""One person on duty puts off the time of what is published, in words that were approved with it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from publisher.delivery.publish import Outlet
from publisher.delivery.transaction import Delivery, Transaction, Walk
from publisher.delivery.walk import PUBLIC, Place, Walked, walk
from publisher.release.approval import Refused
from publisher.release.release import Release
from publisher.rendering.plan import POSTPONED


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
    await _may(tx, release, person)
    if new_time is not None and new_time <= at:
        raise Refused(f"{new_time:%Y-%m-%d %H:%M} UTC has passed; name a time that is still to come, or --tba")
    words = f"to {new_time:%Y-%m-%d %H:%M} UTC" if new_time else "to a time that is to be announced"
    covered, made, busy = set[Place](), list[int](), list[Delivery]()
    for each in await tx.releases(announcement_id=release.announcement_id, states=sorted(PUBLIC)):
        theirs = await _places(tx, each)
        if not theirs:
            continue
        stage = Walk(each.id, POSTPONED, at, person, f"{words}: {reason}", new_time)
        walked = await walk(tx, stage, outlet, urgent=True, but=covered)
        covered, made, busy = covered | theirs, [*made, *walked.deliveries], [*busy, *walked.busy]
    if not made:
        raise Refused(_nobody(release, [f"{delivery.name} is still {delivery.state}" for delivery in busy]))
    return Walked(made, busy)


async def _may(tx: Transaction, release: Release, person: str) -> None:
    group = release.policy.postponed_by
    if not group:
        raise Refused(f"a {release.policy.kind} has no time that could be put off")
    if release.state not in PUBLIC:
        raise Refused(
            f"release {release.id} is {release.state}, so nobody has read its time yet: hold it, change the times in "
            "announcement.toml and submit it again; publisher publish --at moves it inside its window"
        )
    member = await tx.person(person)
    approvers = {approval.person for approval in await tx.approvals(release.announcement_id)}
    if person not in approvers and (member is None or group not in member.groups):
        raise Refused(f"{person} is neither in {group} nor one of those who approved release {release.id}")


async def _places(tx: Transaction, release: Release) -> set[Place]:
    """Those that have a word of their own for it."""
    return {(e.destination, e.locale) for e in await tx.editions(release.id) if e.stage == POSTPONED}


def _nobody(release: Release, busy: Sequence[str]) -> str:
    if busy:
        return f"release {release.id}: {'; '.join(busy)}. Wait until it has ended, then repeat"
    return f"release {release.id}: every place has been told that already, see publisher show {release.id}"
