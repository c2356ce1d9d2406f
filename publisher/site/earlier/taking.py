"""From what strangers wrote to what the website keeps: cleaned, checked, with a kind and a place of its own."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import urljoin, urlsplit

import nh3

from publisher.channel import Change, PublishedRecord
from publisher.content.kinds import KINDS
from publisher.site.earlier.item import Earlier
from publisher.site.search.words import plain
from publisher.wall_time import rfc3339

ARTICLE_BYTES = 36_000
"""So that a page stays under 60 kB."""
TITLE, SUMMARY = 300, 300
"""Characters."""
_TAGS = {
    *("p", "h2", "h3", "h4", "ul", "ol", "li", "table", "thead", "tbody", "tr", "th", "td", "blockquote", "hr"),
    *("code", "pre", "strong", "em", "b", "i", "del", "sub", "sup", "a", "br", "img"),
}
_ATTRIBUTES = {"a": {"href"}, "img": {"src", "alt"}, "th": {"colspan", "rowspan"}, "td": {"colspan", "rowspan"}}
_HEADING_1 = re.compile(r"<(/?)h1\b", re.IGNORECASE)
_HEADING_56 = re.compile(r"<(/?)h[56]\b", re.IGNORECASE)
_NO_ALT = re.compile(r"<img(?![^>]* alt=)")
_ALIAS = re.compile(r"(?:[A-Za-z0-9][A-Za-z0-9_-]*/)*[A-Za-z0-9][A-Za-z0-9_-]*/?")
_OURS = ("static", "sitemap", "sitemap.xml", "robots.txt", "u", "healthz")
"""First steps of paths that the website needs itself."""


@dataclass(frozen=True)
class Terms:
    """On which terms announcements from before are taken."""

    site_url: str
    locales: Sequence[str]
    domains: Collection[str]
    """Our own: an address there leads to the new one."""
    now: datetime
    kind_titles: Mapping[str, Mapping[str, str]] = field(repr=False)
    """Locale -> kind -> its title."""
    locale: str = ""
    kind: str = "notice"
    categories: Mapping[str, str] = field(default_factory=dict)
    """Category in small letters -> kind."""


def identity(item: Earlier) -> str:
    """The same announcement has the same id every time, in every language."""
    return f"earlier-{hashlib.sha256(item.source.encode(errors='replace')).hexdigest()[:32]}"


def locale_of(item: Earlier, terms: Terms) -> str:
    """Raises ValueError for a language that the website lacks."""
    locale = item.locale or terms.locale or terms.locales[0]
    if locale not in terms.locales:
        raise ValueError(f"the website has no language {locale!r}, only {', '.join(terms.locales)}; see --locale")
    return locale


def kind_of(item: Earlier, terms: Terms) -> str:
    """What the item says, else what its categories mean, else the default; raises ValueError for an unknown kind."""
    known = (terms.categories[name.lower()] for name in item.categories if name.lower() in terms.categories)
    kind = item.kind or next(known, terms.kind)
    if kind not in KINDS:
        raise ValueError(f"there is no kind {kind!r}; there are {', '.join(KINDS)}")
    return kind


def check(item: Earlier, terms: Terms) -> None:
    """Raises ValueError for what cannot become an announcement."""
    locale_of(item, terms)
    kind_of(item, terms)
    if not item.title.strip():
        raise ValueError("it has no title")
    if item.published > terms.now:
        raise ValueError(f"it is of {item.published:%Y-%m-%d}, which is still to come; only what is published is taken")
    if (size := len(article(item).encode(errors="replace"))) > ARTICLE_BYTES:
        raise ValueError(f"its text has {size:,} bytes; at most {ARTICLE_BYTES:,} keep a page light")


def change(item: Earlier, reference: str, terms: Terms, known: PublishedRecord | None = None) -> Change:
    """The record and its article; an announcement that is `known` keeps its kind and reference."""
    locale, text = locale_of(item, terms), article(item)
    kind = known.kind if known else kind_of(item, terms)
    record = PublishedRecord(
        id=identity(item),
        kind=kind,
        kind_title=terms.kind_titles[locale][kind],
        locale=locale,
        stage="announce",
        reference=reference,
        url=f"{terms.site_url}/{locale}/{reference}",
        at=rfc3339(item.published),
        title=_line(item.title, TITLE),
        summary=_line(item.summary or plain(text), SUMMARY),
        published_at=item.published,
        updated_at=max(item.published, min(item.updated, terms.now)),
        former=former(item, terms),
        version="",
    )
    version = hashlib.sha256((record.model_dump_json() + text).encode(errors="replace")).hexdigest()[:16]
    return Change(record.model_copy(update={"version": version}), text)


def article(item: Earlier) -> str:
    """Its HTML with what is harmless in it; addresses become absolute."""

    def absolute(_tag: str, name: str, value: str) -> str | None:
        if name not in ("href", "src"):
            return value
        try:
            url = urljoin(item.url, value)
        except ValueError:
            return None
        allowed = ("https",) if name == "src" else ("https", "http", "mailto")
        return url if urlsplit(url).scheme in allowed else None

    lower = _HEADING_56.sub(r"<\1h4", _HEADING_1.sub(r"<\1h2", item.html))
    clean = nh3.clean(
        lower.encode(errors="replace").decode(),
        tags=_TAGS,
        attributes=_ATTRIBUTES,
        attribute_filter=absolute,
        url_schemes={"https", "http", "mailto"},
        link_rel="noopener nofollow",
    )
    return f'<div class="prose">\n{_NO_ALT.sub("<img alt=" + chr(34) * 2, clean).strip()}\n</div>\n'


def former(item: Earlier, terms: Terms) -> str:
    """The path at which it was on a domain of ours, where a page can stand in its place; else empty."""
    try:
        parts = urlsplit(item.url)
        host = parts.hostname or ""
    except ValueError:
        return ""
    if parts.query or not any(host == domain or host.endswith(f".{domain}") for domain in terms.domains):
        return ""
    path = parts.path.lstrip("/").removesuffix(".html").removesuffix("index")
    first = path.partition("/")[0]
    return path if _ALIAS.fullmatch(path) and first not in (*terms.locales, *_OURS) else ""


def _line(text: str, most: int) -> str:
    line = " ".join(text.encode(errors="replace").decode().split())
    return line if len(line) <= most else f"{line[: most - 1].rstrip()}…"
