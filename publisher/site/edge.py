"""The edge manifest: which page may be shown where, for whatever stands between the website and its readers.

Its parts follow the order of publication, as those of the sitemap, so that a publication rewrites one of them. Every
announcement is in one: what is in none is not out yet.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping

from publisher.channel import DerivedFile, PublishedRecord, Records
from publisher.site import addresses, sitemap
from publisher.site.views import FOLDER, Gate

INDEX = "_edge/manifest.json"
VERSION = 1


def part_path(locale: str, number: int) -> str:
    return f"_edge/{locale}-{number}.json"


def part(records: Records, locale: str, number: int) -> DerivedFile:
    """The announcements at the positions of `sitemap.span(number)`."""
    listed = records.slice(locale, "", *sitemap.span(number))
    return part_path(locale, number), _json({"version": VERSION, "announcements": dict(map(_entry, listed))})


def index(records: Records, locales: Iterable[str], gate: Gate) -> DerivedFile:
    """Who sees which view, and where the parts are."""
    document = {
        "version": VERSION,
        "views": {name: sorted(regions) for name, regions in sorted(gate.views.items())},
        "lists": f"/{FOLDER}/{{view}}{{path}}",
        "parts": [f"/{path}" for path in _parts(records, locales)],
    }
    return INDEX, _json(document)


def _parts(records: Records, locales: Iterable[str]) -> Iterator[str]:
    for locale in locales:
        for number in range(1, sitemap.parts(records.count(locale, "")) + 1):
            yield part_path(locale, number)


def _entry(record: PublishedRecord) -> tuple[str, Mapping[str, object]]:
    return f"/{addresses.article(record)}", record.regions.to_json()


def _json(document: object) -> bytes:
    return (json.dumps(document, ensure_ascii=False, indent=1) + "\n").encode()
