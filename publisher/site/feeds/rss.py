"""RSS 2.0 (rssboard.org/rss-specification), with `content:encoded` for the text and Atom's links for paging."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from email.utils import format_datetime

from publisher.site.feeds.atom import history, link
from publisher.site.feeds.feed import Entry, Feed
from publisher.site.feeds.xml import DECLARATION, HISTORY, element

MEDIA_TYPE = "application/rss+xml"
_SPACES = (
    'xmlns:atom="http://www.w3.org/2005/Atom" '
    'xmlns:content="http://purl.org/rss/1.0/modules/content/" '
    'xmlns:dc="http://purl.org/dc/elements/1.1/"'
)


def write(feed: Feed) -> bytes:
    """The document, UTF-8."""
    lines = [
        DECLARATION,
        f'<rss version="2.0" {_SPACES} {HISTORY}>',
        "<channel>",
        element("title", feed.title),
        element("link", feed.page),
        element("description", feed.title),
        element("language", feed.locale.lower()),
        element("lastBuildDate", _date(feed.updated)),
        link("self", MEDIA_TYPE, feed.url, "atom:"),
        *history(feed, MEDIA_TYPE, "atom:"),
        *(line for entry in feed.entries for line in _item(entry, feed.author)),
        "</channel>",
        "</rss>",
    ]
    return ("\n".join(lines) + "\n").encode()


def _item(entry: Entry, author: str) -> Iterable[str]:
    return (
        "<item>",
        element("title", entry.title),
        element("link", entry.url),
        element("guid", entry.id, ' isPermaLink="false"'),
        element("pubDate", _date(entry.published)),
        element("dc:creator", author),
        element("category", entry.kind_title),
        element("description", entry.summary),
        element("content:encoded", entry.html),
        "</item>",
    )


def _date(at: datetime) -> str:
    """RFC 822 with a year of four digits: `Thu, 03 Dec 2026 02:00:00 GMT`."""
    return format_datetime(at.astimezone(UTC), usegmt=True)
