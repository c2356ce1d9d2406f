"""Which files a change touches, and in which order they go out. Implements `publisher.channel.Derive`.

However many announcements there are, a publication touches the article and its translations, at most two numbered
pages and the newest list of all and of its kind, their feeds (and rarely an archive), one part of the sitemap and its
index.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime
from pathlib import Path

from publisher.channel import DerivedFile, PublishedRecord, Records
from publisher.rendering.brand import Brand
from publisher.site import addresses, edge, paging, security_txt, sitemap, standing
from publisher.site.calendars.derived import Calendars, has_events
from publisher.site.cards.card import Cards
from publisher.site.feeds.derived import Feeds
from publisher.site.pages import SPECIAL, Listing, Pages
from publisher.site.search.index import Found
from publisher.site.views import Gate, Seen, views

RELATED = 3
"""Earlier announcements of its kind below an article."""


class Site:
    """One brand's website in `locales`. `authority` is the permanent name in all feed ids: a domain and a year
    in which it was the exchange's (RFC 4151), `example.com,2026`; it must never change, not even with the domain.
    """

    def __init__(
        self,
        brand: Brand,
        templates: Path,
        locales: Sequence[str],
        authority: str,
        security: security_txt.Security | None = None,
        search: bool = False,
        gate: Gate | None = None,
        native_digits: Collection[str] = (),
        cards: bool = True,
        hub: str = "",
        subscribing: bool = False,
    ) -> None:
        self.locales: Sequence[str] = tuple(locales)
        self._security, self._gate, self._views = security, gate, views(gate)
        self._base = addresses.Base(brand.site_url)
        self._pages = Pages(brand, templates, locales, search, native_digits, subscribing)
        self._cards = Cards(brand, templates, self._pages.wordings) if cards else None
        self._feeds = Feeds(brand, self._pages.words, authority, hub)
        self._calendars = Calendars(brand, self._pages.words, self._pages.wordings, authority)

    def search(self, locale: str, asked: str, number: int, found: Found, now: datetime) -> bytes:
        """A page of results; not a file."""
        return self._pages.search(locale, asked, number, found, now)

    def for_reader(self, name: str, locale: str, **context: object) -> bytes:
        """A page on which a reader subscribes, chooses or unsubscribes; not a file."""
        return self._pages.for_reader(name, locale, **context)

    def promise(self, locale: str, name: str) -> str:
        """What readers agree to when they subscribe."""
        return self._pages.words[locale]("site.subscribe.promise", name=name)

    def next_turn(self, record: PublishedRecord, now: datetime) -> datetime | None:
        return standing.next_turn(record, now)

    def change(self, records: Records, changed: PublishedRecord, now: datetime) -> Iterator[DerivedFile]:
        locale = changed.locale
        part = sitemap.part_of(records.position(locale, "", changed.id))
        yield from self._frame(records, now)
        if self._gate:  # before the page, which the edge must know how to guard
            yield edge.part(records, locale, part)
            yield edge.index(records, self.locales, self._gate)
        yield from self._card(changed)
        yield from self._calendar_of(changed)
        for record in (changed, *self._translations(records, changed), *self._relating(records, changed)):
            yield self._article(records, record, now)
        yield self._short(records, changed)
        for view in self._views:
            yield from view.placed(self._lists(Seen(records, view), changed, now))
        yield self._sitemap_part(self._usual(records), locale, part)
        yield from self._sitemap(records)

    def _lists(self, records: Seen, changed: PublishedRecord, now: datetime) -> Iterator[DerivedFile]:
        for kind in ("", changed.kind):
            for number in paging.touched(records.position(changed.locale, kind, changed.id)):
                yield self._numbered(records, changed.locale, kind, number, now)
        yield from self._newest_lists(records, changed, now)
        yield from self._feeds.change(records, changed)
        yield from self._calendars.change(records, changed)

    def shows(self, record: PublishedRecord) -> bool:
        """Whether `record` is in the lists that everybody sees, wherever they are."""
        return self._views[0].shows(record)

    def _usual(self, records: Records) -> Seen:
        return Seen(records, self._views[0])

    def passing(self, records: Records, now: datetime) -> Iterator[DerivedFile]:
        yield from self._frame(records, now)
        for locale in self.locales:
            for record in records.agenda(locale):
                yield self._article(records, record, now)
            for view in self._views:
                yield from view.placed(self._passing_lists(Seen(records, view), locale, now))
        yield from self._sitemap(records)

    def _passing_lists(self, records: Seen, locale: str, now: datetime) -> Iterator[DerivedFile]:
        for record in records.agenda(locale):
            yield from self._where_shown(records, record, now)
        for kind in ("", *records.kinds(locale)):
            yield self._newest(records, locale, kind, now)
        yield from self._feeds.newest(records, locale, "")

    def everything(self, records: Records, now: datetime) -> Iterator[DerivedFile]:
        for locale in self.locales:
            for number in range(1, sitemap.parts(records.count(locale, "")) + 1):
                yield self._sitemap_part(self._usual(records), locale, number)
                if self._gate:
                    yield edge.part(records, locale, number)
            yield from self._articles(records, locale, now)
            for view in self._views:
                yield from view.placed(self._all_lists(Seen(records, view), locale, now))
        if self._gate:
            yield edge.index(records, self.locales, self._gate)
        yield from self.passing(records, now)

    def _all_lists(self, records: Seen, locale: str, now: datetime) -> Iterator[DerivedFile]:
        for kind in ("", *records.kinds(locale)):
            for number in range(1, paging.pages(records.count(locale, kind)) + 1):
                yield self._numbered(records, locale, kind, number, now)
            yield from self._feeds.everything(records, locale, kind)
            yield self._calendars.of_kind(records, locale, kind)
        yield from self._calendars.of_assets(records, locale)

    # --- what every page needs ---

    def _frame(self, records: Records, now: datetime) -> Iterator[DerivedFile]:
        """Style, pages that stand alone, and the empty lists of a language that has nothing yet but is linked to."""
        yield from self._pages.static
        for locale in self.locales:
            if not records.count(locale, ""):
                for view in self._views:
                    yield from view.placed(self._empty_lists(Seen(records, view), locale, now))
            for name in SPECIAL:
                yield addresses.special(locale, name), self._pages.special(name, locale)
        yield addresses.file(""), self._pages.chooser()
        if self._security:
            url = self._base.absolute(security_txt.PATH)
            yield security_txt.PATH, security_txt.write(self._security, url, self.locales, now)

    def _empty_lists(self, records: Seen, locale: str, now: datetime) -> Iterator[DerivedFile]:
        yield self._newest(records, locale, "", now)
        yield from self._feeds.newest(records, locale, "")
        yield self._calendars.of_kind(records, locale, "")

    # --- articles ---

    def _article(self, records: Records, record: PublishedRecord, now: datetime) -> DerivedFile:
        html = records.article(record.locale, record.id)
        translations, related = self._translations(records, record), self._related(self._usual(records), record)
        calendar = self.shows(record) and has_events(record)
        page = self._pages.article(record, html, translations, related, self._card_path(record), calendar, now)
        return addresses.file(addresses.article(record)), page

    def _short(self, records: Records, record: PublishedRecord) -> DerivedFile:
        locales = [record.locale, *(other.locale for other in self._translations(records, record))]
        return addresses.file(addresses.short(record.reference)), self._pages.short(record.reference, locales)

    def _card(self, record: PublishedRecord) -> Iterator[DerivedFile]:
        if self._cards and (path := self._card_path(record)):
            yield path, self._cards.drawing(record)

    def _card_path(self, record: PublishedRecord) -> str:
        """Empty where a region may not see the announcement: an edge guards pages, and the card tells their titles."""
        shown = self._cards is not None and record.withdrawn_at is None and self.shows(record)
        return self._cards.path(record) if self._cards and shown else ""

    def _calendar_of(self, record: PublishedRecord) -> Iterator[DerivedFile]:
        """None where a region may not see the announcement: an edge guards pages, and this tells what they say."""
        if self.shows(record):
            yield from self._calendars.own(record)

    def _translations(self, records: Records, record: PublishedRecord) -> list[PublishedRecord]:
        found = (records.find(locale, record.id) for locale in self.locales if locale != record.locale)
        return [translation for translation in found if translation is not None]

    def _related(self, records: Records, record: PublishedRecord) -> Sequence[PublishedRecord]:
        """Those of its kind just before it, newest first: a page that is full stays as it is."""
        place = records.position(record.locale, record.kind, record.id)
        return records.slice(record.locale, record.kind, max(0, place - RELATED), place)[::-1]

    def _relating(self, records: Records, record: PublishedRecord) -> Sequence[PublishedRecord]:
        """Those that show it as related."""
        after = records.position(record.locale, record.kind, record.id) + 1
        return records.slice(record.locale, record.kind, after, after + RELATED)

    def _articles(self, records: Records, locale: str, now: datetime) -> Iterator[DerivedFile]:
        for number in range(1, paging.pages(records.count(locale, "")) + 1):
            for record in records.slice(locale, "", *paging.span(number)):
                yield from self._card(record)
                yield from self._calendar_of(record)
                yield self._article(records, record, now)
                yield self._short(records, record)
                if record.former:
                    yield addresses.file(record.former), self._pages.moved(record)

    def _where_shown(self, records: Seen, record: PublishedRecord, now: datetime) -> Iterator[DerivedFile]:
        """The numbered pages that show a state which time may have changed."""
        for kind in ("", record.kind):
            number = paging.page_of(records.position(record.locale, kind, record.id))
            yield self._numbered(records, record.locale, kind, number, now)

    # --- lists ---

    def _numbered(self, records: Seen, locale: str, kind: str, number: int, now: datetime) -> DerivedFile:
        last = number == paging.pages(records.count(locale, kind))
        page = Listing(
            locale,
            kind,
            number,
            self._newest_first(records, locale, kind, *paging.span(number)),
            kinds={},
            newer=addresses.listing(locale, kind, 0 if last else number + 1),
            older=addresses.listing(locale, kind, number - 1) if number > 1 else "",
        )
        return addresses.file(addresses.listing(locale, kind, number)), self._pages.listing(page, now)

    def _newest_lists(self, records: Seen, changed: PublishedRecord, now: datetime) -> Iterator[DerivedFile]:
        """The first announcement of a kind appears in the filter of every list, and its list in other languages'."""
        locale = changed.locale
        first = records.count(locale, changed.kind) == 1
        for kind in ("", *(records.kinds(locale) if first else (changed.kind,))):
            yield self._newest(records, locale, kind, now)
        for other in self._elsewhere(records, locale, changed.kind) if first else ():
            yield self._newest(records, other, changed.kind, now)

    def _elsewhere(self, records: Records, locale: str, kind: str) -> Sequence[str]:
        """The other locales that have a list of this kind."""
        return [other for other in self.locales if other != locale and (not kind or records.count(other, kind))]

    def _newest(self, records: Seen, locale: str, kind: str, now: datetime) -> DerivedFile:
        count = records.count(locale, kind)
        start = paging.newest_from(count)
        agenda = [each for each in records.agenda(locale) if each.withdrawn_at is None]
        events = () if kind else sorted(agenda, key=_by_start)
        happening = [each for each in events if standing.phase(each, now) is standing.State.IN_PROGRESS]
        page = Listing(
            locale,
            kind,
            0,
            self._newest_first(records, locale, kind, start, count),
            kinds=self._kinds(records.all, locale),
            older=addresses.listing(locale, kind, start // paging.PAGE) if start else "",
            elsewhere=self._elsewhere(records, locale, kind),
            pinned=[
                each
                for each in sorted(agenda, key=_by_urgency, reverse=True)
                if standing.is_pinned(each, now) and kind in ("", each.kind) and each not in happening
            ],
            now=happening,
            ahead=[each for each in events if standing.is_near(each, now)],
        )
        return addresses.file(addresses.listing(locale, kind)), self._pages.listing(page, now)

    def _kinds(self, records: Records, locale: str) -> dict[str, str]:
        """Kind -> what the first announcement of that kind calls it."""
        return {kind: records.slice(locale, kind, 0, 1)[0].kind_title for kind in records.kinds(locale)}

    def _newest_first(
        self, records: Records, locale: str, kind: str, start: int, stop: int
    ) -> Sequence[PublishedRecord]:
        return records.slice(locale, kind, start, stop)[::-1]

    # --- sitemap ---

    def _sitemap_part(self, records: Records, locale: str, number: int) -> DerivedFile:
        listed = records.slice(locale, "", *sitemap.span(number))
        entries = ((self._base.absolute(addresses.article(record)), record.updated_at) for record in listed)
        return addresses.sitemap_part(locale, number), sitemap.urls(entries)

    def _sitemap(self, records: Records) -> Iterator[DerivedFile]:
        lists = [addresses.listing(locale, kind) for locale in self.locales for kind in ("", *records.kinds(locale))]
        yield "sitemap/lists.xml", sitemap.urls((self._base.absolute(path), None) for path in lists)
        parts = [
            addresses.sitemap_part(locale, number)
            for locale in self.locales
            for number in range(1, sitemap.parts(records.count(locale, "")) + 1)
        ]
        yield addresses.SITEMAP, sitemap.index(map(self._base.absolute, ("sitemap/lists.xml", *parts)))
        yield addresses.ROBOTS, sitemap.robots(self._base.absolute(addresses.SITEMAP))


def _by_start(record: PublishedRecord) -> datetime:
    return record.starts_at or record.published_at


def _by_urgency(record: PublishedRecord) -> tuple[bool, datetime]:
    return record.urgent, record.published_at
