"""Whether what is prepared still says what holds of its event; asked for `check`, and once more by `submit`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from publisher.channel import Finding
from publisher.delivery.agreement import disagreements
from publisher.delivery.transaction import Transaction
from publisher.release.approval import Refused
from publisher.release.policy import policy_of
from publisher.release.prepare import Prepared

if TYPE_CHECKING:
    from publisher.app import App


async def untrue(app: App, prepared: Prepared) -> Sequence[Finding]:
    """What it would say that does not hold any more."""
    async with app.store.read() as tx:
        return await _found(tx, prepared, app.clock.now())


async def refuse(tx: Transaction, prepared: Prepared, now: datetime) -> None:
    """Raises Refused when those on duty have moved the event since it was prepared."""
    for finding in await _found(tx, prepared, now):
        raise Refused(f"{finding.message}. {finding.fix}")


async def _found(tx: Transaction, prepared: Prepared, now: datetime) -> Sequence[Finding]:
    policy = policy_of(prepared.revision, prepared.form, prepared.correction)
    return await disagreements(tx, prepared.revision.announcement_id, policy, now)
