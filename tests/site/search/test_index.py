"""The index in both databases: what is found, in which order, and how it follows the website."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pytest

from channels.website.sending import Website
from publisher.channel import Change, PublishedRecord, Record, Regions, Tools
from publisher.site.derive import Site as Derived
from publisher.site.search import index
from publisher.site.views import Gate
from publisher.store.transaction import Store
from tests.site import samples

EN, ZH = samples.LOCALES


@dataclass
class Site:
    """A website and the index that follows it."""

    folder: Path
    store: Store
    website: Website = field(init=False)

    def __post_init__(self) -> None:
        tools = Tools(lambda: samples.NOW, samples.site())
        root, state = self.folder / "site", self.folder / "site.state"
        self.website = Website.of(root, state, samples.BRAND.site_url, tools, confirm_timeout=None)
        self.press = samples.press(self.folder)

    def publish(self, *records: Record) -> None:
        for record in records:
            self.press.publish(record, samples.article(record))

    async def follow(self) -> None:
        await index.follow(self.store.begin, self.website, samples.LOCALES)

    async def find(self, text: str, locale: str = EN, page: int = 1) -> list[str]:
        async with self.store.read() as tx:
            found = await index.search(tx, locale, text, page)
        return [record.reference for record in found.records]


@pytest.fixture
def site(tmp_path: Path, store: Store) -> Site:
    return Site(tmp_path, store)


async def test_what_is_published_is_found_newest_first(site: Site) -> None:
    other = samples.record(4, "listing", title="Ethereum is listed", summary="Trading opens.")
    site.publish(*(samples.record(number) for number in (1, 2, 3)), other)
    await site.follow()
    assert await site.find("ethereum maintenance") == ["ANN-2026-00003", "ANN-2026-00002", "ANN-2026-00001"]


async def test_two_chinese_characters_and_one_are_found_in_their_language_only(site: Site) -> None:
    site.publish(samples.record(1, locale=ZH, title="Ethereum 钱包维护"), samples.record(1))
    await site.follow()
    assert await site.find("维护", ZH) == ["ANN-2026-00001"]
    assert await site.find("护", ZH) == ["ANN-2026-00001"]
    assert await site.find("维护") == []


async def test_a_correction_is_found_by_its_new_words_and_keeps_its_place(site: Site) -> None:
    site.publish(samples.record(1, title="Solana wallet"), samples.record(2))
    await site.follow()
    site.publish(samples.record(1, title="Cardano wallet", at=samples.NOW))
    await site.follow()
    assert await site.find("solana") == []
    assert await site.find("wallet") == ["ANN-2026-00002", "ANN-2026-00001"]


async def test_what_is_withdrawn_is_not_found(site: Site) -> None:
    site.publish(samples.record(1))
    await site.follow()
    site.press.withdraw(samples.record(1))
    await site.follow()
    assert await site.find("maintenance") == []


async def test_following_again_changes_nothing_and_a_rebuild_finds_the_same(site: Site) -> None:
    site.publish(*(samples.record(number) for number in (2, 1, 3)))
    site.press.withdraw(samples.record(1))
    await site.follow()
    await site.follow()
    before = await site.find("maintenance")
    count = await index.rebuild(site.store.begin, site.website, samples.LOCALES)
    await site.follow()
    assert (count, await site.find("maintenance")) == (2, before)


async def test_pages_follow_each_other_and_end(site: Site, tmp_path: Path) -> None:
    samples.fill(tmp_path / "site.state", 45)
    await index.rebuild(site.store.begin, site.website, samples.LOCALES)
    pages = [await site.find("wallet", page=number) for number in (1, 2, 3, 4, 0, 51)]
    assert [len(page) for page in pages] == [20, 20, 5, 0, 0, 0]
    assert pages[0] + pages[1] + pages[2] == [f"ANN-2026-{number:05}" for number in range(45, 0, -1)]


HOSTILE = [
    '"', "'", "\\", "*", "NEAR(", "a OR b", "locale:en", "wallet*", "-wallet", "^wallet", "a & b | !c", "':*",
    "wallet'; DROP TABLE search_document", "\x00wallet\x00", "((((((", "{", "%", "wallet " * 2_000, "钱" * 5_000,
    "🏦" * 50, "\ud800", "' <-> '", "wallet:*A", "\u202ewallet",
]  # fmt: skip


@pytest.mark.parametrize("asked", HOSTILE, ids=range(len(HOSTILE)))
async def test_no_question_is_an_error(site: Site, asked: str) -> None:
    site.publish(samples.record(1))
    await site.follow()
    assert await site.find(asked) in ([], ["ANN-2026-00001"])
    assert await site.find("wallet") == ["ANN-2026-00001"]


@dataclass(frozen=True)
class Torn:
    """A website whose reading fails at the second step."""

    website: Website

    async def changes(self, locale: str, start: int, stop: int) -> Sequence[Change]:
        if start:
            raise OSError("gone")
        return await self.website.changes(locale, start, 1)

    async def published(self, locale: str, start: int, stop: int) -> Sequence[Change]:
        return await self.website.published(locale, start, stop)

    async def changed(self, locale: str) -> int:
        return await self.website.changed(locale)

    async def find(self, announcement_id: str) -> Sequence[PublishedRecord]:
        return await self.website.find(announcement_id)

    async def take(self, earlier: Sequence[Change]) -> None:
        await self.website.take(earlier)

    async def rebuild(self) -> None:
        await self.website.rebuild()


async def test_following_goes_on_where_it_was_interrupted(site: Site) -> None:
    site.publish(samples.record(1), samples.record(2, at=samples.NOW - timedelta(hours=1)))
    await index.follow(site.store.begin, Torn(site.website), [EN])
    with pytest.raises(OSError, match="gone"):
        await index.follow(site.store.begin, Torn(site.website), [EN])
    await site.follow()
    assert await site.find("wallet") == ["ANN-2026-00002", "ANN-2026-00001"]


async def test_a_document_shows_the_record_as_the_website_has_it(site: Site) -> None:
    site.publish(samples.record(1))
    await site.follow()
    async with site.store.read() as tx:
        shown = (await index.search(tx, EN, "wallet", 1)).records
    [change] = await site.website.published(EN, 0, 1)
    assert shown == [PublishedRecord.model_validate(change.record.model_dump())]


async def test_behind_a_gate_only_what_is_for_everywhere_is_found(site: Site) -> None:
    shows = Derived(samples.BRAND, samples.TEMPLATES, samples.LOCALES, "example.com,2026", gate=Gate({})).shows
    hidden = Record(**{**samples.record(2).model_dump(), "regions": Regions(deny=("US",))})
    site.publish(samples.record(1), hidden)

    await index.follow(site.store.begin, site.website, samples.LOCALES, shows)
    assert await site.find("maintenance") == ["ANN-2026-00001"]
    await index.rebuild(site.store.begin, site.website, samples.LOCALES, shows)
    assert await site.find("maintenance") == ["ANN-2026-00001"]
