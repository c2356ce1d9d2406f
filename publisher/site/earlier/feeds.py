"""Atom (RFC 4287), RSS 2.0 and JSON Feed 1.1, as others write them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime
from functools import partial
from html import escape
from urllib.parse import urljoin
from xml.etree.ElementTree import Element

from publisher.site.earlier.item import Earlier, Refused, Unreadable, instant
from publisher.site.earlier.tree import inner, parse
from publisher.site.search.words import plain

ATOM = "{http://www.w3.org/2005/Atom}"
_ENCODED = "{http://purl.org/rss/1.0/modules/content/}encoded"
_DATE = "{http://purl.org/dc/elements/1.1/}date"
_OLDER = ("prev-archive", "next")
"""RFC 5005: archives, or pages."""


@dataclass(frozen=True, slots=True)
class Document:
    """One document of a feed; `older` is the URL of the one that goes on where it ends, empty at the end."""

    items: Sequence[Earlier | Refused]
    older: str = ""


def read(data: bytes, url: str) -> Document:
    """The feed that was found at `url`, whatever its format; raises Unreadable."""
    if data.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in (b"{", b"["):
        return _json_feed(data, url)
    root = parse(data)
    if root.tag == f"{ATOM}feed":
        return _atom(root, url)
    channel = root.find("channel")
    if root.tag == "rss" and channel is not None:
        return _rss(channel, url)
    raise Unreadable(f"it is no feed: its root is <{root.tag}>; Atom, RSS 2.0 and JSON Feed can be read")


def _items(makers: Sequence[Callable[[str], Earlier]]) -> Sequence[Earlier | Refused]:
    found: list[Earlier | Refused] = []
    for number, make in enumerate(makers, start=1):
        where = f"item {number}"
        try:
            found.append(make(where))
        except (ValueError, TypeError, OverflowError) as error:
            found.append(Refused(where, str(error)))
    return found


# --- Atom ---


def _atom(feed: Element, url: str) -> Document:
    entries = [partial(_entry, entry, url) for entry in feed.iter(f"{ATOM}entry")]
    return Document(_items(entries), _older(feed.findall(f"{ATOM}link"), url))


def _entry(entry: Element, url: str, where: str) -> Earlier:
    links = (one for one in entry.findall(f"{ATOM}link") if one.get("rel", "alternate") == "alternate")
    link = next((one.get("href", "") for one in links), "")
    updated = _text(entry, f"{ATOM}updated")
    published = _text(entry, f"{ATOM}published") or updated
    content = entry.find(f"{ATOM}content")
    summary = _construct(entry.find(f"{ATOM}summary"))
    return Earlier(
        where,
        source=_required(_text(entry, f"{ATOM}id") or link, "an id"),
        title=plain(_construct(entry.find(f"{ATOM}title"))),
        html=_construct(content) or summary,
        published=_dated(published, instant),
        updated=_dated(updated or published, instant),
        url=urljoin(url, link) if link else "",
        summary=plain(summary),
        categories=tuple(one.get("label") or one.get("term") or "" for one in entry.findall(f"{ATOM}category")),
    )


def _construct(element: Element | None) -> str:
    """Text or content (RFC 4287 section 3.1) as HTML."""
    if element is None:
        return ""
    kind = element.get("type", "text")
    if kind == "xhtml":
        return inner(element)
    text = "".join(element.itertext())
    return text if kind in ("html", "text/html") else escape(text)


# --- RSS ---


def _rss(channel: Element, url: str) -> Document:
    items = [partial(_rss_item, item, url) for item in channel.iter("item")]
    return Document(_items(items), _older(channel.findall(f"{ATOM}link"), url))


def _rss_item(item: Element, url: str, where: str) -> Earlier:
    link, description = _text(item, "link"), _text(item, "description")
    day = _text(item, "pubDate")
    at = _dated(day, parsedate_to_datetime) if day else _dated(_text(item, _DATE), instant)
    return Earlier(
        where,
        source=_required(_text(item, "guid") or link, "a guid"),
        title=plain(_text(item, "title")),
        html=_text(item, _ENCODED) or description,
        published=at,
        updated=at,
        url=urljoin(url, link) if link else "",
        summary=plain(description),
        categories=tuple("".join(one.itertext()).strip() for one in item.findall("category")),
    )


# --- JSON Feed ---


def _json_feed(data: bytes, url: str) -> Document:
    try:
        feed = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise Unreadable(f"it is no JSON: {error}") from error
    items = feed.get("items") if isinstance(feed, dict) else None
    if not isinstance(items, list):
        raise Unreadable("it is no JSON Feed: it has no list of items")
    makers = [partial(_json_item, item, url) for item in items]
    return Document(_items(makers), urljoin(url, _string(feed, "next_url")) if feed.get("next_url") else "")


def _json_item(item: object, url: str, where: str) -> Earlier:
    if not isinstance(item, dict):
        raise TypeError("it is no object")
    link, published = _string(item, "url"), _string(item, "date_published")
    text = _string(item, "content_text")
    tags = item.get("tags")
    return Earlier(
        where,
        source=_required(_string(item, "id") or link, "an id"),
        title=_string(item, "title"),
        html=_string(item, "content_html") or "".join(f"<p>{escape(part)}</p>" for part in text.split("\n\n") if part),
        published=_dated(published, instant),
        updated=_dated(_string(item, "date_modified") or published, instant),
        url=urljoin(url, link) if link else "",
        summary=_string(item, "summary"),
        categories=tuple(tag for tag in tags if isinstance(tag, str)) if isinstance(tags, list) else (),
        locale=_string(item, "language"),
    )


def _string(item: dict[str, object], name: str) -> str:
    value = item.get(name)
    return value if isinstance(value, str) else ""


# --- all ---


def _older(links: Iterable[Element], url: str) -> str:
    found = {link.get("rel"): link.get("href", "") for link in links}
    return next((urljoin(url, found[rel]) for rel in _OLDER if found.get(rel)), "")


def _text(element: Element, name: str) -> str:
    found = element.find(name)
    return "" if found is None else "".join(found.itertext()).strip()


def _required(text: str, what: str) -> str:
    if not text:
        raise ValueError(f"it has neither {what} nor a link: nobody could tell whether it was taken already")
    return text


def _dated(text: str, read_date: Callable[[str], datetime]) -> datetime:
    if not text:
        raise ValueError("it has no date of publication")
    try:
        return instant(read_date(text).isoformat())
    except (ValueError, OverflowError) as error:
        raise ValueError(f"{text[:40]!r} is no date that can be read") from error
