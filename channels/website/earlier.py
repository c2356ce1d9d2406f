"""Puts announcements from before into their place among the website's records: the only time that positions change."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from channels.website.journal import Replacement
from channels.website.records import Entry, RecordFolder, article_path, entry_path, order_line, order_path
from publisher.channel import Change


def placed(records: RecordFolder, locale: str, earlier: Sequence[Change]) -> Iterator[Replacement]:
    """The record files of `locale` with `earlier` (of that locale) among them, by time of publication."""
    known = [record.id for record in records.slice(locale, "", 0, records.count(locale, ""))]
    ours = {name: records.find(locale, name) for name in known} | {each.record.id: each.record for each in earlier}
    # Sorted as they are known: those of the same moment stay in their order.
    in_order = sorted((record for record in ours.values() if record is not None), key=lambda each: each.published_at)
    places: Counter[str] = Counter()
    lines: dict[str, list[str]] = {}
    for position, record in enumerate(in_order):
        entry = Entry(position=position, position_in_kind=places[record.kind], record=record)
        places[record.kind] += 1
        for kind in ("", record.kind):
            lines.setdefault(kind, []).append(order_line(record.id))
        yield Replacement("state", entry_path(locale, record.id), entry.model_dump_json().encode())
    for each in earlier:
        yield Replacement("state", article_path(locale, each.record.id), each.article.encode())
    for kind, order in lines.items():
        yield Replacement("state", order_path(locale, kind), "".join(order).encode())
