"""The feeds of a site: per locale and kind, per format, the newest announcements and archives of the older ones.

An archive holds the same announcements for ever; only a correction or a withdrawal of one of them rewrites it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from html import escape

from publisher.channel import DerivedFile, PublishedRecord, Records
from publisher.rendering.brand import Brand
from publisher.rendering.words import Words
from publisher.site import addresses
from publisher.site.feeds.feed import NEWEST, Entry, Feed, archives, span, tag, touched
from publisher.site.feeds.formats import FORMATS
from publisher.site.standing import title


class Feeds:
    """`authority` is the permanent name in all ids, see `publisher.site.derive.Site`; `hub` is the URL of a WebSub
    hub, empty without one.
    """

    def __init__(self, brand: Brand, words: Mapping[str, Words], authority: str, hub: str = "") -> None:
        self._brand, self._words, self._authority, self._hub = brand, words, authority, hub
        self._base = addresses.Base(brand.site_url)

    def change(self, records: Records, changed: PublishedRecord) -> Iterator[DerivedFile]:
        """What a publication, correction or withdrawal touches, however many there are."""
        for kind in ("", changed.kind):
            position = records.position(changed.locale, kind, changed.id)
            for number in touched(position, records.count(changed.locale, kind)):
                yield from self._archive(records, changed.locale, kind, number)
            yield from self.newest(records, changed.locale, kind)

    def newest(self, records: Records, locale: str, kind: str) -> Iterator[DerivedFile]:
        """By order of publication, so that no reader who polls misses one that was dated back."""
        count = records.count(locale, kind)
        shown = self._newest_first(records, locale, kind, max(0, count - NEWEST), count)
        yield from self._written(locale, kind, 0, archives(count), shown)

    def everything(self, records: Records, locale: str, kind: str) -> Iterator[DerivedFile]:
        for number in range(1, archives(records.count(locale, kind)) + 1):
            yield from self._archive(records, locale, kind, number)
        yield from self.newest(records, locale, kind)

    def _archive(self, records: Records, locale: str, kind: str, number: int) -> Iterator[DerivedFile]:
        shown = self._newest_first(records, locale, kind, *span(number))
        yield from self._written(locale, kind, number, number - 1, shown)

    def _newest_first(self, records: Records, locale: str, kind: str, start: int, stop: int) -> Sequence[Entry]:
        return [self._entry(records, record) for record in records.slice(locale, kind, start, stop)[::-1]]

    def _written(
        self, locale: str, kind: str, number: int, older: int, entries: Sequence[Entry]
    ) -> Iterator[DerivedFile]:
        """One document in every format. `number` is the archive's, 0 for the feed itself; `older` is the next one's."""
        absolute = self._base.absolute
        for form in FORMATS:
            path = addresses.feed(locale, kind, form.suffix, number)
            feed = Feed(
                id=tag(self._authority, f"feed/{locale}/{kind}".rstrip("/")),
                title=f"{self._brand.name} - {self._heading(locale, kind, entries)}",
                url=absolute(path),
                page=absolute(addresses.listing(locale, kind)),
                author=self._brand.name,
                locale=locale,
                entries=entries,
                older=absolute(addresses.feed(locale, kind, form.suffix, older)) if older else "",
                current=absolute(addresses.feed(locale, kind, form.suffix)) if number else "",
                hub="" if number else self._hub,
            )
            yield path, form.write(feed)

    def _heading(self, locale: str, kind: str, entries: Sequence[Entry]) -> str:
        return entries[0].kind_title if kind and entries else self._words[locale]("site.announcements")

    def _entry(self, records: Records, record: PublishedRecord) -> Entry:
        """A withdrawn announcement stays, visibly: few feed readers act on a deletion."""
        words = self._words[record.locale]
        gone = record.withdrawn_at is not None
        notice = _notice(record, words) if gone else ""
        return Entry(
            id=tag(self._authority, f"announcement/{record.locale}/{record.id}"),
            url=self._base.absolute(addresses.article(record)),
            title=title(record, words),
            summary=notice if gone else record.summary,
            html=f"<p>{escape(notice)}</p>" if gone else records.article(record.locale, record.id),
            published=record.published_at,
            updated=record.updated_at,
            kind=record.kind,
            kind_title=record.kind_title,
            withdrawn=record.withdrawn_at,
        )


def _notice(record: PublishedRecord, words: Words) -> str:
    """That it is withdrawn, and why where somebody said."""
    notice = words("site.withdrawn.text")
    return f"{notice} {record.correction.reason}" if record.correction else notice
