"""Lists for readers in different places: on a website behind a gate, what not everybody may read is not in every list.

At their usual addresses lists hold what is for everywhere. A view is a second set of lists for readers in some regions,
with what is for all of them; the gate shows it in the place of the usual ones. Pages of announcements are the same in
every view: the gate admits to each of them by the edge manifest (`publisher.site.edge`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from publisher.channel import DerivedFile, PublishedRecord, Records

FOLDER = "_views"


@dataclass(frozen=True, slots=True)
class Gate:
    """What stands before a website: name -> the regions whose readers see that view."""

    views: Mapping[str, frozenset[str]]


@dataclass(frozen=True, slots=True)
class View:
    """Who reads some lists; `regions` None for everybody, empty for readers of whom nobody knows where they are."""

    name: str = ""
    regions: frozenset[str] | None = None

    def shows(self, record: PublishedRecord) -> bool:
        """Whether all of its readers may read `record`."""
        if self.regions is None or not record.regions.restricted:
            return True
        return bool(self.regions) and not record.regions.outside(self.regions)

    def placed(self, files: Iterable[DerivedFile]) -> Iterator[DerivedFile]:
        """`files` where the gate finds them."""
        for path, data in files:
            yield (f"{FOLDER}/{self.name}/{path}" if self.name else path), data


def views(gate: Gate | None) -> Sequence[View]:
    """The view at the usual addresses first."""
    if gate is None:
        return (View(),)
    return (View(regions=frozenset()), *(View(name, regions) for name, regions in sorted(gate.views.items())))


@dataclass(frozen=True, slots=True)
class Seen:
    """`publisher.channel.Records` as a view shows them. What it hides leaves a gap: positions and counts stay."""

    all: Records
    view: View

    def kinds(self, locale: str) -> Sequence[str]:
        return self.all.kinds(locale)

    def count(self, locale: str, kind: str) -> int:
        return self.all.count(locale, kind)

    def slice(self, locale: str, kind: str, start: int, stop: int) -> Sequence[PublishedRecord]:
        return [record for record in self.all.slice(locale, kind, start, stop) if self.view.shows(record)]

    def position(self, locale: str, kind: str, announcement_id: str) -> int:
        return self.all.position(locale, kind, announcement_id)

    def find(self, locale: str, announcement_id: str) -> PublishedRecord | None:
        found = self.all.find(locale, announcement_id)
        return found if found is not None and self.view.shows(found) else None

    def article(self, locale: str, announcement_id: str) -> str:
        return self.all.article(locale, announcement_id)

    def agenda(self, locale: str) -> Sequence[PublishedRecord]:
        return [record for record in self.all.agenda(locale) if self.view.shows(record)]
