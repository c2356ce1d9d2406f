"""A hub is told once per changed feed, only after the website shows the change, and its faults stop nothing."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web
from structlog.testing import capture_logs

from channels.website.sending import Website
from publisher.channel import Tools
from publisher.site import addresses
from publisher.site.websub import PAUSES, Hub
from publisher.store.database import Database
from publisher.store.transaction import Store
from tests.databases import sqlite_url
from tests.site import samples

EN = samples.LOCALES[0]
BASE = samples.BRAND.site_url


@dataclass
class Listening:
    """A small hub; answers with `statuses` in turn, then with 202. `there` says what the website showed meanwhile."""

    root: Path
    url: str = ""
    statuses: list[int] = field(default_factory=list)
    told: list[str] = field(default_factory=list)
    there: list[bool] = field(default_factory=list)

    async def take(self, request: web.Request) -> web.Response:
        form = await request.post()
        assert form["hub.mode"] == "publish"
        assert form["hub.url"] == form["hub.topic"]
        self.told.append(str(form["hub.url"]))
        self.there.append((self.root / str(form["hub.url"]).removeprefix(f"{BASE}/")).exists())
        return web.Response(status=self.statuses.pop(0) if self.statuses else 202)


@pytest.fixture
async def hub(tmp_path: Path) -> AsyncIterator[Listening]:
    listening = Listening(tmp_path / "site")
    app = web.Application()
    app.router.add_post("/", listening.take)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    listening.url = f"http://127.0.0.1:{runner.addresses[0][1]}/"
    yield listening
    await runner.cleanup()


@dataclass
class Publisher:
    """A website, and what tells the hub of it; `pauses` are those between tries."""

    hub: Hub
    store: Store
    website: Website
    folder: Path
    pauses: list[float]

    def publish(self, number: int, kind: str) -> None:
        record = samples.record(number, kind)
        samples.press(self.folder).publish(record, samples.article(record))

    async def follow(self) -> None:
        await self.hub.follow(self.store.begin, self.website, [EN])


@pytest.fixture
async def publisher(tmp_path: Path, hub: Listening) -> AsyncIterator[Publisher]:
    pauses: list[float] = []

    async def sleep(seconds: float) -> None:
        pauses.append(seconds)

    tools = Tools(lambda: samples.NOW, samples.site())
    website = Website.of(tmp_path / "site", tmp_path / "site.state", BASE, tools, confirm_timeout=None)
    database = Database(sqlite_url(tmp_path))
    async with aiohttp.ClientSession() as session:
        teller = Hub(hub.url, addresses.Base(BASE), session, sleep)
        yield Publisher(teller, Store(database), website, tmp_path, pauses)
    await database.close()


def feeds(*kinds: str) -> set[str]:
    return {f"{BASE}/{addresses.feed(EN, kind, suffix)}" for kind in kinds for suffix in ("atom", "rss", "json")}


async def test_each_changed_feed_is_told_once_when_it_is_there(publisher: Publisher, hub: Listening) -> None:
    for number, kind in ((1, "listing"), (2, "listing"), (3, "maintenance")):
        publisher.publish(number, kind)
    await publisher.follow()
    assert len(hub.told) == len(set(hub.told))
    assert set(hub.told) == feeds("", "listing", "maintenance")
    assert all(hub.there)


async def test_only_what_is_new_is_told_the_next_time(publisher: Publisher, hub: Listening) -> None:
    publisher.publish(1, "listing")
    await publisher.follow()
    hub.told.clear()
    await publisher.follow()
    assert hub.told == []
    publisher.publish(2, "maintenance")
    await publisher.follow()
    assert set(hub.told) == feeds("", "maintenance")


async def test_a_hub_that_is_busy_is_tried_again(publisher: Publisher, hub: Listening) -> None:
    hub.statuses += [503] * 4
    publisher.publish(1, "listing")
    await publisher.follow()
    assert set(hub.told) == feeds("", "listing")
    assert len(hub.told) == 6 + 4


async def test_a_hub_that_never_answers_is_left_with_a_line_in_the_log(publisher: Publisher, hub: Listening) -> None:
    hub.statuses += [500] * 1_000
    publisher.publish(1, "listing")
    with capture_logs() as logs:
        await publisher.follow()
    assert len(hub.told) == 6 * (1 + len(PAUSES))
    assert {line["topic"] for line in logs if line["action"] == "hub_not_told"} == feeds("", "listing")
    hub.told.clear()
    await publisher.follow()
    assert hub.told == []


async def test_what_was_taken_from_before_is_not_told(publisher: Publisher, hub: Listening) -> None:
    publisher.publish(1, "listing")
    [old] = await publisher.website.published(EN, 0, 1)
    await publisher.follow()
    hub.told.clear()
    await publisher.website.take([old])
    await publisher.follow()
    assert hub.told == []


def test_feeds_name_the_hub(tmp_path: Path) -> None:
    site = samples.site(hub="https://hub.example.com/")
    root = samples.publish(tmp_path, [samples.record(1)], derive=site)
    said = {suffix: (root / f"en-US/feed.{suffix}").read_text() for suffix in ("atom", "rss", "json")}
    assert '<link rel="hub" href="https://hub.example.com/"/>' in said["atom"]
    assert '<atom:link rel="hub" href="https://hub.example.com/"/>' in said["rss"]
    assert '"hubs": [\n  {\n   "type": "WebSub",\n   "url": "https://hub.example.com/"\n  }\n ]' in said["json"]
