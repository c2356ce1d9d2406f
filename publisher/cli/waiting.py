"""Watches a release go out, until all of it has ended."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from publisher.delivery.states import OPEN
from publisher.release.states import ReleaseState as S

if TYPE_CHECKING:
    from publisher.app import App

LOOK = 0.5
"""Seconds between two looks."""
_UNDER_WAY = frozenset({S.APPROVED, S.SCHEDULED, S.PUBLISHING})


def progress() -> Progress:
    """A bar with numbers and time, on standard error."""
    columns = (TextColumn("{task.description:<12}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    return Progress(*columns, console=Console(stderr=True))


async def ended(app: App, release_id: int) -> S:
    """The state in which the release ends, or rests until a person acts; shows how far its deliveries are meanwhile."""
    with progress() as shown:
        bar = shown.add_task("waiting", total=None)
        while True:
            async with app.store.read() as tx:
                release = await tx.release(release_id)
                lines = await tx.delivery_lines([release_id])
            done = sum(line.state not in OPEN for line in lines)
            shown.update(bar, description=str(release.state), completed=done, total=len(lines) or None)
            if release.state not in _UNDER_WAY:
                return release.state
            await asyncio.sleep(LOOK)
