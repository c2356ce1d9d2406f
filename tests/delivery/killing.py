"""Kills workers and compares, at the end, what the network has with what the store believes."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Select, select

from publisher.channel import Payload
from publisher.delivery import stop
from publisher.delivery.publish import Outlet, publish
from publisher.delivery.states import DeliveryState as D
from publisher.delivery.transaction import Delivery
from publisher.store import tables as t
from publisher.store.database import Database
from publisher.store.transaction import SqlTransaction, Store
from tests.delivery.builders import Plan, plainly, scheduled, shortly
from tests.delivery.network import Network, channel_types

ROOT = Path(__file__).parents[2]


class Nursery:
    """The process that forks workers on order."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    async def order(self, **order: object) -> dict[str, int]:
        """Its answer; other tasks go on meanwhile."""
        return await asyncio.to_thread(self._order, order)

    def _order(self, order: dict[str, object]) -> dict[str, int]:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()
        answer: dict[str, int] = json.loads(self._process.stdout.readline())
        return answer


@contextmanager
def nursery(log: Path) -> Iterator[Nursery]:
    """What workers print goes to `log`."""
    with log.open("w") as errors, subprocess.Popen(
        [sys.executable, "-m", "tests.delivery.worker_process"],
        cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors, text=True,
    ) as process:  # fmt: skip
        yield Nursery(process)
        assert process.stdin is not None
        process.stdin.close()
        process.wait()


@dataclass
class Tally:
    """What was seen at the end."""

    kills: int = 0
    deliveries: int = 0
    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    unconfirmed: int = 0
    """Passed through the state at some time."""
    parked: int = 0
    quarantined: int = 0

    def __str__(self) -> str:
        return (
            f"{self.kills} kills, {self.deliveries} deliveries: {len(self.lost)} lost, {len(self.doubled)} doubled, "
            f"{self.unconfirmed} were unconfirmed ({self.parked} wait for a person), {self.quarantined} quarantined"
        )


@dataclass
class Workspace:
    """One store and one network, worked on by one worker after the other."""

    url: str
    store: Store
    network: Network
    nursery: Nursery
    tally: Tally = field(default_factory=Tally)

    async def published(self, plan: Plan) -> int:
        types = channel_types(self.network)
        outlet = Outlet("https://example.com", lambda name: types[name].composer.capabilities, plainly, shortly)
        now = datetime.now(UTC)
        async with self.store.begin() as tx:
            release = await tx.release(await scheduled(tx, replace(plan, publish_at=now)))
            await publish(tx, release, outlet, at=now, reason="its time has come")
        return release.id

    async def start(self, **order: object) -> int:
        """The pid of a new worker."""
        where = {"url": self.url, "network": str(self.network.file), "seed": self.tally.kills}
        return (await self.nursery.order(do="start", **where, **order))["pid"]

    async def wait(self, pid: int, after: float | None = None) -> bool:
        """Whether it was killed; it ends by itself when it has nothing to do."""
        answer = await self.nursery.order(do="wait", pid=pid, after=after)
        self.tally.kills += answer["killed"]
        assert answer["killed"] or answer["code"] == 0
        return bool(answer["killed"])

    async def finish(self) -> None:
        """Nobody is killed any more, and a person lets go what was quarantined."""
        await self.wait(await self.start())
        async with self.store.begin() as tx:
            held = await tx.held_deliveries()
            for release in sorted({delivery.release_id for delivery in held}):
                await stop.resume(tx, release, at=datetime.now(UTC), actor="anna", reason="looked at")
        self.tally.quarantined += len(held)
        if held:
            await self.finish()

    async def compare(self, releases: Sequence[int]) -> Tally:
        """Every part of every delivery: is it there, how often, and what does the store say?"""
        copies = Counter((line["key"], line["part"]) for line in self.network.accepted())
        async with self.store.read() as tx:
            doubted = set((await tx.connection.scalars(_doubted())).all())
            mailings = set((await tx.connection.scalars(select(t.mailing.c.delivery_id))).all())
            for release in releases:
                for delivery in await tx.deliveries(release):
                    self.tally.deliveries += 1
                    self.tally.unconfirmed += delivery.id in doubted
                    await self._compare(tx, delivery, copies, delivery.id in mailings)
        return self.tally

    async def _compare(
        self, tx: SqlTransaction, delivery: Delivery, copies: Counter[tuple[str, str]], mailed: bool
    ) -> None:
        name = f"release {delivery.release_id} {delivery.name}: {delivery.state}"
        if delivery.channel == "mail":
            self.tally.lost += [] if mailed and delivery.state is D.DELIVERED else [name]
            return
        payload = Payload.from_json((await tx.edition(delivery.edition_id)).payload)
        seen = [copies[str(part.content["key"]), part.name] for part in payload.parts]
        known = len(await tx.receipts(delivery.id))
        self.tally.parked += delivery.parked
        if delivery.channel != "site" and max(seen) > 1:
            self.tally.doubled.append(f"{name}, {seen}")
        if delivery.state is D.DELIVERED:
            complete = min(seen) >= 1 and known == len(payload.parts)
        else:
            # Parked: what has a receipt is there, the doubtful part may be, nothing after it is.
            complete = delivery.parked and min([1, *seen[:known]]) == 1 and not any(seen[known + 1 :])
        if not complete:
            self.tally.lost.append(f"{name}, {seen}, {known} receipts")


def _doubted() -> Select[int]:
    history = t.transition.c
    return select(history.entity_id).where(history.entity == "delivery", history.after == D.UNCONFIRMED)


@asynccontextmanager
async def workspace(url: str, folder: Path) -> AsyncIterator[Workspace]:
    """An empty one; the database is there and has its schema."""
    store = Store(Database(url))
    with nursery(folder / "workers.log") as forking:
        yield Workspace(url, store, Network(folder / "network.log"), forking)
    await store.database.close()
