"""kill -9 while a mailing runs: nobody is lost, nobody gets it twice unless that was unclear and the kind allows it."""

from __future__ import annotations

import asyncio
import json
import os
import random
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from subprocess import DEVNULL, PIPE, Popen

import pytest

from publisher.content.kinds.kind import Unconfirmed
from publisher.mailing.canary import NONE, Canary
from publisher.mailing.transaction import Mailing
from publisher.store.database import Database
from publisher.store.transaction import Store
from tests.databases import postgresql_url, sqlite_url
from tests.mailing.builders import POLICY, D, Plan, PostOffice, R, subscribe
from tests.mailing.worker_process import AT_ONCE, WINDOW, Order

READERS, BATCH = 40, 10
POINTS = ("before_intent", "after_intent", "before_send", "after_send", "before_result", "after_result")
KILLS, SOAK = 100, 1_000
SIDE_BY_SIDE, LIVES = 4, 8
"""Mailings at once, and the workers that each of them may cost."""
IN_FLIGHT = WINDOW * AT_ONCE
KILLED, ENDED = -9, 0


class Lives:
    """Starts one worker after another."""

    def __init__(self) -> None:
        command = [sys.executable, "-m", "tests.mailing.worker_process"]
        root = Path(__file__).parent.parent.parent
        self._process = Popen(command, stdin=PIPE, stdout=PIPE, stderr=DEVNULL, text=True, cwd=root)

    async def live(self, order: Order) -> int:
        """How the worker ended."""
        return await asyncio.to_thread(self._live, order)

    def _live(self, order: Order) -> int:
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(json.dumps(asdict(order)) + "\n")
        self._process.stdin.flush()
        return int(self._process.stdout.readline())

    def end(self) -> None:
        self._process.communicate()


@pytest.fixture(scope="module")
def lives() -> Iterator[Lives]:
    started = Lives()
    yield started
    started.end()


@dataclass
class Trial:
    """One mailing, and what was seen of it."""

    office: PostOffice
    mailing: Mailing
    readers: list[str]
    order: Order

    @classmethod
    async def begin(cls, kind: str, folder: Path, policy: Unconfirmed, canary: Canary = NONE) -> Trial:
        url = sqlite_url(folder) if kind == "sqlite" else postgresql_url()
        office = PostOffice(Store(Database(url)), batch_size=BATCH, canary=canary)
        readers = await subscribe(office.store, READERS)
        mailing = await office.start(Plan(replace(POLICY, unconfirmed=policy)))
        return cls(office, mailing, readers, Order(url, str(folder / f"{mailing.id}-{readers[0]}.log")))

    def reached(self) -> set[str]:
        """Who has it in the inbox."""
        return {line.split()[0] for line in self._lines()}

    async def check(self) -> Counter[str]:
        """The promises, and what it took to keep them."""
        inboxes = Counter(line.split()[0] for line in self._lines())
        async with self.office.store.read() as tx:
            counts, resends = await tx.count_recipients(self.mailing.id), await tx.count_resends(self.mailing.id)
        unclear = {missed.address for missed in await self.office.missed(self.mailing) if missed.state is R.UNCONFIRMED}
        delivery = await self.office.delivery(self.mailing)
        await self.office.store.database.close()

        assert delivery.state is D.DELIVERED
        assert sum(counts.values()) == len(self.readers), "somebody is in no state"
        assert counts.keys() <= {R.DELIVERED, R.UNCONFIRMED}
        lost = set(self.readers) - inboxes.keys() - unclear
        assert lost == set(), "lost: neither sent nor listed"
        doubled = {address for address, times in inboxes.items() if times > 1}
        assert len(doubled) <= resends, "doubled without having been unconfirmed"
        assert max(inboxes.values(), default=0) <= 2
        assert len({line.split()[1] for line in self._lines()}) == len(inboxes), "a resend has another Message-ID"
        unsent = set(self.readers) - inboxes.keys()
        assert len(doubled | unsent) <= len(unclear) + resends, "more than the window of each kill explains"
        sent = sum(inboxes.values())
        return Counter(unclear=len(unclear), doubled=len(doubled), unsent=len(unsent), resent=resends, sent=sent)

    def _lines(self) -> list[str]:
        log = Path(self.order.log)
        return log.read_text().splitlines() if log.exists() else []


@pytest.mark.parametrize("policy", list(Unconfirmed))
@pytest.mark.parametrize("point", POINTS)
@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
async def test_killed_at_a_named_point(
    lives: Lives, tmp_path: Path, kind: str, point: str, policy: Unconfirmed
) -> None:
    trial = await Trial.begin(kind, tmp_path, policy)
    assert await lives.live(replace(trial.order, point=point, times=4)) == KILLED
    assert await lives.live(trial.order) == ENDED
    seen = await trial.check()
    if policy is Unconfirmed.PARK:
        assert seen["doubled"] == seen["resent"] == 0
        assert seen["unclear"] <= IN_FLIGHT
    else:
        assert seen["unclear"] == 0
        assert seen["doubled"] <= seen["resent"] <= IN_FLIGHT


@pytest.mark.kill
@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
async def test_killed_at_random(tmp_path: Path, kind: str) -> None:
    await _killed(tmp_path, kind, KILLS)


@pytest.mark.soak
@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
async def test_killed_at_random_for_long(tmp_path: Path, kind: str) -> None:
    await _killed(tmp_path, kind, SOAK)


async def _killed(folder: Path, kind: str, kills: int) -> None:
    """Mailings, several side by side, until so many workers were killed while they worked."""
    seed, total = int(os.environ.get("SEED", random.randrange(10**6))), Counter[str]()
    courses = [_course(folder, kind, kills, random.Random(seed + number), total) for number in range(SIDE_BY_SIDE)]
    await asyncio.gather(*courses)
    readers = total["mailings"] * READERS
    print(  # noqa: T201 - a zero needs its number of trials
        f"{kind}: seed {seed}, {total['kills']} kills in {total['mailings']} mailings to {READERS} each: 0 lost; "
        f"{total['sent']} messages taken = {readers} readers - {total['unsent']} parked and not sent + "
        f"{total['doubled']} doubled; {total['unclear']} parked and listed, {total['resent']} resent"
    )
    assert total["sent"] == readers - total["unsent"] + total["doubled"], f"seed {seed}"


async def _course(folder: Path, kind: str, kills: int, chance: random.Random, total: Counter[str]) -> None:
    """One mailing after the other."""
    lives, reach = Lives(), 0.2
    while total["kills"] < kills:
        policy = chance.choice(list(Unconfirmed))
        trial = await Trial.begin(kind, folder, policy)
        for _ in range(LIVES):
            killed = await lives.live(replace(trial.order, after=chance.uniform(0.01, reach))) == KILLED
            total["kills"] += killed
            reach *= 1.15 if killed else 0.7  # most kills hit a worker at work, however fast the machine is just now
            if not killed:
                break
        assert await lives.live(trial.order) == ENDED
        seen = await trial.check()
        assert policy is Unconfirmed.RESEND_ONCE or seen["doubled"] == seen["resent"] == 0
        total += seen
        total["mailings"] += 1
    lives.end()
