"""The clock tells the worker what it made due, so that no post waits for the worker's next look."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

from publisher.app import opened
from publisher.cli.serving import clock_steps
from publisher.cli.workspace import create, migrated
from tests.delivery.builders import Plan, scheduled


async def test_the_worker_is_told_of_a_publication_and_of_nothing_else(tmp_path: Path) -> None:
    await asyncio.to_thread(create, tmp_path)
    await migrated(tmp_path)
    told: list[str] = []
    async with opened(tmp_path) as app:
        releases = clock_steps(app, lambda: told.append("look"))["releases"]
        await releases()
        assert told == []
        async with app.store.begin() as tx:
            await scheduled(tx, Plan(["website"], publish_at=datetime.now(UTC) - timedelta(seconds=1)))
        await releases()
        await releases()
    assert told == ["look"]
