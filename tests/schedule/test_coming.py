"""What goes out when, and what is owed to readers beside it, with both databases."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from publisher.channel import DAYS, UNTIL, URGENT, Json
from publisher.content.kinds import KINDS
from publisher.delivery.pins import Pins
from publisher.schedule.coming import coming
from publisher.schedule.line import Coming
from publisher.store.transaction import Store
from tests.delivery.builders import NOON, POLICY, Bench, Plan, bench, scheduled

HOUR = timedelta(hours=1)
WAITED_FOR = {**KINDS, "notice": replace(KINDS["notice"], late_locales={"ja-JP": 8 * HOUR})}
PROMISES = {"next_update_at": (NOON + 2 * HOUR).isoformat()}


@pytest.fixture
def desk(store: Store, tmp_path: Path) -> Bench:
    return bench(store, tmp_path)


async def lines(desk: Bench, after: timedelta = timedelta(0), until: timedelta = 24 * HOUR) -> Sequence[Coming]:
    async with desk.store.read() as tx:
        return await coming(tx, WAITED_FOR, desk.outlet, NOON + after, NOON + until)


async def out(desk: Bench, plan: Plan) -> None:
    await desk.published(plan)
    await desk.work()


async def test_what_people_owe_readers_stands_among_what_goes_out(desk: Bench) -> None:
    await out(desk, Plan(("posts",), announcement="a-owed", facts=PROMISES))
    async with desk.store.begin() as tx:
        await scheduled(tx, Plan(("posts",), announcement="a-next", publish_at=NOON + 3 * HOUR))

    found = await lines(desk)

    assert [(each.what, each.at - NOON, each.state) for each in found] == [
        ("update", 2 * HOUR, "promised"),
        ("first publication", 3 * HOUR, "scheduled"),
        ("ja-JP", 8 * HOUR, "promised"),
    ]
    assert [(each.release_id, each.title) for each in found[:1]] == [(1, "Title of a-owed")]
    assert [each.what for each in await lines(desk, until=2 * HOUR)] == []


async def test_what_is_overdue_is_shown_until_it_is_done(desk: Bench) -> None:
    plan = Plan(("posts",), announcement="a-late", facts=PROMISES)
    await out(desk, plan)

    late = await lines(desk, 9 * HOUR)
    assert await lines(desk, timedelta(days=31), timedelta(days=32)) == []
    desk.clock.moment = NOON + 9 * HOUR
    await out(desk, replace(plan, locales=("ja-JP",), publish_at=NOON + 9 * HOUR))
    nothing = {"next_update_at": None}
    await out(desk, replace(plan, operation="amend", facts=nothing, publish_at=NOON + 9 * HOUR))

    assert [(each.what, each.state) for each in late] == [("update", "overdue"), ("ja-JP", "overdue")]
    assert "none has come" in late[0].why
    assert await lines(desk, 9 * HOUR) == []


async def test_what_is_pinned_says_when_it_comes_down(desk: Bench) -> None:
    wish: dict[str, Json] = {URGENT: False, UNTIL: (NOON + 5 * HOUR).isoformat(), DAYS: 7}
    await out(desk, Plan(("posts",), announcement="a-pin", pin=wish, policy=replace(POLICY, kind="listing")))
    assert await lines(desk) == []  # nothing is pinned yet

    desk.clock.advance(10)
    await Pins(desk.store.begin, desk.store.read, desk.worker.connections.posting, desk.clock).keep()

    [pin] = await lines(desk)
    assert (pin.what, pin.at, pin.places, pin.state) == ("pin ends", NOON + 5 * HOUR, ("posts",), "planned")
    assert await lines(desk, 5 * HOUR) == []
