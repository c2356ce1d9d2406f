"""Imports a file of subscribers: checked first, then stored in pieces, safe to repeat."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import TypeAlias

from publisher.encryption import Hashing
from publisher.mailing.intake.files import OpenList, open_list
from publisher.mailing.intake.rows import Problem, Reader, RowReader
from publisher.mailing.subscribers import Saved, Transaction, save
from publisher.transaction import Begin

PIECE = 2_000
"""Rows per transaction: short enough that a mailing beside it does not wait."""

Progress: TypeAlias = Callable[[int, int], None]
"""Bytes read and bytes in all; the file is read once to check it and once to store it."""
Report: TypeAlias = Callable[[Problem], None]


@dataclass(frozen=True, slots=True)
class Imported:
    """What became of the rows of a file."""

    saved: Saved
    refused: int
    stored: bool
    """False after a dry run, and when rows that cannot be taken stopped everything."""


async def import_file(
    begin: Begin[Transaction],
    path: Path,
    rows: RowReader,
    *,
    at: datetime,
    hashing: Hashing,
    on_problem: Report,
    on_progress: Progress = lambda done, size: None,
    skip_bad: bool = False,
    dry_run: bool = False,
) -> Imported:
    """Stores the readers in `path`; with `dry_run` only says what would happen.

    Unless `skip_bad` allows it, a file with a row that cannot be taken stores nothing: `on_problem` hears of every
    such row. Interrupted, it is simply repeated. Raises IntakeError and OSError.
    """
    passes = _Passes(path, rows, on_problem, on_progress)
    if not skip_bad:
        refused = await passes.check()
        if refused:
            return Imported(Saved(), refused, stored=False)
    return await passes.store(begin, at, hashing, dry_run=dry_run)


@dataclass(frozen=True, slots=True)
class _Passes:
    path: Path
    rows: RowReader
    on_problem: Report
    on_progress: Progress

    async def check(self) -> int:
        """How many rows cannot be taken."""
        refused = 0
        with open_list(self.path) as opened:
            while piece := await self._piece(opened):
                refused += len(self._readers(piece)[1])
        return refused

    async def store(self, begin: Begin[Transaction], at: datetime, hashing: Hashing, *, dry_run: bool) -> Imported:
        total, refused = Saved(), 0
        with open_list(self.path) as opened:
            while piece := await self._piece(opened):
                readers, problems = self._readers(piece)
                refused += len(problems)
                async with begin() as tx:
                    total += await save(tx, readers, at, hashing=hashing, dry_run=dry_run)
        return Imported(total, refused, stored=not dry_run)

    async def _piece(self, opened: OpenList) -> Sequence[Reader | Problem]:
        # In a thread: a page of the desk must not wait while thousands of rows are parsed.
        piece = await asyncio.to_thread(lambda: list(islice(self._read(opened), PIECE)))
        self.on_progress(opened.position(), opened.size)
        return piece

    def _read(self, opened: OpenList) -> Iterator[Reader | Problem]:
        for line, fields in opened.rows:
            yield fields if isinstance(fields, Problem) else self.rows.read(line, fields)

    def _readers(self, piece: Sequence[Reader | Problem]) -> tuple[Sequence[Reader], Sequence[Problem]]:
        problems = [row for row in piece if isinstance(row, Problem)]
        for problem in problems:
            self.on_problem(problem)
        return [row for row in piece if isinstance(row, Reader)], problems
