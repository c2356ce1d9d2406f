"""The queries of search. What readers ask for is words by now: letters and digits only, so it can be written into the
languages in which FTS5 and PostgreSQL are asked.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from sqlalchemy import ColumnElement, Select, column, delete, insert, select, table, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from publisher.site.search.index import Document
from publisher.site.search.words import Phrase
from publisher.store import tables as t
from publisher.store.insert_or import upsert
from publisher.store.lists import among

s = t.search_document.c
_full_text = table(t.FULL_TEXT, column("rowid"))

MOST_POSITIONS = 16_383
"""PostgreSQL counts no further."""


class SearchRows:
    """Implements `publisher.site.search.index.Transaction`."""

    connection: AsyncConnection

    async def put_documents(self, locale: str, documents: Sequence[Document]) -> None:
        keys = select(s.announcement_id, s.id).where(
            s.locale == locale, self._documents([each.id for each in documents])
        )
        known = {row.announcement_id: row.id for row in await self.connection.execute(keys)}
        new = [
            {"locale": locale, "announcement_id": each.id, **self._values(each)}
            for each in documents
            if each.id not in known
        ]
        if new:
            await self.connection.execute(insert(t.search_document), new)
        for each in documents:
            if each.id in known:
                there = s.id == known[each.id]
                await self.connection.execute(update(t.search_document).where(there).values(self._values(each)))

    async def remove_documents(self, locale: str, ids: Collection[str] | None = None) -> None:
        wanted = s.locale == locale
        if ids is not None:
            wanted &= self._documents(ids)
        await self.connection.execute(delete(t.search_document).where(wanted))

    async def find_documents(self, locale: str, asked: Sequence[Phrase], start: int, count: int) -> Sequence[str]:
        query = self._sqlite(locale, asked) if self._on_sqlite else self._postgresql(locale, asked)
        found = await self.connection.execute(query.offset(start).limit(count))
        return [str(row.record) for row in found]

    async def place(self, follower: str) -> int:
        row = select(t.counter.c.value).where(t.counter.c.name == follower)
        return await self.connection.scalar(row) or 0

    async def set_place(self, follower: str, place: int) -> None:
        await self.connection.execute(
            upsert(self.connection, t.counter, {"name": follower, "value": place}, key="name")
        )

    @property
    def _on_sqlite(self) -> bool:
        return self.connection.dialect.name == "sqlite"

    def _documents(self, ids: Collection[str]) -> ColumnElement[bool]:
        return among(self.connection, t.search_document.c.announcement_id, ids)

    def _values(self, document: Document) -> Mapping[str, str]:
        return {"words": self._words(document.words), "record": document.record}

    def _words(self, words: Sequence[str]) -> str:
        if self._on_sqlite:
            return " ".join(words)
        numbered = enumerate(words, start=1)
        return " ".join(f"'{word}':{min(position, MOST_POSITIONS)}" for position, word in numbered)

    def _sqlite(self, locale: str, asked: Sequence[Phrase]) -> Select[tuple[str]]:
        """FTS5 walks its lists from the newest on and stops at the limit, however many there are."""
        phrases = (f'"{" ".join(phrase.words)}"{" *" if phrase.open else ""}' for phrase in asked)
        wanted = f'locale : "{locale}" AND words : ({" AND ".join(phrases)})'
        matching = text(f"{t.FULL_TEXT} MATCH :wanted").bindparams(wanted=wanted)
        found = select(s.record).join_from(_full_text, t.search_document, s.id == _full_text.c.rowid)
        # The index takes `en` for a part of `en-US`: the column decides.
        return found.where(matching, s.locale == locale).order_by(_full_text.c.rowid.desc())

    def _postgresql(self, locale: str, asked: Sequence[Phrase]) -> Select[tuple[str]]:
        phrases = (
            " <-> ".join(f"'{word}'" for word in phrase.words) + (":*" if phrase.open else "") for phrase in asked
        )
        matching = text("words @@ CAST(:wanted AS tsquery)").bindparams(wanted=" & ".join(phrases))
        return select(s.record).where(s.locale == locale, matching).order_by(s.id.desc())
