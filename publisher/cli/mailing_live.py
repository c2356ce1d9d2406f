"""A mailing, live: redrawn in place on a terminal, a line for every change elsewhere."""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path

from rich.console import Console, Group
from rich.live import Live
from rich.padding import Padding
from rich.progress_bar import ProgressBar
from rich.text import Text

from publisher.app import App, opened
from publisher.cli.mailing import progress_json
from publisher.cli.output import STATE_STYLES, say
from publisher.mailing import control
from publisher.mailing.progress import Pace, Progress, Standing, named, progress
from publisher.mailing.report import Report
from publisher.wall_time import in_utc

LOOK = 1.0
"""Seconds between two looks, at least."""
BAR = 60
"""Columns of the bar, where the terminal has as many."""
SHARE = 10.0
"""A look waits so many times as long as the last one took: counting a million readers must not slow their mailing."""


async def look(workspace: Path, number: int) -> tuple[Progress, Sequence[Mapping[str, object]]]:
    """The mailing now, and everything that was done to it."""
    async with opened(workspace) as app, app.store.read() as tx:
        found = await progress(tx, await named(tx, number))
        rows = await tx.history(control.ENTITY, [number])
    return found, [{"at": row.at, "after": row.after, "who": row.actor, "reason": row.reason} for row in rows]


async def follow(workspace: Path, number: int, *, as_json: bool) -> None:
    """Until the mailing is over."""
    async with opened(workspace) as app:
        if sys.stdout.isatty() and not as_json:
            with Live(console=Console(), auto_refresh=False) as live:
                await _each_look(app, number, lambda found, pace: live.update(_drawn(found, pace), refresh=True))
        else:
            await _each_look(app, number, _Lines(as_json))


class _Lines:
    """A line whenever something changed."""

    def __init__(self, as_json: bool) -> None:
        self._as_json = as_json
        self._said = ""

    def __call__(self, found: Progress, pace: Pace) -> None:
        known = "; ".join(filter(None, (found.sentence, found.report.identity, found.report.again)))
        if known == self._said:
            return
        self._said = known
        rate, eta = _moving(found, pace)
        moving = {"rate": rate, "eta": eta}
        if self._as_json:
            say(json.dumps({**progress_json(found), **moving}, ensure_ascii=False, default=str))
        else:
            say(f"{known}; {_pace(found, pace)}")


async def _each_look(app: App, number: int, show: Callable[[Progress, Pace], None]) -> None:
    pace, stood = Pace(), None
    while True:
        began = time.monotonic()
        await app.clock.refresh()
        async with app.store.read() as tx:
            found = await progress(tx, await named(tx, number))
        if found.standing is not stood:
            # The time for which it stood still says nothing about how fast it goes.
            pace, stood = Pace(), found.standing
        pace.look(app.clock.now(), found.report.left)
        show(found, pace)
        if found.standing is Standing.OVER:
            return
        await asyncio.sleep(max(LOOK, SHARE * (time.monotonic() - began)))


def _drawn(found: Progress, pace: Pace) -> Group:
    report = found.report
    done = report.mailing.audience - report.left
    return Group(
        Text(f"Mailing {found.line.mailing.id}: {found.line.name}", style="bold"),
        Text(found.sentence, style=STATE_STYLES.get(found.standing, "")),
        # A bar ends no line by itself: what follows would stand beside it, cut off at the edge of the terminal.
        Padding(ProgressBar(total=max(report.mailing.audience, 1), completed=done, width=BAR), 0),
        _identity(report),
        Text(_pace(found, pace)),
    )


def _identity(report: Report) -> Text:
    """The audience and its states, each in its colour."""
    drawn = Text("; ".join(filter(None, (report.identity, report.again))))
    for state, style in STATE_STYLES.items():
        drawn.highlight_words([f" {state}"], style)
    return drawn


def _moving(found: Progress, pace: Pace) -> tuple[float | None, datetime | None]:
    """Readers a second and the end; None for what stands still, or will before the last reader has it."""
    return (pace.rate, pace.eta) if found.standing is Standing.SENDING else (None, None)


def _pace(found: Progress, pace: Pace) -> str:
    if found.standing is Standing.OVER and found.line.mailing.finished_at:
        return f"over since {in_utc(found.line.mailing.finished_at, seconds=True)}"
    rate, eta = _moving(found, pace)
    fast = "" if rate is None else f", {rate:,.0f} a second"
    until = f", over at about {in_utc(eta, seconds=True)}" if eta else ""
    return f"{found.report.left:,} left{fast}{until}"
