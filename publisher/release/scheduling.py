"""Puts an approved release on the clock, and moves it inside the window that was approved."""

from __future__ import annotations

from datetime import datetime

from publisher.release.approval import Refused
from publisher.release.release import Release, Transaction
from publisher.release.scope import Form
from publisher.release.states import ReleaseState
from publisher.release.transitions import Overtaken, move
from publisher.wall_time import in_utc, wall_clock


async def schedule(
    tx: Transaction,
    release_id: int,
    *,
    actor: str,
    at: datetime,
    publish_at: datetime | None = None,
    why: str = "",
) -> Release:
    """The release on the clock; a new `publish_at` (UTC) must lie in the window that was approved. Raises Refused.

    One that is on the clock already is moved by it. What follows a publication is due now when its hour has passed: it
    waited for nothing but its approval.
    """
    release = await tx.release(release_id)
    if release.state is ReleaseState.SCHEDULED and publish_at is not None:
        return await _put_elsewhere(tx, release, publish_at, actor=actor, at=at, why=why)
    if release.state is not ReleaseState.APPROVED:
        raise Refused(f"release {release_id} is {release.state}; {_ADVICE.get(release.state, _APPROVED_ONLY)}")
    if publish_at is None and release.policy.form is not Form.FIRST and release.publish_at < at:
        publish_at = at
    if publish_at is not None:
        _within_window(release, publish_at)
        await tx.move_publish_at(release_id, publish_at, wall_clock(publish_at, release.time_zone))
    reason = f"publishes at {in_utc(publish_at or release.publish_at, seconds=True)}"
    return await move(tx, await tx.release(release_id), ReleaseState.SCHEDULED, at=at, actor=actor, reason=reason)


async def _put_elsewhere(
    tx: Transaction, release: Release, publish_at: datetime, *, actor: str, at: datetime, why: str
) -> Release:
    _within_window(release, publish_at)
    # The clock may take it in this very moment: whoever changes the row first has it.
    if not await tx.set_release_state(release.id, ReleaseState.SCHEDULED, ReleaseState.SCHEDULED):
        raise Overtaken(f"release {release.id} is no longer {release.state}")
    await tx.move_publish_at(release.id, publish_at, wall_clock(publish_at, release.time_zone))
    reason = f"moved from {in_utc(release.publish_at, seconds=True, named=False)} to {in_utc(publish_at, seconds=True)}"
    said = f"{reason}: {why}" if why else reason
    await tx.add_transition("release", release.id, release.state, release.state, at, actor, said)
    return await tx.release(release.id)


def _within_window(release: Release, publish_at: datetime) -> None:
    if not release.window_start <= publish_at <= release.deadline:
        raise Refused(
            f"{in_utc(publish_at)} is outside the approved window, "
            f"{in_utc(release.window_start, named=False)} to {in_utc(release.deadline)}; "
            "change publish_at in announcement.toml and submit again"
        )


_APPROVED_ONLY = "only an approved release can be put on the clock"
_ADVICE = {
    ReleaseState.IN_REVIEW: "it still needs approvals: publisher show tells whose",
    ReleaseState.SCHEDULED: "it is on the clock already; --at moves it",
    ReleaseState.HELD: "let it go on with: publisher resume",
}
