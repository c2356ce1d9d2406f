"""Everything that is held about one address, for whoever asks for it (GDPR articles 15 and 20)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from publisher import transaction


@dataclass(frozen=True, slots=True)
class Wanted:
    """A subscription."""

    kind: str
    frequency: str


@dataclass(frozen=True, slots=True)
class Standing:
    """The subscriber with that address."""

    id: int
    locale: str
    zone: str | None
    jurisdiction: str | None
    state: str
    has_anti_phishing_code: bool
    """The code itself is for its reader's eyes only: it is in their mail."""
    follow: str
    """How much they are mailed of what follows an announcement."""
    digest_hour: int
    """0 to 23, where they live."""
    digest_weekday: str
    created_at: datetime
    updated_at: datetime
    subscriptions: Sequence[Wanted]


@dataclass(frozen=True, slots=True)
class Stopped:
    """A class of mail that the address does not get."""

    mail_class: str
    reason: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Agreed:
    """A line of the consent record."""

    at: datetime
    act: str
    source: str
    wording: str | None
    origin: str | None
    """Where they agreed, as the list said that they came with; `agreed_at` is when."""
    agreed_at: datetime | None
    kinds: Sequence[str]
    network_hash: str | None


@dataclass(frozen=True, slots=True)
class Membership:
    """A row of a segment's snapshot."""

    segment: str
    taken_at: datetime
    delete_at: datetime
    legal_basis: str
    external_id: str
    locale: str
    zone: str | None
    jurisdiction: str | None


@dataclass(frozen=True, slots=True)
class Mailed:
    """A mail that was sent to the address, or is to be."""

    announcement: str | None
    reference: str | None
    """None before publication, and for a mail that is about several announcements."""
    destination: str | None
    stage: str | None
    """`digest` of a digest."""
    locale: str | None
    state: str
    reason: str | None
    attempts: int
    tried_at: datetime | None
    ended_at: datetime | None


@dataclass(frozen=True, slots=True)
class Asked:
    """A letter that somebody asked for on a page: to confirm an address, or with a link to the preferences."""

    purpose: str
    asked_at: datetime
    state: str
    tried_at: datetime | None
    used_at: datetime | None


@dataclass(frozen=True, slots=True)
class Disclosure:
    """What is held; empty where nothing is."""

    address: str
    subscriber: Standing | None
    suppressions: Sequence[Stopped]
    consent: Sequence[Agreed]
    segments: Sequence[Membership]
    mails: Sequence[Mailed]
    letters: Sequence[Asked]

    @property
    def is_empty(self) -> bool:
        return not (self.subscriber or self.suppressions or self.segments or self.mails)


class Transaction(transaction.Transaction, Protocol):
    """The queries about one address; `key` is its `address_key`."""

    async def standing_with(self, key: str) -> Standing | None: ...

    async def stopped_for(self, key: str) -> Sequence[Stopped]: ...

    async def agreed_by(self, subscriber_id: int) -> Sequence[Agreed]: ...

    async def letters_to(self, subscriber_id: int) -> Sequence[Asked]: ...

    async def memberships_of(self, key: str) -> Sequence[Membership]: ...

    async def mailed_to(self, key: str, subscriber_id: int | None) -> Sequence[Mailed]:
        """To that address, and to that subscriber while they had another. Reads every recipient there is."""


async def disclose(tx: Transaction, key: str) -> Disclosure:
    """Whatever there is about the address with `key`."""
    standing = await tx.standing_with(key)
    return Disclosure(
        address=key,
        subscriber=standing,
        suppressions=await tx.stopped_for(key),
        consent=await tx.agreed_by(standing.id) if standing else (),
        segments=await tx.memberships_of(key),
        mails=await tx.mailed_to(key, standing.id if standing else None),
        letters=await tx.letters_to(standing.id) if standing else (),
    )
