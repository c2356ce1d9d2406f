"""What readers agreed to and took back: kept as proof, never changed afterwards."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from publisher import transaction


class Act(StrEnum):
    """What a reader did, or what was done for them."""

    ASKED = "asked"
    CONFIRMED = "confirmed"
    CHANGED = "changed"
    UNSUBSCRIBED = "unsubscribed"
    IMPORTED = "imported"
    ADDED = "added"
    ERASED = "erased"


class Source(StrEnum):
    """Where it was done."""

    PAGE = "page"
    MAIL = "mail"
    IMPORT = "import"
    STAFF = "staff"


@dataclass(frozen=True, slots=True)
class Consent:
    """One act of one reader."""

    act: Act
    source: Source
    at: datetime
    kinds: Collection[str] = ()
    """Those that they have after it."""
    wording: str | None = None
    """The version of the words that they saw."""
    network_hash: str | None = None
    """A keyed hash of the network that they came from."""


class Transaction(transaction.Transaction, Protocol):
    """The query about consent."""

    async def record_consent(self, subscriber_id: int, consent: Consent) -> None: ...
