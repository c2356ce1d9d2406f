"""Snapshots of segments: what is kept of them, for how long, and how their members are deleted."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

import structlog

from publisher.mailing.erasure import Suppressions
from publisher.mailing.segments.rows import Member
from publisher.release import snapshot
from publisher.release.snapshot import Snapshot
from publisher.transaction import Begin

log = structlog.get_logger(__name__)

PIECE = 2_000
"""Members per transaction: short enough that a mailing beside it does not wait."""
PAGE = 10_000
LONGEST_TAKING = timedelta(days=1)
"""After it, a snapshot that is not whole was left behind by a program that died."""


class SegmentError(ValueError):
    """A snapshot that cannot be taken or found; the message says what to do."""


@dataclass(frozen=True, slots=True)
class NewSnapshot:
    """A snapshot about to be taken."""

    segment: str
    taken_at: datetime
    source: str
    legal_basis: str
    keep: timedelta
    """After so long its members are deleted."""


class Transaction(snapshot.Transaction, Suppressions, Protocol):
    """The queries about snapshots and their members."""

    async def add_snapshot(self, new: NewSnapshot, at: datetime) -> int:
        """The new row's id, with no member yet: nobody's audience until it is whole."""

    async def add_members(self, snapshot_id: int, segment: str, members: Sequence[Member]) -> Collection[str]:
        """The external ids of those that were stored; the others share theirs, or their address, with one before."""

    async def members(self, snapshot_id: int, after: str, limit: int) -> Sequence[Member]:
        """A page of them, in the order of the bytes of their external ids."""

    async def complete_snapshot(self, snapshot_id: int, count: int, sha256: str) -> None:
        """From now on it is the segment's."""

    async def snapshots(self, segment: str | None = None) -> Sequence[Snapshot]:
        """Whole ones, by segment, newest first."""

    async def snapshots_over(self, now: datetime, left_behind: datetime) -> Sequence[tuple[int, bool]]:
        """Those whose members must go, and whether they are whole; what is not whole since `left_behind` never will."""

    async def begin_deletion(self, snapshot_id: int, at: datetime, why: str) -> None:
        """Nobody is mailed on it any more; harmless to repeat."""

    async def delete_members(self, snapshot_id: int, limit: int) -> int:
        """How many went."""

    async def drop_snapshot(self, snapshot_id: int) -> None:
        """One without members that never was whole."""


async def digest(tx: Transaction, snapshot_id: int) -> tuple[int, str]:
    """How many members a snapshot has, and the SHA-256 of their canonical rows."""
    count, whole, last = 0, hashlib.sha256(), ""
    while page := await tx.members(snapshot_id, last, PAGE):
        whole.update("".join(member.canonical for member in page).encode())
        count, last = count + len(page), page[-1].external_id
    return count, whole.hexdigest()


async def delete(begin: Begin[Transaction], segment: str, now: datetime, why: str) -> Sequence[Snapshot]:
    """Deletes the members of every snapshot of a segment; those it was. Raises SegmentError when there are none."""
    async with begin() as tx:
        there = [each for each in await tx.snapshots(segment) if each.deleted_at is None]
        if not there:
            raise SegmentError(f"there is no snapshot of {segment!r} with members; publisher segments list shows all")
        for snapshot in there:
            await tx.begin_deletion(snapshot.id, now, why)
    for snapshot in there:
        await _empty(begin, snapshot.id)
    return there


async def purge(begin: Begin[Transaction], read: Begin[Transaction], now: datetime) -> int:
    """Deletes the members whose time is over and what was never whole; how many snapshots. Harmless to repeat."""
    async with read() as tx:
        over = await tx.snapshots_over(now, now - LONGEST_TAKING)
    for snapshot_id, whole in over:
        async with begin() as tx:
            await tx.begin_deletion(snapshot_id, now, "its time was over")
        members = await _empty(begin, snapshot_id)
        log.info("members of a segment are deleted", action="segment_deleted", id=snapshot_id, count=members)
        if not whole:
            await _drop(begin, snapshot_id)
    return len(over)


async def forget(begin: Begin[Transaction], snapshot_id: int) -> None:
    """Removes a snapshot that is not whole, with all its members."""
    await _empty(begin, snapshot_id)
    await _drop(begin, snapshot_id)


async def _empty(begin: Begin[Transaction], snapshot_id: int) -> int:
    total = 0
    while True:
        async with begin() as tx:
            gone = await tx.delete_members(snapshot_id, PIECE)
        total += gone
        if gone < PIECE:
            return total


async def _drop(begin: Begin[Transaction], snapshot_id: int) -> None:
    async with begin() as tx:
        await tx.drop_snapshot(snapshot_id)
