"""A desk with 100,000 schedules: what a tick of its clock costs, and how late what is due goes out.

    python -m benchmarks.schedules [--many 100000] [--few 100] [--due 10000] [--within 60] [--skip tick|lateness]

On SQLite files with synchronous=FULL. A tick does all steps that the clock of `publisher run` does; the dearest of a
minute also looks at what is looked at once a minute. Lateness is that of a post's first byte, from the instant that
its release was scheduled for: a clock and a worker in a process each, the one telling the other as `publisher run` lets
them, and beside them a process in which nothing but bare asyncio timers wait for the same instants.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import multiprocessing
import tempfile
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from multiprocessing.connection import Connection
from multiprocessing.synchronize import Event
from pathlib import Path
from statistics import median, quantiles

import structlog
import uvloop
from sqlalchemy import Table, text

from benchmarks.broadcast import silence
from benchmarks.crowd import NUMBERS
from publisher.app import App, opened
from publisher.app.working import AHEAD
from publisher.channel import Part, Receipt
from publisher.cli.serving import LEAD, clock_steps, telling
from publisher.cli.workspace import create
from publisher.delivery.deliver import deliver
from publisher.delivery.engine.embedded import EmbeddedEngine
from publisher.delivery.engine.port import Work
from publisher.delivery.stages import PlannedStage, PlannedState
from publisher.delivery.worker import Timing, Worker
from publisher.release.states import ReleaseState
from publisher.release.walls import TABLE
from publisher.schedule.clock import tick, to_next_hour
from publisher.schedule.due import run_due
from publisher.schedule.stages import run_stages
from publisher.store import migrate
from publisher.store import tables as t
from publisher.store.database import Database
from publisher.store.tables.columns import microseconds
from publisher.store.transaction import SqlTransaction, Store
from tests.delivery.builders import Plan, bench, connections, scheduled
from tests.delivery.network import Network

TICKS = 100
PLACES = 20
"""Destinations that what is due is shared out among."""
COPIES = 1_000_000
"""The number of the first copy."""
WALLS = json.dumps({"table": TABLE, "times": {}})


def main() -> None:
    parser = argparse.ArgumentParser(description="Many schedules: a tick of the clock, and how late what is due is.")
    parser.add_argument("--many", type=int, default=100_000)
    parser.add_argument("--few", type=int, default=100)
    parser.add_argument("--due", type=int, default=10_000)
    parser.add_argument("--within", type=float, default=60.0, help="seconds in which they are due")
    parser.add_argument("--skip", choices=["tick", "lateness"])
    chosen = parser.parse_args()
    structlog.configure(processors=[silence])
    if chosen.skip != "tick":
        tell_ticks(*(uvloop.run(ticks(count)) for count in (chosen.few, chosen.many)))
    if chosen.skip != "lateness":
        lateness(chosen.due, chosen.within)


# The tick.


async def ticks(schedules: int) -> tuple[float, float]:
    """Seconds of the median tick, and of the median one that looks at everything, with so many schedules."""
    with tempfile.TemporaryDirectory() as folder:
        await asyncio.to_thread(create, Path(folder))
        async with opened(Path(folder)) as app:
            await migrate.upgrade(app.store.database)
            await schedule_many(app.store, schedules)
            steps = clock_steps(app, nobody)
            await once(steps)  # compiles the statements, and asks the table of zones, which is done at the start only
            often = [await once(steps) for _ in range(TICKS)]
            rarely = [await once(anew(app)) for _ in range(TICKS // 4)]
    return median(often), median(rarely)


def anew(app: App) -> Mapping[str, Callable[[], Awaitable[object]]]:
    """The steps as if a minute had passed since each looked."""
    return {name: step for name, step in clock_steps(app, nobody).items() if name != "zones"}


def nobody() -> None:
    """Who is told of work when no worker runs."""


async def once(steps: Mapping[str, Callable[[], Awaitable[object]]]) -> float:
    begun = time.perf_counter()
    for step in steps.values():
        await step()
    return time.perf_counter() - begun


def tell_ticks(few: tuple[float, float], many: tuple[float, float]) -> None:
    for name, less, more in zip(("a tick", "the dearest of a minute"), few, many, strict=True):
        print(f"{name}: many {more * 1000:.2f} ms  few {less * 1000:.2f} ms  ratio {more / less:.2f}")


async def schedule_many(store: Store, count: int) -> None:
    """So many releases on the clock, and so many that are public with a stage to come; all tomorrow or later."""
    tomorrow, minute = datetime.now(UTC) + timedelta(days=1), timedelta(minutes=1)
    async with store.begin() as tx:
        plan = Plan(announcement="many", publish_at=tomorrow, walls=WALLS, destinations=["posts-0"])
        waiting, public = await scheduled(tx, plan), await scheduled(tx, replace(plan, announcement="public"))
        await tx.set_release_state(public, ReleaseState.SCHEDULED, ReleaseState.PUBLISHED)
        await tx.plan_stage(PlannedStage(0, "public", public, "reminder_1h", tomorrow, PlannedState.DUE, ""))
        for model in (waiting, public):
            await copied(tx, model, count - 1, tomorrow, minute)


async def copied(tx: SqlTransaction, release_id: int, count: int, start: datetime, gap: timedelta) -> None:
    """`count` copies of a release, each of an announcement of its own, due from `start` on with `gap` in between."""
    number = f"({COPIES} * {release_id} + n)"
    name, due = f"x.announcement_id || '-' || {number}", ":start + n * :gap"
    key = f"replace(x.payload, '\"{release_id}/announce/', '\"' || {number} || '/announce/')"
    its = f"x.release_id = {release_id}"
    whose = f"(SELECT announcement_id FROM release WHERE id = {release_id})"
    times = {"publish_at": due, "window_start": due}
    copies: Sequence[tuple[Table, Mapping[str, str], str]] = (
        (t.announcement, {"id": f"x.id || '-' || {number}"}, f"x.id = {whose}"),
        (t.revision, {"id": number, "announcement_id": name}, f"x.announcement_id = {whose}"),
        (t.release, {"id": number, "revision_id": number, "announcement_id": name, **times}, f"x.id = {release_id}"),
        (t.release_locale, {"release_id": number}, its),
        (t.edition, {"id": number, "release_id": number, "payload": key}, its),
        (t.planned_stage, {"id": number, "release_id": number, "announcement_id": name, "due_at": due,
                           "look_at": due}, its),
    )  # fmt: skip
    values = {"count": count, "start": microseconds(start), "gap": gap // timedelta(microseconds=1)}
    for table, changed, which in copies:
        columns = [f'"{column.name}"' for column in table.columns]
        shown = [changed.get(column.name, f'x."{column.name}"') for column in table.columns]
        numbers = NUMBERS[tx.connection.dialect.name]
        copy = f"INSERT INTO {table.name} ({', '.join(columns)}) {numbers} SELECT {', '.join(shown)} "
        query = text(f"{copy} FROM numbers, {table.name} AS x WHERE {which}")
        used = {each: value for each, value in values.items() if f":{each}" in str(query)}
        await tx.connection.execute(query, used)


# The lateness.


def lateness(due: int, within: float) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        url = f"sqlite:///{folder / 'publisher.db'}"
        start = datetime.now(UTC) + timedelta(seconds=20 + due / 2000)
        alone = multiprocessing.get_context("spawn")
        stop, (heard, told) = alone.Event(), alone.Pipe(duplex=False)
        instants = asyncio.run(_prepare(url, due, start, within))
        parts = [
            alone.Process(target=_timers, args=(folder / "timers", list(instants.values()))),
            alone.Process(target=_clock, args=(url, folder, stop, told)),
            alone.Process(target=_work, args=(url, folder, stop, heard)),
        ]
        for part in parts:
            part.start()
        rest = _wait(folder / "bytes", len(instants), start.timestamp() + within)
        stop.set()
        for part in parts:
            part.join()
        bare = [float(line) for line in (folder / "timers").read_text().splitlines()]
        sent = (line.split() for line in (folder / "bytes").read_text().splitlines())
        late = [float(at) - instants[int(number)] for number, at in sent]
    assert len(late) == len(instants), f"{len(late)} of {len(instants)} went out once"
    tell_lateness(late, bare, rest)


def tell_lateness(late: Sequence[float], bare: Sequence[float], rest: float) -> None:
    ours, timer = (median(each) * 1000 for each in (late, bare))
    print(f"lateness, median: ours {ours:.1f} ms  timer {timer:.2f} ms  ratio {ours / timer:.1f}")
    ours, timer = (quantiles(each, n=100)[98] * 1000 for each in (late, bare))
    print(f"lateness, p99: ours {ours:.1f} ms  timer {timer:.2f} ms  ratio {ours / timer:.1f}")
    print(f"the last went out {max(rest, 0):.1f} s after the time in which they were due")


async def _prepare(url: str, due: int, start: datetime, within: float) -> Mapping[int, float]:
    """Release -> the instant it is due."""
    store = Store(Database(url))
    await migrate.upgrade(store.database)
    each, gap = max(due // PLACES, 2), timedelta(seconds=within * PLACES / due)
    async with store.begin() as tx:
        begun = [start + gap * place / PLACES for place in range(PLACES)]
        # First the models, then their copies: the numbers of copies are far away from what is counted.
        models = [await scheduled(tx, _plan(place, at)) for place, at in enumerate(begun)]
        for model, at in zip(models, begun, strict=True):
            await copied(tx, model, each - 1, at + gap, gap)
        rows = await tx.connection.execute(text("SELECT id, publish_at FROM release"))
        instants = {number: at / 1_000_000 for number, at in rows}
    await store.database.close()
    return instants


def _plan(place: int, at: datetime) -> Plan:
    return Plan(announcement=f"due-{place}", publish_at=at, walls=WALLS, destinations=[f"posts-{place}"])


def _wait(file: Path, count: int, end: float) -> float:
    """Until so many bytes were sent; seconds from `end` to it. Stops waiting once nothing more comes for a while."""
    seen, at = 0, time.time()
    while seen < count and time.time() < max(at, end) + 20:
        time.sleep(0.5)
        found = file.read_text().count("\n") if file.exists() else 0
        if found > seen:
            seen, at = found, time.time()
    return at - end


def _timers(file: Path, instants: Sequence[float]) -> None:
    found = list[str]()

    def note(due: float) -> None:
        found.append(f"{time.time() - due}\n")

    async def whole() -> None:
        for each in instants:
            asyncio.get_running_loop().call_later(each - time.time(), note, each)
        await asyncio.sleep(max(instants) - time.time() + 1)

    uvloop.run(whole())
    file.write_text("".join(found))


class Noting(Network):
    """Notes when each release reaches it."""

    def accept(self, call: str, part: Part, key: object) -> Receipt:
        with self.file.open("a") as file:
            file.write(f"{str(key).split('/')[0]} {time.time()}\n")
        return Receipt(part.name, ("1",), "https://example.com/1")


class WallClock:
    """That of the machine."""

    def now(self) -> datetime:
        return datetime.now(UTC)


def _clock(url: str, folder: Path, stop: Event, told: Connection) -> None:
    async def whole() -> None:
        store, ended, clock = Store(Database(url)), asyncio.Event(), WallClock()
        outlet = bench(store, folder).outlet
        steps = {
            "releases": telling(
                lambda: run_due(store.begin, clock, outlet, ahead=LEAD), lambda: told.send_bytes(b"\n")
            ),
            "stages": lambda: run_stages(store.begin, clock, outlet),
        }
        ticking = asyncio.create_task(tick(steps, ended, until_next=partial(to_next_hour, store.read, clock)))
        await asyncio.to_thread(stop.wait)
        ended.set()
        await ticking
        await store.database.close()

    structlog.configure(processors=[silence])
    uvloop.run(whole())


def _work(url: str, folder: Path, stop: Event, heard: Connection) -> None:
    async def whole() -> None:
        store, clock, network = Store(Database(url)), WallClock(), Noting(folder / "bytes")
        desk = bench(store, folder)
        worker = Worker(
            begin=store.begin,
            together=store.together,
            read=store.read,
            connections=connections(network),
            clock=clock,
            verify=desk.worker.verify,
            fan_out=desk.mailings,
            owner="bench",
            timing=Timing(ahead=AHEAD),
        )
        woken = asyncio.Event()
        engine = EmbeddedEngine(store.read, clock, ahead=AHEAD, wake=woken)

        async def handle(work: Work) -> None:
            await deliver(worker, work.id)

        def listen() -> None:
            heard.recv_bytes()
            woken.set()

        asyncio.get_running_loop().add_reader(heard.fileno(), listen)

        working = asyncio.create_task(engine.run(handle))
        await asyncio.to_thread(stop.wait)
        await engine.close()
        await working
        with contextlib.suppress(OSError):
            await store.database.close()

    structlog.configure(processors=[silence])
    uvloop.run(whole())


if __name__ == "__main__":
    main()
