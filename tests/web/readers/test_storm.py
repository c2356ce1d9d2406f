"""A storm of sign-ups for a crowd of mailboxes, while the worker is killed again and again: one letter each at most."""

from __future__ import annotations

import asyncio
import random
import re
import subprocess
import sys
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest
from sqlalchemy import func, select

from publisher.app import App, opened
from publisher.sandbox import Channel, Ports, Sandbox
from publisher.store import tables as t
from tests.cli.desk import Desk, copied
from tests.web.readers.desk import Pages, serving
from tests.web.readers.test_subscribing import FORM, WISH

AT_ONCE = 40
"""Browsers."""


@dataclass
class Storm:
    """What readers do, what the relay took, and a worker that does not live long."""

    pages: Pages
    sandbox: Sandbox
    root: Path
    chance: random.Random
    letters: Counter[str] = field(default_factory=Counter)
    seen: int = 0
    kills: int = 0
    turned_away: int = 0

    async def sign_up(self, addresses: Sequence[str], wording: str) -> None:
        """Each of them once, `AT_ONCE` at a time; whoever is turned away tries again."""
        queue = iter(addresses)

        async def browser() -> None:
            for address in queue:
                network = ".".join(str(self.chance.randrange(1, 250)) for _ in range(4))
                fields = {"address": address, "locale": "en-US", "wording": wording, **WISH}
                while (await self.pages.post(FORM, fields, x_forwarded_for=network)).status_code != 200:
                    self.turned_away += 1
                    await asyncio.sleep(0.5)

        await asyncio.gather(*(browser() for _ in range(AT_ONCE)))

    async def watch(self) -> None:
        """Counts what arrives; the twin remembers the newest only."""
        while True:
            new = [each for each in self.sandbox.arrivals.newest(Channel.EMAIL)[::-1] if each.number > self.seen]
            assert not new or new[0].number == self.seen + 1, "some letters were not counted"
            self.letters.update(each.target.partition("@")[0] for each in new)
            self.seen += len(new)
            await asyncio.sleep(0.02)

    async def work(self, lives: float) -> None:
        """One worker after the other, each killed up to `lives` seconds after its first letter arrived."""
        command = (sys.executable, "-m", "publisher.cli", "worker", "--workspace", str(self.root))
        while True:
            before = self.seen
            worker = await asyncio.create_subprocess_exec(
                *command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
            )
            try:
                while self.seen == before:  # noqa: ASYNC110 the twin offers no event
                    await asyncio.sleep(0.01)
                await asyncio.sleep(self.chance.random() * lives)
            finally:
                worker.kill()
                await worker.wait()
                self.kills += 1

    async def over(self, app: App) -> bool:
        """Whether nothing waits any more."""
        open_ones = select(func.count()).select_from(t.letter).where(t.letter.c.state.in_(["queued", "waiting"]))
        async with app.store.read() as tx:
            return not await tx.waiting_sign_ups() and not await tx.connection.scalar(open_ones)


@pytest.fixture
async def storm(made_once: Desk, tmp_path: Path) -> AsyncIterator[Storm]:
    root = copied(made_once, tmp_path / "desk").root
    file, sandbox = root / "publisher.toml", Sandbox(host="127.0.0.1", ports=Ports(), keep=10_000)
    await sandbox.start()
    text = re.sub(r"(?m)^port = [0-9]+$", f"port = {sandbox.smtp.port}", file.read_text(encoding="utf-8"))
    limits = "per_hour = 1000000\nper_network = 1000000\n"
    file.write_text(f'{text}\n[subscribing]\ndestination = "newsletter"\n{limits}', encoding="utf-8")
    seed = random.randrange(10**6)
    print(f"\nseed {seed}")  # noqa: T201 to repeat a failure
    async with opened(root) as app, serving(app) as pages:
        pages.client.timeout = httpx.Timeout(120)  # a busy machine answers late, and no sign-up may be lost to that
        yield Storm(pages, sandbox, root, random.Random(seed))
    await sandbox.close()


def spellings(chance: random.Random, mailboxes: int, requests: int) -> Sequence[str]:
    """Requests for so many mailboxes, each at least once, as people write the same address."""
    numbers = [*range(mailboxes), *(chance.randrange(mailboxes) for _ in range(requests - mailboxes))]
    chance.shuffle(numbers)
    forms = ("reader{}@example.com", "Reader{}@Example.COM", "reader{}+news@example.com", " reader{}@example.com ")
    return [chance.choice(forms).format(number) for number in numbers]


@pytest.mark.parametrize(
    ("mailboxes", "requests", "lives"), [(200, 400, 0.2), pytest.param(50_000, 100_000, 20.0, marks=pytest.mark.soak)]
)
async def test_nobody_gets_a_second_letter(storm: Storm, mailboxes: int, requests: int, lives: float) -> None:
    [wording] = re.findall(r'name="wording" value="([^"]+)"', (await storm.pages.get(FORM)).text)
    watching, working = asyncio.create_task(storm.watch()), asyncio.create_task(storm.work(lives))

    await storm.sign_up(spellings(storm.chance, mailboxes, requests), wording)
    while not await storm.over(storm.pages.app):  # noqa: ASYNC110 other processes end it
        await asyncio.sleep(0.2)
    working.cancel()
    await asyncio.gather(working, return_exceptions=True)
    await asyncio.sleep(0.2)
    watching.cancel()

    async with storm.pages.app.store.read() as tx:
        states: dict[str, int] = dict(
            (await tx.connection.execute(select(t.letter.c.state, func.count()).group_by(t.letter.c.state))).all()
        )
    mailed = Counter(name.partition("+")[0].lower() for name in storm.letters.elements())
    print(  # noqa: T201 a zero without the numbers beside it says nothing
        f"{requests} requests for {mailboxes} mailboxes, {storm.turned_away} turned away, {storm.kills} kills; "
        f"letters: {states}; the relay took {storm.seen} for {len(mailed)} mailboxes, "
        f"{sum(n > 1 for n in mailed.values())} of them twice"
    )
    assert storm.kills > 0
    assert sum(states.values()) == mailboxes
    assert max(mailed.values()) == 1
    assert len(mailed) == storm.seen
    in_doubt = states.get("unconfirmed", 0) + states.get("sending", 0)
    assert states.get("delivered", 0) <= storm.seen <= states.get("delivered", 0) + in_doubt
