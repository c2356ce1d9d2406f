"""Announcements from before on the running desk: readers of the website have them, and no network hears of it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import feedparser  # type: ignore[import-untyped]
import pytest

from publisher.app import App
from publisher.app.earlier import Taken, read_url, take, terms
from publisher.app.website import chronicles
from publisher.app.working import connect
from tests.acceptance.conftest import Published
from tests.acceptance.desk import Desk

ENTRY = (
    "<entry><id>tag:old,{n}</id><title>Relic number {n}</title><published>{year}-05-01T00:00:00Z</published>"
    '<updated>{year}-05-01T00:00:00Z</updated><content type="html">Relicword {n}</content></entry>'
)
FEED = '<feed xmlns="http://www.w3.org/2005/Atom"><link rel="prev-archive" href="{older}"/>{entries}</feed>'
CHANNELS = ("email", "telegram", "x", "webhook", "discord")


@contextmanager
def another_site(folder: Path) -> Iterator[str]:
    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, format: str, *args: object) -> None:
            """Nobody reads it."""

    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=folder)) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.fixture(scope="module")
def taken(published: Published, tmp_path_factory: pytest.TempPathFactory) -> tuple[list[Taken], dict[str, int], Desk]:
    """A feed with an archive, taken; and how much every network has got by then."""
    desk, folder = published.desk, tmp_path_factory.mktemp("old")
    newest = [ENTRY.format(n=n, year=2020 + n) for n in (3, 2)]
    (folder / "feed.atom").write_text(FEED.format(older="archive.atom", entries="".join(newest)))
    (folder / "archive.atom").write_text(FEED.format(older="", entries=ENTRY.format(n=1, year=2021)))
    desk.wait_until(lambda: "Aurora" in desk.site("/en-US/search?q=aurora").text, "what was published is indexed")
    before = {channel: desk.total(channel) for channel in CHANNELS}

    async def act(app: App) -> list[Taken]:
        connections = connect(app)
        try:
            _, website = next(iter(chronicles(app, connections)))
            items = await read_url(f"{url}/feed.atom")
            return list(await take(app, website, items, terms(app, "en-US", "notice", {}), dry_run=False))
        finally:
            await connections.close()

    with another_site(folder) as url:
        return desk.do(act), before, desk


def test_the_feed_and_its_archives_are_taken_in_order_of_date(taken: tuple[list[Taken], dict[str, int], Desk]) -> None:
    assert [(each.title, each.state, each.reference) for each in taken[0]] == [
        ("Relic number 1", "new", "ANN-2021-00001"),
        ("Relic number 2", "new", "ANN-2022-00001"),
        ("Relic number 3", "new", "ANN-2023-00001"),
    ]


def test_readers_find_them(taken: tuple[list[Taken], dict[str, int], Desk]) -> None:
    desk = taken[2]
    page = desk.site("/en-US/search?q=relicword").text
    assert page.count("Relic number") == 3
    assert "Relicword 2" in desk.site("/en-US/ANN-2022-00001").text


def test_in_feeds_they_are_old(taken: tuple[list[Taken], dict[str, int], Desk]) -> None:
    entries = feedparser.parse(taken[2].site("/en-US/feed.atom").content).entries
    relics = [entry for entry in entries if entry.title.startswith("Relic")]
    assert [entry.published for entry in relics] == sorted((entry.published for entry in relics), reverse=True)
    assert entries[-len(relics) :] == relics
    assert all(entry.updated < "2024" for entry in relics)


def test_nothing_was_sent_to_anybody(taken: tuple[list[Taken], dict[str, int], Desk]) -> None:
    _, before, desk = taken
    desk.pass_time(3600)
    for channel in CHANNELS:
        assert not desk.arrivals(channel, "Relic")
    assert {channel: desk.total(channel) for channel in CHANNELS} == before
    assert desk.rows("SELECT count(*) FROM delivery d JOIN announcement a ON a.id = d.announcement_id "
                     "WHERE a.id LIKE 'earlier-%'", {}) == [(0,)]  # fmt: skip
