"""What digests keep, and the queries they need of a transaction."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from publisher.channel import Payload
from publisher.content.kinds.kind import MailClass
from publisher.delivery.engine.port import Lane
from publisher.mailing import transaction as mailing
from publisher.mailing.digest_run import DigestRun
from publisher.mailing.digests.listing import Claim, Item


@dataclass(frozen=True, slots=True, kw_only=True)
class NewRun:
    """A run about to be stored."""

    destination: str
    account: str
    at: datetime
    deadline: datetime
    through: int
    layout: str
    lane: Lane = Lane.BULK
    mail_class: MailClass = MailClass.SERVICE


@dataclass(frozen=True, slots=True)
class Bundle:
    """Readers who get the same: what, in which language and zone, on which day."""

    payload: Payload
    group: str
    """JSON, `runs.Group`."""
    readers: int
    releases: Collection[int]
    """Those that it lists."""


@dataclass(frozen=True, slots=True)
class Said:
    """What follows for everybody of a signature."""

    place: int | None
    """Which bundle they get; None for nothing."""
    through: int
    """The new marks."""
    through_weekly: int
    last_on: date | None
    next_at: datetime | None
    keeps_missed: bool = False
    """Whether what a lost digest listed has to be told once more, on their day of the week."""


@dataclass(frozen=True, slots=True)
class Signing:
    """What a signature must say, so that all who have the same one get the same."""

    kinds: Sequence[str]
    always: Collection[str]
    """Those that a digest lists whatever is chosen."""
    changed: int = 0
    """The oldest item that something has happened to: from when on somebody reads matters only after it."""
    missed: bool = False
    """Whether there are digests that did not reach somebody."""
    claims: Sequence[Claim] = ()


@dataclass(frozen=True, slots=True)
class Outlook:
    """How things stand."""

    readers: int
    """Who gets digests at all."""
    due: int
    next_at: datetime | None
    missed: int
    """Readers whose next digest tells again what one that was lost did."""


class Transaction(mailing.Transaction, Protocol):
    """The queries of digests."""

    async def digest_work(self, now: datetime) -> tuple[bool, bool]:
        """Whether somebody's wishes changed, and whether somebody's hour has come."""

    async def last_digest_item(self) -> int:
        """The newest item's number, 0 for none; nobody commits one of a lower number afterwards."""

    async def digest_items(self, after: int, releases: Collection[int] = ()) -> Sequence[Item]:
        """All of every announcement of which there is one after that number, and of those of `releases`."""

    async def digests_missed(self, of: datetime | int) -> Mapping[int, str]:
        """The payloads of digests that have not reached whoever is due then, or the subscriber of that number: the JSON
        of each bundle.
        """

    async def oldest_digest_mark(self, now: datetime) -> int:
        """Of those who are due: no item up to it can be in their digests."""

    async def gather_due(self, now: datetime, signing: Signing) -> int:
        """Puts everybody who is due aside, each with their signature; how many."""

    async def gather_unplanned(self, signing: Signing) -> int:
        """The same for those whose wishes changed."""

    async def signature_of(self, subscriber_id: int, signing: Signing) -> str | None:
        """None when there is no such active subscriber."""

    async def digest_signatures(self) -> Mapping[str, int]:
        """Of those put aside: how many have each."""

    async def save_run(self, new: NewRun, due: int) -> int:
        """The new row's id."""

    async def save_digests(
        self, run_id: int, new: NewRun, bundles: Sequence[Bundle], size: int
    ) -> tuple[int, list[int]]:
        """The run's mailing with its payloads and batches: its id, and the position of each bundle's first batch."""

    async def follow_signatures(self, said: Mapping[str, Said], first: Sequence[int] = ()) -> None:
        """What follows for those put aside; `first` is the position of each bundle's first batch."""

    async def freeze_digests(self, mailing_id: int, size: int, at: datetime) -> int:
        """A queued recipient for each of those put aside who gets something; how many."""

    async def settle_digests(self, *, done: bool) -> None:
        """Moves the marks and next digests of those put aside, and lets go of them; `done`: they had a digest."""

    async def digest_runs(self, limit: int) -> Sequence[DigestRun]:
        """Newest first."""

    async def digest_group(self, batch_id: int) -> str:
        """The JSON of the bundle that a batch is part of."""

    async def digest_groups(self, mailing_id: int) -> Sequence[tuple[str, int]]:
        """The JSON of each bundle of a run's mailing, and how many readers get it."""

    async def digest_outlook(self, now: datetime) -> Outlook: ...

    async def approve_layout(self, sha256: str, person: str, at: datetime) -> bool:
        """False when it is approved already."""

    async def layout_approved(self, sha256: str) -> tuple[str, datetime] | None:
        """Who approved it, and when."""
