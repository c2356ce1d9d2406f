"""Publishes to the website: writes the files, then looks at the public URL as a reader would."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path

import aiohttp

from channels.website.journal import Journal
from channels.website.press import Press, Refused, version_of
from channels.website.records import RecordFolder
from channels.website.verdicts import NotVisible, disk_reason, reading
from publisher.channel import (
    Absent,
    Change,
    Delivered,
    Finding,
    Outcome,
    Part,
    PublishedRecord,
    Receipt,
    Record,
    Rejected,
    Retry,
    Target,
    Tools,
    Unknown,
)

LOOK_SECONDS = 5.0
"""For one GET."""
PAUSE_SECONDS = 0.2
"""Between two looks, at first; doubled every time."""


class Website:
    """`publisher.channel.PostingChannel`. A repeat has the effect of one, so nothing is ever unconfirmed."""

    def __init__(self, press: Press, url: str, confirm_timeout: float | None, folders: Sequence[Path] = ()) -> None:
        """`folders`: those that it writes."""
        self._press, self._url, self._confirm_timeout = press, url.rstrip("/"), confirm_timeout
        self._folders = folders
        self._session: aiohttp.ClientSession | None = None

    @classmethod
    def of(cls, root: Path, state: Path, url: str, tools: Tools, confirm_timeout: float | None) -> Website:
        """A website of these folders; `confirm_timeout` in seconds, None to trust the disk."""
        press = Press(Journal(root, state), RecordFolder(state), tools.derive, tools.now)
        return cls(press, url, confirm_timeout, (root, state))

    async def send(self, part: Part, receipts: Sequence[Receipt]) -> Outcome:
        record, article = _content(part)
        pictures = {picture.path: part.pictures[picture.sha256] for picture in record.pictures}
        return await self._change(part, lambda: self._press.publish(record, article, pictures))

    async def amend(self, part: Part, receipts: Sequence[Receipt]) -> Outcome:
        """Replaces article and record; URL, id and time of publication stay."""
        return await self.send(part, receipts)

    async def retract(self, part: Part, receipts: Sequence[Receipt]) -> Outcome:
        """Puts a notice in the article's place; the URL stays."""
        record, _ = _content(part)
        return await self._change(part, lambda: self._press.withdraw(record))

    async def probe(self, part: Part, since: datetime) -> Delivered | Absent | Unknown:
        record, article = _content(part)
        try:
            seen = version_of(record, article) in await self._read(record)
        except NotVisible as error:
            return Unknown(str(error))
        return Delivered(_receipt(part, record)) if seen else Absent()

    async def refresh(self) -> datetime | None:
        """Rewrites what passing time has changed; returns when that is next needed. Raises OSError."""
        return await asyncio.to_thread(self._press.refresh)

    async def rebuild(self) -> None:
        """Rewrites the whole site from its records, for a new design. Raises OSError."""
        await asyncio.to_thread(self._press.rebuild)

    # --- what is public: `publisher.channel.Chronicle` ---

    async def published(self, locale: str, start: int, stop: int) -> Sequence[Change]:
        return await asyncio.to_thread(self._press.published, locale, start, stop)

    async def changes(self, locale: str, start: int, stop: int) -> Sequence[Change]:
        return await asyncio.to_thread(self._press.changes, locale, start, stop)

    async def changed(self, locale: str) -> int:
        return await asyncio.to_thread(self._press.changed, locale)

    async def find(self, announcement_id: str) -> Sequence[PublishedRecord]:
        return await asyncio.to_thread(self._press.find, announcement_id)

    async def take(self, earlier: Sequence[Change]) -> None:
        await asyncio.to_thread(self._press.take, earlier)

    async def preflight(self, target: Target) -> Sequence[Finding]:
        """Whether its folders can be written and something answers at its address."""
        findings = [
            Finding("website.folder", f"{folder.name} cannot be written", "Give this user the right to write there.")
            for folder in self._folders
            if not _is_writable(folder)
        ]
        if self._confirm_timeout is not None and (missing := await self._unanswered()):
            fix = "Start what serves the site, or correct the account's url."
            findings.append(Finding("website.unreachable", f"{self._url} does not answer: {missing}", fix))
        return findings

    async def _unanswered(self) -> str:
        """Why nobody answers there; empty when somebody does, be it that nothing has been published yet."""
        try:
            with reading():
                async with self._opened().get(f"{self._url}/") as answer:
                    return "" if answer.status < 500 else f"status {answer.status}"
        except NotVisible as error:
            return str(error)

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()

    async def _change(self, part: Part, work: Callable[[], PublishedRecord | None]) -> Outcome:
        record, _ = _content(part)
        try:
            shown = await asyncio.to_thread(work)
        except Refused as error:
            return Rejected(str(error))
        except OSError as error:
            return Retry(disk_reason(error))
        missing = "" if shown is None or self._confirm_timeout is None else await self._missing(shown)
        return Retry(missing) if missing else Delivered(_receipt(part, record))

    async def _missing(self, record: PublishedRecord) -> str:
        """Why a reader does not see `record` within the time; empty when they do."""
        deadline, pause = time.monotonic() + (self._confirm_timeout or 0), PAUSE_SECONDS
        while reason := await self._look(record):
            if time.monotonic() + pause > deadline:
                return f"written, but {self._page(record)} does not show it: {reason}"
            await asyncio.sleep(pause)
            pause *= 2
        return ""

    async def _look(self, record: PublishedRecord) -> str:
        try:
            page = await self._read(record)
        except NotVisible as error:
            return str(error)
        return "" if record.version in page else "another version is there (a cache in between?)" if page else "absent"

    async def _read(self, record: Record) -> str:
        """The page as a reader gets it, empty when it is not there; raises NotVisible."""
        headers = {"Cache-Control": "no-cache"}
        with reading():
            async with self._opened().get(self._page(record), headers=headers) as answer:
                if answer.status in (404, 410):
                    return ""
                answer.raise_for_status()
                return await answer.text(errors="replace")

    def _opened(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=LOOK_SECONDS))
        return self._session

    def _page(self, record: Record) -> str:
        return f"{self._url}/{record.locale}/{record.reference}"


def _is_writable(folder: Path) -> bool:
    """The nearest folder that is there decides: publishing makes those below it."""
    there = next(each for each in (folder, *folder.absolute().parents) if each.exists())
    return there.is_dir() and os.access(there, os.W_OK | os.X_OK)


def _content(part: Part) -> tuple[Record, str]:
    return Record.model_validate(part.content["record"]), str(part.content["article"])


def _receipt(part: Part, record: Record) -> Receipt:
    return Receipt(part.name, (record.reference,), record.url)
