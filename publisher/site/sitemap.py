"""The sitemap (sitemaps.org protocol 0.9): an index, and parts numbered from the oldest announcement."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from xml.sax.saxutils import escape

from publisher.wall_time import rfc3339

PART = 100
"""Announcements in one part: small, since every publication rewrites one."""
_OPEN = '<?xml version="1.0" encoding="utf-8"?>\n<{} xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n'


def parts(count: int) -> int:
    return -(-count // PART)


def part_of(position: int) -> int:
    return position // PART + 1


def span(number: int) -> tuple[int, int]:
    """The positions of a part: first, and one past the last."""
    return (number - 1) * PART, number * PART


def urls(entries: Iterable[tuple[str, datetime | None]]) -> bytes:
    """URLs, each with the time of its last change where that is known."""
    lines = (f"<url><loc>{escape(url)}</loc>{_changed(changed)}</url>\n" for url, changed in entries)
    return (_OPEN.format("urlset") + "".join(lines) + "</urlset>\n").encode()


def index(urls: Iterable[str]) -> bytes:
    lines = (f"<sitemap><loc>{escape(url)}</loc></sitemap>\n" for url in urls)
    return (_OPEN.format("sitemapindex") + "".join(lines) + "</sitemapindex>\n").encode()


def robots(sitemap: str) -> bytes:
    """Subscribers' own pages and what readers looked for are nobody's search results."""
    return f"User-agent: *\nDisallow: /u/\nDisallow: /*/search\n\nSitemap: {sitemap}\n".encode()


def _changed(moment: datetime | None) -> str:
    return f"<lastmod>{rfc3339(moment)}</lastmod>" if moment else ""
