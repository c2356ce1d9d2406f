"""Who gets mail: adding, importing and listing readers, and taking them out when they ask."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from publisher.content.kinds.kind import MailClass
from publisher.encryption import Hashing
from publisher.mailing import consent
from publisher.mailing.addresses import address_key
from publisher.mailing.consent import BY_IMPORT, Act, Consent, How, Source, record_consent
from publisher.mailing.erasure import erased_of, hashes_of
from publisher.mailing.intake.rows import DigestTime, Reader
from publisher.mailing.tokens import Grant, Purpose, Tokens

STOPS: Mapping[MailClass, tuple[MailClass, ...]] = {
    MailClass.PROMOTIONAL: (MailClass.PROMOTIONAL,),
    MailClass.SERVICE: (MailClass.PROMOTIONAL, MailClass.SERVICE),
    MailClass.MANDATORY: (MailClass.PROMOTIONAL, MailClass.SERVICE),
}
"""What unsubscribing from a mail of a class stops: never mandatory mail, of which a customer must still hear."""
UNSUBSCRIBED = "unsubscribed"
"""The reason of a suppression that a reader asked for, and may take back."""

HARD_BOUNCE = "hard bounce"


class SubscriberState(StrEnum):
    """Whether a subscriber gets mail. What they unsubscribed from is a suppression per class, not a state."""

    PENDING = "pending"
    """Somebody typed the address into the page; nobody has confirmed it."""
    ACTIVE = "active"
    BOUNCED = "bounced"
    """The address does not exist: the relay said so."""
    COMPLAINED = "complained"
    """They called a mail of ours spam."""
    ERASED = "erased"
    """Only what keeps us from writing again is left."""


@dataclass(frozen=True, slots=True)
class Subscriber:
    """A reader as stored."""

    id: int
    address: str
    locale: str
    kinds: frozenset[str]
    suppressed: frozenset[MailClass] = frozenset()
    """The classes of mail that this address does not get."""
    jurisdiction: str | None = None
    zone: str | None = None
    digests: DigestTime = field(default_factory=DigestTime)


@dataclass(frozen=True, slots=True)
class Saved:
    """What became of some readers; each is counted once."""

    added: int = 0
    updated: int = 0
    unchanged: int = 0
    suppressed: int = 0
    """Addresses that unsubscribed, bounced or were erased: left as they are."""

    def __add__(self, other: Saved) -> Saved:
        return Saved(
            self.added + other.added,
            self.updated + other.updated,
            self.unchanged + other.unchanged,
            self.suppressed + other.suppressed,
        )


class Transaction(consent.Transaction, Protocol):
    """The queries about subscribers."""

    async def suppressed_among(self, keys: Collection[str]) -> frozenset[str]:
        """Those of `keys` that do not get some class of mail."""

    async def subscribers_by_key(self, keys: Collection[str]) -> Mapping[str, Subscriber]: ...

    async def save_subscribers(self, readers: Mapping[str, Reader], at: datetime) -> None:
        """Adds those that are new with their subscriptions; gives the others the locale, the jurisdiction, the zone
        and the time of digests (where they are known) and the kinds they lack. `readers`: by `address_key`.
        """

    async def import_position(self, name: str) -> int:
        """How many pieces of a list are stored; 0 for one that is not under way."""

    async def save_import_position(self, name: str, pieces: int) -> None:
        """0 when nothing of it is left to do."""

    async def subscriber(self, subscriber_id: int) -> Subscriber | None: ...

    async def subscribers(self, after: int, limit: int) -> Sequence[Subscriber]:
        """A page of the list, by id."""

    async def count_subscribers(self) -> Mapping[str, int]:
        """Locale -> active subscribers."""

    async def addresses_of(self, recipient_ids: Collection[int]) -> Sequence[str]:
        """Where these mails went, without those of erased readers."""

    async def set_state(self, keys: Collection[str], state: SubscriberState, at: datetime) -> None:
        """Of active subscribers; the others stay what they are."""

    async def mailed_address(self, recipient_id: int) -> str:
        """Where a message to a member of a segment went; empty when there was none, or nobody knows any more."""

    async def suppress(self, keys: Collection[str], classes: Collection[MailClass], reason: str, at: datetime) -> None:
        """Idempotent: what is suppressed stays so for its first reason."""


async def save(
    tx: Transaction,
    readers: Sequence[Reader],
    at: datetime,
    *,
    hashing: Hashing,
    how: How = BY_IMPORT,
    dry_run: bool = False,
) -> Saved:
    """Stores readers: new ones are added, known ones get the locale, jurisdiction, zone and time of digests unless
    these are None, and whatever kinds they lack; how often they hear of those they have, and how much follows, stays
    as it is.

    Nobody who is suppressed or was erased is touched: an unsubscribe is never undone by a list. Saving the same again
    changes nothing. `dry_run` only counts.
    """
    return await save_list(tx, ReaderList.of(readers, hashing), at, how=how, dry_run=dry_run)


@dataclass(frozen=True, slots=True)
class ReaderList:
    """Readers, each once, with all that a transaction need not wait for."""

    wanted: Mapping[str, Reader]
    """By `address_key`, in the order of an index: written so, a database touches each of its pages once."""
    hashes: Mapping[str, str]
    """Of the addresses, by which it is known who was erased; and the keys."""

    @classmethod
    def of(cls, readers: Sequence[Reader], hashing: Hashing) -> ReaderList:
        wanted = _merged(readers)
        return cls(wanted, hashes_of(hashing, wanted))


async def save_list(
    tx: Transaction, given: ReaderList, at: datetime, *, how: How = BY_IMPORT, dry_run: bool = False
) -> Saved:
    """See `save`."""
    wanted = given.wanted
    erased = await erased_of(tx, given.hashes)
    suppressed = await tx.suppressed_among(wanted) | erased
    if not dry_run:
        await _keep_unsubscribed(tx, {key: reader for key, reader in wanted.items() if key not in erased}, at)
    known = await tx.subscribers_by_key(wanted.keys() - suppressed)
    unknown = wanted.keys() - suppressed - known.keys()
    changed = {key for key, subscriber in known.items() if _differs(wanted[key], subscriber)}
    written = unknown | changed
    if written and not dry_run:
        readers = {key: reader for key, reader in wanted.items() if key in written}
        await tx.save_subscribers(readers, at)
        await tx.save_consents(readers, how, at)
    return Saved(len(unknown), len(changed), len(known) - len(changed), len(suppressed))


async def bounce(tx: Transaction, recipient_ids: Collection[int], at: datetime) -> None:
    """Whoever these mails were for does not exist: the relay said so. They get no mail of any class."""
    if not recipient_ids:
        return
    # Read again: a reader who was erased meanwhile is a hash in that row, and must not be written down anew.
    keys = [address_key(address) for address in await tx.addresses_of(recipient_ids)]
    await tx.suppress(keys, tuple(MailClass), HARD_BOUNCE, at)
    await tx.set_state(keys, SubscriberState.BOUNCED, at)


async def unsubscribe(
    tx: Transaction, tokens: Tokens, token: str, at: datetime, *, everything: bool = False
) -> MailClass | None:
    """Stops the mail that `token` came with, and says of which class it was; None for a token that is not ours.

    A member of a segment stops `everything` so too; subscribers have `preferences.stop_everything`.

    Idempotent, and needs nothing but the token (RFC 8058 section 3.1).
    """
    grant = tokens.open(token, at)
    if grant is None or grant.purpose is not Purpose.UNSUBSCRIBE:
        return None
    if grant.member:
        return await _unsubscribe_member(tx, grant, at, MailClass.MANDATORY if everything else grant.mail_class)
    subscriber = await tx.subscriber(grant.person_id)
    if subscriber is None:
        return None
    stops = STOPS[grant.mail_class]
    if not subscriber.suppressed.issuperset(stops):
        await tx.suppress([address_key(subscriber.address)], stops, UNSUBSCRIBED, at)
        await record_consent(tx, Consent(subscriber.id, at, Act.UNSUBSCRIBED, Source.MAIL, subscriber.kinds))
    return grant.mail_class


async def _unsubscribe_member(tx: Transaction, grant: Grant, at: datetime, of: MailClass) -> MailClass | None:
    """The link names the message they got: their row in the segment may be gone long before the link ends."""
    address = await tx.mailed_address(grant.person_id)
    if not address:
        return None
    key, stops = address_key(address), STOPS[of]
    # They may also have subscribed: then their consent record says what is over.
    for subscriber in (await tx.subscribers_by_key([key])).values():
        if not subscriber.suppressed.issuperset(stops):
            await record_consent(tx, Consent(subscriber.id, at, Act.UNSUBSCRIBED, Source.MAIL, subscriber.kinds))
    await tx.suppress([key], stops, UNSUBSCRIBED, at)
    return grant.mail_class


async def _keep_unsubscribed(tx: Transaction, wanted: Mapping[str, Reader], at: datetime) -> None:
    """Who left where a list comes from has left here too."""
    left: defaultdict[frozenset[MailClass], list[str]] = defaultdict(list)
    for key, reader in wanted.items():
        if reader.unsubscribed:
            left[reader.unsubscribed].append(key)
    for classes, keys in left.items():
        await tx.suppress(keys, sorted(classes), UNSUBSCRIBED, at)


def _merged(readers: Sequence[Reader]) -> Mapping[str, Reader]:
    """One reader per address: the last locale, known jurisdiction and zone, all the kinds at the last frequency."""
    merged: dict[str, Reader] = {}
    for reader in readers:
        key = address_key(reader.address)
        before = merged.get(key)
        merged[key] = _after(before, reader) if before else reader
    return {key: merged[key] for key in sorted(merged)}


def _after(before: Reader, reader: Reader) -> Reader:
    return reader._replace(
        kinds=reader.kinds | before.kinds,
        jurisdiction=reader.jurisdiction or before.jurisdiction,
        zone=reader.zone or before.zone,
        apart={**before.apart, **reader.apart},
        unsubscribed=reader.unsubscribed | before.unsubscribed,
        follow=reader.follow or before.follow,
        digests=reader.digests.after(before.digests) if reader.digests else before.digests,
    )


def _differs(reader: Reader, known: Subscriber) -> bool:
    moved = reader.jurisdiction not in (None, known.jurisdiction) or reader.zone not in (None, known.zone)
    moved = moved or (reader.digests is not None and reader.digests.after(known.digests) != known.digests)
    return moved or reader.locale != known.locale or not reader.kinds <= known.kinds
