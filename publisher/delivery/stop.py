"""Stopping needs one person and no ceremony: hold, resume, cancel a release; switches for all, a target, an account.

A release that is not yet publishing changes its own state. Of one that is, the deliveries that have not begun change
theirs, and a switch stops what is under way before its next part or group. A hold ends with the first public byte:
from then on readers must not be left with different things, so the rest catches up; a switch and a cancellation still
stop it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from publisher.delivery import catch_up, planned
from publisher.delivery.gate import cancel_stop, hold_stop, stopped, switches
from publisher.delivery.states import DeliveryState
from publisher.delivery.transaction import Delivery, Stop, Transaction
from publisher.delivery.transitions import move
from publisher.release import transitions
from publisher.release.approval import Refused
from publisher.release.release import Release
from publisher.release.states import TRANSITIONS, ReleaseState
from publisher.wall_time import in_utc, wall_clock

SWITCHES = ("switch", 0)
"""Whose history the turns of all switches are: they have no rows of their own once they are set back."""

S, D = ReleaseState, DeliveryState

_ON_HOLD = {D.QUEUED: D.HELD, D.WAITING: D.HELD}
_ON_CANCEL = {D.QUEUED: D.CANCELLED, D.WAITING: D.CANCELLED, D.HELD: D.CANCELLED}


async def hold(tx: Transaction, release_id: int, *, at: datetime, actor: str, reason: str) -> None:
    """Nothing of the release goes out until `resume`; raises Refused when there is nothing to hold, or it is public."""
    release = await _locked(tx, release_id)
    match release.state:
        case S.SCHEDULED:
            await transitions.move(tx, release, S.HELD, at=at, actor=actor, reason=reason)
        case S.PUBLISHING:
            await _refuse_public(tx, release_id)
            await tx.set_stop(Stop(hold_stop(release_id), at, actor, reason))
            await _move_all(tx, release_id, _ON_HOLD, at=at, actor=actor, reason=reason)
        case _:
            raise Refused(f"release {release_id} is {release.state}; only a scheduled or publishing one can be held")


async def resume(tx: Transaction, release_id: int, *, at: datetime, actor: str, reason: str) -> None:
    """The release goes on, at once where its time has passed; raises Refused when it is not held or too late."""
    release = await _locked(tx, release_id)
    if release.state is S.HELD:
        await _schedule_again(tx, release, at=at, actor=actor, reason=reason)
        return
    cleared = await tx.clear_stop(hold_stop(release_id))
    held = [delivery for delivery in await tx.deliveries(release_id) if delivery.state is D.HELD]
    if not cleared and not held:
        raise Refused(f"release {release_id} is {release.state} and nothing of it is held")
    for delivery in held:
        await _release(tx, delivery, at=at, actor=actor, reason=reason)


async def cancel(tx: Transaction, release_id: int, *, at: datetime, actor: str, reason: str) -> None:
    """Nothing more of the release ever goes out, stages to come included; raises Refused when it has ended.

    What is out stays out: a withdrawal is a release of its own.
    """
    await tx.wake_release(release_id, at)  # first: see the order of locks in mailing.transaction
    release = await _locked(tx, release_id)
    if S.CANCELLED in TRANSITIONS[release.state]:
        await transitions.move(tx, release, S.CANCELLED, at=at, actor=actor, reason=reason)
        return
    if release.state is not S.PUBLISHING:
        raise Refused(f"release {release_id} is {release.state}; withdraw what it published instead")
    await tx.set_stop(Stop(cancel_stop(release_id), at, actor, reason))
    await _move_all(tx, release_id, _ON_CANCEL, at=at, actor=actor, reason=reason)
    why = f"release {release_id} was cancelled by {actor}: {reason}"
    await planned.withdraw(tx, release.announcement_id, at, why, of=release_id)


async def switch_off(tx: Transaction, name: str, *, at: datetime, actor: str, reason: str) -> None:
    """Stops everything (`KILL_SWITCH`), a target or an account: each delivery is held when its turn comes."""
    await tx.set_stop(Stop(name, at, actor, reason))
    await tx.add_transition(*SWITCHES, None, "stopped", at, actor, f"{name}: {reason}")


@dataclass(frozen=True, slots=True)
class Freed:
    """What a switch let go."""

    deliveries: int
    catching_up: Mapping[int, int]
    """Releases that are public already, and how much of each goes out only now."""


async def switch_on(tx: Transaction, name: str, *, at: datetime, actor: str, reason: str) -> Freed:
    """Lets go what this switch held and no other does; each passes the gate again.

    What is public already catches up, with an alarm.
    """
    if not await tx.clear_stop(name):
        raise Refused(f"{name} is not stopped")
    await tx.add_transition(*SWITCHES, "stopped", "goes_on", at, actor, f"{name}: {reason}")
    held = [delivery for delivery in await tx.held_deliveries() if name in switches(delivery)]
    free = [delivery for delivery in held if await stopped(tx, delivery) is None]
    catching_up = {
        release_id: number
        for release_id, number in Counter(delivery.release_id for delivery in free).items()
        if await catch_up.first_public(tx, release_id) is not None
    }
    for delivery in free:
        await _release(tx, delivery, at=at, actor=actor, reason=reason)
    for release_id, number in catching_up.items():
        catch_up.alarm(release_id, number, f"{name} was stopped until now")
    return Freed(len(free), catching_up)


async def _locked(tx: Transaction, release_id: int) -> Release:
    await tx.lock_release(release_id)
    return await tx.release(release_id)


async def _refuse_public(tx: Transaction, release_id: int) -> None:
    public = await catch_up.first_public(tx, release_id)
    if public is not None:
        raise Refused(
            f"release {release_id} is public already: {public.name} is {public.state}. A hold would leave readers with "
            "different things, so the rest catches up. publisher stop ends all sending, publisher cancel "
            f"{release_id} ends the rest of this release for good"
        )


async def _schedule_again(tx: Transaction, release: Release, *, at: datetime, actor: str, reason: str) -> None:
    if at >= release.deadline:
        raise Refused(f"release {release.id} could go out until {in_utc(release.deadline)}; submit it again")
    if release.publish_at < at:
        # Otherwise it would be late again at once, and held again.
        await tx.move_publish_at(release.id, at, wall_clock(at, release.time_zone))
    await transitions.move(tx, release, S.SCHEDULED, at=at, actor=actor, reason=reason)


async def _move_all(
    tx: Transaction,
    release_id: int,
    table: Mapping[DeliveryState, DeliveryState],
    *,
    at: datetime,
    actor: str,
    reason: str,
) -> None:
    for delivery in await tx.deliveries(release_id):
        if delivery.state in table:
            locked = await tx.lock_delivery(delivery.id)
            if locked.state in table:
                await move(tx, locked, table[locked.state], at=at, actor=actor, reason=reason)


async def _release(tx: Transaction, delivery: Delivery, *, at: datetime, actor: str, reason: str) -> None:
    locked = await tx.lock_delivery(delivery.id)
    if locked.state is D.HELD:
        await move(tx, locked, D.QUEUED, at=at, actor=actor, reason=reason, run_at=max(at, locked.run_at))
