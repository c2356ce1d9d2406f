"""The website's records: files beside the site, one per announcement and locale, and the order of publication.

An order is a file of lines of equal width, one announcement's id each, so that a position is found, and a slice is
read, without reading the rest.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import BaseModel

from publisher.channel import Change, PublishedRecord

LINE = 65
"""An id (at most 64 bytes, see `Record.id`), padded, and a line feed."""


class Entry(BaseModel):
    """A record with its places in both orders."""

    position: int
    position_in_kind: int
    record: PublishedRecord

    def place(self, kind: str) -> int:
        return self.position_in_kind if kind else self.position


def entry_path(locale: str, announcement_id: str) -> str:
    return f"records/{locale}/entries/{announcement_id}.json"


def article_path(locale: str, announcement_id: str) -> str:
    return f"records/{locale}/articles/{announcement_id}.html"


def agenda_path(locale: str) -> str:
    return f"records/{locale}/agenda.json"


def order_path(locale: str, kind: str) -> str:
    return f"records/{locale}/order/{kind or '+all'}"  # no kind can be called that


def changes_path(locale: str) -> str:
    return f"records/{locale}/changes"


def order_line(announcement_id: str) -> str:
    return f"{announcement_id:<{LINE - 1}}\n"


@dataclass(frozen=True, slots=True)
class RecordFolder:
    """`publisher.channel.Records` on the files below `folder`."""

    folder: Path

    def kinds(self, locale: str) -> Sequence[str]:
        order = self.folder / f"records/{locale}/order"
        return sorted(file.name for file in order.glob("[a-z]*"))

    def count(self, locale: str, kind: str) -> int:
        return self._lines(order_path(locale, kind))

    def ids(self, locale: str, kind: str, start: int, stop: int) -> Sequence[str]:
        """The announcements at positions `start` to `stop` (excluded)."""
        return self._names(order_path(locale, kind), start, stop)

    def changed(self, locale: str) -> int:
        """How many publications, corrections and withdrawals there were."""
        return self._lines(changes_path(locale))

    def changed_ids(self, locale: str, start: int, stop: int) -> Sequence[str]:
        """What they were of."""
        return self._names(changes_path(locale), start, stop)

    def changes(self, locale: str, ids: Sequence[str]) -> Sequence[Change]:
        """These announcements as they are now."""
        return [Change(self._entry(locale, name).record, self.article(locale, name)) for name in ids]

    def slice(self, locale: str, kind: str, start: int, stop: int) -> Sequence[PublishedRecord]:
        return [self._entry(locale, name).record for name in self.ids(locale, kind, start, stop)]

    def position(self, locale: str, kind: str, announcement_id: str) -> int:
        return self._entry(locale, announcement_id).place(kind)

    def find(self, locale: str, announcement_id: str) -> PublishedRecord | None:
        entry = self.entry(locale, announcement_id)
        return None if entry is None else entry.record

    def article(self, locale: str, announcement_id: str) -> str:
        try:
            return (self.folder / article_path(locale, announcement_id)).read_text("utf-8")
        except FileNotFoundError as error:
            raise KeyError(announcement_id) from error

    def agenda(self, locale: str) -> Sequence[PublishedRecord]:
        return [self._entry(locale, name).record for name in self.agenda_ids(locale)]

    def agenda_ids(self, locale: str) -> Sequence[str]:
        try:
            return [str(name) for name in json.loads((self.folder / agenda_path(locale)).read_bytes())]
        except FileNotFoundError:
            return ()

    def entry(self, locale: str, announcement_id: str) -> Entry | None:
        try:
            return Entry.model_validate_json((self.folder / entry_path(locale, announcement_id)).read_bytes())
        except FileNotFoundError:
            return None

    def _lines(self, path: str) -> int:
        try:
            return (self.folder / path).stat().st_size // LINE
        except FileNotFoundError:
            return 0

    def _names(self, path: str, start: int, stop: int) -> Sequence[str]:
        start = max(start, 0)
        try:
            with (self.folder / path).open("rb") as order:
                order.seek(start * LINE)
                return order.read(max(stop - start, 0) * LINE).decode().split()
        except FileNotFoundError:
            return ()

    def _entry(self, locale: str, announcement_id: str) -> Entry:
        entry = self.entry(locale, announcement_id)
        if entry is None:
            raise KeyError(announcement_id)
        return entry


@dataclass(frozen=True, slots=True)
class Changed:
    """`publisher.channel.Records` as they will be once one entry is written."""

    before: RecordFolder
    entry: Entry
    text: str
    agenda_ids: Sequence[str]
    _read: dict[tuple[str, str], PublishedRecord | None] = field(default_factory=dict, repr=False)
    """Lists, feeds and sitemap show the same records: each is read once."""

    def kinds(self, locale: str) -> Sequence[str]:
        new = {self.entry.record.kind} if locale == self.entry.record.locale else set()
        return sorted({*self.before.kinds(locale), *new})

    def count(self, locale: str, kind: str) -> int:
        here = self.entry.place(kind) + 1 if self._counts_in(locale, kind) else 0
        return max(self.before.count(locale, kind), here)

    def slice(self, locale: str, kind: str, start: int, stop: int) -> Sequence[PublishedRecord]:
        ids = list(self.before.ids(locale, kind, start, stop))
        place, counts = self.entry.place(kind), self._counts_in(locale, kind)
        if counts and place >= self.before.count(locale, kind) and start <= place < stop:
            ids.append(self.entry.record.id)
        return [self._found(locale, name) for name in ids]

    def position(self, locale: str, kind: str, announcement_id: str) -> int:
        if self._is_changed(locale, announcement_id):
            return self.entry.place(kind)
        return self.before.position(locale, kind, announcement_id)

    def find(self, locale: str, announcement_id: str) -> PublishedRecord | None:
        if self._is_changed(locale, announcement_id):
            return self.entry.record
        key = locale, announcement_id
        if key not in self._read:
            self._read[key] = self.before.find(locale, announcement_id)
        return self._read[key]

    def article(self, locale: str, announcement_id: str) -> str:
        return self.text if self._is_changed(locale, announcement_id) else self.before.article(locale, announcement_id)

    def agenda(self, locale: str) -> Sequence[PublishedRecord]:
        if locale != self.entry.record.locale:
            return self.before.agenda(locale)
        return [self._found(locale, name) for name in self.agenda_ids]

    def _is_changed(self, locale: str, announcement_id: str) -> bool:
        return (locale, announcement_id) == (self.entry.record.locale, self.entry.record.id)

    def _counts_in(self, locale: str, kind: str) -> bool:
        return locale == self.entry.record.locale and kind in ("", self.entry.record.kind)

    def _found(self, locale: str, announcement_id: str) -> PublishedRecord:
        record = self.find(locale, announcement_id)
        if record is None:
            raise KeyError(announcement_id)
        return record
