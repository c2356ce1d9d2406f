"""JSON Feed as its specification reads (version 1.1), and equal to the records."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Literal

from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict, Field, HttpUrl

from channels.website.records import RecordFolder
from publisher.site.feeds import json_feed
from publisher.site.feeds.feed import Entry, Feed
from tests.site import samples
from tests.site.feeds import entries
from tests.site.samples import NOW


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Author(_Strict):
    name: str = Field(min_length=1)


class Item(_Strict):
    id: str = Field(min_length=1)
    url: HttpUrl
    title: str
    summary: str
    content_html: str
    date_published: datetime
    date_modified: datetime
    tags: list[str]


class Document(_Strict):
    """The names of the specification that the site uses; any other is a mistake."""

    version: Literal["https://jsonfeed.org/version/1.1"]
    title: str = Field(min_length=1)
    home_page_url: HttpUrl
    feed_url: HttpUrl
    next_url: HttpUrl | None = None
    authors: list[Author] = Field(min_length=1)
    language: str
    items: list[Item]


def test_every_feed_is_valid_and_names_its_own_address(root: Path) -> None:
    files = list(root.rglob("*.json"))
    assert len(files) >= 10
    for file in files:
        document = Document.model_validate_json(file.read_bytes())
        assert str(document.feed_url) == f"https://example.com/{file.relative_to(root)}"
        assert len({item.id for item in document.items}) == len(document.items)


def test_each_item_equals_its_record(root: Path) -> None:
    records = RecordFolder(root.with_name("site.state"))
    for locale in samples.LOCALES:
        for kind in ("", *records.kinds(locale)):
            newest = records.slice(locale, kind, 0, 999)[::-1]
            read = Document.model_validate_json((root / locale / kind / "feed.json").read_bytes()).items
            for item, each in zip(read, newest, strict=True):
                times = item.date_published, item.date_modified
                assert (str(item.url), item.tags, *times) == (
                    each.url,
                    [each.kind_title],
                    each.published_at,
                    each.updated_at,
                )
                if each.withdrawn_at is None:
                    assert (item.title, item.summary) == (each.title, each.summary)
                    assert item.content_html == records.article(locale, each.id)
                else:
                    assert item.title.startswith("Withdrawn: ")


def test_an_item_has_the_id_that_it_has_in_atom(root: Path) -> None:
    items = Document.model_validate_json((root / "en-US/feed.json").read_bytes()).items
    assert [item.id for item in items] == [entry.id for entry in entries((root / "en-US/feed.atom").read_bytes())]


@given(st.text(st.characters(codec=None)))
def test_no_text_breaks_it(text: str) -> None:
    entry = Entry("tag:example.com,2026:a1", "https://example.com/a1", text, text, text, NOW, NOW, "listing", text)
    url = "https://example.com/feed.json"
    read = Document.model_validate_json(json_feed.write(Feed("", "Title", url, url, "Name", "en", [entry])))
    assert read.items[0].content_html == "".join("?" if "\ud800" <= letter <= "\udfff" else letter for letter in text)
