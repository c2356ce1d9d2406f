"""Writes active readers to a file that imports again to the same: streamed, private, and harmless in a spreadsheet."""

from __future__ import annotations

import asyncio
import csv
import json
import os
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, TextIO, TypeAlias

from publisher import transaction
from publisher.content.recurrence import DAYS
from publisher.mailing.intake.fields import INSTANT, NO_KIND
from publisher.mailing.intake.files import IntakeError
from publisher.mailing.intake.formulas import harmless
from publisher.mailing.intake.rows import DigestTime, Reader
from publisher.transaction import Begin

PAGE = 2_000
COLUMNS = (
    "address",
    "locale",
    "kinds",
    "jurisdiction",
    "zone",
    "follow",
    "digest_hour",
    "digest_weekday",
    "unsubscribed",
    "consent_how",
    "consent_at",
    "consent_wording",
)

Line: TypeAlias = Sequence[str]
Write: TypeAlias = Callable[[Sequence[Line]], None]


@dataclass(frozen=True, slots=True)
class Chosen:
    """Which readers; None for all."""

    locale: str | None = None
    kind: str | None = None
    jurisdiction: str | None = None


class Transaction(transaction.Transaction, Protocol):
    """The query of an export."""

    async def readers_after(self, after: int, limit: int, chosen: Chosen) -> Sequence[tuple[int, Reader]]:
        """A page of active subscribers with their ids, in the order of these, without codes."""


async def export_file(
    read: Begin[Transaction], path: Path, chosen: Chosen, on_progress: Callable[[int], None] = lambda count: None
) -> int:
    """How many readers were written to `path`, `.csv` or `.jsonl`, which is there whole or not at all, with mode 0600.

    Each page is a snapshot of its own: a long read would keep SQLite from tidying up. Raises IntakeError, OSError.
    """
    writing = _WRITERS.get(path.suffix.lower())
    if writing is None:
        raise IntakeError(f"{path.name}: use a file whose name ends in {' or '.join(_WRITERS)}")
    with _replacing(path) as file:
        return await _written(read, writing(file), chosen, on_progress)


@contextmanager
def _replacing(path: Path) -> Iterator[TextIO]:
    """A file under another name until it is whole."""
    number, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")  # of mode 0600
    part = Path(name)
    try:
        with os.fdopen(number, "w", encoding="utf-8", newline="") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


async def _written(read: Begin[Transaction], write: Write, chosen: Chosen, on_progress: Callable[[int], None]) -> int:
    count = last = 0
    while True:
        async with read() as tx:
            page = await tx.readers_after(last, PAGE, chosen)
        if not page:
            return count
        await asyncio.to_thread(write, [_line(reader) for _, reader in page])
        count, last = count + len(page), page[-1][0]
        on_progress(count)


def _line(reader: Reader) -> Line:
    origin, digests = reader.origin, reader.digests or DigestTime()
    hour, weekday = digests.hour, digests.weekday
    return (
        reader.address,
        reader.locale,
        " ".join(_kind(kind, reader.frequency_of(kind)) for kind in sorted(reader.kinds)) or NO_KIND,
        reader.jurisdiction or "",
        reader.zone or "",
        reader.follow or "",
        str(hour) if hour is not None else "",
        DAYS[weekday] if weekday is not None else "",
        " ".join(sorted(reader.unsubscribed)),
        origin.how if origin else "",
        origin.at.isoformat() if origin and origin.at else "",
        origin.wording or "" if origin else "",
    )


def _kind(kind: str, frequency: str) -> str:
    return kind if frequency == INSTANT else f"{kind}:{frequency}"


def _csv(file: TextIO) -> Write:
    out = csv.writer(file, lineterminator="\n")
    out.writerow(COLUMNS)
    return lambda lines: out.writerows([harmless(cell) for cell in line] for line in lines)


def _json_lines(file: TextIO) -> Write:
    def write(lines: Sequence[Line]) -> None:
        for line in lines:
            said = {name: cell for name, cell in zip(COLUMNS, line, strict=True) if cell}
            file.write(json.dumps(said, ensure_ascii=False) + "\n")

    return write


_WRITERS: Mapping[str, Callable[[TextIO], Write]] = {".csv": _csv, ".jsonl": _json_lines}
