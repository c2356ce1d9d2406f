"""A segment at one moment: whom people approve when a release is for a segment."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from publisher import transaction
from publisher.wall_time import in_utc

SHOWN = 12
"""Digits of a hash that people read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """A segment as it was at one moment. What is said of it here stays when its members are deleted."""

    id: int
    segment: str
    taken_at: datetime
    received_at: datetime
    source: str
    """`file` or `pull`."""
    legal_basis: str
    count: int
    sha256: str
    """Over its canonical rows, see docs/segments.md."""
    delete_at: datetime
    deleted_at: datetime | None = None
    deleted_why: str = ""

    @property
    def name(self) -> str:
        """How staff name it: `holders-eth of 2026-12-01 00:00 UTC (3f2a9c41d07e)`."""
        return f"{self.segment} of {in_utc(self.taken_at)} ({self.sha256[:SHOWN]})"


class Transaction(transaction.Transaction, Protocol):
    """The queries about snapshots."""

    async def newest_snapshot(self, segment: str) -> Snapshot | None:
        """The one taken last, whether or not its members were deleted since; only whole ones count."""

    async def snapshot(self, segment: str, sha256: str) -> Snapshot | None:
        """The newest with this hash, preferably one whose members are there."""

    async def segment_names(self) -> list[str]:
        """In order."""
