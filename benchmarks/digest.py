"""A day of digests to many readers in all zones, beside one plain mailing to as many: books and all, without a relay.

    python -m benchmarks.digest [--readers 1000000] [--only sqlite|postgresql]

Twelve selections of kinds, four languages, every zone, ten announcements. Prints the processor time of this process
per reader of both, their ratio, how many mails were composed for how many groups, statements for each digest, and the
most memory at the end of each. The relay accepts at once; composing is the real one.
"""

from __future__ import annotations

import argparse
import asyncio
import resource
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import structlog
from sqlalchemy import Engine, event, text

from benchmarks.broadcast import silence
from benchmarks.crowd import gather
from benchmarks.freeze import database_url
from channels.email.composing import MailComposer
from publisher.channel import Payload, Target
from publisher.mailing.digests.press import Press
from publisher.mailing.fan_out import BATCH
from publisher.mailing.ledger import Timing
from publisher.rendering.brand import Brand
from publisher.rendering.digest import Issue
from publisher.rendering.render import Renderer
from publisher.rendering.zones import zone_names
from publisher.store import migrate
from publisher.store.database import Database
from publisher.store.transaction import Store
from tests.mailing.builders import Plan, PostOffice, Relay
from tests.mailing.digests.builders import PRESS, Desk
from tests.rendering.builders import TEMPLATES

LOCALES = ("en-US", "zh-CN", "ja-JP", "ar")
KINDS = ("listing", "maintenance", "activity", "rule_change")
DAY, STEP = datetime(2026, 11, 30, tzinfo=UTC), timedelta(minutes=15)
TARGET = 2.0

_PLACES = "UPDATE subscriber SET zone = :zone, locale = :locale, next_digest_at = 0 WHERE id % :zones = :number"
_CHOSEN = """
INSERT INTO subscription (subscriber_id, kind, frequency)
SELECT id, :kind, 'daily' FROM subscriber WHERE (1 + id % 12) % :every <> 1
"""


class Asked:
    """Counts the statements of this process, those of books aside: groups are written together, by the bare driver."""

    def __init__(self) -> None:
        self.count = 0
        event.listen(Engine, "before_cursor_execute", self._note)

    def _note(self, *_: object) -> None:
        self.count += 1


@dataclass
class Composing:
    """Counts what is composed."""

    render: Callable[[Issue, Target, str], Payload]
    count: int = 0

    def __call__(self, issue: Issue, target: Target, time_zone: str) -> Payload:
        self.count += 1
        return self.render(issue, target, time_zone)


class Accepting(Relay):
    """Remembers nobody."""

    def __init__(self) -> None:
        super().__init__()
        self.sent = _Nobody()


class _Nobody(list):  # type: ignore[type-arg]
    def append(self, each: object) -> None:
        """Forgotten."""


def main() -> None:
    parser = argparse.ArgumentParser(description="A day of digests beside a plain mailing.")
    parser.add_argument("--readers", type=int, default=1_000_000)
    parser.add_argument("--only", choices=["sqlite", "postgresql"])
    chosen = parser.parse_args()
    structlog.configure(processors=[silence])
    for kind in [chosen.only] if chosen.only else ["sqlite", "postgresql"]:
        with tempfile.TemporaryDirectory() as folder:
            asyncio.run(compare(kind, database_url(kind, Path(folder)), chosen.readers))


async def compare(kind: str, url: str, readers: int) -> None:
    store = Store(Database(url))
    await migrate.upgrade(store.database)
    await gather(store, readers)
    desk = await Desk(store, batch_size=BATCH).open()
    office = PostOffice(store, relay=Accepting(), clock=desk.clock, batch_size=BATCH, timing=Timing(window=50))
    plain = await _spent(lambda: _plain(office))
    before = _memory()
    composing = await _prepare(desk, readers)
    sent, groups = 0, 0

    async def day() -> None:
        nonlocal sent, groups
        for step in range(4 * 26):
            desk.clock.moment = DAY + step * STEP
            await desk.tick_only()
            while await office.work():
                """Until nothing is due."""
        async with store.read() as tx:
            sent = int(
                await tx.connection.scalar(text("SELECT sum(audience) FROM mailing WHERE digest_run_id > 0")) or 0
            )
            groups = int(await tx.connection.scalar(text("SELECT count(*) FROM digest_payload")) or 0)

    asked = Asked()
    digests = await _spent(day)
    await store.database.close()
    per_plain, per_digest = plain / readers * 1e6, digests / max(sent, 1) * 1e6
    print(
        f"{kind}: {sent} digests of {readers} readers, {per_digest:.0f} us each; plain mailing {per_plain:.0f} us  "
        f"ratio {per_digest / per_plain:.2f} (<= {TARGET})  {composing.count} composed for {groups} groups  "
        f"{asked.count / max(sent, 1):.3f} statements a digest  "
        f"peak memory {before} MB before, {_memory()} MB after"
    )


async def _plain(office: PostOffice) -> None:
    await office.start(Plan(locales=("en-US",)))
    while await office.work():
        """Until nothing is due."""


async def _prepare(desk: Desk, readers: int) -> Composing:
    brand = Brand("Example Exchange", "https://example.com", "1 Example Street", "https://example.com/support", ())
    renderer = Renderer(TEMPLATES, brand, {"email": MailComposer()})
    zones, composing = sorted(zone_names()), Composing(renderer.digest)
    targets = {locale: replace(PRESS.targets["en-US"], locale=locale) for locale in LOCALES}
    desk.press = Press(targets, PRESS.kinds, composing, PRESS.url, PRESS.layout, timedelta(hours=20))
    async with desk.store.begin() as tx:
        await tx.connection.execute(text("DELETE FROM subscription"))
        for number, zone in enumerate(zones):
            values = {"zone": zone, "locale": LOCALES[number % 4], "zones": len(zones), "number": number}
            await tx.connection.execute(text(_PLACES), values)
        for place, kind in enumerate(KINDS):
            await tx.connection.execute(text(_CHOSEN), {"kind": kind, "every": place + 2})
    desk.clock.moment = DAY - timedelta(hours=20)
    await desk.tick_only()
    for number in range(10):
        await desk.publish(f"announcement-{number}", KINDS[number % 4], locales=LOCALES)
    return composing


async def _spent(work: Callable[[], object]) -> float:
    """Processor seconds."""
    begun = time.process_time()
    await work()  # type: ignore[misc]
    return time.process_time() - begun


def _memory() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


if __name__ == "__main__":
    main()
