"""Snapshots as files, and what is taken from them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from publisher.mailing.intake.rows import Problem
from publisher.mailing.segments.snapshots import NewSnapshot
from publisher.mailing.segments.taking import Taken, Telling, take
from publisher.store.transaction import Store
from tests.mailing.builders import HASHING

AT = datetime(2026, 12, 1, 2, tzinfo=UTC)
NEW = NewSnapshot("holders-eth", AT - timedelta(hours=2), "file", "contract, terms 4.2", timedelta(days=30))


def written(folder: Path, rows: Iterable[str], name: str = "holders.csv") -> Path:
    """A file with the usual columns and these rows."""
    path = folder / name
    path.write_text("\n".join(["external_id,address,locale,zone,jurisdiction", *rows, ""]), encoding="utf-8")
    return path


async def taken(
    store: Store,
    path: Path,
    new: NewSnapshot = NEW,
    *,
    at: datetime = AT,
    skip_bad: bool = False,
    dry_run: bool = False,
) -> tuple[Taken, list[str]]:
    """What became of a file, and what was said of its rows."""
    problems: list[Problem] = []
    telling = Telling(problems.append)
    done = await take(
        store.begin, store.read, path, new, at=at, hashing=HASHING, telling=telling, skip_bad=skip_bad, dry_run=dry_run
    )
    return done, [str(problem) for problem in problems]


async def snapshot_of(
    store: Store, folder: Path, members: Iterable[str], new: NewSnapshot = NEW, **changes: object
) -> str:
    """A snapshot with members written as `id address locale jurisdiction`; its hash."""
    rows = []
    for member in members:
        external_id, address, locale, *where = member.split()
        rows.append(f"{external_id},{address},{locale},,{where[0] if where else ''}")
    done, said = await taken(store, written(folder, rows), replace(new, **changes))  # type: ignore[arg-type]
    assert done.snapshot is not None, said
    return done.snapshot.sha256
