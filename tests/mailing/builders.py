"""A workspace with readers, a published release and a relay that does as told."""

from __future__ import annotations

import itertools
import json
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from sqlalchemy import select

from publisher.channel import (
    EVERYWHERE,
    Addressee,
    Delivered,
    MailingChannel,
    Outcome,
    Part,
    Payload,
    Receipt,
    Regions,
    Target,
)
from publisher.content.kinds.kind import Late, MailClass, Unconfirmed
from publisher.delivery.engine.port import Entity, Lane
from publisher.delivery.states import DeliveryState, RecipientState
from publisher.delivery.transaction import Ask, Busy, Delivery, NewDelivery, Trace, Transaction, Verify, no_trace
from publisher.encryption import Encryption, Hashing
from publisher.mailing import transaction as mailing
from publisher.mailing.addresses import address_key
from publisher.mailing.broadcast import Broadcast
from publisher.mailing.canary import Canary
from publisher.mailing.fan_out import MailingFanOut
from publisher.mailing.intake.rows import Reader
from publisher.mailing.ledger import Ledger, Timing, VerifyDigest
from publisher.mailing.pace import Pacing
from publisher.mailing.personalise import Links, Personaliser
from publisher.mailing.refusals import Limit
from publisher.mailing.report import Report, report, who_missed_it
from publisher.mailing.subscribers import save
from publisher.mailing.tokens import MessageIds, Tokens
from publisher.mailing.transaction import Mailing, Missed
from publisher.release.freeze import sha256
from publisher.release.policy import Policy
from publisher.release.release import NewRelease
from publisher.release.states import ReleaseState
from publisher.store import tables as t
from publisher.store.transaction import SqlTransaction, Store
from publisher.transaction import Begin

NOON = datetime(2026, 12, 1, 12, tzinfo=UTC)
KEY = b"a key of the exchange, 32 bytes."
TOKENS = Tokens([KEY])
ENCRYPTION = Encryption([KEY])
HASHING = Hashing(KEY)
_numbers = itertools.count()

R, D = RecipientState, DeliveryState

POLICY = Policy(
    kind="maintenance",
    mail_class=MailClass.SERVICE,
    approvals={},
    unconfirmed=Unconfirmed.PARK,
    resend_until=None,
    late=Late.HOLD,
    late_after=timedelta(minutes=2),
    expires=None,
    timeline=(),
    urgent=False,
)


@dataclass
class ManualClock:
    """Moves only when told."""

    moment: datetime = NOON

    def now(self) -> datetime:
        return self.moment

    def advance(self, seconds: float) -> None:
        self.moment += timedelta(seconds=seconds)


def accepted(addressee: Addressee) -> Outcome:
    return Delivered(Receipt("message", (addressee.slots["message_id"],)))


@dataclass
class Relay:
    """A MailingChannel that remembers whom it was given, in order, and answers as told."""

    answer: Callable[[Addressee], Outcome] = accepted
    sent: list[Addressee] = field(default_factory=list)
    groups: int = 0

    async def send_group(
        self, payload: Payload, group: Iterable[Addressee], *, urgent: bool = False
    ) -> AsyncIterator[tuple[int, Outcome]]:
        self.groups += 1
        for addressee in group:
            self.sent.append(addressee)
            yield addressee.recipient_id, self.answer(addressee)

    async def close(self) -> None:
        """Nothing is open."""

    def answers(self, outcomes: Mapping[str, Outcome]) -> None:
        """By address; the others are accepted."""
        self.answer = lambda addressee: outcomes.get(addressee.address) or accepted(addressee)

    def counted(self) -> Mapping[str, int]:
        """Address -> how often it was sent to."""
        addresses = [addressee.address for addressee in self.sent]
        return {address: addresses.count(address) for address in sorted(set(addresses))}


@dataclass(frozen=True)
class Plan:
    """What is mailed to whom."""

    policy: Policy = POLICY
    audience: str = "subscribers"
    snapshot: str = ""
    """The hash of its segment's members."""
    locale: str = "en-US"
    locales: Sequence[str] = ("en-US", "zh-CN")
    destination: str = "mail"
    announcement: str = ""
    release: int | None = None
    """The release that another delivery of it belongs to."""
    window: timedelta = timedelta(hours=24)
    regions: Regions = EVERYWHERE
    jurisdictions: Regions | None = None
    operation: str = "publish"
    parts: Sequence[Part] = (Part("message", {"message": "Hello"}),)
    lane: Lane = Lane.BULK
    stage: str = "announce"
    walked_at: datetime | None = None


async def subscribe(
    store: Store,
    count: int,
    *,
    locale: str = "en-US",
    kinds: str = "maintenance",
    jurisdiction: str | None = None,
    domain: str = "example.com",
) -> list[str]:
    """New readers; their addresses, in order."""
    addresses = [f"reader-{next(_numbers):06}@{domain}" for _ in range(count)]
    readers = [Reader(address, locale, frozenset(kinds.split()), jurisdiction) for address in addresses]
    await store.run(lambda tx: save(tx, readers, NOON, hashing=HASHING))
    return addresses


async def under_way(tx: SqlTransaction, plan: Plan) -> Delivery:
    """A delivery as it is when its fan-out may start: `sending`, and nobody's."""
    release_id = plan.release if plan.release is not None else await _published(tx, plan)
    release = await tx.release(release_id)
    edition = next(e for e in await tx.editions(release_id) if e.locale == plan.locale)
    new = NewDelivery(
        release_id=release_id,
        edition_id=edition.id,
        announcement_id=release.announcement_id,
        channel="email",
        destination=plan.destination,
        account="relay",
        locale=plan.locale,
        operation=plan.operation,
        stage=plan.stage,
        wave=3,
        lane=plan.lane,
        run_at=NOON,
        deadline=release.deadline,
        slots={"reference": "ANN-2026-00042", "url": "https://example.com/en-US/ANN-2026-00042"},
        walked_at=plan.walked_at,
    )
    delivery = await tx.delivery(await tx.save_delivery(new, NOON))
    await tx.claim_delivery(delivery, "worker-1", timedelta(seconds=30), NOON)
    await tx.hand_over(delivery.id, delivery.fence + 1)
    return await tx.delivery(delivery.id)


async def _published(tx: SqlTransaction, plan: Plan) -> int:
    name = plan.announcement or f"announcement-{next(_numbers)}"
    await tx.save_announcement(name, plan.policy.kind, NOON)
    newest = await tx.newest_revision(name)
    number = newest.number + 1 if newest else 1
    revision = await tx.save_revision(name, number, "{}", "0" * 64, "Title", "author", NOON)
    new = NewRelease(
        revision_id=revision,
        announcement_id=name,
        root_hash="0" * 64,
        common_hash="0" * 64,
        locale_hashes=dict.fromkeys(plan.locales, "0" * 64),
        common=json.dumps({"revision": {"regions": plan.regions.to_json()}, "snapshot": plan.snapshot}),
        policy=plan.policy,
        audience=plan.audience,
        publish_at=NOON,
        local_time="2026-12-01 12:00",
        fold=0,
        time_zone="UTC",
        walls='{"table": "", "times": {}}',
        window=plan.window,
        submitted_by="author",
    )
    release_id = await tx.save_release(new, NOON)
    await tx.save_editions(release_id, [_edition(plan, locale) for locale in plan.locales])
    await tx.set_release_state(release_id, ReleaseState.IN_REVIEW, ReleaseState.PUBLISHING)
    return release_id


def _edition(plan: Plan, locale: str) -> tuple[str, str, str, str, str, str, str]:
    where = plan.jurisdictions
    target = Target(plan.destination, "email", "relay", "news@example.com", locale, jurisdictions=where, chooses=True)
    payload = Payload(target, tuple(plan.parts)).to_json()
    return plan.stage, plan.operation, "email", plan.destination, locale, payload, sha256(payload)


async def everything_holds(tx: Transaction, delivery: Delivery) -> str | None:
    """Verifies nothing: for tests of what comes after."""
    return None


async def every_digest_holds(tx: mailing.Transaction, batch: mailing.Batch) -> str | None:
    """The same for digests."""
    return None


@dataclass
class PostOffice:
    """Starts mailings and works on their batches when told, as an engine would."""

    store: Store
    relay: Relay = field(default_factory=Relay)
    clock: ManualClock = field(default_factory=ManualClock)
    timing: Timing = field(default_factory=lambda: Timing(window=3))
    batch_size: int = 10
    owner: str = "worker-1"
    trace: Trace = no_trace
    canary: Canary = field(default_factory=Canary)
    refusals: Limit = field(default_factory=Limit)
    verify: Verify = everything_holds
    verify_digest: VerifyDigest = every_digest_holds
    pacing: Pacing = field(default_factory=Pacing)

    async def start(self, plan: Plan | None = None) -> Mailing:
        """Publishes a release and freezes its readers."""
        fan_out = MailingFanOut(self.clock, batch_size=self.batch_size, canary=self.canary)
        async with self.store.begin() as tx:
            delivery = await under_way(tx, plan or Plan())
            await fan_out.start(tx, delivery.id)
            mailing = await tx.mailing_of(delivery.id)
        assert mailing is not None
        return mailing

    def ledger(self, begin: Begin[SqlTransaction] | None = None) -> Ledger:
        shared = (begin or self.store.begin, self.clock, self.owner, self.verify, self.timing, lambda: 0.5, self.pacing)
        enter = None if begin else self.store.enter
        return Ledger(
            *shared, canary=self.canary, refusals=self.refusals, verify_digest=self.verify_digest, enter=enter
        )

    def broadcast(
        self, channel: Callable[[str], MailingChannel] | None = None, begin: Begin[SqlTransaction] | None = None
    ) -> Broadcast:
        personaliser = Personaliser(Links("https://example.com", TOKENS), MessageIds(KEY), ENCRYPTION)
        relay = channel or (lambda account: self.relay)
        return Broadcast(self.ledger(begin), relay, personaliser, self.clock, self.trace)

    async def work(self, broadcast: Broadcast | None = None) -> int:
        """Once over everything that is due; how many batches that was."""
        due = await self.due()
        for batch_id in due:
            await (broadcast or self.broadcast()).work(batch_id)
        return len(due)

    async def due(self) -> Sequence[int]:
        """Batches that an engine would call a worker for."""
        async with self.store.read() as tx:
            lanes = await tx.due([Ask(lane, Busy(), 1000) for lane in Lane], self.clock.now())
        return [due.work.id for found in lanes for due in found if due.work.entity is Entity.BATCH]

    async def pass_time(self, seconds: float, step: float = 30.0) -> None:
        for _ in range(int(seconds / step)):
            self.clock.advance(step)
            await self.work()

    def another(self, owner: str = "worker-2") -> PostOffice:
        """A second worker on the same workspace and relay."""
        return replace(self, owner=owner)

    # --- what staff see

    async def report(self, mailing: Mailing) -> Report:
        async with self.store.read() as tx:
            return await report(tx, await tx.mailing(mailing.id))

    async def counts(self, mailing: Mailing) -> Mapping[RecipientState, int]:
        return (await self.report(mailing)).counts

    async def missed(self, mailing: Mailing) -> list[Missed]:
        async with self.store.read() as tx:
            return [each async for each in who_missed_it(tx, mailing.id)]

    async def delivery(self, mailing: Mailing) -> Delivery:
        assert mailing.delivery_id is not None
        async with self.store.read() as tx:
            return await tx.delivery(mailing.delivery_id)


async def readers_of(office: PostOffice, mailing: Mailing) -> set[str]:
    async with office.store.read() as tx:
        query = select(t.recipient.c.address).where(t.recipient.c.mailing_id == mailing.id)
        return set((await tx.connection.scalars(query)).all())


async def suppress(office: PostOffice, address: str, *classes: MailClass) -> None:
    async with office.store.begin() as tx:
        await tx.suppress([address_key(address)], classes, "unsubscribed", NOON)
