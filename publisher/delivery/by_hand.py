"""One person moves, holds, lets go on or leaves out a single stage that is still to come."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from publisher.delivery import planned
from publisher.delivery.life import STAGES, Act, may_decide
from publisher.delivery.stages import TO_COME, Event, Hand, PlannedStage, PlannedState
from publisher.delivery.transaction import Transaction
from publisher.delivery.walk import PUBLIC
from publisher.release.approval import Refused
from publisher.release.release import Release
from publisher.wall_time import in_utc


@dataclass(frozen=True, slots=True)
class Decision:
    """Which stage of which release's announcement, by whom, when and why."""

    release_id: int
    stage: str
    person: str
    at: datetime
    reason: str


async def move(tx: Transaction, decision: Decision, to: datetime) -> PlannedStage:
    """A reminder comes at another time (UTC), before the event; raises Refused.

    What tells that the event begins or ends follows the event: moved alone it would be untrue.
    """
    release, event, stage = await _to_come(tx, decision)
    known = release.policy.planned(stage.stage)
    if known is None or known.good_for is None:
        raise Refused(
            f"{stage.stage} tells what happens at its time and moves with the event alone: {_with_the_event(release)}"
        )
    if to <= decision.at:
        raise Refused(f"{in_utc(to)} has passed; name a time that is still to come, or skip the stage")
    if event.starts_at is not None and to >= event.starts_at:
        raise Refused(f"a reminder after the start ({in_utc(event.starts_at)}) reminds nobody; skip it instead")
    others = await tx.planned_stages(release.announcement_id)
    if any((row.stage, row.due_at) == (stage.stage, to) for row in others if row.id != stage.id):
        raise Refused(f"{stage.stage} was planned for {in_utc(to)} before; name another minute")
    hand = Hand.HELD if stage.state is PlannedState.HELD else Hand.MOVED
    moved = replace(stage, due_at=to, hand=hand, moved_from=stage.planned_for, reason=_why(decision))
    return await _put(tx, decision, stage, moved, f"moved from {in_utc(stage.due_at, named=False)} to {in_utc(to)}")


def _with_the_event(release: Release) -> str:
    """Every command that moves the event itself, as far as its kind has them."""
    if not release.policy.postponed_by:
        return "submit the new times"
    told = {each.stage for each in release.policy.stages}
    others = [f"publisher maintenance {act}" for act in (Act.EXTEND, Act.COMPLETE) if STAGES[act] in told]
    return f"{', '.join(('publisher postpone', *others))}, or submit the new times"


async def hold(tx: Transaction, decision: Decision) -> PlannedStage:
    """It waits for a person, and is left out once a later stage is told; raises Refused."""
    _, _, stage = await _to_come(tx, decision)
    if stage.state is PlannedState.HELD:
        raise Refused(f"{stage.stage} of release {decision.release_id} is held already: {stage.reason}")
    held = replace(stage, state=PlannedState.HELD, hand=Hand.HELD, reason=_why(decision))
    return await _put(tx, decision, stage, held, "held")


async def release(tx: Transaction, decision: Decision) -> PlannedStage:
    """It goes on, at once where its time has passed and it is still true; raises Refused."""
    _, _, stage = await _to_come(tx, decision)
    if stage.state is not PlannedState.HELD:
        raise Refused(f"{stage.stage} of release {decision.release_id} is not held")
    hand = Hand.MOVED if stage.moved_from else Hand.NONE
    return await _put(tx, decision, stage, replace(stage, state=PlannedState.DUE, hand=hand, reason=""), "goes on")


async def skip(tx: Transaction, decision: Decision) -> PlannedStage:
    """It is never told; raises Refused."""
    _, _, stage = await _to_come(tx, decision)
    skipped = replace(stage, state=PlannedState.SKIPPED, hand=Hand.SKIPPED, reason=_why(decision), ended_at=decision.at)
    return await _put(tx, decision, stage, skipped, "left out")


async def _to_come(tx: Transaction, decision: Decision) -> tuple[Release, Event, PlannedStage]:
    """The release whose facts hold, its event, and the next stage of that name; locked, so that the clock does not walk
    it meanwhile.
    """
    named = await tx.release(decision.release_id)
    if named.state not in PUBLIC:
        raise Refused(
            f"release {named.id} is {named.state}, and its stages are planned with its publication: move or hold the "
            "release itself"
        )
    await may_decide(tx, named, decision.person)
    holds, event = await planned.holding(tx, named.announcement_id)
    await tx.lock_release(holds.id)
    rows = await tx.planned_stages(named.announcement_id, TO_COME)
    for row in rows:
        if row.stage == decision.stage:
            return holds, event, row
    raise Refused(f"release {named.id} has no stage {decision.stage} to come; {_those(rows)}")


def _those(rows: Sequence[PlannedStage]) -> str:
    names = ", ".join(dict.fromkeys(row.stage for row in rows))
    return f"to come are {names}" if names else "nothing of it is to come"


def _why(decision: Decision) -> str:
    return f"{decision.person}: {decision.reason}"


async def _put(
    tx: Transaction, decision: Decision, before: PlannedStage, after: PlannedStage, done: str
) -> PlannedStage:
    await tx.put_stage(after)
    said = f"{after.stage} {done}: {decision.reason}"
    at, actor = decision.at, decision.person
    await tx.add_transition("stage", before.release_id, before.state, after.state, at, actor, said)
    return after
