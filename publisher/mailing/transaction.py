"""What a mailing keeps, and the queries it needs of a transaction.

A batch and its recipients are locked by whoever holds its lease; then come the mailing, the release, the delivery.
Nobody who holds one of these waits for a batch.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Protocol

from publisher.channel import Regions
from publisher.content.kinds.kind import Follow, MailClass, Unconfirmed
from publisher.delivery import transaction as delivery
from publisher.delivery.states import RecipientState
from publisher.mailing import digest_run, subscribers
from publisher.mailing.canary import NONE, Canary
from publisher.mailing.codes import StoredCode
from publisher.mailing.left_out import LeftOut

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewMailing:
    """A mailing about to be stored, with what its batches share."""

    delivery_id: int
    mail_class: MailClass
    unconfirmed: Unconfirmed
    resend_until: datetime | None
    payload: str
    sha256: str
    lane: str
    run_at: datetime
    deadline: datetime
    canary: Canary = NONE


@dataclass(frozen=True, slots=True)
class Readership:
    """Who is meant, as a query: evaluated once, at the start of the mailing."""

    announcement_id: str
    release_id: int
    destination: str
    stage: str
    operation: str
    mail_class: MailClass
    locales: Collection[str]
    """The readers' locales that this mailing serves, fallbacks included."""
    kind: str | None
    """Those subscribed to it; None for everybody."""
    at_once: bool = False
    """Also those who chose to hear of it in a digest."""
    only_new: bool = False
    """Nobody who has a mail of the announcement already, in whatever language."""
    only_earlier: bool = False
    """Those alone whom an earlier mail of the announcement may have reached, whatever they chose since."""
    regions: Sequence[Regions] = ()
    """A reader must be admitted by each of them, unless an earlier mail of this destination may have reached them."""
    snapshot_id: int | None = None
    """The members of this snapshot; None for subscribers."""
    follow: Follow | None = None
    """Only who chose to be mailed what is this important, and reads the kind at once; None: whatever they chose."""
    digested: bool = False
    """Also those who have an earlier release of it from a digest of this destination."""
    walked_at: datetime | None = None
    """Of a stage: when it was walked. The same stage walked again, a second extension, is another mail."""


@dataclass(frozen=True, slots=True)
class Mailing:
    """A mailing as stored."""

    id: int
    delivery_id: int | None
    """None for a run of the digest."""
    mail_class: MailClass
    unconfirmed: Unconfirmed
    resend_until: datetime | None
    audience: int
    finished_at: datetime | None
    left_out: LeftOut = field(default_factory=LeftOut)
    segment_id: int | None = None
    """The snapshot whose members it is for; None for subscribers."""
    frozen_at: datetime = EPOCH
    canary: int = 0
    """Readers who get it first, in a batch of their own; 0 for none."""
    go_at: datetime | None = None
    """When the rest was let go."""
    digest_run_id: int | None = None

    @property
    def waits_for_go(self) -> bool:
        return self.canary > 0 and self.go_at is None


@dataclass(frozen=True, slots=True)
class Batch:
    """A few hundred recipients, as the worker that claimed them holds them."""

    id: int
    mailing: Mailing
    payload: str
    sha256: str
    fence: int
    deadline: datetime


@dataclass(frozen=True, slots=True)
class Recipient:
    """One reader of a mailing, about to be sent to."""

    id: int
    person_id: int
    address: str
    attempts: int
    """Before this one."""
    code: StoredCode | None = None
    """The anti-phishing code of whoever subscribed with this address."""


@dataclass(frozen=True, slots=True)
class Result:
    """What came of one message."""

    recipient_id: int
    state: RecipientState
    reason: str = ""
    run_at: datetime | None = None
    """When a waiting one is tried again."""


@dataclass(frozen=True, slots=True)
class Entry:
    """What one batch writes into the book between two groups."""

    batch_id: int
    fence: int
    lease: timedelta
    """Renewed by it."""
    at: datetime
    results: Sequence[Result] = ()
    """Of the last group."""
    group: Sequence[Recipient] = ()
    """Who is to be sent to next."""
    mail_class: MailClass = MailClass.PROMOTIONAL
    switches: Collection[str] = ()
    """Nobody of the group is marked when one of them is set."""


@dataclass(frozen=True, slots=True)
class Entered:
    """What became of an entry."""

    kept: bool
    """False when the claim no longer counts: then nothing was written."""
    stopped: bool = False
    sending: frozenset[int] = frozenset()
    """The intent: those of the group who are now `sending`."""


@dataclass(frozen=True, slots=True)
class Missed:
    """A reader who did not get the mail, or may not have."""

    address: str
    state: RecipientState
    reason: str
    attempts: int
    resends: int


@dataclass(frozen=True, slots=True)
class MailingLine:
    """A mailing with what it is a part of."""

    mailing: Mailing
    release_id: int | None
    """None for digests."""
    title: str
    reference: str | None
    destination: str
    locale: str
    """Empty for digests, which go out in all languages."""
    kind: str

    @property
    def name(self) -> str:
        language = f" ({self.locale})" if self.locale else ""
        return f"{self.reference or self.title} to {self.destination}{language}"


class Transaction(delivery.Transaction, subscribers.Transaction, digest_run.Transaction, Protocol):
    """The queries of a mailing."""

    # --- at its start

    async def save_mailing(self, new: NewMailing, at: datetime) -> int:
        """The new row's id, with no recipient yet."""

    async def reader_locales(self) -> Sequence[str]:
        """Every locale that some active subscriber has."""

    async def freeze_readers(self, mailing_id: int, new: NewMailing, readers: Readership, batch_size: int) -> int:
        """Makes batches and a queued recipient for each reader who is meant, and counts those whom their region leaves
        out; how many recipients there are.
        """

    async def member_locales(self, snapshot_id: int) -> Sequence[str]:
        """Every locale that some member of the snapshot has."""

    async def freeze_members(self, mailing_id: int, new: NewMailing, readers: Readership, batch_size: int) -> int:
        """As `freeze_readers`, for members of a segment."""

    async def reader_domains(self, readers: Readership) -> Mapping[str, int]:
        """The domain of the address -> how many there are, of those whom `count_readers` counts."""

    async def lasted(self, mailings: int, least: int) -> Sequence[tuple[int, float]]:
        """Readers and seconds of the newest mailings that are over and had `least` readers or more."""

    async def count_readers(self, readers: Readership) -> int:
        """How many a mailing would be frozen with now, subscribers or members."""

    # --- while it runs

    async def claim_batch(self, batch_id: int, owner: str, lease: timedelta, now: datetime) -> Batch | None:
        """None when it is done, not due, or somebody else has it."""

    async def keep_batch(self, batch_id: int, fence: int, lease: timedelta) -> bool:
        """Renews the lease; False when the claim no longer counts."""

    async def end_batch_leases(self) -> int:
        """How many batches were left behind: called when every earlier worker is known to be gone."""

    async def leave_batch(self, batch_id: int, fence: int, run_at: datetime) -> None:
        """Ends the lease; somebody goes on at `run_at`."""

    async def put_off_batches(self, mailing_id: int) -> None:
        """Nobody looks at what is open before its deadline."""

    async def wake_batches(self, mailing_id: int, run_at: datetime, *, first_only: bool = False) -> None:
        """Somebody goes on with what is open at `run_at`, if not before; `first_only`: only with the first batch."""

    async def set_go(self, mailing_id: int, at: datetime) -> None:
        """The mailing no longer waits for a go."""

    async def suppressed_for(self, keys: Collection[str], mail_class: MailClass) -> frozenset[str]:
        """Those of `keys` that do not get mail of the class."""

    async def requeue(self, recipient_ids: Collection[int], states: Collection[RecipientState]) -> int:
        """Queues those that are in one of `states` once more; how many. Of an unconfirmed one the resend is counted."""

    async def reopen(self, mailing_id: int, run_at: datetime) -> None:
        """A finished mailing goes on with the batches in which somebody is queued."""

    async def mailing_lines(
        self, mailing_id: int | None = None, *, release_id: int | None = None, reference: str | None = None
    ) -> Sequence[MailingLine]:
        """The newest mailings: all, one, or those of a release or an announcement."""

    async def open_mailings(self) -> Sequence[MailingLine]:
        """Each that is not over, however many came after it; newest first."""

    async def mails_to(self, key: str) -> Sequence[tuple[MailingLine, Missed, datetime | None]]:
        """Every mailing that has whoever has this address as a recipient, newest first: what became of it, and when."""

    async def close_batch(self, batch_id: int) -> None:
        """It is done."""

    async def queued_recipients(self, batch_id: int, now: datetime) -> Sequence[Recipient]:
        """Those to be sent to now, in order."""

    async def batch_is_clear(self, batch_id: int) -> bool:
        """Whether everybody's end is certain: nobody is to be sent to, or may or may not have got it."""

    async def next_recipient_at(self, batch_id: int, now: datetime) -> datetime | None:
        """When the next one that waits for a later moment is due; None when none does."""

    async def tried_since(self, account: str, since: datetime) -> int:
        """How many readers the account has sent to, or tried to."""

    async def enter(self, entries: Sequence[Entry]) -> Sequence[Entered]:
        """For each: renews the lease, stores the results of recipients that are `sending`, and marks the group as
        `sending` with one attempt more, without those who were no longer to be sent to. Who is suppressed for the mail
        class is left out and becomes so.
        """

    async def move_recipients(
        self, batch_id: int, before: Collection[RecipientState], after: RecipientState, reason: str, at: datetime
    ) -> int:
        """All of the batch that are in one of the states `before`; how many."""

    async def resend_unconfirmed(self, batch_id: int) -> int:
        """Queues those that were not resent yet, and counts the resend; how many."""

    # --- at its end, and for reports

    async def lock_mailing(self, mailing_id: int) -> Mailing:
        """The mailing, kept from other writers until the end of the transaction."""

    async def mailing(self, mailing_id: int) -> Mailing:
        """Raises LookupError."""

    async def mailing_of(self, delivery_id: int) -> Mailing | None: ...

    async def open_batches(self, mailing_id: int) -> int: ...

    async def count_recipients(self, mailing_id: int) -> Mapping[RecipientState, int]: ...

    async def count_resends(self, mailing_id: int) -> int:
        """Messages that were sent again after it was unclear whether they had been."""

    async def finish_mailing(self, mailing_id: int, at: datetime) -> bool:
        """False when it was finished already."""

    async def missed(self, mailing_id: int, after: int, limit: int) -> Sequence[tuple[int, Missed]]:
        """A page of those who did not get it, by recipient id."""
