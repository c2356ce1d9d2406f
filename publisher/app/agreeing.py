"""Whether what is prepared agrees with what holds of its event, and with what else is announced.

Asked for `check`; `submit` asks for the former once more.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from publisher.channel import Finding, Place, Severity
from publisher.content.announcement import Revision
from publisher.delivery import planned
from publisher.delivery.agreement import disagreements
from publisher.delivery.transaction import Transaction
from publisher.release.approval import Refused
from publisher.release.policy import Policy, policy_of
from publisher.release.prepare import Prepared
from publisher.schedule import agenda
from publisher.schedule.conflicts import Event, conflicts, event_of

if TYPE_CHECKING:
    from publisher.app import App


async def untrue(app: App, prepared: Prepared) -> Sequence[Finding]:
    """What it would say that does not hold any more."""
    async with app.store.read() as tx:
        return await _found(tx, prepared, app.clock.now())


async def contradicting(app: App, prepared: Prepared) -> Sequence[Finding]:
    """A warning for each announcement that it should not meet in time."""
    policy = policy_of(prepared.revision, prepared.form, prepared.correction)
    async with app.store.read() as tx:
        others = (await agenda.read(tx, app.kinds)).events
    fix = "Move one of the two, or leave it so on purpose; publisher schedule list shows both."
    return [
        Finding("schedule.conflict", said, fix, Severity.WARNING, place=Place("announcement.toml"))
        for said in conflicts(_event(prepared.revision, policy), others)
    ]


def _event(revision: Revision, policy: Policy) -> Event:
    name, times = revision.announcement_id, planned.event_of(policy)
    return event_of(name, name, revision.facts, policy, times, revision.schedule.at)


async def refuse(tx: Transaction, prepared: Prepared, now: datetime) -> None:
    """Raises Refused when those on duty have moved the event since it was prepared."""
    for finding in await _found(tx, prepared, now):
        raise Refused(f"{finding.message}. {finding.fix}")


async def _found(tx: Transaction, prepared: Prepared, now: datetime) -> Sequence[Finding]:
    policy = policy_of(prepared.revision, prepared.form, prepared.correction)
    return await disagreements(tx, prepared.revision.announcement_id, policy, now)
