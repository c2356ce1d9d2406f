"""`publisher digest`: what staff are shown of a digest before it goes out."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import update

from publisher.app import opened
from publisher.app.digests import preview
from publisher.delivery.digest_items import tell
from publisher.delivery.states import DeliveryState, RecipientState
from publisher.schedule.due import run_due
from publisher.store import tables as t
from tests.cli.desk import Desk, made

READER = "daily@example.com"


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """A maintenance is out."""
    desk = made(tmp_path / "desk")
    desk.setting(r"^# \[digests\]$", '[digests]\ndestination = "newsletter"')
    desk("subscribers", "add", READER, "--zone", "Asia/Tokyo", "--frequency", "daily")
    release = desk.approved()
    desk.as_("alice", "publish", release)
    asyncio.run(_out(desk, release))
    return desk


async def _out(desk: Desk, release: int) -> None:
    async with opened(desk.root) as app:
        await run_due(app.store.begin, app.clock, app.outlet)
        async with app.store.begin() as tx:
            await tx.connection.execute(update(t.delivery).values(state=DeliveryState.DELIVERED))
            [first, *_] = await tx.deliveries(release)
            await tell(tx, await tx.release(release), first, app.clock.now())


def test_a_preview_is_text_without_a_trace_of_how_mails_end_their_lines(desk: Desk) -> None:
    said = desk("digest", "preview", READER).out

    assert "Ethereum wallet maintenance" in said
    assert [line for line in said.splitlines() if "\\r" in line] == []


def test_of_a_reader_without_digests_it_says_so(desk: Desk) -> None:
    desk("subscribers", "add", "instant@example.com")

    said = desk.tried("digest", "preview", "instant@example.com")

    assert (said.code, said.out) == (1, "")
    assert "instant@example.com gets no digest: every kind comes at once, or not at all" in said.err


def test_today_is_the_day_where_the_reader_lives(desk: Desk) -> None:
    async def day(now: datetime) -> date:
        async with opened(desk.root) as app:
            async with app.store.begin() as tx:
                await app.clock.move(tx, now - app.clock.now())
            found = await preview(app, READER, None)
            assert found is not None
            return found.group.at.astimezone(UTC).date()

    assert asyncio.run(day(datetime(2026, 11, 30, 12, tzinfo=UTC))) == date(2026, 11, 30)
    assert asyncio.run(day(datetime(2026, 11, 30, 20, tzinfo=UTC))) == date(2026, 12, 1)


def test_status_names_the_whole_command_that_approves_the_layout(desk: Desk) -> None:
    [line] = [line for line in desk("digest", "status").out.splitlines() if line.startswith("Layout")]

    command = line.partition("then: publisher ")[2].split()
    desk.as_("erin", *command)

    assert "approved by erin" in desk("digest", "status").out


def test_status_tells_how_many_a_digest_did_not_reach(desk: Desk) -> None:
    async def lost() -> None:
        async with opened(desk.root) as app, app.store.begin() as tx:
            await tx.connection.execute(update(t.recipient).values(state=RecipientState.REJECTED))
            await tx.turn_of_digests()
            await tx.note_missed_digests(1)

    async def tomorrow() -> None:
        async with opened(desk.root) as app, app.store.begin() as tx:
            await app.clock.move(tx, timedelta(days=1))

    [line] = [line for line in desk("digest", "status").out.splitlines() if line.startswith("Layout")]
    desk.as_("erin", *line.partition("then: publisher ")[2].split())
    desk("digest", "run")  # plans when they are due
    asyncio.run(tomorrow())
    desk("digest", "run")
    assert "did not reach" not in desk("digest", "status").out

    asyncio.run(lost())

    assert "what it listed in their next one: 1" in desk("digest", "status").out
    assert json.loads(desk("digest", "status", "--json").out)["missed"] == 1
