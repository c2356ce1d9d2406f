"""A run of the digest, as stored, and those whom it did not reach."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from publisher.delivery.states import RecipientState

LOST = frozenset({RecipientState.REJECTED, RecipientState.EXPIRED, RecipientState.CANCELLED})
"""Those who certainly have no digest, and did not leave either: the next one tells them what it listed."""


@dataclass(frozen=True, slots=True)
class DigestRun:
    """Digests whose hour had come."""

    id: int
    destination: str
    account: str
    at: datetime
    deadline: datetime
    through: int
    """The last item that it considered."""
    due: int
    """Readers whose hour it was, whether or not there was anything to read."""
    layout: str
    """The SHA-256 of the layout."""
    mailing_id: int


class Transaction(Protocol):
    """What a mailing asks of the digests that it may be one of."""

    async def digest_run(self, run_id: int) -> DigestRun:
        """Raises LookupError."""

    async def turn_of_digests(self) -> None:
        """Keeps runs of digests from starting until the end of the transaction; waits for one that has begun."""

    async def note_missed_digests(self, mailing_id: int) -> None:
        """Notes its `LOST` recipients for their next digests; in a turn of digests. Harmless to repeat."""

    async def take_back_missed(self, recipient_ids: Collection[int]) -> frozenset[int]:
        """Forgets the notes of these; which of them had one, and no digest since. In a turn of digests."""
