"""A website on this machine: its files, its public listener, and the channel that publishes to it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pytest

from channels.website import Account, channel
from channels.website.sending import Website
from publisher.channel import Json, Part, Record, Tools
from publisher.web.public import public_app
from tests.site import samples
from tests.site.serving import served


@dataclass
class Desk:
    """Where the tests' website lives; `now` can be moved."""

    folder: Path
    url: str
    now: datetime = samples.NOW

    @property
    def root(self) -> Path:
        return self.folder / "site"

    @property
    def state(self) -> Path:
        return self.folder / "site.state"

    def website(self, **account: object) -> Website:
        settings = Account.model_validate({"root": self.root, "url": self.url, "confirm_timeout": 0.3} | account)
        assert channel.connect_posting is not None
        website = channel.connect_posting(settings, Tools(lambda: self.now, samples.site()))
        assert isinstance(website, Website)
        return website

    def page(self, record: Record) -> str:
        return (self.root / record.locale / f"{record.reference}.html").read_text()

    def files(self) -> dict[str, bytes]:
        return {str(file.relative_to(self.root)): file.read_bytes() for file in self.root.rglob("*") if file.is_file()}


def part(record: Record, body: str = "<p>Open orders stay in the book.</p>") -> Part:
    """What deliver hands to the channel: slots filled."""
    content: dict[str, Json] = {
        "locale": record.locale,
        "title": record.title,
        "article": samples.article(record, body),
        "record": record.model_dump(mode="json"),
    }
    return Part("page", content)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with served(public_app(tmp_path / "site")) as url:
        yield Desk(tmp_path, url)


@pytest.fixture
async def connect(desk: Desk) -> AsyncIterator[Callable[..., Website]]:
    """Connects to the desk's website; closed at the end."""
    opened: list[Website] = []

    def open_one(**account: object) -> Website:
        opened.append(desk.website(**account))
        return opened[-1]

    yield open_one
    for website in opened:
        await website.close()
