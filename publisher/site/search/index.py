"""The index of what is published. It follows the website's own log of changes, so that nothing that is not public yet
can be in it, and a crash between the two only makes it late.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Protocol

from publisher.channel import Change, Chronicle, PublishedRecord
from publisher.site.search.words import Phrase, plain, question, words

PAGE = 20
"""Announcements on a page of results."""
PAGES = 50
"""Pages of results at most; who has not found it there asks more exactly."""
STEP = 200
"""Announcements that are indexed in one transaction."""


@dataclass(frozen=True, slots=True)
class Document:
    """An announcement in one locale as it is found and shown."""

    id: str
    words: Sequence[str]
    record: str
    """JSON of a `PublishedRecord`."""


class Transaction(Protocol):
    """What search asks of the store."""

    async def put_documents(self, locale: str, documents: Sequence[Document]) -> None:
        """Adds the new ones, the newest last, and replaces the others in their places."""

    async def remove_documents(self, locale: str, ids: Collection[str] | None = None) -> None:
        """These, or all of the locale."""

    async def find_documents(self, locale: str, asked: Sequence[Phrase], start: int, count: int) -> Sequence[str]:
        """The records of those that hold every phrase, newest first."""

    async def place(self, follower: str) -> int:
        """How far a follower has read, 0 in the beginning."""

    async def set_place(self, follower: str, place: int) -> None: ...


Begin = Callable[[], AbstractAsyncContextManager[Transaction]]
Shows = Callable[[PublishedRecord], bool]


@dataclass(frozen=True, slots=True)
class Found:
    """A page of results, newest first; `more` when there is another one."""

    records: Sequence[PublishedRecord]
    more: bool


async def search(tx: Transaction, locale: str, text: str, page: int) -> Found:
    """What readers of `locale` find; `page` from 1."""
    asked = question(text)
    if not asked or not 1 <= page <= PAGES:
        return Found((), False)
    found = await tx.find_documents(locale, asked, (page - 1) * PAGE, PAGE + 1)
    records = [PublishedRecord.model_validate_json(record) for record in found[:PAGE]]
    return Found(records, len(found) > PAGE and page < PAGES)


def everything(record: PublishedRecord) -> bool:
    """For a website that shows everybody the same."""
    return True


async def follow(begin: Begin, chronicle: Chronicle, locales: Iterable[str], shows: Shows = everything) -> None:
    """Takes over what changed since the last time; harmless to repeat. What everybody may find is what `shows`."""
    for locale in locales:
        while await _step(begin, chronicle, locale, shows):
            pass


async def rebuild(begin: Begin, chronicle: Chronicle, locales: Iterable[str], shows: Shows = everything) -> int:
    """Makes the index anew, in the order of publication; how many announcements it holds."""
    return sum([await _rebuilt(begin, chronicle, locale, shows) for locale in locales])


async def _step(begin: Begin, chronicle: Chronicle, locale: str, shows: Shows) -> bool:
    """Whether there may be more."""
    async with begin() as tx:
        place = await tx.place(_follower(locale))
    changes = await chronicle.changes(locale, place, place + STEP)
    if changes:
        async with begin() as tx:
            if await tx.place(_follower(locale)) == place:  # else another process was faster
                await _put(tx, locale, changes, shows)
                await tx.set_place(_follower(locale), place + len(changes))
    return len(changes) == STEP


async def _rebuilt(begin: Begin, chronicle: Chronicle, locale: str, shows: Shows) -> int:
    """What changes meanwhile is read again afterwards."""
    changed, start, indexed = await chronicle.changed(locale), 0, 0
    async with begin() as tx:
        await tx.remove_documents(locale)
    while published := await chronicle.published(locale, start, start + STEP):
        async with begin() as tx:
            indexed += await _put(tx, locale, published, shows)
        start += len(published)
    async with begin() as tx:
        await tx.set_place(_follower(locale), changed)
    return indexed


async def _put(tx: Transaction, locale: str, changes: Sequence[Change], shows: Shows) -> int:
    """How many of them are there to be found."""
    records = (change.record for change in changes)
    gone = {record.id for record in records if record.withdrawn_at is not None or not shows(record)}
    shown = {change.record.id: change for change in changes if change.record.id not in gone}
    await tx.remove_documents(locale, gone)
    await tx.put_documents(locale, [document(change) for change in shown.values()])
    return len(shown)


def document(change: Change) -> Document:
    record = change.record
    texts = (record.title, record.kind_title, record.reference, *record.assets, record.summary, plain(change.article))
    return Document(record.id, words("\n".join(texts)), record.model_dump_json())


def _follower(locale: str) -> str:
    return f"search:{locale}"
