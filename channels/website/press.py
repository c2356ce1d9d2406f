"""Turns a record into pages: decides what is new, has the site derived, writes records and pages as one change."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import chain, islice

from channels.website.composing import CHROME_BYTES, PAGE_BYTES
from channels.website.earlier import placed
from channels.website.journal import Insertion, Journal, Replacement
from channels.website.records import (
    LINE,
    Changed,
    Entry,
    RecordFolder,
    agenda_path,
    article_path,
    changes_path,
    entry_path,
    order_line,
    order_path,
)
from publisher.channel import Change, Derive, DerivedFile, PublishedRecord, Record, Update, dropped, names_after

BUNCH = 500
"""Files of a rebuild that are journalled together."""


class Refused(Exception):
    """The website will never take this record; the message says why."""


class Press:
    """Blocking; safe to call from several threads and processes at once."""

    def __init__(self, journal: Journal, records: RecordFolder, derive: Derive, now: Callable[[], datetime]) -> None:
        self._journal, self._records, self._derive, self._now = journal, records, derive, now

    def publish(self, record: Record, article: str, pictures: Mapping[str, bytes] | None = None) -> PublishedRecord:
        """Makes `record` and `article` what the site shows; the same again changes nothing.

        `pictures`: path below the root -> bytes; they are there before the article that shows them.

        Raises Refused, and OSError with nothing half visible.
        """
        with self._journal.held():
            known = self._records.entry(record.locale, record.id)
            self._admit(record, known)
            return self._commit(self._entry(_published(record, article, known), known), article, pictures)

    def withdraw(self, record: Record) -> PublishedRecord | None:
        """Leaves a notice in the place of the article; None when it was never there. Raises OSError."""
        with self._journal.held():
            known = self._records.entry(record.locale, record.id)
            if known is None:
                return None
            article = self._records.article(record.locale, record.id)
            return self._commit(self._entry(_withdrawn(known.record, record, self._now()), known), article)

    def refresh(self) -> datetime | None:
        """Rewrites what passing time has changed; returns when that is next needed. Raises OSError."""
        with self._journal.held():
            now = self._now()
            self._write(self._derive.passing(self._records, now), [self._pruned(name, now) for name in self._locales])
            return min(self._turns(now), default=None)

    def rebuild(self) -> None:
        """Rewrites the whole site from its records, for a new design. Raises OSError."""
        with self._journal.held():
            self._rewrite()

    def take(self, earlier: Sequence[Change]) -> None:
        """Puts announcements from before into their places; a repeat finishes what was interrupted. Raises OSError."""
        with self._journal.held():
            for locale in self._locales:
                if here := [each for each in earlier if each.record.locale == locale]:
                    self._journal.commit((), list(placed(self._records, locale, here)))
            self._rewrite()

    # --- what is public; the lock is taken so that a change is seen whole or not at all ---

    def published(self, locale: str, start: int, stop: int) -> Sequence[Change]:
        with self._journal.held():
            return self._records.changes(locale, self._records.ids(locale, "", start, stop))

    def changes(self, locale: str, start: int, stop: int) -> Sequence[Change]:
        with self._journal.held():
            return self._records.changes(locale, self._records.changed_ids(locale, start, stop))

    def find(self, announcement_id: str) -> Sequence[PublishedRecord]:
        with self._journal.held():
            found = [self._records.find(locale, announcement_id) for locale in self._locales]
            return [record for record in found if record is not None]

    def changed(self, locale: str) -> int:
        with self._journal.held():
            return self._records.changed(locale)

    def _rewrite(self) -> None:
        for files in _bunches(self._derive.everything(self._records, self._now())):
            self._write(files, ())

    @property
    def _locales(self) -> Sequence[str]:
        return self._derive.locales

    def _admit(self, record: Record, known: Entry | None) -> None:
        if record.locale not in self._locales:
            raise Refused(f"the website has no locale {record.locale}, only {', '.join(self._locales)}")
        if known is None:
            return
        if (record.url, record.kind) != (known.record.url, known.record.kind):
            raise Refused(f"{record.id} is at {known.record.url}; neither its URL nor its kind can change")

    def _entry(self, record: PublishedRecord, known: Entry | None) -> Entry:
        if known is not None:
            return known.model_copy(update={"record": record})
        position, in_kind = (self._records.count(record.locale, kind) for kind in ("", record.kind))
        return Entry(position=position, position_in_kind=in_kind, record=record)

    def _commit(self, entry: Entry, article: str, pictures: Mapping[str, bytes] | None = None) -> PublishedRecord:
        record, now = entry.record, self._now()
        agenda = [name for name in self._records.agenda_ids(record.locale) if name != record.id]
        if self._derive.next_turn(record, now) is not None:
            agenda.append(record.id)
        after = Changed(self._records, entry, article, agenda)
        pages = chain((pictures or {}).items(), self._derive.change(after, record, now))
        self._write(pages, _record_files(entry, article, agenda), self._places(entry))
        return record

    def _places(self, entry: Entry) -> Sequence[Insertion]:
        """Its lines in the orders when it is new, and one more in the log of changes when it differs."""
        record = entry.record
        known = self._records.find(record.locale, record.id)
        changed = known is None or known.version != record.version
        end = self._records.changed(record.locale) * LINE
        log = [Insertion(changes_path(record.locale), end, order_line(record.id))] if changed else []
        return log + [
            Insertion(order_path(record.locale, kind), entry.place(kind) * LINE, order_line(record.id))
            for kind in ("", record.kind)
            if entry.place(kind) == self._records.count(record.locale, kind)
        ]

    def _pruned(self, locale: str, now: datetime) -> Replacement:
        agenda = self._records.agenda(locale)
        return _agenda(locale, [each.id for each in agenda if self._derive.next_turn(each, now) is not None])

    def _turns(self, now: datetime) -> Iterable[datetime]:
        for locale in self._locales:
            for record in self._records.agenda(locale):
                if turn := self._derive.next_turn(record, now):
                    yield turn

    def _write(
        self, pages: Iterable[DerivedFile], state: Sequence[Replacement], places: Sequence[Insertion] = ()
    ) -> None:
        site = [Replacement("site", *page) for page in self._made(pages)]
        self._journal.commit(places, [*state, *site])

    def _made(self, pages: Iterable[DerivedFile]) -> Iterator[tuple[str, bytes]]:
        for path, data in pages:
            if isinstance(data, bytes):
                yield path, data
            elif not self._journal.has("site", path):
                yield path, data()


def version_of(record: Record, article: str) -> str:
    """Names what a reader sees: equal for equal content, whenever it is sent."""
    content = record.model_dump_json(exclude={"at"}) + article
    return hashlib.sha256(content.encode()).hexdigest()[:16]


def _published(record: Record, article: str, known: Entry | None) -> PublishedRecord:
    version = version_of(record, article)
    if known is not None and known.record.version == version:
        return known.record
    at = datetime.fromisoformat(record.at)
    history = _history(record, known.record, at, PAGE_BYTES - CHROME_BYTES - len(article.encode())) if known else ()
    shown = PublishedRecord(
        **record.model_dump(),
        published_at=known.record.published_at if known else at,
        updated_at=at,
        corrections=_corrections(record, known.record, history) if known else 0,
        history=history,
        version=version,
    )
    return _following(shown, known.record) if known else shown


def _following(record: PublishedRecord, known: PublishedRecord) -> PublishedRecord:
    """With what calendars must know of its past: a reader's program keeps what it was told once."""
    before = dict.fromkeys((*known.former_assets, *known.assets))
    record = record.model_copy(update={"event_names": names_after(record, known)})
    kept = {
        "changes": known.changes + 1,
        "dropped": dropped(record, known),
        "former_assets": tuple(asset for asset in before if asset not in record.assets),
    }
    return record.model_copy(update=kept)


def _history(record: Record, known: PublishedRecord, at: datetime, room: int) -> tuple[Update, ...]:
    """The newest first get their differences, as many as the page has room for."""
    told, state = known.history, record.state if _is_news(record, known) else ""
    before = next((update.differences for update in reversed(told) if update.differences), ())
    news = () if record.differences == before else record.differences  # a stage of a revision repeats its changes
    if news or state:
        told = (*told, Update(at=at, differences=news, correction=record.correction if news else None, state=state))
    kept: list[Update] = []
    for update in reversed(told):
        room -= sum(difference.weight for difference in update.differences)
        kept.append(update if room >= 0 else update.model_copy(update={"differences": ()}))
    return tuple(reversed(kept))


def _corrections(record: Record, known: PublishedRecord, history: Sequence[Update]) -> int:
    changed = any(update.differences for update in history[len(known.history) :])
    return known.corrections + (changed or (record.stage == known.stage and not _is_news(record, known)))


def _is_news(record: Record, known: PublishedRecord) -> bool:
    """Whether it is another stage, or the same with other times: not a correction."""
    if record.is_first:
        return False
    after, before = ((each.stage, each.starts_at, each.ends_at) for each in (record, known))
    return after != before


def _withdrawn(known: PublishedRecord, record: Record, now: datetime) -> PublishedRecord:
    """As it was, with the reason of the retraction: nothing else of that is shown."""
    if known.withdrawn_at is not None:
        return known
    version = hashlib.sha256(f"withdrawn {known.version}".encode()).hexdigest()[:16]
    now = now.replace(microsecond=0)
    told = {"correction": record.correction, "withdrawn_at": now, "updated_at": now, "version": version}
    return known.model_copy(update=told | {"changes": known.changes + 1})


def _record_files(entry: Entry, article: str, agenda: Sequence[str]) -> Sequence[Replacement]:
    locale, name = entry.record.locale, entry.record.id
    return (
        Replacement("state", article_path(locale, name), article.encode()),
        Replacement("state", entry_path(locale, name), entry.model_dump_json().encode()),
        _agenda(locale, agenda),
    )


def _agenda(locale: str, ids: Sequence[str]) -> Replacement:
    return Replacement("state", agenda_path(locale), json.dumps(ids).encode())


def _bunches(files: Iterable[DerivedFile]) -> Iterator[Sequence[DerivedFile]]:
    """A rebuild is journalled in steps, since a whole site need not fit into memory."""
    rest = iter(files)
    while bunch := list(islice(rest, BUNCH)):
        yield bunch
