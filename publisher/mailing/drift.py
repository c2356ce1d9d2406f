"""Approval binds how many readers a mailing has: counted when it is submitted, and held when far off at its start."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime

import structlog

from publisher.channel import Target
from publisher.delivery.states import DeliveryState
from publisher.delivery.transaction import Delivery
from publisher.delivery.transitions import move
from publisher.mailing.audience import Asked
from publisher.mailing.meant import Spoken, meant
from publisher.mailing.transaction import Readership, Transaction
from publisher.release.approval import Refused
from publisher.release.expectation import Expected
from publisher.release.release import Release

log = structlog.get_logger(__name__)

SLACK = 10
"""Readers more or fewer that never matter, however few are expected."""


async def expect(tx: Transaction, asked: Asked, editions: Sequence[tuple[Spoken, Target]]) -> Sequence[Expected]:
    """Counts the readers of each mailing that these editions make, once for all stages; raises SegmentGone."""
    first: dict[tuple[str, str, str], tuple[Spoken, Target]] = {}
    for edition, target in editions:
        first.setdefault((edition.destination, edition.locale, edition.operation), (edition, target))
    found = []
    for (destination, locale, operation), (edition, target) in first.items():
        available = _languages(edition, [each for each, _ in editions])
        who = await meant(tx, asked, edition, available, target)
        found.append(Expected(destination, locale, operation, await tx.count_readers(who.readers)))
    return found


def drifted(expected: int, found: int, limit: float) -> bool:
    """Whether `found` is too far from `expected`; `limit` is relative, 0.2 for a fifth. Pure."""
    return abs(found - expected) > max(limit * expected, SLACK)


async def hold_for_drift(
    tx: Transaction, release: Release, order: Delivery, readers: Readership, limit: float, now: datetime
) -> bool:
    """Holds a mailing that would reach far more or far fewer readers than people approved; whether it does.

    Only the first mailing of a release in a language: what follows it must reach whom that has reached. What is
    urgent goes out, with the alarm.
    """
    theirs = (order.destination, order.locale, order.operation)
    wanted = {(e.destination, e.locale, e.operation): e for e in await tx.expected(release.id)}
    if theirs not in wanted or await _is_repeated(tx, order):
        return False
    found = await tx.count_readers(readers)
    if not drifted(wanted[theirs].readers, found, limit):
        return False
    told = replace(wanted[theirs], found=found)
    log.error("a mailing has other readers", action="audience_drift", release=release.id, reason=told.drift)
    if release.policy.urgent:
        return False
    await tx.save_expected(release.id, [told])
    reason = f"it {told.drift}; publisher mailing go {release.id} lets it go out"
    await move(tx, await tx.lock_delivery(order.id), DeliveryState.HELD, at=now, reason=reason)
    return True


async def go(tx: Transaction, release_id: int, *, at: datetime, actor: str, reason: str) -> Sequence[Expected]:
    """Lets the mailings of a release go that were held for their number of readers; raises Refused when none is."""
    await tx.lock_release(release_id)
    held = [expected for of, expected in await tx.drifted() if of == release_id]
    if not held:
        raise Refused(f"no mailing of release {release_id} waits for a go")
    places = {(expected.destination, expected.locale, expected.operation): expected for expected in held}
    for delivery in await tx.deliveries(release_id):
        found = places.get((delivery.destination, delivery.locale, delivery.operation))
        if found is None or delivery.state is not DeliveryState.HELD:
            continue
        why = f"{reason}: it {found.drift}"
        locked = await tx.lock_delivery(delivery.id)
        await move(tx, locked, DeliveryState.QUEUED, at=at, actor=actor, reason=why, run_at=max(at, locked.run_at))
    await tx.save_expected(release_id, [replace(each, readers=each.found or 0, found=None) for each in held])
    return held


async def _is_repeated(tx: Transaction, order: Delivery) -> bool:
    return any(
        earlier.id < order.id and (earlier.destination, earlier.locale) == (order.destination, order.locale)
        for earlier in await tx.deliveries(order.release_id)
    )


def _languages(edition: Spoken, editions: Collection[Spoken]) -> frozenset[str]:
    theirs = (edition.destination, edition.stage, edition.operation)
    return frozenset(e.locale for e in editions if (e.destination, e.stage, e.operation) == theirs)
