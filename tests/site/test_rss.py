"""RSS as other programs read it: every item equals its record, and no text breaks the document."""

from __future__ import annotations

from datetime import UTC
from email.utils import parsedate_to_datetime
from pathlib import Path
from xml.etree import ElementTree

from hypothesis import given
from hypothesis import strategies as st

from channels.website.records import RecordFolder
from publisher.site.feeds import rss
from publisher.site.feeds.feed import Entry, Feed
from tests.site import samples
from tests.site.feeds import entries
from tests.site.samples import NOW

ATOM = "{http://www.w3.org/2005/Atom}"
CONTENT = "{http://purl.org/rss/1.0/modules/content/}"


def test_each_item_equals_its_record(root: Path) -> None:
    records = RecordFolder(root.with_name("site.state"))
    for locale in samples.LOCALES:
        for kind in ("", *records.kinds(locale)):
            newest = records.slice(locale, kind, 0, 999)[::-1]
            read = entries((root / locale / kind / "feed.rss").read_bytes())
            assert [(item.link, item.kind) for item in read] == [(each.url, each.kind_title) for each in newest]
            for item, each in zip(read, newest, strict=True):
                assert parsedate_to_datetime(item.published).astimezone(UTC) == each.published_at
                if each.withdrawn_at is None:
                    assert (item.title, item.summary) == (each.title, each.summary)
                    assert item.html.strip() == records.article(locale, each.id).strip()
                else:
                    assert item.title.startswith("Withdrawn: ")


def test_the_rules_of_the_specification(root: Path) -> None:
    files = list(root.rglob("*.rss"))
    assert len(files) >= 10
    for file in files:
        channel = ElementTree.parse(file).getroot().find("channel")
        assert channel is not None
        assert all(channel.findtext(name) for name in ("title", "link", "description", "language", "lastBuildDate"))
        itself = channel.find(f"{ATOM}link[@rel='self']")
        assert itself is not None
        assert itself.get("href") == f"https://example.com/{file.relative_to(root)}"
        guids = list(channel.iterfind("item/guid"))
        assert {guid.get("isPermaLink") for guid in guids} == {"false"}
        assert len({guid.text for guid in guids}) == len(guids)


def test_an_item_has_the_same_id_in_every_format(root: Path) -> None:
    ids = [[item.id for item in entries((root / f"en-US/feed.{suffix}").read_bytes())] for suffix in ("atom", "rss")]
    assert ids[0] == ids[1]


@given(st.text(st.characters(codec=None)), st.text())
def test_no_text_breaks_it(title: str, html: str) -> None:
    title = "".join(letter for letter in title if not "\ud800" <= letter <= "\udfff")
    entry = Entry("tag:example.com,2026:a1", "https://example.com/a1", title, title, html, NOW, NOW, "listing", title)
    written = rss.write(
        Feed("tag:example.com,2026:feed", title, "https://example.com/feed.rss", "", title, "en", [entry])
    )
    shown = "".join(letter for letter in html if letter in "\t\n\r" or letter >= " ")
    shown = shown.replace("\ufffe", "").replace("\uffff", "").replace("\r\n", "\n").replace("\r", "\n")
    assert (ElementTree.fromstring(written).findtext(f"channel/item/{CONTENT}encoded") or "") == shown
