"""What those on duty say of an event that everybody knows of: it begins, takes longer, ends, or is called off."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from publisher.content.kinds.kind import ON_CALL
from publisher.delivery import planned
from publisher.delivery.gate import cancel_stop
from publisher.delivery.publish import Outlet
from publisher.delivery.stages import Event, PlannedStage, PlannedState, Transaction, Walk
from publisher.delivery.transaction import Transaction as DeliveryTransaction
from publisher.delivery.walk import PUBLIC, Walked, walk_everywhere
from publisher.release.approval import Refused
from publisher.release.release import Release
from publisher.release.scope import Form
from publisher.wall_time import in_utc


class Act(StrEnum):
    """What a person can say of it."""

    START = "start"
    EXTEND = "extend"
    COMPLETE = "complete"
    CANCEL = "cancel"
    POSTPONE = "postpone"


class Phase(StrEnum):
    """How far it is."""

    ANNOUNCED = "announced"
    PUT_OFF = "put off"
    IN_PROGRESS = "in progress"
    COMPLETED = "completed"
    CANCELLED = "cancelled"


A, P = Act, Phase

LIFE: Mapping[Phase, Mapping[Act, Phase]] = {
    P.ANNOUNCED: {A.START: P.IN_PROGRESS, A.POSTPONE: P.ANNOUNCED, A.CANCEL: P.CANCELLED},
    P.PUT_OFF: {A.POSTPONE: P.ANNOUNCED, A.CANCEL: P.CANCELLED},
    P.IN_PROGRESS: {A.EXTEND: P.IN_PROGRESS, A.COMPLETE: P.COMPLETED},
    P.COMPLETED: {},
    P.CANCELLED: {},
}
"""Phase -> act -> phase after it. Postponed without a new time it is put off; the clock starts and completes it too."""

INSTEAD: Mapping[Phase, str] = {
    P.ANNOUNCED: "it has not begun: start, postpone or cancel it",
    P.PUT_OFF: "its time is to be announced: postpone it to a new time, or cancel it",
    P.IN_PROGRESS: "it is in progress: extend or complete it",
    P.COMPLETED: "it is completed: what happens now is a new announcement",
    P.CANCELLED: "it was cancelled: what takes place after all is a new announcement",
}
"""What is true, and what can be done."""

STAGES: Mapping[Act, str] = {
    A.START: "start",
    A.EXTEND: "extended",
    A.COMPLETE: "complete",
    A.CANCEL: "cancelled",
    A.POSTPONE: "postponed",
}
"""The stage that each act walks."""

BEGUN = frozenset({STAGES[A.START], STAGES[A.EXTEND]})


@dataclass(frozen=True, slots=True)
class Saying:
    """An act, by whom, when and why."""

    act: Act
    person: str
    at: datetime
    reason: str
    """For the record."""
    because: str = ""
    """For readers: one of `publisher.content.kinds.kind.REASONS`."""
    until: datetime | None = None
    """UTC; the new end of an extension, None until further notice."""


async def say(tx: DeliveryTransaction, release_id: int, saying: Saying, outlet: Outlet) -> Walked:
    """Tells every place that has the announcement, and moves what is still to come.

    A place where an earlier delivery is under way is told by the clock when that has ended. Raises Refused with what is
    true when it cannot be, or not by this person.
    """
    release = await tx.release(release_id)
    await may(tx, release, saying.person)
    stage = STAGES[saying.act]
    if stage not in {each.stage for each in release.policy.stages}:
        raise Refused(f"a {release.policy.kind} has no stage {stage}; a new revision of it can say anything")
    await tx.lock_release(release.id)
    holds, before = await planned.holding(tx, release.announcement_id)
    check(saying.act, await phase(tx, release.announcement_id, saying.at))
    event = _after(before, saying)
    walk = walk_of(release, stage, saying, event)
    walked = await walk_everywhere(tx, release.announcement_id, walk, outlet, urgent=True)
    if not walked.deliveries:
        await tx.save_walk(walk)  # what holds of its time follows from the walks
    reason = f"{saying.act} by {saying.person}"
    if saying.act in (Act.COMPLETE, Act.CANCEL):
        await planned.withdraw(tx, release.announcement_id, saying.at, reason)
    else:
        await planned.arm_again(tx, holds, event, saying.at, reason)
    await note(tx, holds, walk, walked)
    return walked


async def may(tx: DeliveryTransaction, release: Release, person: str) -> None:
    """Raises Refused for whoever is neither of the kind's group on duty nor one of those who approved it."""
    if not release.policy.postponed_by:
        raise Refused(f"a {release.policy.kind} has no time that could be put off")
    if release.state not in PUBLIC:
        raise Refused(
            f"release {release.id} is {release.state}, so nobody has read its time yet: hold it, change the times in "
            "announcement.toml and submit it again; publisher publish --at moves it inside its window"
        )
    [newest, *_] = await tx.releases(announcement_id=release.announcement_id, states=sorted(PUBLIC))
    if newest.policy.form is Form.RETRACTION:
        raise Refused(f"it was withdrawn by release {newest.id}; announce anew what takes place after all")
    holds, _ = await planned.holding(tx, release.announcement_id)
    for stop in await tx.stops([cancel_stop(holds.id)]):
        raise Refused(
            f"release {holds.id} was cancelled by {stop.actor}: nothing more of it goes out. Submit the announcement "
            "again, correct it, or retract it"
        )
    await may_decide(tx, release, person)


async def may_decide(tx: DeliveryTransaction, release: Release, person: str) -> None:
    """Raises Refused for whoever is neither on duty for its kind nor one of those who approved it."""
    group, member = release.policy.postponed_by or ON_CALL, await tx.person(person)
    approvers = {approval.person for approval in await tx.approvals(release.announcement_id)}
    if person not in approvers and (member is None or group not in member.groups):
        raise Refused(f"{person} is neither in {group} nor one of those who approved release {release.id}")


async def phase(tx: DeliveryTransaction, announcement_id: str, now: datetime) -> Phase:
    """How far the event is, by what was walked and by the clock; raises LookupError when nothing of it is public."""
    release, event = await planned.holding(tx, announcement_id)
    last = await tx.last_walk(announcement_id)
    stage = last.stage if last and planned.still_holds(last, release) else ""
    if stage == STAGES[Act.COMPLETE]:
        return Phase.COMPLETED
    if stage == STAGES[Act.CANCEL]:
        return Phase.CANCELLED
    if event.starts_at is None:
        return Phase.PUT_OFF
    return Phase.IN_PROGRESS if stage in BEGUN or event.starts_at <= now else Phase.ANNOUNCED


def check(act: Act, phase: Phase) -> None:
    """Raises Refused with what is true and what can be done instead."""
    if act not in LIFE[phase]:
        raise Refused(f"{act} is not possible: {INSTEAD[phase]}")


def walk_of(release: Release, stage: str, saying: Saying, event: Event) -> Walk:
    walk = Walk(release.id, stage, saying.at, saying.person, saying.reason)
    return replace(
        walk,
        starts_at=event.starts_at,
        ends_at=event.ends_at,
        extension=event.extension,
        because=event.because,
    )


async def note(tx: Transaction, release: Release, walk: Walk, walked: Walked) -> None:
    """A row for what was said, which the clock says again where a place was busy."""
    busy = ", ".join(delivery.name for delivery in walked.busy)
    state = PlannedState.DUE if busy else PlannedState.WALKED
    reason = "; ".join((f"waits for {busy}" if busy else f"{walk.actor}: {walk.reason}", *walked.left_out))
    row = PlannedStage(0, release.announcement_id, release.id, walk.stage, walk.at, state, reason)
    await tx.plan_stage(row if busy else replace(row, ended_at=walk.at))


def _after(before: Event, saying: Saying) -> Event:
    """Its times after the act, to the minute."""
    minute = saying.at.replace(second=0, microsecond=0)
    match saying.act:
        case Act.START:
            ends_at = before.ends_at if before.ends_at and before.ends_at > minute else None
            return replace(before, starts_at=minute, ends_at=ends_at)
        case Act.EXTEND:
            _check_end(before, saying)
            extension = before.extension + 1
            return replace(before, ends_at=saying.until, extension=extension, because=saying.because)
        case Act.COMPLETE:
            return replace(before, ends_at=max(minute, before.starts_at) if before.starts_at else minute)
        case _:
            return replace(before, because=saying.because)


def _check_end(before: Event, saying: Saying) -> None:
    until = saying.until
    if until is None and before.ends_at is None:
        raise Refused("it goes on until further notice already; name its end, or complete it when it is over")
    if until is not None and until <= saying.at:
        raise Refused(f"{in_utc(until)} has passed; name an end that is still to come, or none")
    if until is not None and before.ends_at is not None and until <= before.ends_at:
        raise Refused(f"it ends at {in_utc(before.ends_at)} already; name a later end, or complete it when it is over")
