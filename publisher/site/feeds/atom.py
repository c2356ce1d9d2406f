"""Atom (RFC 4287)."""

from __future__ import annotations

from collections.abc import Iterable

from publisher.site.feeds.feed import Entry, Feed, moment
from publisher.site.feeds.xml import DECLARATION, HISTORY, element, quoted, text

MEDIA_TYPE = "application/atom+xml"
_TOMBSTONES = 'xmlns:at="http://purl.org/atompub/tombstones/1.0"'


def write(feed: Feed) -> bytes:
    """The document, UTF-8."""
    lines = [
        DECLARATION,
        f'<feed xmlns="http://www.w3.org/2005/Atom" {HISTORY} {_TOMBSTONES} xml:lang={quoted(feed.locale)}>',
        element("id", feed.id),
        element("title", feed.title),
        element("updated", moment(feed.updated)),
        f"<author>{element('name', feed.author)}</author>",
        link("self", MEDIA_TYPE, feed.url),
        link("alternate", "text/html", feed.page),
        *history(feed, MEDIA_TYPE),
        *(line for entry in feed.entries for line in (*_tombstone(entry, feed.author), *_entry(entry))),
        "</feed>",
    ]
    return ("\n".join(lines) + "\n").encode()


def history(feed: Feed, media_type: str, prefix: str = "") -> Iterable[str]:
    """Where else to look: WebSub, and RFC 5005 section 4.

    No `next-archive`: an archive would change when the one after it is born.
    """
    if feed.hub:
        yield f'<{prefix}link rel="hub" href={quoted(feed.hub)}/>'
    if feed.older:
        yield link("prev-archive", media_type, feed.older, prefix)
    if feed.current:
        yield link("current", media_type, feed.current, prefix)
        yield "<fh:archive/>"


def link(relation: str, media_type: str, url: str, prefix: str = "") -> str:
    return f'<{prefix}link rel="{relation}" type="{media_type}" href={quoted(url)}/>'


def _tombstone(entry: Entry, author: str) -> Iterable[str]:
    """Of what is withdrawn (RFC 6721), beside the notice in its place, which is what most programs show.

    `when` is not before the entry's `updated`, so that a program that knows both takes it as deleted (section 3).
    """
    if entry.withdrawn is not None:
        ref, when = quoted(entry.id), quoted(moment(entry.withdrawn))
        by = f"<at:by>{element('name', author)}</at:by>"
        yield f"<at:deleted-entry ref={ref} when={when}>{by}{element('at:comment', entry.summary)}</at:deleted-entry>"


def _entry(entry: Entry) -> Iterable[str]:
    return (
        "<entry>",
        element("id", entry.id),
        element("title", entry.title),
        link("alternate", "text/html", entry.url),
        element("published", moment(entry.published)),
        element("updated", moment(entry.updated)),
        f"<category term={quoted(entry.kind)} label={quoted(entry.kind_title)}/>",
        element("summary", entry.summary),
        f'<content type="html">{text(entry.html)}</content>',
        "</entry>",
    )
