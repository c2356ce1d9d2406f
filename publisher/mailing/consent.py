"""What readers agreed to and took back: a line for everything that changed, never changed afterwards."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from publisher import transaction
from publisher.encryption import Hashing
from publisher.mailing.intake.rows import Reader

NETWORK = "network"
"""What hashes of network addresses are for: the same address has another hash elsewhere."""


class Act(StrEnum):
    """What was done."""

    ASKED = "asked"
    """Somebody typed the address into the page."""
    CONFIRMED = "confirmed"
    """Whoever reads the mail of the address said yes."""
    CHANGED = "changed"
    UNSUBSCRIBED = "unsubscribed"
    IMPORTED = "imported"
    ADDED = "added"
    ERASED = "erased"


class Source(StrEnum):
    """Where it was done."""

    PAGE = "page"
    MAIL = "mail"
    """By the link or the button in a mail."""
    IMPORT = "import"
    STAFF = "staff"


@dataclass(frozen=True, slots=True)
class Consent:
    """One line about one reader."""

    subscriber_id: int
    at: datetime
    act: Act
    source: Source
    kinds: Collection[str] = ()
    """What it was about."""
    wording: str | None = None
    """The version of the words they saw; None where they saw none of ours."""
    network_hash: str | None = field(default=None, repr=False)
    """See `hash_of_network`."""


@dataclass(frozen=True, slots=True)
class How:
    """The same for many readers at once."""

    act: Act
    source: Source


BY_IMPORT = How(Act.IMPORTED, Source.IMPORT)
BY_STAFF = How(Act.ADDED, Source.STAFF)


class Transaction(transaction.Transaction, Protocol):
    """The queries about consent."""

    async def save_consent(self, consent: Consent) -> None: ...

    async def save_consents(self, readers: Mapping[str, Reader], how: How, at: datetime) -> None:
        """A line for each, by subscriber id, with the kinds and the origin that the reader has."""


async def record_consent(tx: Transaction, consent: Consent) -> None:
    """Keeps it, in the transaction that does what it says."""
    await tx.save_consent(consent)


def hash_of_network(hashing: Hashing, address: str) -> str:
    """Recognises the network address that somebody came from, without keeping it."""
    return hashing.of(address, NETWORK)
