"""kill -9 wherever it hurts: nothing is lost, and nothing is sent twice without having been doubted first.

Every worker is a real process; the network's own file, synced before it answers, is what readers have.
"""

from __future__ import annotations

import asyncio
import os
import random
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from publisher.delivery.states import DeliveryState as D
from tests.databases import postgresql_url, sqlite_url
from tests.delivery.builders import Plan
from tests.delivery.killing import Workspace, workspace

pytestmark = pytest.mark.kill

POSTING = ("before_claim", "after_claim", "before_send", "accepted", "after_send", "before_record", "after_record")
FAN_OUT = ("before_claim", "after_claim", "before_fan_out", "after_fan_out")
ROUNDS = {"sqlite": 200, "postgresql": 20}
SOAK_ROUNDS = 1_000
ROUND = (("site", "posts"), ("site",), ("posts",), ("posts",), ("mute",), ("mute",), ("mail",))
"""What a round may publish; its mail is due two seconds later and is found by a later round's worker."""


def url(database: str, folder: Path) -> str:
    return sqlite_url(folder) if database == "sqlite" else postgresql_url()


def points(plan: Plan) -> Sequence[str]:
    """Where a worker of this plan can be killed; in a thread, at its second part."""
    if plan.destinations == ("mail",):
        return FAN_OUT
    part = "post" if plan.parts == 1 else "post-2"
    return [point if "claim" in point else f"{point}:{part}" for point in POSTING]


PLANS = {
    "site": Plan(("site",)),
    "posts that can be read back": Plan(("posts",)),
    "posts that cannot": Plan(("mute",)),
    "a thread that can be read back": Plan(("posts",), parts=3),
    "a thread that cannot": Plan(("mute",), parts=3),
    "mail": Plan(("mail",)),
}


@pytest.mark.parametrize(
    ("database", "plans"),
    # The channels differ in what is decided, not in how it is stored: two of them tell about the other database.
    [("sqlite", list(PLANS)), ("postgresql", ["a thread that can be read back", "mail"])],
)
async def test_a_kill_at_every_point_of_every_channel(database: str, plans: Sequence[str], tmp_path: Path) -> None:
    cases = [(plan, point) for plan in map(PLANS.__getitem__, plans) for point in points(plan)]
    async with workspace(url(database, tmp_path), tmp_path) as at:
        releases = []
        for plan, point in cases:
            releases.append(await at.published(plan))
            assert await at.wait(await at.start(at=point)), f"{point} was never reached"
            await at.finish()
        tally = await at.compare(releases)

    print(f"\n{database}: {tally}")  # noqa: T201 - a zero counts only with its number of trials
    assert tally.kills == len(cases)
    assert (tally.lost, tally.doubled) == ([], [])


async def test_a_kill_while_reading_back(tmp_path: Path) -> None:
    async with workspace(sqlite_url(tmp_path), tmp_path) as at:
        releases = []
        for point in ("before_probe", "after_probe"):
            releases.append(await at.published(Plan(("posts",))))
            await at.wait(await at.start(at="accepted:post"))
            assert await at.wait(await at.start(at=point))
            await at.finish()
        tally = await at.compare(releases)

    assert (tally.kills, tally.lost, tally.doubled) == (4, [], [])


@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
async def test_kills_at_random(database: str, tmp_path: Path) -> None:
    await kill_at_random(database, tmp_path, ROUNDS[database])


@pytest.mark.soak
@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
async def test_many_kills_at_random(database: str, tmp_path: Path) -> None:
    await kill_at_random(database, tmp_path, SOAK_ROUNDS)


async def kill_at_random(database: str, folder: Path, rounds: int) -> None:
    seed = int(os.environ.get("SEED", time.time_ns() % 1_000_000))
    chance = random.Random(seed)
    async with workspace(url(database, folder), folder) as at:
        releases, reach = [], 0.5
        for _ in range(rounds):
            plan = Plan(chance.choice(ROUND), parts=chance.choice((1, 1, 2)))
            releases.append(await at.published(plan))
            killed = await at.wait(await at.start(latency=0.005), after=chance.uniform(0, reach))
            reach *= 1.03 if killed else 0.8  # most kills hit a worker at work, however fast the machine is just now
        await at.finish()
        tally = await at.compare(releases)

    print(f"\n{database}, seed {seed}, {rounds} rounds: {tally}")  # noqa: T201
    assert (tally.lost, tally.doubled) == ([], [])
    assert tally.kills > rounds / 2


# --- orderly stops, and standing still ------------------------------------------------------------------------


async def test_sigterm_drains(tmp_path: Path) -> None:
    async with workspace(sqlite_url(tmp_path), tmp_path) as at:
        releases = [await at.published(Plan(("mute",))) for _ in range(12)]
        pid = await at.start(latency=0.2)
        while not at.network.accepted():  # noqa: ASYNC110 - another process writes the file
            await asyncio.sleep(0.02)
        await at.nursery.order(do="signal", pid=pid, signal="SIGTERM")
        assert not await at.wait(pid)

        states = await states_of(at, releases)
        assert states.count(D.DELIVERED) == len(at.network.accepted())
        assert set(states) <= {D.DELIVERED, D.QUEUED}


@pytest.mark.parametrize("channel", ["posts", "mute"])
async def test_a_worker_that_stood_still_sends_nothing_any_more(channel: str, tmp_path: Path) -> None:
    async with workspace(sqlite_url(tmp_path), tmp_path) as at:
        release = await at.published(Plan((channel,)))
        still = await at.start(at="before_send:post", signal="SIGSTOP", lease=1.0)
        await at.nursery.order(do="stopped", pid=still)

        await at.wait(await at.start(alone=False))
        before = len(at.network.accepted())
        await at.nursery.order(do="signal", pid=still, signal="SIGCONT")
        await at.wait(still)

        assert len(at.network.accepted()) == before
        assert await states_of(at, [release]) == [D.DELIVERED if channel == "posts" else D.UNCONFIRMED]


async def test_a_late_answer_is_proof(tmp_path: Path) -> None:
    async with workspace(sqlite_url(tmp_path), tmp_path) as at:
        release = await at.published(Plan(("mute",)))
        still = await at.start(at="after_send:post", signal="SIGSTOP", lease=3.0)
        await at.nursery.order(do="stopped", pid=still)

        await at.wait(await at.start(alone=False))
        doubt = await states_of(at, [release])
        await at.nursery.order(do="signal", pid=still, signal="SIGCONT")
        await at.wait(still)

        assert (doubt, await states_of(at, [release])) == ([D.UNCONFIRMED], [D.DELIVERED])
        assert len(at.network.accepted()) == 1


async def test_many_workers_at_once_send_everything_once(tmp_path: Path) -> None:
    async with workspace(sqlite_url(tmp_path), tmp_path) as at:
        releases = [await at.published(Plan(("mute-a", "mute-b"))) for _ in range(15)]
        pids = [await at.start(alone=False) for _ in range(4)]
        for pid in pids:
            await at.wait(pid)
        tally = await at.compare(releases)

    print(f"\n4 workers, {tally.deliveries} deliveries: {len(tally.doubled)} claimed twice")  # noqa: T201
    assert (tally.deliveries, tally.lost, tally.doubled, tally.unconfirmed) == (30, [], [], 0)


async def states_of(at: Workspace, releases: Sequence[int]) -> list[D]:
    async with at.store.read() as tx:
        return [delivery.state for release in releases for delivery in await tx.deliveries(release)]
