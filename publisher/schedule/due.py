"""Releases whose time has come: on time, late as their kind allows, or held. Nothing late is ever sent silently."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeAlias, assert_never

import structlog

from publisher.content.kinds.kind import Late
from publisher.delivery.agreement import disagreements
from publisher.delivery.failure import place
from publisher.delivery.life import STAGES, Act, Phase, phase
from publisher.delivery.publish import ANNOUNCE, NotPublishable, Outlet, publish
from publisher.delivery.transaction import Transaction
from publisher.delivery.transitions import PUBLISHER
from publisher.release.release import Release
from publisher.release.scope import Form
from publisher.release.states import ReleaseState
from publisher.release.transitions import Overtaken, move
from publisher.transaction import Begin
from publisher.wall_time import Clock, in_utc

log = structlog.get_logger(__name__)

START = STAGES[Act.START]
AT_ONCE = 500
"""Releases in one tick; the rest follows in the next, so that stages and digests are not kept waiting."""


@dataclass(frozen=True, slots=True)
class Send:
    """Publish the editions of `stage`."""

    stage: str
    reason: str
    alarm: bool = False


@dataclass(frozen=True, slots=True)
class Hold:
    """A person must look."""

    reason: str


@dataclass(frozen=True, slots=True)
class Cancel:
    """There is nothing left to say."""

    reason: str


Decision: TypeAlias = Send | Hold | Cancel


@dataclass(frozen=True, slots=True)
class Known:
    """What readers know already, when a release follows a publication."""

    in_progress: bool = False
    untrue: str = ""
    """What the release would say of the event's time that does not hold any more."""


def decide(release: Release, now: datetime, known: Known = Known()) -> Decision:
    """What its kind's late policy says at `now`. Pure."""
    late, policy = now - release.publish_at, release.policy
    if policy.form is not Form.FIRST:
        return _following(release, now, known)
    if policy.late is Late.SEND_VARIANT and now - release.window_start > policy.late_after:
        return _variant(release, now, late)
    if now >= release.deadline:
        return Hold(f"{in_words(late)} late; could be sent until {in_utc(release.deadline, seconds=True)}")
    if late <= policy.late_after:
        return Send(ANNOUNCE, "its time has come")
    return _late(release, now, late)


def _late(release: Release, now: datetime, late: timedelta) -> Decision:
    policy = release.policy
    match policy.late:
        case Late.SEND:
            return Send(ANNOUNCE, f"{in_words(late)} late; sent, as its kind decides")
        case Late.SEND_WITH_ALARM:
            return Send(ANNOUNCE, f"{in_words(late)} late; sent with an alarm, as its kind decides", alarm=True)
        case Late.SEND_UNTIL if policy.late_until is None or now < policy.late_until:
            return Send(ANNOUNCE, f"{in_words(late)} late; sent, as its kind still allows")
        case Late.SEND_UNTIL | Late.HOLD | Late.SEND_VARIANT:
            return Hold(f"{in_words(late)} late; held, as its kind decides")
        case _:
            assert_never(policy.late)


def _following(release: Release, now: datetime, known: Known) -> Decision:
    """What follows a publication is never late: it says what is true when it goes out."""
    policy = release.policy
    if now >= release.deadline:
        return Hold(f"it could be sent until {in_utc(release.deadline, seconds=True)}; submit it again")
    reason = f"the {policy.form} is approved and its time has come"
    if policy.form is Form.SUPPLEMENT and known.in_progress and policy.late is Late.SEND_VARIANT:
        return Send(START, reason)
    if known.untrue:
        return Hold(f"{known.untrue}; write what holds and submit it again")
    # In the words of a stage nobody would be told what was wrong, and nobody be mailed.
    if policy.correction is not None or policy.late is not Late.SEND_VARIANT:
        return Send(ANNOUNCE, reason)
    return Send(policy.stage_at(now) or ANNOUNCE, reason)


def _variant(release: Release, now: datetime, late: timedelta) -> Decision:
    stage = release.policy.stage_at(now)
    if stage is None:
        return Cancel(f"{in_words(late)} late; what it announces is over, so nothing was sent")
    if now >= release.deadline:
        return Hold(f"{in_words(late)} late; could be sent until {in_utc(release.deadline, seconds=True)}")
    return Send(stage, f"{in_words(late)} late; sent as what is true now, {stage}")


def in_words(late: timedelta) -> str:
    """`45 s`, `12 min`, `3 h 5 min`, `2 d 4 h`."""
    seconds = int(late.total_seconds())
    if seconds < 60:
        return f"{max(seconds, 0)} s"
    minutes, hours, days = seconds // 60, seconds // 3600, seconds // 86400
    if minutes < 60:
        return f"{minutes} min"
    return f"{hours} h {minutes % 60} min" if hours < 48 else f"{days} d {hours % 24} h"


async def run_due(begin: Begin[Transaction], clock: Clock, outlet: Outlet, *, ahead: timedelta = timedelta(0)) -> int:
    """Takes every release whose time has come one step further; how many. Two clocks at once are harmless.

    Each release has its own transaction, so that one that cannot be published does not keep others from it. First
    publications become deliveries that long `ahead` of their hour; nothing is sent before it.
    """
    async with begin() as tx:
        due = await tx.due_releases(clock.now() + ahead, AT_ONCE)
    return sum([await _run(begin, clock, outlet, release_id, ahead) for release_id in due])


async def _run(begin: Begin[Transaction], clock: Clock, outlet: Outlet, release_id: int, ahead: timedelta) -> bool:
    try:
        async with begin() as tx:
            return await _take(tx, release_id, outlet, clock.now(), ahead)
    except Overtaken:
        return False
    except NotPublishable as error:
        reason = str(error)
    except (ValueError, LookupError, TypeError) as error:
        # What is stored of this release is broken, not the store; the other releases must not wait for it.
        reason = f"cannot be published as it is stored: {place(error)}"
    async with begin() as tx:
        await tx.lock_release(release_id)
        return await _hold(tx, await tx.release(release_id), reason, clock.now())


async def _take(tx: Transaction, release_id: int, outlet: Outlet, now: datetime, ahead: timedelta) -> bool:
    await tx.lock_release(release_id)
    release = await tx.release(release_id)
    if release.state is not ReleaseState.SCHEDULED or not _is_due(release, now, ahead):
        return False
    now = max(now, release.publish_at)
    match decide(release, now, await _known(tx, release, now)):
        case Send(stage, reason, alarm):
            if alarm:
                log.warning("published late", action="published_late", release=release_id, reason=reason)
            await publish(tx, release, outlet, at=now, reason=reason, stage=stage)
        case Hold(reason):
            return await _hold(tx, release, reason, now)
        case Cancel(reason):
            log.warning("not published any more", action="late_cancelled", release=release_id, reason=reason)
            await move(tx, release, ReleaseState.CANCELLED, at=now, actor=PUBLISHER, reason=reason)
    return True


def _is_due(release: Release, now: datetime, ahead: timedelta) -> bool:
    # What it follows may still be under way: what follows a publication waits for its hour.
    return release.publish_at <= (now + ahead if release.policy.form is Form.FIRST else now)


async def _known(tx: Transaction, release: Release, now: datetime) -> Known:
    if release.policy.form is Form.FIRST:
        return Known()
    try:
        begun = await phase(tx, release.announcement_id, now) is Phase.IN_PROGRESS
    except LookupError:
        return Known()
    untrue = await disagreements(tx, release.announcement_id, release.policy, now)
    return Known(begun, "; ".join(finding.message for finding in untrue))


async def _hold(tx: Transaction, release: Release, reason: str, now: datetime) -> bool:
    if release.state is not ReleaseState.SCHEDULED:
        return False
    log.warning("held", action="held", release=release.id, reason=reason)
    await move(tx, release, ReleaseState.HELD, at=now, actor=PUBLISHER, reason=reason)
    return True
