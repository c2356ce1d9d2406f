"""The website's pages: the frame around an article, the lists, and the few pages that stand alone."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from zoneinfo import ZoneInfo

from markupsafe import Markup

from publisher.channel import Format, PublishedRecord
from publisher.rendering.brand import Brand
from publisher.rendering.environments import Environments
from publisher.rendering.locale import Wording, wording
from publisher.rendering.words import read_words
from publisher.site import addresses, structured
from publisher.site.feeds.formats import FORMATS
from publisher.site.search.index import Found
from publisher.site.search.words import CHARACTERS
from publisher.site.standing import State, states, title
from publisher.site.timeline import timeline
from publisher.wall_time import rfc3339

SPECIAL = ("missing",)
"""Pages without a URL of their own: the web server shows them where they are needed."""


@dataclass(frozen=True, slots=True)
class Moment:
    """An instant as a reader sees it and as a machine does."""

    text: str
    iso: str


@dataclass(frozen=True, slots=True)
class Item:
    """An announcement in a list."""

    record: PublishedRecord
    link: str
    states: tuple[State, ...]
    published: Moment
    when: Moment | None


@dataclass(frozen=True, slots=True)
class Listing:
    """One page of a list, newest first. `newer` and `older` are paths, empty where there is none."""

    locale: str
    kind: str
    number: int
    records: Sequence[PublishedRecord]
    kinds: Mapping[str, str]
    """Kind -> its title, for the filter; empty on numbered pages, which must not change with a new kind."""
    newer: str = ""
    older: str = ""
    elsewhere: Sequence[str] = ()
    """The other locales that have the same list; none for a numbered page, whose content is this locale's own."""
    pinned: Sequence[PublishedRecord] = ()
    """Above all others, and in their places of the list too; without those that `now` shows already."""
    now: Sequence[PublishedRecord] = ()
    ahead: Sequence[PublishedRecord] = ()


@dataclass(frozen=True, slots=True)
class FeedLink:
    """A feed in one format."""

    name: str
    media_type: str
    path: str


class Pages:
    """Renders with the templates in `templates/_site`; raises TemplateMistake and MissingWord."""

    def __init__(
        self,
        brand: Brand,
        templates: Path,
        locales: Sequence[str],
        search: bool = False,
        native_digits: Collection[str] = (),
        subscribing: bool = False,
    ) -> None:
        """`search`: somebody answers at `addresses.search`, so pages have a field that asks there; `subscribing`: so
        does somebody at `addresses.subscribe`.
        """
        self._search, self._subscribing = search, subscribing
        self._brand, self._locales, self._base = brand, tuple(locales), addresses.Base(brand.site_url)
        self._environments = Environments(templates)
        self.words = {locale: read_words(templates / f"_site/locale/{locale}.po") for locale in locales}
        self.wordings = {locale: _wording(templates, locale, native_digits) for locale in locales}
        self.static = [_hashed(templates / "_site" / name) for name in ("site.css", "favicon.svg", "readers.css")]

    def article(
        self,
        record: PublishedRecord,
        html: str,
        translations: Sequence[PublishedRecord],
        related: Sequence[PublishedRecord],
        card: str,
        calendar: bool,
        now: datetime,
    ) -> bytes:
        """`html` is the approved fragment; a withdrawn announcement shows a notice in its place.

        `card` is the path of its picture, empty where it has none; `calendar`: whether its events are in a file.
        """
        words, path = self.words[record.locale], addresses.article(record)
        gone = record.withdrawn_at is not None
        headline, description = title(record, words), words("site.withdrawn.text") if gone else record.summary
        there = {other.locale: addresses.article(other) for other in translations}
        return self._render(
            "article",
            record.locale,
            path,
            item=self._item(record, now),
            article=Markup(html),  # noqa: S704 approved bytes, made and sanitised by rendering
            headline=headline,
            description=description,
            structured=structured.news_article(record, headline, description, self._base.absolute(path), self._brand),
            published=self._moment(record.locale, record.published_at),
            updated=self._moment(record.locale, record.updated_at),
            history=[
                (self._moment(record.locale, each.at), each.differences, each.state) for each in record.history[::-1]
            ],
            related=[self._item(other, now) for other in related],
            card=card,
            short=addresses.short(record.reference),
            calendar=addresses.events(record) if calendar else "",
            translations=there,
            alternates={record.locale: path} | there if there else {},
        )

    def listing(self, page: Listing, now: datetime) -> bytes:
        shown = {
            name: [self._item(record, now) for record in getattr(page, name)] for name in ("records", "pinned", "now")
        }
        language = self.wordings[page.locale].locale
        path = addresses.listing(page.locale, page.kind, page.number)
        there = {other: addresses.listing(other, page.kind) for other in page.elsewhere}
        home = {} if page.kind or page.number else {"x-default": ""}
        return self._render(
            "list",
            page.locale,
            path,
            page=page,
            items=shown["records"],
            pinned=shown["pinned"],
            happening=shown["now"],
            ahead=timeline(page.ahead, now, language, partial(self._item, now=now)) if page.ahead else None,
            translations=there,
            alternates={page.locale: path} | there | home if there else {},
            feeds=_feeds(page.locale, page.kind),
            calendar=addresses.calendar(page.locale, page.kind),
            listing=addresses.listing,
        )

    def search(self, locale: str, asked: str, number: int, found: Found, now: datetime) -> bytes:
        """Page `number` of what was found for `asked`."""
        here = partial(addresses.asked, text=asked)
        return self._render(
            "search",
            locale,
            None,
            asked=asked,
            number=number,
            items=[self._item(record, now) for record in found.records],
            newer=here(locale, number=number - 1) if number > 1 else "",
            older=here(locale, number=number + 1) if found.more else "",
            translations={other: here(other) for other in self._locales},
        )

    def special(self, name: str, locale: str) -> bytes:
        """One of `SPECIAL`."""
        return self._render(name, locale, None)

    def for_reader(self, name: str, locale: str, **context: object) -> bytes:
        """A page on which a reader subscribes, chooses or unsubscribes."""
        return self._render(name, locale, None, forms=self.static[2][0], **context)

    def short(self, reference: str, locales: Collection[str]) -> bytes:
        """Where an announcement is in each language, for servers that do not ask which its reader wants."""
        there = {locale: f"{locale}/{reference}" for locale in self._locales if locale in locales}
        return self._render("short", next(iter(there)), None, reference=reference, translations=there)

    def moved(self, record: PublishedRecord) -> bytes:
        """What stands at the address that an announcement had before; it leads on, on any web server."""
        there, headline = addresses.article(record), title(record, self.words[record.locale])
        return self._render("moved", record.locale, None, there=there, headline=headline)

    def chooser(self) -> bytes:
        """The site's root: every language, named in itself."""
        lists = {locale: addresses.listing(locale) for locale in self._locales}
        return self._render(
            "chooser", self._locales[0], "", translations=lists, alternates=lists | {"x-default": ""}, feeds=()
        )

    def _render(self, template: str, locale: str, path: str | None, **context: object) -> bytes:
        """`path` is None for a page without a URL; `alternates` is the page in every language, its own included."""
        frame = {
            "translations": {},
            "alternates": {},
            "feeds": _feeds(locale),
            "brand": self._brand,
            "base": self._base,
            "path": path,
            "locale": locale,
            "words": self.words[locale],
            "wording": self.wordings[locale],
            "languages": {other: words("site.language") for other, words in self.words.items()},
            "directions": {other: wording.direction for other, wording in self.wordings.items()},
            "home": addresses.listing(locale),
            "search": addresses.search(locale) if self._search else "",
            "subscribe": addresses.subscribe(locale) if self._subscribing else "",
            "longest": CHARACTERS,
            "style": self.static[0][0],
            "icon": self.static[1][0],
        }
        return self._environments.render(Format.WEB_HTML, [f"_site/{template}.j2"], frame | context).encode()

    def _item(self, record: PublishedRecord, now: datetime) -> Item:
        wording = self.wordings[record.locale]
        published = Moment(wording.date(record.published_at), _iso(record.published_at))
        return Item(
            record, self._base.link(addresses.article(record)), states(record, now), published, self._when(record)
        )

    def _when(self, record: PublishedRecord) -> Moment | None:
        """The fact that begins when the event does, word for word; in UTC where no fact says it."""
        if record.starts_at is None or record.withdrawn_at is not None:
            return None
        starts = _iso(record.starts_at)
        said = next((fact.value for fact in record.facts if fact.iso == starts), None)
        span = self.wordings[record.locale].span(record.starts_at, record.ends_at or record.starts_at)
        return Moment(said or span, starts)

    def _moment(self, locale: str, moment: datetime) -> Moment:
        return Moment(self.wordings[locale].datetime(moment), _iso(moment))


def _feeds(locale: str, kind: str = "") -> Sequence[FeedLink]:
    return [FeedLink(form.name, form.media_type, addresses.feed(locale, kind, form.suffix)) for form in FORMATS]


def _wording(templates: Path, locale: str, native_digits: Collection[str]) -> Wording:
    words = read_words(templates / f"locale/{locale}.po")
    return wording(words, ZoneInfo("UTC"), native_digits=locale in native_digits)


def _hashed(file: Path) -> tuple[str, bytes]:
    """Named after its content, so that it may be cached for ever."""
    data = file.read_bytes()
    return f"static/{file.stem}.{hashlib.sha256(data).hexdigest()[:10]}{file.suffix}", data


def _iso(moment: datetime) -> str:
    return rfc3339(moment)
