"""Takes a snapshot of a segment from a file: checked first, then stored in pieces, nobody's until it is whole."""

from __future__ import annotations

import asyncio
import re
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from pathlib import Path

from publisher.encryption import Hashing
from publisher.mailing.addresses import address_key
from publisher.mailing.erasure import erased_among
from publisher.mailing.intake.files import OpenList, open_list
from publisher.mailing.intake.rows import Problem
from publisher.mailing.segments.rows import Member, read_member
from publisher.mailing.segments.snapshots import PIECE, NewSnapshot, SegmentError, Transaction, digest, forget
from publisher.release.snapshot import Snapshot
from publisher.transaction import Begin
from publisher.wall_time import in_utc

_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
_LONGEST_KEPT = timedelta(days=3_650)
_AHEAD = timedelta(minutes=5)
"""How far the clock of whoever took the snapshot may be ahead of ours."""

ERASED = "was erased: nobody writes there any more"
SHARED = "shares its external_id or its address with a row before it, which counts"


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of the rows of a file."""

    snapshot: Snapshot | None
    """None after a dry run, and when rows that cannot be taken stopped everything."""
    stored: int
    """Or, without a snapshot, those that could be."""
    refused: int
    shared: int = 0
    """Rows that say the same external id or address as one before."""
    known: bool = False
    """Whether this very snapshot was there already."""
    erased: int = 0
    """Rows whose address was erased once: they are not stored."""


@dataclass(frozen=True, slots=True)
class Telling:
    """Who hears of rows that cannot be taken, and of how far it has come: bytes read and bytes in all."""

    problem: Callable[[Problem], None]
    progress: Callable[[int, int], None] = lambda done, size: None


async def take(
    begin: Begin[Transaction],
    read: Begin[Transaction],
    path: Path,
    new: NewSnapshot,
    *,
    at: datetime,
    hashing: Hashing,
    telling: Telling,
    skip_bad: bool = False,
    dry_run: bool = False,
) -> Taken:
    """Makes the rows of `path` the newest snapshot of their segment; with `dry_run` only checks them.

    Unless `skip_bad` allows it, a row that cannot be taken stops everything. Taking the same snapshot again changes
    nothing. Raises SegmentError, IntakeError and OSError.
    """
    _check(new, at)
    async with read() as tx:
        _check_order(new, await tx.newest_snapshot(new.segment))
    file = _File(path, telling)
    if not skip_bad or dry_run:
        good, refused = await file.counted()
        if dry_run or (refused and not skip_bad):
            return Taken(None, good, refused)
    async with begin() as tx:
        snapshot_id = await tx.add_snapshot(new, at)
    rows = await file.stored(begin, snapshot_id, new.segment, hashing)
    async with read() as tx:
        count, sha256 = await digest(tx, snapshot_id)
    try:
        same = await _completed(begin, new, snapshot_id, count, sha256)
    except SegmentError:
        await forget(begin, snapshot_id)
        raise
    if same is not None:
        await forget(begin, snapshot_id)
    async with read() as tx:
        snapshot = same or await tx.snapshot(new.segment, sha256)
    return Taken(snapshot, rows["stored"], rows["refused"], rows["shared"], same is not None, rows["erased"])


async def _completed(
    begin: Begin[Transaction], new: NewSnapshot, snapshot_id: int, count: int, sha256: str
) -> Snapshot | None:
    """Makes it the segment's; the snapshot that was there already and says the same, if there is one."""
    if not count:
        raise SegmentError("no row could be taken; a segment has at least one member")
    async with begin() as tx:
        newest = await tx.newest_snapshot(new.segment)
        if newest and newest.deleted_at is None and (newest.taken_at, newest.sha256) == (new.taken_at, sha256):
            return newest
        # Asked again: another snapshot may have been taken while this one was read.
        _check_order(new, newest)
        await tx.complete_snapshot(snapshot_id, count, sha256)
    return None


def _check(new: NewSnapshot, at: datetime) -> None:
    if not _NAME.fullmatch(new.segment):
        raise SegmentError(f"{new.segment!r} cannot be a segment's name; use small letters, digits, - and _")
    if new.taken_at > at + _AHEAD:
        raise SegmentError(f"it cannot have been taken at {in_utc(new.taken_at)}, which is still to come")
    if not new.legal_basis.strip():
        raise SegmentError("say on which legal basis these people are written to, such as: contract, terms 4.2")
    if len(new.legal_basis.splitlines()) > 1:
        raise SegmentError("the legal basis is one line: it stands in lists, and in what people ask to see")
    if not timedelta(0) < new.keep <= _LONGEST_KEPT:
        raise SegmentError(f"members can be kept for 1 to {_LONGEST_KEPT.days} days")


def _check_order(new: NewSnapshot, newest: Snapshot | None) -> None:
    if newest and newest.taken_at > new.taken_at:
        raise SegmentError(f"there is a newer snapshot: {newest.name}; a segment never goes back")


@dataclass(frozen=True, slots=True)
class _File:
    path: Path
    telling: Telling

    async def counted(self) -> tuple[int, int]:
        """How many rows can be taken, and how many cannot."""
        good = refused = 0
        with open_list(self.path) as opened:
            while piece := await self._piece(opened):
                members = self._members(piece)
                good, refused = good + len(members), refused + len(piece) - len(members)
        return good, refused

    async def stored(
        self, begin: Begin[Transaction], snapshot_id: int, segment: str, hashing: Hashing
    ) -> Mapping[str, int]:
        """How many were stored, refused, erased once, and shared an external id or address with one before."""
        rows = Counter[str]()
        with open_list(self.path) as opened:
            while piece := await self._piece(opened):
                members = self._members(piece)
                async with begin() as tx:
                    wanted = await self._not_erased(tx, hashing, members)
                    new = await tx.add_members(snapshot_id, segment, [member for _, member in wanted])
                left_out = self._left_out(wanted, new)
                rows.update(stored=len(wanted) - left_out, shared=left_out)
                rows.update(erased=len(members) - len(wanted), refused=len(piece) - len(members))
        return rows

    async def _not_erased(
        self, tx: Transaction, hashing: Hashing, members: Sequence[tuple[int, Member]]
    ) -> Sequence[tuple[int, Member]]:
        """The others are told."""
        erased = await erased_among(tx, hashing, [address_key(member.address) for _, member in members])
        for line, member in members if erased else ():
            if address_key(member.address) in erased:
                self.telling.problem(Problem(line, "address", ERASED))
        return [(line, member) for line, member in members if address_key(member.address) not in erased]

    def _left_out(self, members: Sequence[tuple[int, Member]], stored: Collection[str]) -> int:
        """How many rows share with one before; each is told."""
        first, left_out = set(stored), 0
        for line, member in members:
            if member.external_id in first:
                first.discard(member.external_id)
            else:
                self.telling.problem(Problem(line, "", SHARED))
                left_out += 1
        return left_out

    async def _piece(self, opened: OpenList) -> Sequence[tuple[int, Member | Problem]]:
        # In a thread: a page of the desk must not wait while thousands of rows are parsed.
        piece = await asyncio.to_thread(lambda: list(islice(self._read(opened), PIECE)))
        self.telling.progress(opened.position(), opened.size)
        return piece

    def _read(self, opened: OpenList) -> Iterator[tuple[int, Member | Problem]]:
        for line, fields in opened.rows:
            yield line, fields if isinstance(fields, Problem) else read_member(line, fields)

    def _members(self, piece: Sequence[tuple[int, Member | Problem]]) -> Sequence[tuple[int, Member]]:
        """Those that can be taken; the others are told."""
        for _, row in piece:
            if isinstance(row, Problem):
                self.telling.problem(row)
        return [(line, row) for line, row in piece if isinstance(row, Member)]
