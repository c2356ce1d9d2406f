"""Feeds as other programs read them: valid, equal to the records, and still while nothing changes."""

from __future__ import annotations

import shutil
from datetime import timedelta
from pathlib import Path
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.website.records import RecordFolder
from publisher.site.feeds import atom
from publisher.site.feeds.feed import NEWEST, Entry, Feed
from tests.site import samples
from tests.site.feeds import entries, validate
from tests.site.samples import NOW, record

NAMESPACE = {"a": "http://www.w3.org/2005/Atom", "at": "http://purl.org/atompub/tombstones/1.0"}


def entry(title: str = "Title", html: str = "<p>x</p>") -> Entry:
    return Entry(
        id="tag:example.com,2026:announcement/en-US/a1",
        url="https://example.com/en-US/ANN-2026-00001",
        title=title,
        summary=title,
        html=html,
        published=NOW,
        updated=NOW,
        kind="listing",
        kind_title=title,
    )


def feed(*given: Entry) -> bytes:
    url = "https://example.com/en-US/"
    return atom.write(Feed("tag:example.com,2026:feed", "Title", f"{url}feed.atom", url, "Name", "en-US", given))


def test_every_feed_of_the_site_is_valid(root: Path, tmp_path: Path) -> None:
    files = list(root.rglob("*.atom"))
    assert len(files) >= 10
    validate(files)
    (tmp_path / "empty.atom").write_bytes(feed())
    validate([tmp_path / "empty.atom"])


def test_the_grammar_refuses_a_feed_that_is_wrong(tmp_path: Path) -> None:
    if shutil.which("jing") is None:
        pytest.skip("jing is not installed (Debian: jing)")
    wrong = tmp_path / "wrong.atom"
    for broken in (
        feed(entry()).replace(b"<updated>", b"<updated>x"),
        feed().replace(b"<id>", b"<id2>").replace(b"</id>", b"</id2>"),
    ):
        wrong.write_bytes(broken)
        with pytest.raises(AssertionError):
            validate([wrong])


def test_each_entry_equals_its_record(root: Path) -> None:
    records = RecordFolder(root.with_name("site.state"))
    for locale in samples.LOCALES:
        for kind in ("", *records.kinds(locale)):
            newest = records.slice(locale, kind, 0, 999)[::-1]
            read = entries((root / locale / kind / "feed.atom").read_bytes())
            assert [item.link for item in read] == [each.url for each in newest]
            for item, each in zip(read, newest, strict=True):
                assert (item.kind, item.published) == (
                    each.kind,
                    each.at if each.published_at == each.updated_at else item.published,
                )
                if each.withdrawn_at is None:
                    assert (item.title, item.summary) == (each.title, each.summary)
                    assert item.html.strip() == records.article(locale, each.id).strip()
                else:
                    assert item.title.startswith("Withdrawn: ")


def test_the_rules_that_a_grammar_cannot_say(root: Path) -> None:
    for file in root.rglob("*.atom"):
        tree = ElementTree.parse(file).getroot()
        ids = [found.text for found in tree.findall("a:entry/a:id", NAMESPACE)]
        assert len(ids) == len(set(ids))
        assert tree.find("a:author/a:name", NAMESPACE) is not None
        assert [link.get("rel") for link in tree.findall("a:link", NAMESPACE)] == ["self", "alternate"]
        times = [found.text or "" for found in tree.findall("a:entry/a:updated", NAMESPACE)]
        assert tree.findtext("a:updated", namespaces=NAMESPACE) == max(times)


def test_what_is_withdrawn_has_a_tombstone_beside_the_notice(root: Path) -> None:
    tree = ElementTree.parse(root / "en-US/feed.atom").getroot()
    [tombstone] = tree.findall("at:deleted-entry", NAMESPACE)
    [shown] = [each for each in tree.findall("a:entry", NAMESPACE) if _text(each, "id") == tombstone.get("ref")]
    assert _text(shown, "title").startswith("Withdrawn: ")
    assert (tombstone.get("when") or "") >= _text(shown, "updated")
    assert tombstone.findtext("at:comment", namespaces=NAMESPACE) == _text(shown, "summary")


def _text(entry: ElementTree.Element, name: str) -> str:
    return entry.findtext(f"a:{name}", namespaces=NAMESPACE) or ""


def test_the_newest_are_those_published_last_whatever_they_are_dated(tmp_path: Path) -> None:
    root = samples.publish(
        tmp_path, [record(number, at=NOW - timedelta(days=number)) for number in range(1, NEWEST + 3)]
    )
    read = entries((root / "en-US/feed.atom").read_bytes())
    assert [item.link.rpartition("-")[2] for item in read] == [f"{number:05}" for number in range(NEWEST + 2, 2, -1)]


def test_bytes_rest_while_nothing_changes(tmp_path: Path) -> None:
    root = samples.publish(tmp_path, [record(1, starts_at=NOW, ends_at=NOW + timedelta(hours=1))])
    before = (root / "en-US/feed.atom").read_bytes()
    samples.press(tmp_path, NOW + timedelta(days=30)).rebuild()
    assert (root / "en-US/feed.atom").read_bytes() == before


@given(st.text(st.characters(codec=None)), st.text())
def test_no_text_breaks_a_feed(title: str, html: str) -> None:
    title = "".join(letter for letter in title if not "\ud800" <= letter <= "\udfff")
    tree = ElementTree.fromstring(feed(entry(title, html)))
    shown = "".join(letter for letter in title if letter in "\t\n\r" or letter >= " ")
    shown = shown.replace("\ufffe", "").replace("\uffff", "").replace("\r\n", "\n").replace("\r", "\n")
    assert (tree.findtext("a:entry/a:title", namespaces=NAMESPACE) or "") == shown
