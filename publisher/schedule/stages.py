"""Planned stages whose time has come: walked, or skipped with a reason that is told."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeAlias

import structlog

from publisher.content.kinds.kind import REPEAT, Follow
from publisher.delivery.failure import place
from publisher.delivery.planned import holding
from publisher.delivery.publish import NotPublishable, Outlet
from publisher.delivery.stages import TO_COME, Event, PlannedStage, PlannedState, Walk
from publisher.delivery.transaction import Transaction
from publisher.delivery.transitions import PUBLISHER
from publisher.delivery.walk import Walked, walk_everywhere
from publisher.release.policy import Policy
from publisher.release.release import Release
from publisher.release.transitions import Overtaken
from publisher.rendering.plan import POSTPONED
from publisher.schedule.due import in_words
from publisher.transaction import Begin
from publisher.wall_time import Clock, in_utc

log = structlog.get_logger(__name__)

AT_ONCE = 100
"""Announcements in one tick; the rest follows in the next, longest due first."""
AGAIN = timedelta(seconds=10)
"""Until a place that was busy is looked at again."""

TOLD_FOR = timedelta(days=1)
"""How long `publisher status` tells that a stage was left out."""


@dataclass(frozen=True, slots=True)
class Skip:
    """It would be untrue by now, or is said better by a later one."""

    planned: PlannedStage
    reason: str


@dataclass(frozen=True, slots=True)
class Go:
    """It is true now."""

    planned: PlannedStage
    reason: str


Step: TypeAlias = Skip | Go


def decide(due: Sequence[PlannedStage], policy: Policy, now: datetime) -> Iterator[Step]:
    """What becomes of the stages of one announcement whose time has come, in the order of their times. Pure."""
    *missed, last = due
    for planned in missed:
        yield Skip(planned, f"{in_words(now - planned.due_at)} late, and {last.stage} is true by now")
    late = now - last.due_at
    good_for = next((each.good_for for each in policy.stages if each.stage == last.stage), None)
    if good_for is not None and late > good_for:
        yield Skip(last, f"{in_words(late)} late; it holds for {in_words(good_for)} only")
    else:
        yield Go(
            last, "its time has come" if late <= policy.late_after else f"{in_words(late)} late; said all the same"
        )


async def run_stages(begin: Begin[Transaction], clock: Clock, outlet: Outlet) -> int:
    """Looks at every announcement of which a stage is due; how many. Two clocks at once are harmless.

    Each has its own transaction, so that one that cannot be walked does not keep others from it.
    """
    async with begin() as tx:
        due = await tx.due_stages(clock.now(), AT_ONCE)
    for announcement_id in due:
        await _run(begin, clock, outlet, announcement_id)
    return len(due)


async def missed(tx: Transaction, now: datetime) -> Sequence[str]:
    """What was left out within the last day, and what waits for a place: a sentence for each."""
    told = await tx.planned_stages(states=[PlannedState.SKIPPED, *TO_COME])
    return [_sentence(each) for each in told if each.reason and each.due_at <= now <= each.due_at + TOLD_FOR]


_HOW = {
    PlannedState.SKIPPED: "was left out",
    PlannedState.DUE: "is not everywhere yet",
    PlannedState.HELD: "is held",
}


def _sentence(planned: PlannedStage) -> str:
    how = _HOW[planned.state]
    return (
        f"Release {planned.release_id}: the stage {planned.stage} of {in_utc(planned.due_at)} {how}: {planned.reason}"
    )


async def _run(begin: Begin[Transaction], clock: Clock, outlet: Outlet, announcement_id: str) -> None:
    try:
        async with begin() as tx:
            await _take(tx, announcement_id, outlet, clock.now())
        return
    except Overtaken:
        return
    except (NotPublishable, ValueError, LookupError, TypeError) as error:
        # What is stored of this announcement is broken, not the store; the others must not wait for it.
        reason = f"cannot be walked as it is stored: {place(error)}"
    async with begin() as tx:
        for planned in await _due(tx, announcement_id, clock.now()):
            await _skip(tx, Skip(planned, reason), clock.now())


async def _take(tx: Transaction, announcement_id: str, outlet: Outlet, now: datetime) -> None:
    release, _ = await holding(tx, announcement_id)
    await tx.lock_release(release.id)
    # Read again under the lock: another clock may have had it meanwhile.
    release, event = await holding(tx, announcement_id)
    due = await _due(tx, announcement_id, now)
    for step in decide(due, release.policy, now) if due else ():
        if isinstance(step, Skip):
            await _skip(tx, step, now)
        else:
            await _walk(tx, step, release, event, outlet, now)
            await _skip_held(tx, step.planned, now)


async def _skip_held(tx: Transaction, told: PlannedStage, now: datetime) -> None:
    """Once a later stage is told, what waits for a person would be untrue."""
    for held in await tx.planned_stages(told.announcement_id, [PlannedState.HELD]):
        if held.due_at <= told.due_at:
            await _skip(tx, Skip(held, f"{held.reason}; then {told.stage} came"), now)


async def _due(tx: Transaction, announcement_id: str, now: datetime) -> Sequence[PlannedStage]:
    return [each for each in await tx.planned_stages(announcement_id, [PlannedState.DUE]) if each.due_at <= now]


async def _skip(tx: Transaction, step: Skip, now: datetime) -> None:
    planned = step.planned
    log.warning("a stage is skipped", action="stage_skipped", release=planned.release_id, stage=planned.stage,
                reason=step.reason)  # fmt: skip
    await tx.change_stage(planned, PlannedState.SKIPPED, at=now, reason=step.reason)
    await _note(tx, planned, PlannedState.SKIPPED, now, step.reason)


async def _walk(tx: Transaction, step: Go, release: Release, event: Event, outlet: Outlet, now: datetime) -> None:
    planned = step.planned
    new_time = planned.due_at if planned.stage == REPEAT else event.starts_at if planned.stage == POSTPONED else None
    stage = Walk(release.id, planned.stage, now, PUBLISHER, step.reason, new_time, *_fields(event))
    mails = _is_mailed(release.policy, planned, now)
    walked = await walk_everywhere(tx, planned.announcement_id, stage, outlet, mails=mails)
    if walked.busy:
        names = ", ".join(delivery.name for delivery in walked.busy)
        await tx.look_again(planned, now + AGAIN, f"waits for {names}")
        return
    if not walked.deliveries:
        await tx.save_walk(stage)  # how far the event is follows from the walks
    unmailed = [] if mails else ["nobody is mailed what comes late"]
    reason = "; ".join((_counted(step.reason, walked), *walked.left_out, *unmailed))
    await tx.change_stage(planned, PlannedState.WALKED, at=now, reason=reason)
    await _note(tx, planned, PlannedState.WALKED, now, reason)


def _is_mailed(policy: Policy, planned: PlannedStage, now: datetime) -> bool:
    """What those on duty said is mailed however long a place was busy; what the clock says only in time."""
    in_time = now - planned.due_at <= policy.late_after
    return in_time or policy.mailed(planned.stage) is not Follow.EVERYTHING


def _fields(event: Event) -> tuple[datetime | None, datetime | None, int, str]:
    return event.starts_at, event.ends_at, event.extension, event.because


def _counted(reason: str, walked: Walked) -> str:
    return reason if walked.deliveries else f"{reason}; no place was left to be told"


async def _note(tx: Transaction, planned: PlannedStage, after: PlannedState, now: datetime, reason: str) -> None:
    said = f"{planned.stage} of {in_utc(planned.due_at)}: {reason}"
    await tx.add_transition("stage", planned.release_id, planned.state, after, now, PUBLISHER, said)
