"""kill -9 between due and published: every release goes out once, and every stage is walked once."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from publisher.delivery.stages import PlannedState
from publisher.release.policy import Planned
from publisher.store.database import Database
from publisher.store.transaction import Store
from tests.databases import postgresql_url, sqlite_url
from tests.delivery.builders import NOON, POLICY, Plan, bench, scheduled

ROOT = Path(__file__).parents[2]
RELEASES = 12
KILLS = 25
START = NOON + timedelta(hours=1)
PLAN = Plan(
    ("site", "posts"),
    stages=("announce", "start"),
    policy=replace(
        POLICY, stages=(Planned("start", START, "start", None, None),), starts_at=START, postponed_by="on_call"
    ),
)


@contextmanager
def clocks(log: Path) -> Iterator[subprocess.Popen[str]]:
    with log.open("w") as errors, subprocess.Popen(
        [sys.executable, "-m", "tests.schedule.clock_process"],
        cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors, text=True,
    ) as process:  # fmt: skip
        yield process
        assert process.stdin is not None
        process.stdin.close()
        process.wait()


def strike(process: subprocess.Popen[str], url: str, now: datetime, kill_after: float | None) -> bool:
    """Whether the clock came to its end."""
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(json.dumps({"url": url, "now": now.isoformat(), "kill_after": kill_after}) + "\n")
    process.stdin.flush()
    return bool(json.loads(process.stdout.readline()))


@pytest.mark.kill
@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
async def test_a_clock_that_is_killed_again_and_again(database: str, tmp_path: Path) -> None:
    seed = int(os.environ.get("SEED", random.randrange(10**6)))
    chance = random.Random(seed)
    url = sqlite_url(tmp_path) if database == "sqlite" else postgresql_url()
    store = Store(Database(url))
    desk = bench(store, tmp_path)
    async with store.begin() as tx:
        releases = [await scheduled(tx, replace(PLAN, announcement=f"a-{n}")) for n in range(RELEASES)]
    ended = 0

    with clocks(tmp_path / "clocks.log") as process:
        for now in (NOON, START):
            desk.clock.moment = now
            ended += sum(strike(process, url, now, chance.uniform(0.005, 0.25)) for _ in range(KILLS))
            assert strike(process, url, now, None), (tmp_path / "clocks.log").read_text()
            await desk.work()

    async with store.read() as tx:
        made = {r: Counter((d.stage, d.destination) for d in await tx.deliveries(r)) for r in releases}
        history = [line for line in await tx.history("release", releases) if line.before == "scheduled"]
        stages = Counter(each.state for each in await tx.planned_stages())
    await store.database.close()
    once = Counter({(stage, place): 1 for stage in ("announce", "start") for place in ("site", "posts")})
    print(f"{database}: seed {seed}, {2 * KILLS - ended} of {2 * KILLS} clocks killed before their end")  # noqa: T201
    assert made == dict.fromkeys(releases, once), f"seed {seed}"
    assert len(history) == RELEASES, f"seed {seed}"
    assert stages == {PlannedState.WALKED: RELEASES}, f"seed {seed}"
