"""Imports a file of subscribers: checked first, then stored in pieces, safe to repeat."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncGenerator, Callable, Iterator, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import TypeAlias, TypeVar

from publisher.encryption import Hashing
from publisher.mailing.intake.files import UTF_8, Form, OpenList, open_list
from publisher.mailing.intake.rows import COLUMNS, Problem, Reader, RowReader
from publisher.mailing.subscribers import ReaderList, Saved, Transaction, save_list
from publisher.transaction import Begin

T = TypeVar("T")

PIECE = 10_000
"""Rows per transaction: of a long list up to a second, which a mailing beside it waits."""
NO_ORIGIN = "is empty; say where this reader agreed to get mail, or where all of them did (--source)"

Progress: TypeAlias = Callable[[str, int, int], None]
"""What is being done, bytes read and bytes in all; the file is read once to check it and once to store it."""
Report: TypeAlias = Callable[[Problem], None]
Rows: TypeAlias = Sequence[Reader | Problem]


@dataclass(frozen=True, slots=True)
class Piece:
    """Some rows of a file."""

    rows: int
    """Those that can be taken."""
    problems: Sequence[Problem]
    readers: ReaderList


@dataclass(frozen=True, slots=True)
class Imported:
    """What became of the rows of a file."""

    saved: Saved
    refused: int
    stored: bool
    """False after a dry run, and when rows that cannot be taken stopped everything."""
    ignored: Sequence[str] = ()
    """Columns that mean nothing to us."""
    resumed: int = 0
    """Rows that were stored before it was interrupted."""


@dataclass(frozen=True, slots=True)
class Intake:
    """A file, how it is read, and who hears of it."""

    path: Path
    rows: RowReader
    on_problem: Report
    on_progress: Progress = lambda what, done, size: None
    form: Form = UTF_8

    def name(self) -> str:
        """Of this file, read this way: another content, encoding, mapping or origin is another import."""
        digest = hashlib.sha256(f"{self.rows.meaning} {self.form} {PIECE}".encode())
        with self.path.open("rb") as file:
            while block := file.read(1 << 20):
                digest.update(block)
        return f"import:{digest.hexdigest()[:48]}"


async def import_file(
    begin: Begin[Transaction],
    intake: Intake,
    *,
    at: datetime,
    hashing: Hashing,
    skip_bad: bool = False,
    dry_run: bool = False,
) -> Imported:
    """Stores the readers of a file; with `dry_run` only says what would happen.

    Unless `skip_bad` allows it, a file with a row that cannot be taken stores nothing: `on_problem` hears of every
    such row. A row without an origin cannot be taken. Interrupted, and given the same file again, it goes on after the
    last piece that was stored. Raises IntakeError, OSError.
    """
    passes = _Passes(intake, hashing)
    if not skip_bad:
        checked = await passes.check()
        if checked.refused:
            return checked
    return await passes.store(begin, at, dry_run=dry_run)


@dataclass(frozen=True, slots=True)
class _Passes:
    intake: Intake
    hashing: Hashing

    async def check(self) -> Imported:
        """How many rows cannot be taken."""
        refused = 0
        with open_list(self.intake.path, self.intake.form) as opened:
            async with aclosing(self._pieces(opened, "checking", self._problems)) as pieces:
                async for problems in pieces:
                    refused += self._tell(problems)
            return Imported(Saved(), refused, False, _ignored(opened))

    async def store(self, begin: Begin[Transaction], at: datetime, *, dry_run: bool) -> Imported:
        total, refused, resumed, number = Saved(), 0, 0, 0
        name = await asyncio.to_thread(self.intake.name)
        async with begin() as tx:
            before = 0 if dry_run else await tx.import_position(name)
        with open_list(self.intake.path, self.intake.form) as opened:
            async with aclosing(self._pieces(opened, "counting" if dry_run else "storing", self._piece)) as pieces:
                async for piece in pieces:
                    refused, number = refused + self._tell(piece.problems), number + 1
                    if number <= before:
                        resumed += piece.rows
                        continue
                    async with begin() as tx:
                        total += await save_list(tx, piece.readers, at, dry_run=dry_run)
                        if not dry_run:
                            await tx.save_import_position(name, number)
            if not dry_run:
                async with begin() as tx:
                    await tx.save_import_position(name, 0)
            return Imported(total, refused, not dry_run, _ignored(opened), resumed)

    async def _pieces(self, opened: OpenList, what: str, made: Callable[[Rows], T]) -> AsyncGenerator[T, None]:
        """What is `made` of the rows of each piece, in a thread while the one before is stored."""
        rows = self._read(opened)
        ahead = _reading(rows, made)
        try:
            while (piece := await ahead) is not None:
                self.intake.on_progress(what, opened.position(), opened.size)
                ahead = _reading(rows, made)
                yield piece
        finally:
            # A thread cannot be stopped; the file must not be closed under it.
            await asyncio.gather(ahead, return_exceptions=True)

    def _read(self, opened: OpenList) -> Iterator[Reader | Problem]:
        read = self.intake.rows.reading(opened.columns)
        for line, cells in opened.lines:
            row = cells if isinstance(cells, Problem) else read(line, cells)
            yield Problem(line, "consent_how", NO_ORIGIN) if isinstance(row, Reader) and row.origin is None else row

    def _piece(self, rows: Rows) -> Piece:
        readers = [row for row in rows if isinstance(row, Reader)]
        return Piece(len(readers), self._problems(rows), ReaderList.of(readers, self.hashing))

    def _problems(self, rows: Rows) -> Sequence[Problem]:
        return [row for row in rows if isinstance(row, Problem)]

    def _tell(self, problems: Sequence[Problem]) -> int:
        for problem in problems:
            self.intake.on_problem(problem)
        return len(problems)


def _reading(rows: Iterator[Reader | Problem], made: Callable[[Rows], T]) -> asyncio.Task[T | None]:
    """None at the end of the file."""

    def read() -> T | None:
        piece = list(islice(rows, PIECE))
        return made(piece) if piece else None

    # In a thread: a page of the desk must not wait while thousands of rows are parsed.
    return asyncio.create_task(asyncio.to_thread(read))


def _ignored(opened: OpenList) -> Sequence[str]:
    return tuple(sorted(opened.names - set(COLUMNS)))
