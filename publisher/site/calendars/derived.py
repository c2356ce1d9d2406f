"""The calendars of a site: per locale, kind and asset, and one of each announcement that has an event.

A calendar holds the events of the newest announcements and of all that still have something ahead, however old. None
depends on the hour, so that only a publication, correction or withdrawal rewrites one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from publisher.channel import DerivedFile, Event, PublishedRecord, Records, events
from publisher.rendering.brand import Brand
from publisher.rendering.direction import marked
from publisher.rendering.locale import Wording
from publisher.rendering.words import Words
from publisher.site import addresses
from publisher.site.calendars.calendar import Calendar, Entry, write
from publisher.site.standing import title

NEWEST = 100
"""Announcements whose events stay in a calendar when they are over."""


class Calendars:
    """`authority` is the permanent name in all ids, see `publisher.site.derive.Site`."""

    def __init__(
        self, brand: Brand, words: Mapping[str, Words], wordings: Mapping[str, Wording], authority: str
    ) -> None:
        self._brand, self._words, self._wordings = brand, words, wordings
        self._domain, self._base = authority.partition(",")[0], addresses.Base(brand.site_url)

    def own(self, record: PublishedRecord) -> Iterator[DerivedFile]:
        """The file with which a reader takes the events of one announcement."""
        if has_events(record):
            calendar = Calendar(record.title, record.locale, self._entries(record))
            yield addresses.events(record), write(calendar)

    def change(self, records: Records, changed: PublishedRecord) -> Iterator[DerivedFile]:
        """What a publication, correction or withdrawal touches, however many there are."""
        for kind in ("", changed.kind):
            yield self.of_kind(records, changed.locale, kind)
        shown = _shown(records, changed.locale, "")
        for asset in (*changed.assets, *changed.former_assets):
            yield self._of_asset(shown, changed.locale, asset)

    def of_kind(self, records: Records, locale: str, kind: str) -> DerivedFile:
        """Of all kinds with `kind` empty."""
        shown = _shown(records, locale, kind)
        name = shown[0].kind_title if kind and shown else self._words[locale]("site.announcements")
        path = addresses.calendar(locale, kind)
        return path, self._written(locale, name, path, (entry for record in shown for entry in self._entries(record)))

    def of_assets(self, records: Records, locale: str) -> Iterator[DerivedFile]:
        """Of every asset that something is shown of."""
        shown = _shown(records, locale, "")
        for asset in sorted({asset for record in shown for asset in (*record.assets, *record.former_assets)}):
            yield self._of_asset(shown, locale, asset)

    def _of_asset(self, shown: Iterable[PublishedRecord], locale: str, asset: str) -> DerivedFile:
        """What is about another asset since a correction stays, cancelled."""
        path = addresses.asset_calendar(locale, asset)
        here = [(record, record.assets) for record in shown if asset in (*record.assets, *record.former_assets)]
        entries = [
            entry if asset in assets else replace(entry, cancelled=True)
            for record, assets in here
            for entry in self._entries(record)
        ]
        return path, self._written(locale, asset, path, entries)

    def _written(self, locale: str, name: str, path: str, entries: Iterable[Entry]) -> bytes:
        heading = self._directed(locale)(f"{self._brand.name} - {name}")
        return write(Calendar(heading, locale, entries, self._base.absolute(path)))

    def _entries(self, record: PublishedRecord) -> Iterator[Entry]:
        gone = record.withdrawn_at is not None
        for event in events(record):
            yield self._entry(record, event, cancelled=gone)
        for event in record.dropped:
            yield self._entry(record, event, cancelled=True)

    def _entry(self, record: PublishedRecord, event: Event, *, cancelled: bool) -> Entry:
        directed, url = self._directed(record.locale), self._base.absolute(addresses.article(record))
        return Entry(
            uid=f"{record.id}-{event.name}@{self._domain}",
            sequence=record.changes,
            created=record.published_at,
            changed=record.updated_at,
            starts_at=event.starts_at,
            ends_at=event.ends_at,
            cancelled=cancelled,
            summary=directed(self._summary(record, event, cancelled)),
            description=directed("\n".join(self._description(record, event, cancelled, url))),
            category=record.kind_title,
            url=url,
            locale=record.locale,
        )

    def _summary(self, record: PublishedRecord, event: Event, cancelled: bool) -> str:
        words = self._words[record.locale]
        if record.withdrawn_at is not None:
            return title(record, words)
        labels = [words("site.calendar.cancelled")] * cancelled + [event.label] * bool(event.label)
        said = record.title
        for label in reversed(labels):
            said = words("site.calendar.event", label=label, title=said)
        return said

    def _description(self, record: PublishedRecord, event: Event, cancelled: bool, url: str) -> Iterator[str]:
        """With the address once more: not every program shows the property."""
        words = self._words[record.locale]
        yield words("site.withdrawn.text") if record.withdrawn_at is not None else record.summary
        if event.value and not cancelled:
            yield words("site.calendar.event", label=event.label, title=event.value)
        yield url

    def _directed(self, locale: str) -> Callable[[str], str]:
        """Programs lay plain text out by its first letter, so a line may need a mark before it."""
        if self._wordings[locale].direction == "ltr":
            return lambda text: text
        return lambda text: marked(text, is_markup=False)


def has_events(record: PublishedRecord) -> bool:
    """Whether there is anything of it for a calendar, be it cancelled."""
    return bool(events(record) or record.dropped)


def _shown(records: Records, locale: str, kind: str) -> Sequence[PublishedRecord]:
    """The newest, and those that have something ahead."""
    count = records.count(locale, kind)
    newest = records.slice(locale, kind, max(0, count - NEWEST), count)
    ahead = [record for record in records.agenda(locale) if kind in ("", record.kind)]
    return list({record.id: record for record in (*newest, *ahead)}.values())
