"""Erases a reader, and keeps what it takes never to write to them again: see docs/decisions/0013-erasure.md."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from publisher import transaction
from publisher.content.kinds.kind import MailClass
from publisher.encryption import Hashing
from publisher.mailing import consent
from publisher.mailing.consent import Act, Consent, Source, record_consent

ERASED = "erased"
ADDRESS = "address"
"""What hashes of addresses are for."""
PIECE = 1_000
"""Mails per statement."""


@dataclass(frozen=True, slots=True)
class Erased:
    """What became of it."""

    subscriber: bool
    mails: int
    memberships: int
    on_their_way: int
    """Mails that were being sent at that moment: the relay's answer may name the address once more."""

    @property
    def anything(self) -> bool:
        return bool(self.subscriber or self.mails or self.memberships)


class Suppressions(transaction.Transaction, Protocol):
    """The query about who does not get mail."""

    async def suppressed_among(self, keys: Collection[str]) -> frozenset[str]:
        """Those of `keys` that do not get some class of mail."""


class Transaction(consent.Transaction, Suppressions, Protocol):
    """The queries of an erasure; `key` is an `address_key`."""

    async def suppress(self, keys: Collection[str], classes: Collection[MailClass], reason: str, at: datetime) -> None:
        """Idempotent: what is suppressed stays so for its first reason."""

    async def subscriber_with(self, key: str) -> int | None:
        """The id of the subscriber with that address, in whatever state."""

    async def recipients_of(self, key: str, subscriber_id: int | None) -> Sequence[int]:
        """Rows about mails to that address, and to that subscriber while they had another. Reads every recipient."""

    async def forget_subscriber(self, subscriber_id: int, hashed: str, at: datetime) -> None:
        """Leaves the row with the hash and nothing that tells about a person; their letters go."""

    async def forget_suppressions(self, key: str) -> None: ...

    async def forget_requests(self, key: str) -> None:
        """What was asked for on a page and not looked at yet."""

    async def forget_recipients(self, recipient_ids: Collection[int], hashed: str, at: datetime) -> int:
        """The hash instead of the address; who was still to be sent to is suppressed. How many are being sent."""

    async def forget_members(self, key: str) -> int:
        """Of every segment; how many."""


async def erase(tx: Transaction, hashing: Hashing, key: str, at: datetime) -> Erased:
    """Nothing about the address with `key` is left but its keyed hash, which stops every mail. Harmless to repeat."""
    hashed = hash_of_address(hashing, key)
    subscriber_id = await tx.subscriber_with(key)
    mails = await tx.recipients_of(key, subscriber_id)
    await tx.suppress([hashed], tuple(MailClass), ERASED, at)
    await tx.forget_suppressions(key)
    await tx.forget_requests(key)
    if subscriber_id is not None:
        await tx.forget_subscriber(subscriber_id, hashed, at)
        await record_consent(tx, Consent(subscriber_id, at, Act.ERASED, Source.STAFF))
    pieces = [mails[start : start + PIECE] for start in range(0, len(mails), PIECE)]
    on_their_way = [await tx.forget_recipients(piece, hashed, at) for piece in pieces]
    return Erased(subscriber_id is not None, len(mails), await tx.forget_members(key), sum(on_their_way))


async def erased_among(tx: Suppressions, hashing: Hashing, keys: Collection[str]) -> frozenset[str]:
    """Those of `keys` that were erased once: nobody brings them back, neither a list nor a page."""
    return await erased_of(tx, hashes_of(hashing, keys))


def hashes_of(hashing: Hashing, keys: Collection[str]) -> Mapping[str, str]:
    """The hash of each key, and the key."""
    return {hash_of_address(hashing, key): key for key in keys}


async def erased_of(tx: Suppressions, hashes: Mapping[str, str]) -> frozenset[str]:
    """`erased_among`, of keys that were hashed before."""
    return frozenset(hashes[found] for found in await tx.suppressed_among(hashes))


def hash_of_address(hashing: Hashing, key: str) -> str:
    """What is left of an erased address in place of its `address_key`."""
    return hashing.of(key, ADDRESS)
