"""The staff listener over a real store, in a few words."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import TypeVar

from publisher.app import App, opened
from publisher.delivery import stop, transitions
from publisher.delivery.gate import KILL_SWITCH
from publisher.delivery.states import DeliveryState
from publisher.release.approval import new_token, token_hash
from publisher.schedule.due import run_due
from publisher.settings import load
from publisher.store.transaction import SqlTransaction
from publisher.web.sessions import Sessions
from publisher.web.staff import staff_app
from tests.cli.desk import Desk
from tests.site.serving import served

T = TypeVar("T")


@dataclass
class Time:
    """Monotonic seconds that a test moves."""

    seconds: float = 0.0

    def __call__(self) -> float:
        return self.seconds


@dataclass(frozen=True)
class Staff:
    """A served desk: one release that is out as far as nobody sends it, one that waits for approval."""

    desk: Desk
    url: str
    time: Time

    @property
    def token(self) -> str:
        return (self.desk.root / "alice.token").read_text(encoding="utf-8").strip()

    def change(self, work: Callable[[App, SqlTransaction], Awaitable[T]]) -> T:
        """Changes what the desk shows, as another process would; a browser's loop may be running here."""

        async def whole() -> T:
            async with opened(self.desk.root) as app, app.store.begin() as tx:
                return await work(app, tx)

        with ThreadPoolExecutor(1) as thread:
            return thread.submit(asyncio.run, whole()).result()

    def move(self, destination: str, *states: DeliveryState) -> None:
        async def work(app: App, tx: SqlTransaction) -> None:
            line = next(line for line in await tx.delivery_lines([1]) if line.destination == destination)
            for state in states:
                locked = await tx.lock_delivery(line.id)
                await transitions.move(tx, locked, state, at=app.clock.now(), reason="the answer was lost")

        self.change(work)

    def stop_everything(self) -> None:
        async def work(app: App, tx: SqlTransaction) -> None:
            await stop.switch_off(tx, KILL_SWITCH, at=app.clock.now(), actor="erin", reason="the token leaked")

        self.change(work)

    def replace_token(self, name: str) -> None:
        async def work(app: App, tx: SqlTransaction) -> None:
            await tx.save_person(name, ["authors"], token_hash(new_token()), app.clock.now())

        self.change(work)

    def disable(self, name: str) -> None:
        async def work(app: App, tx: SqlTransaction) -> None:
            await tx.disable_person(name, app.clock.now())

        self.change(work)


@contextmanager
def staffed(desk: Desk) -> Iterator[Staff]:
    """The desk's staff listener on a free port."""
    desk.as_("alice", "publish", desk.approved())
    asyncio.run(_publish(desk))
    desk.submitted(desk.announcement("sol", due=timedelta(hours=5)))
    app, time = App(desk.root, load(desk.root)), Time()
    with served(staff_app(app, Sessions(time))) as url:
        yield Staff(desk, url, time)
    asyncio.run(app.close())


async def _publish(desk: Desk) -> None:
    async with opened(desk.root) as app:
        await run_due(app.store.begin, app.clock, app.outlet)
