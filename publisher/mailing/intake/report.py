"""The rows that cannot be taken, as a file that a spreadsheet opens without running anything."""

from __future__ import annotations

import csv
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from publisher.mailing.intake.formulas import harmless
from publisher.mailing.intake.rows import Problem

COLUMNS = ("line", "field", "reason")
PRIVATE = 0o600
"""A reason repeats what a reader's row says."""


@contextmanager
def reporting(path: Path) -> Iterator[Callable[[Problem], None]]:
    """Writes each problem it is told to `path`, which has only a header when there are none. Raises OSError."""
    number = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, PRIVATE)
    with os.fdopen(number, "w", encoding="utf-8", newline="") as file:
        os.fchmod(file.fileno(), PRIVATE)
        out = csv.writer(file, lineterminator="\n")
        out.writerow(COLUMNS)

        def tell(problem: Problem) -> None:
            out.writerow((problem.line, harmless(problem.field), harmless(problem.reason)))

        yield tell
