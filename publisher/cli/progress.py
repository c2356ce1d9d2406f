"""What is told while a long file is read: how far it has come, and which rows cannot be taken."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from publisher.cli.output import say

if TYPE_CHECKING:
    from publisher.mailing.intake.rows import Problem

MOST_TOLD = 100
"""Rows that are named; a file of the wrong kind has a million bad ones."""
STEPS = 10


@contextmanager
def progressing(file: str) -> Iterator[Callable[[str, int, int], None]]:
    """Takes what is being done, bytes read and bytes in all: a bar on a terminal, else a line for each tenth."""
    if not sys.stderr.isatty():
        yield _Lines(file)
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as progress:
        bar = progress.add_task("reading", total=None)
        yield lambda what, done, size: progress.update(bar, description=what, completed=done, total=size)


class _Lines:
    def __init__(self, file: str) -> None:
        self._file, self._told = file, ("", 0)

    def __call__(self, what: str, done: int, size: int) -> None:
        tenth = STEPS * done // size if size else STEPS
        # The last is told by what became of it all; a short file has no other.
        if (what, tenth) != self._told and 0 < tenth < STEPS:
            self._told = (what, tenth)
            say(f"{self._file}: {what}, {tenth * 100 // STEPS} %", error=True)


class Told:
    """Names rows on standard error, and stops when nobody would read on; `more` says where all of them are named."""

    def __init__(self, file: str, more: str = "") -> None:
        self._file, self._more, self._count = file, f" ({more})" if more else "", 0

    def __call__(self, problem: Problem) -> None:
        self._count += 1
        if self._count <= MOST_TOLD:
            say(f"{self._file}: {problem}", error=True)
        elif self._count == MOST_TOLD + 1:
            say(f"{self._file}: there are more such rows; they are counted{self._more}", error=True)
