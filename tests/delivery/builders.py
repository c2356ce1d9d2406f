"""Releases and a worker in a few words."""

from __future__ import annotations

import hashlib
import itertools
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Literal

from publisher.channel import EARLIER, EVERYWHERE, PIN, Json, Part, Payload, Rate, Target, Tools
from publisher.content.kinds.kind import Late, MailClass, Unconfirmed
from publisher.delivery.connections import Connections
from publisher.delivery.deliver import deliver
from publisher.delivery.engine.port import Entity, Lane
from publisher.delivery.publish import Outlet, publish
from publisher.delivery.states import DeliveryState
from publisher.delivery.transaction import Ask, Busy, Delivery, Transaction
from publisher.delivery.worker import Probing, Timing, Worker
from publisher.release.policy import Policy
from publisher.release.release import NewRelease
from publisher.release.states import ReleaseState
from publisher.store.transaction import SqlTransaction, Store
from tests.delivery.network import Network, NoOptions, channel_types

NOON = datetime(2026, 12, 1, 12, tzinfo=UTC)
_numbers = itertools.count()


@dataclass
class ManualClock:
    """Moves only when told."""

    moment: datetime = NOON

    def now(self) -> datetime:
        return self.moment

    def advance(self, seconds: float) -> None:
        self.moment += timedelta(seconds=seconds)


POLICY = Policy(
    kind="notice",
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


@dataclass(frozen=True)
class Plan:
    """What a release is made of; `destinations` begin with the name of their channel: `posts-main`."""

    destinations: Sequence[str] = ("site", "posts")
    locales: Sequence[str] = ("en-US",)
    parts: int = 1
    stages: Sequence[str] = ("announce",)
    operation: str = "publish"
    policy: Policy = POLICY
    publish_at: datetime = NOON
    window: timedelta = timedelta(hours=24)
    announcement: str = ""
    pin: Mapping[str, Json] | None = None
    """The content of a second part that asks to be pinned."""
    facts: Mapping[str, Json] = field(default_factory=dict)
    local_time: str = ""
    """What the clocks of `time_zone` were meant to show; empty: UTC."""
    fold: int = 0
    time_zone: str = "UTC"
    walls: str = '{"table": "old", "times": {}}'
    answers: bool = False
    """A new post below what is changed."""
    reposts: bool = False
    """A correction by a new post, and the first one taken away."""


async def scheduled(tx: SqlTransaction, plan: Plan) -> int:
    """A release on the clock; its id."""
    name = plan.announcement or f"a-{next(_numbers)}"
    await tx.save_announcement(name, plan.policy.kind, NOON)
    newest = await tx.newest_revision(name)
    number = newest.number + 1 if newest else 1
    revision = await tx.save_revision(name, number, "{}", "0" * 64, f"Title of {name}", "author", NOON)
    release_id = await tx.save_release(_new_release(plan, name, revision), NOON)
    await tx.save_editions(release_id, [_edition(plan, release_id, *place) for place in _places(plan)])
    await tx.set_release_state(release_id, ReleaseState.IN_REVIEW, ReleaseState.SCHEDULED)
    return release_id


def _new_release(plan: Plan, name: str, revision: int) -> NewRelease:
    zero = "0" * 64
    return NewRelease(
        revision_id=revision,
        announcement_id=name,
        root_hash=zero,
        common_hash=zero,
        locale_hashes=dict.fromkeys(plan.locales, zero),
        common=json.dumps({"revision": {"regions": EVERYWHERE.to_json(), "facts": plan.facts}}),
        policy=plan.policy,
        audience="subscribers",
        publish_at=plan.publish_at,
        local_time=plan.local_time or f"{plan.publish_at:%Y-%m-%d %H:%M}",
        fold=plan.fold,
        time_zone=plan.time_zone,
        walls=plan.walls,
        window=plan.window,
        submitted_by="author",
    )


def _places(plan: Plan) -> Sequence[tuple[str, str, str]]:
    return list(itertools.product(plan.stages, plan.destinations, plan.locales))


def _edition(
    plan: Plan, release_id: int, stage: str, destination: str, locale: str
) -> tuple[str, str, str, str, str, str, str]:
    channel, key = destination.split("-")[0], f"{release_id}/{stage}/{destination}/{locale}"
    payload = Payload(
        Target(destination, channel, f"{destination}-account", f"@{destination}", locale),
        (
            *(_part(plan, number, key) for number in range(plan.parts)),
            *([Part("reply", {"to": destination, "key": key}, act="publish")] if plan.answers else []),
            *_wish(plan, key),
            *_earlier(plan, key),
        ),
    ).to_json()
    sha256 = hashlib.sha256(payload.encode()).hexdigest()
    operation = "follow" if channel == "mail" and stage != "announce" else plan.operation
    return stage, operation, channel, destination, locale, payload, sha256


def _part(plan: Plan, number: int, key: str) -> Part:
    name = "post" if plan.parts == 1 else f"post-{number + 1}"
    content: dict[str, Json] = {"to": key.split("/")[2], "key": key, "text": "Hello \ue000url\ue001"}
    return Part(name, content, act="publish" if plan.reposts else "")


def _wish(plan: Plan, key: str) -> Sequence[Part]:
    act: Literal["", "publish"] = "publish" if plan.reposts else ""
    return [] if plan.pin is None else [Part(PIN, {"to": key.split("/")[2], "key": key, **plan.pin}, act=act)]


def _earlier(plan: Plan, key: str) -> Sequence[Part]:
    return [Part(EARLIER, {"to": key.split("/")[2], "key": key}, act="retract")] if plan.reposts else []


@dataclass
class Mailings:
    """A fan-out that only notes what it was asked for, in the transaction that asks."""

    started: list[int] = field(default_factory=list)

    async def start(self, tx: Transaction, delivery_id: int) -> int:
        self.started.append(delivery_id)
        return len(self.started)


async def everything_holds(tx: Transaction, delivery: Delivery) -> str | None:
    return None


def plainly(locale: str, time_zone: str, moment: datetime | None) -> str:
    """An instant as these tests write it."""
    return f"{moment:%Y-%m-%d %H.%M}" if moment else "not known yet"


def shortly(
    locale: str, time_zone: str, starts_at: datetime | None, ends_at: datetime | None, because: str
) -> Mapping[str, str]:
    """An event as these tests write it."""
    when = f"{plainly(locale, time_zone, starts_at)} - {plainly(locale, time_zone, ends_at)}"
    return {"event.when": when, "event.when_short": when, "event.reason": because or "-"}


@dataclass
class Bench:
    """A workspace with a worker that works when told."""

    store: Store
    network: Network
    clock: ManualClock
    worker: Worker
    outlet: Outlet
    mailings: Mailings

    async def published(self, plan: Plan | None = None) -> int:
        """A new release, published now but with nothing delivered yet."""
        async with self.store.begin() as tx:
            release_id = await scheduled(tx, plan or Plan())
            release = await tx.release(release_id)
            await publish(tx, release, self.outlet, at=self.clock.now(), reason="its time has come")
        return release_id

    async def work(self) -> None:
        """Everything that is due now, as an engine would call it, until nothing is."""
        for _ in range(100):
            if not await self._once():
                return
        raise AssertionError("the work never ends")

    async def pass_time(self, seconds: float, step: float = 1.0) -> None:
        """Works at every step of the way."""
        for _ in range(int(seconds / step)):
            self.clock.advance(step)
            await self.work()

    async def _once(self) -> int:
        async with self.store.read() as tx:
            dues = await tx.due([Ask(lane, Busy(), 100) for lane in Lane], self.clock.now())
        found = [due for theirs in dues for due in theirs if due.work.entity is Entity.DELIVERY]
        for due in found:
            await deliver(self.worker, due.work.id)
        return len(found)

    async def deliveries(self, release_id: int) -> Mapping[str, Delivery]:
        """By destination and locale."""
        async with self.store.read() as tx:
            return {f"{d.destination}/{d.locale}": d for d in await tx.deliveries(release_id)}

    async def states(self, release_id: int) -> Mapping[str, DeliveryState]:
        return {name: delivery.state for name, delivery in (await self.deliveries(release_id)).items()}

    async def unfinished(self) -> int:
        """How many releases have not ended."""
        async with self.store.read() as tx:
            return len(await tx.releases(states=[ReleaseState.PUBLISHING]))

    async def release_state(self, release_id: int) -> ReleaseState:
        async with self.store.read() as tx:
            return (await tx.release(release_id)).state

    async def history(self, delivery: Delivery) -> Sequence[str]:
        """`queued -> sending`, oldest first."""
        async with self.store.read() as tx:
            lines = await tx.history("delivery", [delivery.id])
        return [f"{line.before} -> {line.after}" for line in lines]

    def another(self, owner: str) -> Bench:
        """A second worker on the same workspace."""
        return replace(self, worker=replace(self.worker, owner=owner))


def bench(store: Store, folder: Path, *, rate: Rate | None = None, timing: Timing | None = None) -> Bench:
    """An empty workspace."""
    network, clock, mailings = Network(folder / "network.log"), ManualClock(), Mailings()
    types = channel_types(network, rate=rate)
    worker = Worker(
        begin=store.begin,
        together=store.together,
        read=store.read,
        connections=connections(network, rate=rate),
        clock=clock,
        verify=everything_holds,
        fan_out=mailings,
        owner="worker-1",
        timing=timing or Timing(),
        probing=Probing(),
        jitter=lambda: 0.5,
    )
    outlet = Outlet("https://example.com", lambda channel: types[channel].composer.capabilities, plainly, shortly)
    return Bench(store, network, clock, worker, outlet, mailings)


class AnyAccount(dict[str, tuple[str, NoOptions]]):
    """Every account there could be: `posts-main-account` is one of the channel `posts`."""

    def __missing__(self, name: str) -> tuple[str, NoOptions]:
        return name.split("-")[0], NoOptions()


def connections(network: Network, *, rate: Rate | None = None) -> Connections:
    """The channels of the network, whatever the accounts are called."""

    return Connections(channel_types(network, rate=rate), AnyAccount(), Tools(lambda: NOON, NoSite()))


class NoSite:
    """Derives nothing: the site of these tests is a post like any other."""

    locales: Sequence[str] = ()

    def change(self, *_: object) -> Sequence[tuple[str, bytes]]:
        return ()

    passing = everything = change

    def next_turn(self, record: object, now: datetime) -> None:
        return None
