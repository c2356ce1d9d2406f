"""Feeds of others: the three formats say the same, and hostile ones say why they are refused."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from publisher.site.earlier.feeds import read
from publisher.site.earlier.item import Earlier, Refused, Unreadable

AT = "https://news.example.com/feed"
ATOM = """<?xml version="1.0" encoding="utf-8"?>
<feed xmlns="http://www.w3.org/2005/Atom"><id>x</id><title>Old</title>
<link rel="prev-archive" href="/archive/1.atom"/>
<entry><id>tag:1</id><title type="html">Fees &amp;amp; limits</title><link href="/old/1"/>
<published>2023-05-01T08:00:00+08:00</published><updated>2023-05-02T00:00:00Z</updated>
<category term="fees"/><summary>In short.</summary>
<content type="html">&lt;p&gt;Text&lt;/p&gt;</content></entry></feed>"""
RSS = """<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/"
xmlns:atom="http://www.w3.org/2005/Atom"><channel><title>Old</title>
<atom:link rel="prev-archive" href="/archive/1.atom"/>
<item><guid>tag:1</guid><title>Fees &amp;amp; limits</title><link>https://news.example.com/old/1</link>
<pubDate>Mon, 01 May 2023 08:00:00 +0800</pubDate><category>fees</category><description>In short.</description>
<content:encoded><![CDATA[<p>Text</p>]]></content:encoded></item></channel></rss>"""
JSON = json.dumps(
    {
        "version": "https://jsonfeed.org/version/1.1",
        "title": "Old",
        "next_url": "/archive/1.atom",
        "items": [
            {
                "id": "tag:1",
                "title": "Fees & limits",
                "url": "/old/1",
                "date_published": "2023-05-01T08:00:00+08:00",
                "summary": "In short.",
                "content_html": "<p>Text</p>",
                "tags": ["fees"],
            }
        ],
    }
)


@pytest.mark.parametrize("feed", [ATOM, RSS, JSON], ids=["atom", "rss", "json"])
def test_every_format_says_the_same(feed: str) -> None:
    document = read(feed.encode(), AT)
    [item] = document.items
    assert isinstance(item, Earlier)
    assert (item.source, item.title, item.html, item.summary) == ("tag:1", "Fees & limits", "<p>Text</p>", "In short.")
    assert (item.published, item.url) == (datetime(2023, 5, 1, tzinfo=UTC), "https://news.example.com/old/1")
    assert (item.categories, document.older) == (("fees",), "https://news.example.com/archive/1.atom")


def test_xhtml_and_plain_text_become_html() -> None:
    entry = (
        '<feed xmlns="http://www.w3.org/2005/Atom"><entry><id>1</id><title>A &lt;b&gt; C</title>'
        '<published>2023-05-01T00:00:00Z</published><content type="{}">{}</content></entry></feed>'
    )
    inside = '<div xmlns="http://www.w3.org/1999/xhtml"><p>One<br/>two &amp; three</p></div>'
    html = [item.html for text in (entry.format("xhtml", inside), entry.format("text", "1 &lt; 2"))
            for item in read(text.encode(), AT).items if isinstance(item, Earlier)]  # fmt: skip
    assert html == ["<div><p>One<br>two &amp; three</p></div>", "1 &lt; 2"]


@pytest.mark.parametrize(
    ("item", "reason"),
    [
        ({"id": "1"}, "no date of publication"),
        ({"date_published": "2023-05-01"}, "neither an id nor a link"),
        ({"id": "1", "date_published": "last May"}, "'last May' is no date"),
        ({"id": "1", "date_published": "9" * 5_000}, "is no date"),
        ("text", "no object"),
        (None, "no object"),
        ({"id": 7, "date_published": "2023-05-01"}, "neither an id nor a link"),
    ],
)
def test_a_bad_item_is_refused_alone(item: object, reason: str) -> None:
    good = {"id": "good", "title": "Good", "date_published": "2023-05-01"}
    refused, taken = read(json.dumps({"items": [item, good]}).encode(), AT).items
    assert isinstance(refused, Refused)
    assert refused.where == "item 1"
    assert reason in refused.reason
    assert isinstance(taken, Earlier)


BOMB = '<!DOCTYPE a [<!ENTITY a "aaaaaaaaaa">' + "".join(
    f'<!ENTITY {chr(98 + n)} "{f"&{chr(97 + n)};" * 10}">' for n in range(9)
)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (f"<?xml version='1.0'?>{BOMB}]><rss><channel><title>&j;</title></channel></rss>".encode(), "document type"),
        (b'<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]><rss><channel>&x;</channel></rss>', "document type"),
        (ATOM[:-20].encode(), "no well-formed XML"),
        (b"", "no well-formed XML"),
        (b"\x00\x01\x02", "no well-formed XML"),
        (b"<html><body>Not found</body></html>", "its root is <html>"),
        (("<a>" * 5_000).encode(), "nested 200 deep"),
        (b'<?xml version="1.0" encoding="klingon"?><rss/>', "no well-formed XML"),
        ("<rss>\ud800</rss>".encode(errors="surrogatepass"), "no well-formed XML"),
        (b"{", "no JSON"),
        (b'{"items": 7}', "no list of items"),
        (b"[" * 100_000, "no JSON"),
        (b"x" * 10_000_000, "no well-formed XML"),
    ],
)  # fmt: skip
def test_what_is_no_feed_says_why(data: bytes, reason: str) -> None:
    with pytest.raises(Unreadable, match=reason):
        read(data, AT)
