"""The stages that are to come: armed with the publication, moved with the event, withdrawn when they no longer hold."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime

from publisher.delivery.stages import TO_COME, Event, Hand, PlannedStage, PlannedState, Walk
from publisher.delivery.transaction import Transaction
from publisher.release.policy import Planned, Policy
from publisher.release.release import Release
from publisher.release.scope import Form
from publisher.release.states import ReleaseState

PUBLIC = (ReleaseState.PUBLISHING, ReleaseState.PUBLISHED, ReleaseState.PARTLY_PUBLISHED)


async def arm(tx: Transaction, release: Release, at: datetime) -> None:
    """Plans the stages of a release that is being published, and withdraws those of earlier ones.

    One that was walked at the same instant stays walked. A supplement changes no time.
    """
    if release.policy.form is Form.SUPPLEMENT:
        return
    await withdraw(tx, release.announcement_id, at, f"release {release.id} replaces it")
    for stage, due_at in moments(release.policy, event_of(release.policy)):
        await _plan(tx, release, stage, due_at, at)


async def arm_again(tx: Transaction, release: Release, event: Event, at: datetime, reason: str) -> None:
    """Withdraws what was to come and plans it for the times of `event`; of what would be over nothing."""
    await withdraw(tx, release.announcement_id, at, reason)
    for stage, due_at in moments(release.policy, event):
        if due_at > at:
            await _plan(tx, release, stage, due_at, at)


async def withdraw(tx: Transaction, announcement_id: str, at: datetime, reason: str, *, of: int | None = None) -> None:
    """Everything of the announcement that was still to come; `of`: of one of its releases."""
    for planned in await tx.planned_stages(announcement_id, TO_COME):
        if of in (None, planned.release_id):
            await tx.change_stage(planned, PlannedState.WITHDRAWN, at=at, reason=reason)


def event_of(policy: Policy) -> Event:
    """The times as they were approved."""
    return Event(policy.starts_at, policy.ends_at, policy.extension)


async def holding(tx: Transaction, announcement_id: str) -> tuple[Release, Event]:
    """The release whose facts hold, and what holds of its time since the last walk; raises LookupError."""
    public = await tx.releases(announcement_id=announcement_id, states=PUBLIC)
    return holds(announcement_id, public, await tx.last_walk(announcement_id))


def holds(announcement_id: str, public: Iterable[Release], last: Walk | None) -> tuple[Release, Event]:
    """The same of the announcement's `public` releases, newest first, and its last walk."""
    release = next((each for each in public if each.policy.form is not Form.SUPPLEMENT), None)
    if release is None:
        raise LookupError(f"nothing of {announcement_id} is public")
    return release, last.event if last and still_holds(last, release) else event_of(release.policy)


def still_holds(walk: Walk, release: Release) -> bool:
    """Whether nothing was published since that says something else of the event's time.

    A corrected text of what is completed leaves it completed: otherwise it could be extended once more.
    """
    said = event_of(release.policy)
    agrees = replace(walk.event, because="") == said
    return agrees or release.published_at is None or walk.at >= release.published_at


def moments(policy: Policy, event: Event) -> Iterator[tuple[str, datetime]]:
    """Each stage with its instant, moved as the event was."""
    for planned in policy.stages:
        due_at = _moved(planned, policy, event)
        if due_at is not None:
            yield planned.stage, due_at


def _moved(planned: Planned, policy: Policy, event: Event) -> datetime | None:
    """None while nobody knows."""
    if planned.moves_with == "person":
        return None
    if planned.moves_with == "nothing":
        return planned.at
    ends = planned.moves_with == "end"
    approved, now = (policy.ends_at, event.ends_at) if ends else (policy.starts_at, event.starts_at)
    if planned.at is None or approved is None:
        return now if ends else planned.at
    return planned.at + (now - approved) if now else None


async def _plan(tx: Transaction, release: Release, stage: str, due_at: datetime, at: datetime) -> None:
    known = await _known(tx, release.announcement_id, stage, due_at)
    over = (known.due_at if known else due_at) <= at
    state = PlannedState.SKIPPED if over else PlannedState.DUE
    reason = "its time had passed when this was published" if over else ""
    if known is None:
        new = PlannedStage(0, release.announcement_id, release.id, stage, due_at, state, reason)
        await tx.plan_stage(replace(new, ended_at=at) if over else new)
    elif known.hand is Hand.HELD and not over:
        reason = f"held, as before release {release.id}"
        await tx.change_stage(known, PlannedState.HELD, at=at, reason=reason, release_id=release.id)
    elif known.state is not PlannedState.WALKED and known.hand is not Hand.SKIPPED:
        await tx.change_stage(known, state, at=at, reason=reason, release_id=release.id)


async def _known(tx: Transaction, announcement_id: str, stage: str, due_at: datetime) -> PlannedStage | None:
    rows: Sequence[PlannedStage] = [row for row in await tx.planned_stages(announcement_id) if row.stage == stage]
    planned_for = next((row for row in rows if row.planned_for == due_at), None)
    return planned_for or next((row for row in rows if row.due_at == due_at), None)
