"""What a reader wants, as they say it themselves."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from publisher.content.kinds.kind import Follow, MailClass
from publisher.mailing import consent
from publisher.mailing.consent import Act, Consent, Source, record_consent
from publisher.mailing.subscribers import STOPS, UNSUBSCRIBED, SubscriberState

HOUR, WEEKDAY = 9, 0
"""Of digests, for whoever did not choose: nine in the morning, on Mondays."""


class Frequency(StrEnum):
    """How often a reader hears of a kind."""

    INSTANT = "instant"
    DAILY = "daily"
    WEEKLY = "weekly"


@dataclass(frozen=True, slots=True)
class Wish:
    """What a reader asks for."""

    locale: str
    zone: str | None
    """Of the IANA list; None when they did not choose one."""
    kinds: Mapping[str, Frequency]
    hour: int = HOUR
    """At which a digest comes, 0 to 23, where they live."""
    weekday: int = WEEKDAY
    """On which a weekly one does; 0 is Monday."""
    follow: Follow = Follow.IMPORTANT
    """How much they are mailed of what follows an announcement."""


@dataclass(frozen=True, slots=True)
class Standing:
    """What a subscriber has."""

    id: int
    address: str
    address_key: str
    state: SubscriberState
    wish: Wish
    stopped: Mapping[MailClass, str]
    """The classes of mail that the address does not get, and why."""
    code: str | None
    """The anti-phishing code, encrypted."""

    @property
    def unsubscribed(self) -> frozenset[MailClass]:
        """The classes that the reader stopped, and may start again."""
        return frozenset(mail_class for mail_class, reason in self.stopped.items() if reason == UNSUBSCRIBED)


class Transaction(consent.Transaction, Protocol):
    """The queries about what one reader wants."""

    async def standing_of(self, subscriber_id: int) -> Standing | None: ...

    async def save_wish(self, subscriber_id: int, wish: Wish, at: datetime) -> None:
        """Replaces what they wanted before."""

    async def stop_kind(self, subscriber_id: int, kind: str) -> bool:
        """False when they did not get it anyway."""

    async def suppress(self, keys: Collection[str], classes: Collection[MailClass], reason: str, at: datetime) -> None:
        """Idempotent: what is suppressed stays so for its first reason."""

    async def lift_suppressions(self, key: str, classes: frozenset[MailClass], reason: str) -> None:
        """Those of `classes` that were suppressed for `reason`; others stay."""


async def active(tx: Transaction, subscriber_id: int) -> Standing | None:
    """The subscriber, when they are one who gets mail."""
    standing = await tx.standing_of(subscriber_id)
    return standing if standing and standing.state is SubscriberState.ACTIVE else None


async def change(
    tx: Transaction, standing: Standing, wish: Wish, classes: Mapping[str, MailClass], at: datetime, network: str
) -> None:
    """Gives the reader what they wish; a kind of a class that they had stopped starts that class again.

    `classes`: kind -> class of its mail. `network` is hashed.
    """
    wanted = frozenset(classes[kind] for kind in wish.kinds)
    await tx.save_wish(standing.id, wish, at)
    await tx.lift_suppressions(standing.address_key, wanted & standing.unsubscribed, UNSUBSCRIBED)
    changed = Consent(standing.id, at, Act.CHANGED, Source.PAGE, wish.kinds, network_hash=network)
    await record_consent(tx, changed)


async def stop_kind(tx: Transaction, standing: Standing, kind: str, at: datetime, network: str) -> None:
    """No more mail of one kind. Idempotent."""
    if await tx.stop_kind(standing.id, kind):
        await record_consent(tx, _unsubscribed(standing, at, [kind], network))


async def stop_everything(tx: Transaction, standing: Standing, at: datetime, network: str) -> None:
    """No more mail but what every customer must get. Idempotent."""
    stops = STOPS[MailClass.MANDATORY]
    if not standing.stopped.keys() >= set(stops):
        await tx.suppress([standing.address_key], stops, UNSUBSCRIBED, at)
        await record_consent(tx, _unsubscribed(standing, at, standing.wish.kinds, network))


def _unsubscribed(standing: Standing, at: datetime, kinds: Collection[str], network: str) -> Consent:
    return Consent(standing.id, at, Act.UNSUBSCRIBED, Source.PAGE, kinds, network_hash=network)
