"""From what somebody typed into a page to a letter that asks whether it was them, and to their yes.

The page only keeps the request: what it answers, and when, is the same whoever has the address. The worker decides.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol

from publisher.content.kinds.kind import MailClass
from publisher.encryption import Hashing
from publisher.mailing import preferences
from publisher.mailing.addresses import address_key, mailbox_key
from publisher.mailing.consent import Act, Consent, Source, record_consent
from publisher.mailing.erasure import Suppressions, erased_among
from publisher.mailing.preferences import Standing, Wish
from publisher.mailing.subscribers import UNSUBSCRIBED, SubscriberState

MOST_WAITING = 20_000
"""Requests that wait for the worker; more are turned away."""
BETWEEN = timedelta(hours=24)
"""Between two letters to one mailbox."""
LETTERS = "letters"
"""Under which name all letters of an hour are counted."""


class Purpose(StrEnum):
    """What a letter's link is for."""

    CONFIRM = "confirm"
    LINK = "link"
    """To come to the preferences."""


LIFE: Mapping[Purpose, timedelta] = {Purpose.CONFIRM: timedelta(days=7), Purpose.LINK: timedelta(days=1)}
"""How long a link acts after it was asked for."""


@dataclass(frozen=True, slots=True)
class SignUp:
    """What somebody asked for."""

    purpose: Purpose
    address: str
    wish: Wish
    wording: str | None
    network_hash: str
    at: datetime

    @property
    def key(self) -> str:
        return address_key(self.address)

    def mailbox(self, hashing: Hashing) -> str:
        """What limits count, kept as a hash: see `mailbox_key`."""
        return hashing.of(mailbox_key(self.key), "mailbox")


@dataclass(frozen=True, slots=True)
class Letter:
    """A letter whose link somebody came back with."""

    id: int
    purpose: Purpose
    subscriber_id: int
    wish: Wish
    wording: str | None
    network_hash: str
    asked_at: datetime
    used_at: datetime | None


@dataclass(frozen=True, slots=True)
class Limits:
    per_network: int
    per_hour: int


@dataclass(frozen=True, slots=True)
class Known:
    """What is known about some requests before it is decided what follows."""

    people: Mapping[str, tuple[int, SubscriberState]]
    """By `address_key`."""
    stopped: Mapping[str, Mapping[MailClass, str]]
    erased: Collection[str]
    """Those whom a reader's erasure keeps us from writing to, by `address_key`."""
    recent: Collection[str]
    """The mailboxes that a letter went to lately."""
    counts: Mapping[str, int]
    """What this hour's counts are."""


@dataclass(slots=True)
class Decided:
    """What follows from some requests."""

    letters: list[tuple[SignUp, Purpose, str]] = field(default_factory=list)
    """With the mailbox of each."""
    counts: Counter[str] = field(default_factory=Counter)
    over: int = 0
    """Requests that were over a limit of a network, or of the hour."""


class Transaction(preferences.Transaction, Suppressions, Protocol):
    """The queries about requests and letters."""

    async def waiting_sign_ups(self) -> int: ...

    async def save_sign_up(self, asked: SignUp) -> None: ...

    async def take_sign_ups(self, limit: int) -> Sequence[SignUp]:
        """The oldest ones, which are gone then."""

    async def readers_behind(self, keys: Collection[str]) -> Mapping[str, tuple[int, SubscriberState]]: ...

    async def stopped_among(self, keys: Collection[str]) -> Mapping[str, Mapping[MailClass, str]]: ...

    async def written_to(self, mailboxes: Collection[str], since: datetime) -> Collection[str]: ...

    async def request_counts(self, names: Collection[str], hour: datetime) -> Mapping[str, int]: ...

    async def add_request_counts(self, counts: Mapping[str, int], hour: datetime) -> None: ...

    async def add_pending(self, asked: SignUp) -> int:
        """The subscriber's id, whether they are new or were there before."""

    async def add_letter(
        self, asked: SignUp, purpose: Purpose, subscriber_id: int, mailbox: str, at: datetime
    ) -> None: ...

    async def letter_of(self, token_hash: str) -> Letter | None: ...

    async def use_letter(self, letter_id: int, at: datetime) -> bool:
        """False when it was used before."""

    async def activate(self, subscriber_id: int, at: datetime) -> None: ...

    async def forget_letters(self, before: datetime) -> None:
        """Deletes letters and counts from before then, and those who never confirmed."""


async def ask(tx: Transaction, asked: SignUp) -> bool:
    """Keeps the request for the worker; False when too many wait already."""
    if await tx.waiting_sign_ups() >= MOST_WAITING:
        return False
    await tx.save_sign_up(asked)
    return True


async def take(tx: Transaction, hashing: Hashing, limits: Limits, now: datetime, limit: int = 500) -> Decided | None:
    """Turns the oldest requests into letters; None when there are none."""
    asked = await tx.take_sign_ups(limit)
    if not asked:
        return None
    mailboxes = {each.key: each.mailbox(hashing) for each in asked}
    hour = now.replace(minute=0, second=0, microsecond=0)
    known = Known(
        await tx.readers_behind(mailboxes.keys()),
        await tx.stopped_among(mailboxes.keys()),
        await erased_among(tx, hashing, mailboxes.keys()),
        await tx.written_to(set(mailboxes.values()), now - BETWEEN),
        await tx.request_counts({LETTERS, *(each.network_hash for each in asked)}, hour),
    )
    decided = decide(asked, mailboxes, known, limits)
    await tx.add_request_counts(decided.counts, hour)
    for each, purpose, mailbox in decided.letters:
        subscriber_id = await tx.add_pending(each)
        await tx.add_letter(each, purpose, subscriber_id, mailbox, now)
    return decided


def decide(asked: Sequence[SignUp], mailboxes: Mapping[str, str], known: Known, limits: Limits) -> Decided:
    """Who gets a letter. Pure."""
    decided, written = Decided(), set(known.recent)
    for each in asked:
        decided.counts[each.network_hash] += 1
        purpose, mailbox = _purpose(each, known), mailboxes[each.key]
        if purpose is None or mailbox in written:
            continue
        here = known.counts.get(each.network_hash, 0) + decided.counts[each.network_hash]
        if here > limits.per_network or known.counts.get(LETTERS, 0) + decided.counts[LETTERS] >= limits.per_hour:
            decided.over += 1
            continue
        written.add(mailbox)
        decided.counts[LETTERS] += 1
        decided.letters.append((each, purpose, mailbox))
    return decided


def _purpose(asked: SignUp, known: Known) -> Purpose | None:
    """None for whom nothing must be written to, and for a link that leads to nobody."""
    stopped = known.stopped.get(asked.key, {})
    _, state = known.people.get(asked.key, (0, SubscriberState.PENDING))
    if asked.key in known.erased or any(reason != UNSUBSCRIBED for reason in stopped.values()):
        return None
    if state is SubscriberState.ACTIVE:
        return Purpose.CONFIRM if stopped and asked.purpose is Purpose.CONFIRM else Purpose.LINK
    return asked.purpose if state is SubscriberState.PENDING and asked.purpose is Purpose.CONFIRM else None


def hash_of_token(token: str) -> str:
    """What is stored of a link: 32 random bytes need no key."""
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()


async def letter_behind(tx: Transaction, token: str, purpose: Purpose, now: datetime) -> tuple[Letter, Standing] | None:
    """The letter with this link, and its reader; None once it does not act any more."""
    letter = await tx.letter_of(hash_of_token(token))
    if letter is None or letter.purpose is not purpose or now > letter.asked_at + LIFE[purpose]:
        return None
    standing = await tx.standing_of(letter.subscriber_id)
    allowed = (SubscriberState.PENDING, SubscriberState.ACTIVE)
    return (letter, standing) if standing and standing.state in allowed else None


async def confirm(tx: Transaction, token: str, now: datetime, network: str) -> Standing | None:
    """The reader's yes: from now on they get what they asked for. None for a link that does not act.

    A second yes changes nothing: what the reader chose, or stopped, since then holds.
    """
    found = await letter_behind(tx, token, Purpose.CONFIRM, now)
    if found is None:
        return None
    letter, standing = found
    if await tx.use_letter(letter.id, now):
        kinds, wording = letter.wish.kinds, letter.wording
        asked = Consent(standing.id, letter.asked_at, Act.ASKED, Source.PAGE, kinds, wording, letter.network_hash)
        await record_consent(tx, asked)
        await record_consent(tx, Consent(standing.id, now, Act.CONFIRMED, Source.MAIL, kinds, wording, network))
        await tx.save_wish(standing.id, letter.wish, now)
        await tx.lift_suppressions(standing.address_key, standing.unsubscribed, UNSUBSCRIBED)
        await tx.activate(standing.id, now)
    return standing
