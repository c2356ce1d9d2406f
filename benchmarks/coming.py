"""What goes out when: the list of 6,000 lines to come beside one of 600.

    python -m benchmarks.coming [--many 6000] [--few 600] [--rounds 5] [--postgresql]

Two lines in three are listings on the clock (their publication, and trading that opens later), the third is the start
of a maintenance that is public. They are about 40 assets and ten minutes apart; every tenth listing opens while its
asset is down, so that each line meets as much in the long list as in the short one. Places have quiet hours. Prints the
median milliseconds of `schedule list` and of the desk's page without the words around them, and of what `check` and
`publish` ask of one announcement; the ratio is that of the time per line, the target at most 1.5.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import structlog

from benchmarks.broadcast import silence
from benchmarks.search import database_url
from publisher.channel import Json
from publisher.content.kinds import KINDS
from publisher.content.kinds.kind import Quiet
from publisher.delivery.publish import Outlet
from publisher.delivery.quiet import QuietHours
from publisher.delivery.stages import PlannedStage, PlannedState
from publisher.release.policy import Planned
from publisher.release.states import ReleaseState
from publisher.schedule.coming import coming, meeting
from publisher.store import migrate
from publisher.store.database import Database
from publisher.store.transaction import SqlTransaction, Store
from tests.delivery.builders import POLICY, Plan, bench, scheduled

ASSETS = 40
MEETS = 10
"""One listing in so many opens during a maintenance of its asset."""
APART = timedelta(minutes=10)
PLACES = ("site-main", "posts-en", "posts-ja")
FOREVER = timedelta(days=3650)


def main() -> None:
    parser = argparse.ArgumentParser(description="A long list of what is to come beside a short one.")
    parser.add_argument("--many", type=int, default=6_000, help="lines")
    parser.add_argument("--few", type=int, default=600)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--postgresql", action="store_true", help="on a PostgreSQL of its own instead of SQLite")
    chosen = parser.parse_args()
    structlog.configure(processors=[silence])
    with tempfile.TemporaryDirectory() as folder:
        few, many = (
            asyncio.run(measure(made(Path(folder) / str(lines)), lines, chosen.rounds, chosen.postgresql))
            for lines in (chosen.few, chosen.many)
        )
    for name, less, more in zip(("the list", "one announcement"), few, many, strict=True):
        ratio = more / chosen.many / (less / chosen.few)
        print(f"{name}: many {more * 1000:.1f} ms  few {less * 1000:.1f} ms  per line, ratio {ratio:.2f}")


def made(folder: Path) -> Path:
    folder.mkdir()
    return folder


async def measure(folder: Path, lines: int, rounds: int, postgresql: bool) -> tuple[float, float]:
    """Seconds of the median list, and of the median question about one announcement."""
    database = Database(database_url(folder, postgresql))
    await migrate.upgrade(database)
    store = Store(database)
    now = datetime.now(UTC).replace(microsecond=0)
    async with store.begin() as tx:
        asked = [await pair(tx, number, now) for number in range(lines // 3)][-1]
    hours = QuietHours.of("22:00-07:00", "Asia/Singapore")
    outlet = replace(bench(store, folder).outlet, quiet=lambda name: hours)

    async def whole() -> int:
        async with store.read() as tx:
            return len(await coming(tx, KINDS, outlet, now, now + FOREVER))

    assert await whole() == lines
    found = await median(whole, rounds), await median(lambda: one(store, outlet, asked), rounds)
    await database.close()
    return found


async def one(store: Store, outlet: Outlet, release_id: int) -> int:
    async with store.read() as tx:
        return len(await meeting(tx, KINDS, outlet, await tx.release(release_id)))


async def median(work: Callable[[], Awaitable[int]], rounds: int) -> float:
    times = list[float]()
    for _ in range(rounds):
        begun = time.perf_counter()
        await work()
        times.append(time.perf_counter() - begun)
    return statistics.median(times)


async def pair(tx: SqlTransaction, number: int, now: datetime) -> int:
    """Three lines: a listing on the clock with its opening, and the start of a maintenance; the listing's id."""
    at, ticker = now + timedelta(days=1) + number * APART, f"AST{number % ASSETS}"
    opens = at + (APART * 5 if number % MEETS == 0 else APART * ASSETS / 2)
    trading = Planned("trading_open", opens, "start", None, None)
    wish: dict[str, Json] = {"product": "spot", "name": ticker, "ticker": ticker, "pairs": [f"{ticker}/USDT"]}
    listing = Plan(
        PLACES,
        announcement=f"listing-{number}",
        stages=("announce", "trading_open"),
        publish_at=at,
        policy=replace(POLICY, kind="listing", quiet=Quiet.WAIT, stages=(trading,), starts_at=opens),
        facts={**wish, "trading_at": opens.isoformat()},
    )
    asked = await scheduled(tx, listing)
    await works(tx, number, ticker, at + APART * 3)
    return asked


async def works(tx: SqlTransaction, number: int, ticker: str, begin: datetime) -> None:
    end = begin + timedelta(hours=1)
    stages = (Planned("start", begin, "start", None, None), Planned("complete", end, "end", None, None))
    facts: dict[str, Json] = {"network": ticker, "assets": [ticker], "services": {"deposits": "suspended"}}
    plan = Plan(
        PLACES,
        announcement=f"works-{number}",
        stages=("announce", "start"),
        publish_at=begin,
        policy=replace(POLICY, kind="maintenance", quiet=Quiet.WAIT, stages=stages, starts_at=begin, ends_at=end),
        facts={**facts, "starts_at": begin.isoformat(), "ends_at": end.isoformat()},
    )
    release_id = await scheduled(tx, plan)
    await tx.set_release_state(release_id, ReleaseState.SCHEDULED, ReleaseState.PUBLISHED)
    await tx.plan_stage(PlannedStage(0, plan.announcement, release_id, "start", begin, PlannedState.DUE, ""))


if __name__ == "__main__":
    main()
