"""The readers whom one edition is meant for: subscribers, or the members of a segment's snapshot."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Protocol

from publisher.channel import Target
from publisher.mailing.audience import Asked, Placed, readership, served
from publisher.mailing.transaction import Readership, Transaction
from publisher.release.snapshot import SHOWN, Snapshot
from publisher.wall_time import in_utc


class SegmentGone(Exception):
    """The members whom people approved are not there any more; the message says since when."""


class Spoken(Placed, Protocol):
    """An edition in one language, or the delivery of one."""

    @property
    def locale(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Meant:
    """Who is meant, and as members of which snapshot."""

    readers: Readership
    snapshot: Snapshot | None


async def meant(tx: Transaction, asked: Asked, order: Spoken, available: Collection[str], target: Target) -> Meant:
    """Those who read the order's language, or fall back to it, when its destination gets `available` ones.

    Raises SegmentGone, AudienceError.
    """
    snapshot = await _snapshot(tx, asked)
    known = await tx.reader_locales() if snapshot is None else await tx.member_locales(snapshot.id)
    # A language that follows is not for readers of the languages that have been mailed, not even as a fallback.
    mailed = {have.locale for have in await tx.standing(asked.announcement_id) if have.destination == order.destination}
    locales = served(order.locale, {*available, *mailed}, known)
    return Meant(readership(asked, order, locales, target, snapshot.id if snapshot else None), snapshot)


async def _snapshot(tx: Transaction, asked: Asked) -> Snapshot | None:
    name = asked.audience.segment
    if name is None:
        return None
    snapshot = await tx.snapshot(name, asked.snapshot)
    if snapshot is None:
        raise SegmentGone(
            f"segment {name} has no snapshot {asked.snapshot[:SHOWN]}; submit it again on one that is there"
        )
    if snapshot.deleted_at is not None:
        since = in_utc(snapshot.deleted_at)
        raise SegmentGone(f"the members of {snapshot.name} are deleted since {since}; submit it again on a newer one")
    return snapshot
