"""Atom feeds (RFC 4287). Bytes depend on the records alone: the same records, the same feed."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from xml.sax.saxutils import escape, quoteattr

BIRTH = datetime(2026, 1, 1, tzinfo=UTC)
"""`updated` of a feed that has no entry yet."""
_ILLEGAL = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 section 2.2 does not admit, however escaped."""


@dataclass(frozen=True, slots=True)
class Entry:
    """`id` is a permanent tag URI (RFC 4151), compared character by character; `html` is the whole text."""

    id: str
    url: str
    title: str
    summary: str
    html: str
    published: datetime
    updated: datetime
    kind: str
    kind_title: str


@dataclass(frozen=True, slots=True)
class Feed:
    """`entries` are the newest by order of publication, newest first."""

    id: str
    title: str
    url: str
    page: str
    author: str
    locale: str
    entries: Sequence[Entry]


def write(feed: Feed) -> bytes:
    """The document, UTF-8."""
    updated = max((entry.updated for entry in feed.entries), default=BIRTH)
    lines = [
        '<?xml version="1.0" encoding="utf-8"?>',
        f'<feed xmlns="http://www.w3.org/2005/Atom" xml:lang={_quoted(feed.locale)}>',
        _element("id", feed.id),
        _element("title", feed.title),
        _element("updated", _moment(updated)),
        f"<author>{_element('name', feed.author)}</author>",
        _link("self", "application/atom+xml", feed.url),
        _link("alternate", "text/html", feed.page),
        *(line for entry in feed.entries for line in _entry(entry)),
        "</feed>",
    ]
    return ("\n".join(lines) + "\n").encode()


def tag(authority: str, name: str) -> str:
    """A tag URI: `tag:example.com,2026:announcement/en-US/01J...`."""
    return f"tag:{authority}:{name}"


def _entry(entry: Entry) -> Iterable[str]:
    return (
        "<entry>",
        _element("id", entry.id),
        _element("title", entry.title),
        _link("alternate", "text/html", entry.url),
        _element("published", _moment(entry.published)),
        _element("updated", _moment(entry.updated)),
        f"<category term={_quoted(entry.kind)} label={_quoted(entry.kind_title)}/>",
        _element("summary", entry.summary),
        f'<content type="html">{_text(entry.html)}</content>',
        "</entry>",
    )


def _element(name: str, text: str) -> str:
    return f"<{name}>{_text(text)}</{name}>"


def _link(relation: str, media_type: str, url: str) -> str:
    return f'<link rel="{relation}" type="{media_type}" href={_quoted(url)}/>'


def _moment(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def _text(text: str) -> str:
    return escape(_ILLEGAL.sub("", text))


def _quoted(text: str) -> str:
    return quoteattr(_ILLEGAL.sub("", text))
