"""What the delivery step keeps, and the queries it needs of a transaction.

Locks are always taken in the same order, release, delivery, pauses, so that two workers cannot wait for each other.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol, TypeAlias

from publisher.channel import Callback, Finding, Receipt
from publisher.delivery import stages
from publisher.delivery.engine.port import Lane, Work
from publisher.delivery.states import DeliveryState, is_asleep
from publisher.release import release

NEVER = datetime.max.replace(tzinfo=UTC)
"""The `run_at` of an unconfirmed delivery that only a person takes further: it is parked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewDelivery:
    """A delivery about to be stored."""

    release_id: int
    edition_id: int
    announcement_id: str
    channel: str
    destination: str
    account: str
    locale: str
    operation: str
    stage: str
    wave: int
    lane: Lane
    run_at: datetime
    deadline: datetime
    slots: Mapping[str, str]
    walked_at: datetime | None = None
    """When the stage was walked that it tells; None for the publication itself."""
    quiet_until: datetime | None = None
    """When the place may be disturbed again; None where it was not quiet, or where it could not wait."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery(NewDelivery):
    """A delivery as stored: one edition to one destination, one operation."""

    id: int
    state: DeliveryState
    lease_owner: str | None
    leased: bool
    """True while the lease has not run out, by the database's clock."""
    fence: int
    """Raised by every claim; an answer with an older one comes too late."""
    attempts: int
    resends: int
    first_tried_at: datetime | None
    reason: str
    updated_at: datetime
    """When the state last changed."""

    @property
    def crashed(self) -> bool:
        """Whoever was sending it is gone. A fan-out under way is `sending` without an owner."""
        return self.state is DeliveryState.SENDING and self.lease_owner is not None and not self.leased

    @property
    def parked(self) -> bool:
        return self.state is DeliveryState.UNCONFIRMED and self.run_at >= NEVER

    @property
    def asleep(self) -> bool:
        return is_asleep(self.operation, self.state, self.attempts, self.quiet_until)

    @property
    def name(self) -> str:
        """How staff name it: `announce/x-main/en-US`."""
        return f"{self.stage}/{self.destination}/{self.locale}"


@dataclass(frozen=True, slots=True)
class Preflight:
    """What a look at a release before its hour found; nothing when it is ready."""

    release_id: int
    publish_at: datetime
    """The hour it was for: a release that is moved is looked at again."""
    at: datetime
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class FailedPin:
    """A message that the network did not pin, or unpin."""

    release_id: int
    title: str
    destination: str
    reason: str


@dataclass(frozen=True, slots=True)
class Stop:
    """A switch that somebody set."""

    name: str
    set_at: datetime
    actor: str
    reason: str


@dataclass(frozen=True, slots=True)
class Due:
    """Work whose time has come, and what it would keep busy."""

    work: Work
    destination: str
    account: str
    run_at: datetime


@dataclass(frozen=True, slots=True)
class Busy:
    """What already has all the work it may have at once."""

    destinations: Collection[str] = ()
    accounts: Collection[str] = ()


@dataclass(frozen=True, slots=True)
class Ask:
    """What an engine asks about one lane."""

    lane: Lane
    busy: Busy
    limit: int
    """How many deliveries, and how many batches."""


class Polling(Protocol):
    """The query of an engine that polls."""

    async def due(
        self, asked: Sequence[Ask], now: datetime, ahead: timedelta = timedelta(0)
    ) -> Sequence[Sequence[Due]]:
        """For each: deliveries to send, to read back or to recover after a crash, then batches of mailings; longest due
        first, none that is paused. Deliveries to send are found that long `ahead` of their hour.
        """


class Transaction(release.Transaction, stages.Transaction, Protocol):
    """The queries of the delivery step."""

    async def save_delivery(self, new: NewDelivery, at: datetime) -> int:
        """The new row's id; state `queued`."""

    async def delivery(self, delivery_id: int) -> Delivery:
        """Raises LookupError."""

    async def lock_release(self, release_id: int) -> None:
        """Keeps the release from other writers until the end of the transaction."""

    async def lock_delivery(self, delivery_id: int) -> Delivery:
        """The delivery, kept together with its release from other writers until the end of the transaction."""

    async def deliveries(self, release_id: int) -> Sequence[Delivery]:
        """By wave, then as they were made."""

    async def open_deliveries(self, announcement_id: str) -> Sequence[Delivery]:
        """Those of any of its releases that have not ended."""

    async def held_deliveries(self) -> Sequence[Delivery]: ...

    async def set_delivery_state(
        self, delivery: Delivery, after: DeliveryState, *, run_at: datetime, reason: str, at: datetime
    ) -> bool:
        """Also ends its lease; False when its state or fence is no longer that of `delivery`."""

    async def claim_delivery(self, delivery: Delivery, owner: str, lease: timedelta, at: datetime) -> bool:
        """To `sending`, with a lease, the next fence and one attempt more; False when somebody else has it."""

    async def holds_lease(self, delivery_id: int, fence: int) -> bool:
        """Whether the claim that got this fence still counts."""

    async def renew_lease(self, delivery_id: int, fence: int, lease: timedelta) -> bool:
        """False when the claim no longer counts."""

    async def hand_over(self, delivery_id: int, fence: int) -> bool:
        """Ends the lease but not `sending`: a mailing goes on from here. False when the claim no longer counts."""

    async def end_leases(self) -> int:
        """How many deliveries were left behind: called when every earlier worker is known to be gone."""

    async def move_delivery(self, delivery_id: int, run_at: datetime, reason: str | None = None) -> None:
        """Its next moment, the state being the same."""

    async def count_resend(self, delivery_id: int) -> None: ...

    async def open_wave(self, release_id: int, wave: int, run_at: datetime) -> None:
        """Its queued deliveries that would start later start at `run_at`."""

    async def transitions_by(self, delivery_id: int, actor: str) -> int:
        """How many of its changes of state `actor` made."""

    async def receipts(self, delivery_id: int) -> Sequence[Receipt]:
        """In the order of the parts."""

    async def save_receipt(self, delivery_id: int, position: int, receipt: Receipt, at: datetime, act: str) -> None:
        """`act` is what was done: `publish`, `amend` or `retract`."""

    async def published_receipts(
        self, announcement_id: str, destination: str, locale: str, before: int | None = None
    ) -> Sequence[Receipt]:
        """What is there: the newest receipt of every part that was not retracted; of deliveries older than `before`.

        What was published there after the first publication, such as a reminder, is not of it.
        """

    async def due_preflights(self, after: datetime, until: datetime) -> Sequence[int]:
        """Scheduled releases that publish between the two and have not been looked at for that hour."""

    async def save_preflight(self, done: Preflight) -> None:
        """In the place of an earlier one for the same hour."""

    async def preflight(self, release_id: int) -> Preflight | None:
        """The newest."""

    async def failed_pins(self) -> Sequence[FailedPin]:
        """Those that are to be tried again, and why."""

    async def add_digest_item(
        self, announcement_id: str, release_id: int, stage: str, what: str, occasion: str, at: datetime
    ) -> bool:
        """The next number is its; False when it is there already, or digests say nothing of the announcement."""

    async def delivery_with_receipt(self, account: str, receipt: str) -> int | None:
        """The newest delivery of `account` whose receipt is just this id."""

    async def save_callback(self, delivery_id: int, callback: Callback, at: datetime) -> bool:
        """False when it is there already."""

    async def wake_release(self, release_id: int, at: datetime) -> None:
        """What waits of its mailings is looked at from `at` on."""

    async def stops(self, names: Collection[str]) -> Sequence[Stop]:
        """Those of `names` that are set."""

    async def set_stop(self, stop: Stop) -> None:
        """Nothing when it is already set."""

    async def clear_stop(self, name: str) -> bool:
        """False when it was not set."""

    async def lock_pauses(self, keys: Collection[str]) -> Mapping[str, datetime]:
        """Key -> until, long ago for a new key; kept from other writers until the end of the transaction."""

    async def set_pause(self, key: str, until: datetime) -> None: ...

    async def pauses(self, prefix: str, now: datetime) -> Mapping[str, datetime]:
        """Those that are not over, of the keys that begin like this."""


Verify: TypeAlias = Callable[[Transaction, Delivery], Awaitable[str | None]]
"""Is it what was approved, and is it still approved? A sentence says why it must not be sent."""

Trace: TypeAlias = Callable[[str], None]
"""Called at the points between which a crash leaves a different trace; tests stop the process there."""


def no_trace(point: str) -> None:
    """Does nothing."""


class FanOut(Protocol):
    """What a mailing does with a delivery that goes to many readers."""

    async def start(self, tx: Transaction, delivery_id: int) -> int | None:
        """Freezes the readers in this transaction; the mailing's id, None when it holds the delivery instead. It calls
        `end_mailing` when it is over.
        """
