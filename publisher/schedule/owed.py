"""What readers were promised and a person has to do: updates and languages. And when what is pinned comes down."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime

from publisher.content.kinds.kind import Kind
from publisher.delivery.pins import PinState, PinTransaction
from publisher.release.late_languages import Awaited, awaited
from publisher.release.next_updates import FORGOTTEN, Promised, promised
from publisher.release.release import Release
from publisher.schedule.line import Coming


async def owed(tx: PinTransaction, kinds: Mapping[str, Kind], since: datetime, until: datetime) -> Sequence[Coming]:
    """From `since` until `until`, and what is overdue by `since`."""
    found = [_update(each, since) for each in await promised(tx) if since < each.at + FORGOTTEN]
    if any(kind.late_locales for kind in kinds.values()):  # else every release that is public would be read for nothing
        found += [_language(each) for each in await awaited(tx, kinds, since)]
    found += [each async for each in _pins(tx, since)]
    return [each for each in found if each.at < until]


def _update(each: Promised, now: datetime) -> Coming:
    late = each.at <= now
    return _of(each.release, each.at, "update", "overdue" if late else "promised", each.sentence if late else "")


def _language(each: Awaited) -> Coming:
    return _of(each.release, each.due, each.locale, "overdue" if each.missed else "promised", each.sentence)


async def _pins(tx: PinTransaction, now: datetime) -> AsyncIterator[Coming]:
    for pin in await tx.pins():
        if pin.state is PinState.PINNED and pin.until > now:
            release = await tx.release((await tx.delivery(pin.delivery_id)).release_id)
            yield _of(release, pin.until, "pin ends", "planned", "", pin.destination)


def _of(release: Release, at: datetime, what: str, state: str, why: str, *places: str) -> Coming:
    name, kind, zone = release.announcement_id, release.policy.kind, release.time_zone
    return Coming(at, what, release.title, kind, release.id, name, zone, state, places, why)
