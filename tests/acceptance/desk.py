"""What staff do on a running desk, and what readers and networks have of it.

Nothing is pretended: staff act through `publisher.app` as the command line does, readers and networks are looked at
over HTTP. Only the time is moved, by the row that every process of the workspace reads.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import sqlite3
import subprocess
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

import httpx
from anyio.from_thread import BlockingPortal
from sqlalchemy.exc import OperationalError

from publisher.app import App
from publisher.app.retracting import prepare_retraction, stop_publishing
from publisher.content.correction import Act, Correction
from publisher.content.kinds import KINDS
from publisher.content.kinds.kind import Follow, MailClass
from publisher.delivery.resolve import Resolution, resolve
from publisher.delivery.states import OPEN, DeliveryState
from publisher.delivery.transaction import NEVER
from publisher.mailing.intake.rows import Reader
from publisher.mailing.subscribers import save
from publisher.release.approval import Refused, Review, token_hash
from publisher.release.release import FrozenEdition
from publisher.release.scheduling import schedule
from publisher.store.status_rows import DeliveryLine
from tests.content.folders import TOML, Folder

T = TypeVar("T")
Place = tuple[str, str]
"""Destination and locale."""

ROOT = Path(__file__).resolve().parents[2]
SAMPLES = ROOT / "announcements"
SITE = "https://news.example.com"
"""What readers are told; the website's account looks at the listener on this machine."""
STAFF = {
    "alice": ("authors",),
    "erin": ("editors",),
    "carl": ("compliance",),
    "tora": ("translators",),
    "olga": ("on_call",),
    "pia": ("product",),
}
NAMED = ("Ethereum", "Aurora Protocol", "MERI")
"""What the kinds' samples are about."""
PATIENCE = 90.0
LOOK = 0.1
PATIENT = 4


@dataclass(frozen=True)
class Recipient:
    """One reader of a mailing, as the ledger has them."""

    state: str
    attempts: int
    resends: int


@dataclass(frozen=True)
class Desk:
    """A running workspace."""

    workspace: Path
    ports: Mapping[str, int]
    tokens: Mapping[str, str]
    process: subprocess.Popen[bytes]
    app: App
    portal: BlockingPortal
    client: httpx.Client

    # --- what staff do

    def do(self, act: Callable[[App], Awaitable[T]]) -> T:
        """One act on the workspace, as a command would do it."""

        async def whole() -> T:
            await self.app.clock.refresh()
            return await act(self.app)

        return self.portal.call(whole)

    def announcement(self, kind: str, word: str, *, to: str = "default", after: float = 5) -> Path:
        """What `publisher new` writes, under the name `word`, for a set of destinations, due `after` minutes."""
        folder = Folder.of(kind, self.workspace / "announcements" / f"{word}-{kind}")
        text = folder.text(TOML)
        for name in NAMED:
            text = text.replace(f'"{name}"', f'"{word}"')
        assert word in text, f"nothing of the sample of {kind} can be called {word}"
        folder.write(TOML, text.replace("# destinations", f'destinations = "{to}"\n#'))
        self._date(folder.path, after)
        return folder.path

    def copied(self, sample: str) -> Path:
        """One of the samples of the demo, due soon."""
        folder = self.workspace / "announcements" / sample
        shutil.copytree(SAMPLES / sample, folder)
        self._date(folder, 5)
        return folder

    def _date(self, folder: Path, after: float) -> None:
        local = self.now().astimezone(ZoneInfo("Asia/Singapore")) + timedelta(minutes=after)
        file = folder / TOML
        text = re.sub(r"(?m)^publish_at = .*$", f"publish_at = {local:%Y-%m-%dT%H:%M:00}", file.read_text("utf-8"))
        file.write_text(text, encoding="utf-8")

    def preview(self, folder: Path) -> str:
        """The page of `publisher preview`."""

        async def act(app: App) -> str:
            prepared, _ = await app.prepare(folder)
            assert prepared is not None
            return app.preview(prepared)

        return self.do(act)

    def submit(self, folder: Path, correction: Correction | None = None) -> Review:
        async def act(app: App) -> Review:
            prepared, findings = await app.prepare(folder, correction)
            assert prepared is not None, findings
            assert prepared.ok, findings
            return await app.submit(prepared, self.tokens["alice"], reason="as the test says")

        return self.do(act)

    def retract(self, release_id: int, because: str) -> Review:
        """What is published of its announcement is to be taken back."""

        async def act(app: App) -> Review:
            await stop_publishing(app, release_id, self.tokens["alice"], "to be retracted")
            prepared = await prepare_retraction(app, release_id, Correction.of(Act.RETRACT, because))
            if not prepared.ok:
                raise Refused(prepared.findings[0].message)
            return await app.submit(prepared, self.tokens["alice"], reason="as the test says")

        return self.do(act)

    def approvers(self, review: Review) -> Sequence[str]:
        """Who is in the groups that are asked, each of another one."""
        asked = {group for groups in review.lacking.values() for group in groups}
        return [name for name, groups in STAFF.items() if asked & {*groups, "any"} and name != "alice"]

    def approve(self, review: Review) -> Review:
        """By whomever its kind asks for."""

        async def act(app: App) -> Review:
            now = review
            for approver in self.approvers(now):
                if now.lacking:
                    now = await app.approve(now.release.id, self.tokens[approver], now.release.root_hash)
            assert not now.lacking
            return now

        return self.do(act)

    def scheduled(self, folder: Path) -> int:
        """Submitted, approved and on the clock; the release's number."""
        return self.on_the_clock(self.submit(folder))

    def on_the_clock(self, review: Review) -> int:
        """Approved by whomever it takes, and scheduled."""
        release_id = self.approve(review).release.id

        async def act(app: App) -> None:
            async with app.store.begin() as tx:
                await schedule(tx, release_id, actor="alice", at=app.clock.now())

        self.do(act)
        return release_id

    def due(self, release_id: int) -> None:
        """The clock is moved to its hour; returns when its deliveries have begun."""

        async def act(app: App) -> None:
            async with app.store.begin() as tx:
                release = await tx.release(release_id)
                await app.clock.move(tx, max(release.publish_at - app.clock.now(), timedelta(0)))

        self.do(act)
        self.wait_until(lambda: bool(self.lines(release_id)), f"release {release_id} never began")

    def publish(self, folder: Path) -> int:
        """The whole way to the end of every delivery."""
        return self.published(self.submit(folder))

    def published(self, review: Review) -> int:
        """The same from its review on."""
        release_id = self.on_the_clock(review)
        self.due(release_id)
        self.settled(release_id, hurry=2)
        return release_id

    def resolve(self, delivery_id: int, resolution: Resolution) -> None:
        """A person says what became of an unconfirmed delivery."""

        async def act(app: App) -> None:
            async with app.store.begin() as tx:
                at = app.clock.now()
                await resolve(tx, delivery_id, resolution, at=at, actor="erin", reason="looked into the chat")

        self.do(act)

    def employ(self, name: str) -> None:
        """Gives a member of staff all their rights."""

        async def act(app: App) -> None:
            async with app.store.begin() as tx:
                await tx.save_person(name, STAFF[name], token_hash(self.tokens[name]), app.clock.now())

        self.do(act)

    @contextmanager
    def without(self, name: str) -> Iterator[None]:
        """They have no rights for the length of the block."""

        async def act(app: App) -> None:
            async with app.store.begin() as tx:
                assert await tx.disable_person(name, app.clock.now())

        self.do(act)
        yield
        self.employ(name)

    def add_readers(
        self,
        names: Sequence[str],
        locale: str = "en-US",
        jurisdiction: str | None = None,
        follow: Follow | None = None,
    ) -> None:
        """Subscribers of everything, at readers.example."""
        readers = [
            Reader(f"{name}@readers.example", locale, frozenset(KINDS), jurisdiction, follow=follow) for name in names
        ]

        async def act(app: App) -> None:
            async with app.store.begin() as tx:
                await save(tx, readers, app.clock.now(), hashing=app.hashing)

        self.do(act)

    @contextmanager
    def crowd(self, name: str, count: int) -> Iterator[None]:
        """Many readers, for a while: left behind they would slow every later test and crowd its mails out."""
        names = [f"{name}{number}" for number in range(count)]
        self.add_readers(names)
        try:
            yield
        finally:
            self.stop_readers(names)

    def stop_readers(self, names: Sequence[str]) -> None:
        """They get no more mail."""
        keys = [f"{name}@readers.example" for name in names]

        async def act(app: App) -> None:
            async with app.store.begin() as tx:
                await tx.suppress(keys, tuple(MailClass), "the test is over", app.clock.now())

        self.do(act)

    # --- time

    def now(self) -> datetime:
        async def act(app: App) -> datetime:
            return app.clock.now()

        return self.do(act)

    def pass_time(self, seconds: float) -> None:
        """Moves the workspace's clock."""

        async def act(app: App) -> None:
            async with app.store.begin() as tx:
                await app.clock.move(tx, timedelta(seconds=seconds))

        for attempt in range(PATIENT):
            try:
                self.do(act)
            except (OperationalError, sqlite3.OperationalError):
                # On a busy machine the desk may hold its database for longer than a command waits.
                if attempt == PATIENT - 1:
                    raise
            else:
                return

    def wait_until(self, true: Callable[[], bool], otherwise: str, *, hurry: float = 0.0) -> None:
        """Returns once it is; `hurry`: seconds by which the clock is moved at each look."""
        deadline = time.monotonic() + PATIENCE
        while not true():
            assert time.monotonic() < deadline, f"{otherwise}\n{self.log()[-3000:]}"
            assert self.process.poll() is None, f"publisher run ended\n{self.log()[-3000:]}"
            if hurry:
                self.pass_time(hurry)
            time.sleep(LOOK)

    def settled(self, *releases: int, hurry: float = 0.0) -> Mapping[Place, DeliveryLine]:
        """The deliveries of some releases once each has ended, is held, or waits for a person."""

        def all_ended() -> bool:
            return all(_ended(line) for release in releases for line in self.lines(release))

        self.wait_until(all_ended, f"releases {releases} did not end", hurry=hurry)
        return {(line.destination, line.locale): line for release in releases for line in self.lines(release)}

    # --- what became of it

    def lines(self, release_id: int) -> Sequence[DeliveryLine]:
        async def act(app: App) -> Sequence[DeliveryLine]:
            async with app.store.read() as tx:
                return await tx.delivery_lines([release_id])

        return self.do(act)

    def unfinished(self, release_id: int) -> Sequence[DeliveryLine]:
        return [line for line in self.lines(release_id) if not _ended(line)]

    def state(self, release_id: int) -> str:
        """Of a release."""

        async def act(app: App) -> str:
            async with app.store.read() as tx:
                return str((await tx.release(release_id)).state)

        return self.do(act)

    def history(self, delivery_id: int) -> Sequence[str]:
        """Every state that a delivery has been in."""

        async def act(app: App) -> Sequence[str]:
            async with app.store.read() as tx:
                return [row.after for row in await tx.history("delivery", [delivery_id])]

        return self.do(act)

    def recipients(self, delivery_id: int) -> Mapping[str, Recipient]:
        """Those of a delivery's mailing, by address."""
        rows = self.rows(
            "SELECT address, state, attempts, resends FROM recipient WHERE mailing_id = "
            "(SELECT id FROM mailing WHERE delivery_id = :delivery)",
            {"delivery": delivery_id},
        )
        return {address: Recipient(state, attempts, resends) for address, state, attempts, resends in rows}

    def audience(self, delivery_id: int) -> int:
        """How many readers its mailing was frozen with."""
        [[count]] = self.rows("SELECT audience FROM mailing WHERE delivery_id = :delivery", {"delivery": delivery_id})
        return int(count)

    def edition(self, delivery_id: int) -> tuple[FrozenEdition, Mapping[str, str]]:
        """What was approved, and the values of the slots that its release knows."""

        async def act(app: App) -> tuple[FrozenEdition, Mapping[str, str]]:
            async with app.store.read() as tx:
                delivery = await tx.delivery(delivery_id)
                return await tx.edition(delivery.edition_id), delivery.slots

        return self.do(act)

    def sql(self, statement: str, values: Mapping[str, object]) -> int:
        """How many rows it changed behind everybody's back, as somebody with a shell on the machine could."""
        with closing(sqlite3.connect(self.workspace / "publisher.sqlite3", timeout=15)) as connection, connection:
            return connection.execute(statement, values).rowcount

    def trigger(self, when: str, act: str) -> None:
        """The database itself does `act` at the very moment; until `no_faults`."""
        with closing(sqlite3.connect(self.workspace / "publisher.sqlite3", timeout=15)) as connection, connection:
            connection.execute(f"CREATE TRIGGER tampering {when} BEGIN {act}; END")

    def rows(self, query: str, values: Mapping[str, object]) -> list[tuple[Any, ...]]:
        with closing(sqlite3.connect(self.workspace / "publisher.sqlite3", timeout=15)) as connection:
            return connection.execute(query, values).fetchall()

    def arrivals(self, channel: str, word: str = "") -> list[Mapping[str, Any]]:
        """What the sandbox took that names `word`, oldest first."""
        found = self.sandbox("GET", f"/arrivals.json?channel={channel}").json()["arrivals"]
        return [each for each in reversed(found) if word in json.dumps(each, ensure_ascii=False)]

    def total(self, channel: str) -> int:
        """How much the sandbox has taken."""
        return int(self.sandbox("GET", f"/arrivals.json?channel={channel}&limit=1").json()["totals"][channel])

    def fault(self, channel: str, effect: str, **more: object) -> None:
        self.sandbox("POST", "/faults", json={"channel": channel, "effect": effect, **more}).raise_for_status()

    def no_faults(self) -> None:
        with closing(sqlite3.connect(self.workspace / "publisher.sqlite3", timeout=15)) as connection, connection:
            connection.execute("DROP TRIGGER IF EXISTS tampering")
        self.sandbox("DELETE", "/faults").raise_for_status()

    def sandbox(self, method: str, path: str, **more: Any) -> httpx.Response:
        return self.client.request(method, f"http://127.0.0.1:{self.ports['page']}{path}", **more)

    def site(self, path: str, method: str = "GET", **more: Any) -> httpx.Response:
        """A request to the public listener; `path` may be a whole public URL."""
        return self.client.request(method, self.site_url + path.removeprefix(SITE), **more)

    @property
    def site_url(self) -> str:
        return f"http://127.0.0.1:{self.ports['public']}"

    @property
    def site_root(self) -> Path:
        return self.workspace / "site"

    def log(self) -> str:
        """Everything that the desk and its worker have said."""
        return (self.workspace / "run.log").read_text(encoding="utf-8", errors="replace")

    # --- the worker

    @property
    def worker(self) -> str:
        """Its process id; empty while there is none yet."""
        lock = self.workspace / "run" / "worker.lock"
        return lock.read_text(encoding="utf-8").strip() if lock.exists() else ""

    def kill_worker(self) -> None:
        """kill -9; returns when another one works."""
        self.wait_until(lambda: self.worker != "", "the worker was never started")
        dead = self.worker
        os.kill(int(dead), signal.SIGKILL)
        self.wait_until(lambda: self.worker not in (dead, ""), "the worker was not started again")


def _ended(line: DeliveryLine) -> bool:
    parked = line.state is DeliveryState.UNCONFIRMED and line.run_at >= NEVER
    return parked or line.state is DeliveryState.HELD or line.state not in OPEN
