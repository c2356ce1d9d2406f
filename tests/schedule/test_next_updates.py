"""An update that was promised for an hour and has not come is an alarm, until it has."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from publisher.delivery.alarms import alarms
from publisher.release.scope import Form
from publisher.schedule.next_updates import LOOK, UpdateWatch
from publisher.store.transaction import Store
from tests.delivery.builders import NOON, POLICY, Bench, Plan, bench

HOUR = timedelta(hours=1)


@pytest.fixture
def desk(store: Store, tmp_path: Path) -> Bench:
    return bench(store, tmp_path)


def promising(after: timedelta) -> Plan:
    return Plan(("posts",), announcement="a-1", facts={"next_update_at": (NOON + after).isoformat()})


def followed(plan: Plan) -> Plan:
    return replace(plan, operation="amend", policy=replace(POLICY, form=Form.REVISION))


async def sentences(desk: Bench, after: timedelta) -> list[str]:
    async with desk.store.read() as tx:
        return [alarm.sentence for alarm in await alarms(tx, NOON + after)]


async def published(desk: Bench, plan: Plan) -> None:
    await desk.published(plan)
    await desk.work()


async def test_it_is_an_alarm_from_its_hour_until_the_next_promise(desk: Bench) -> None:
    await published(desk, promising(HOUR))

    assert await sentences(desk, HOUR - timedelta(seconds=1)) == []
    [said] = await sentences(desk, HOUR)
    assert said.startswith("promised readers an update by 2026-12-01 13:00 UTC, and none has come")

    await published(desk, followed(promising(3 * HOUR)))
    assert await sentences(desk, 2 * HOUR) == []
    assert len(await sentences(desk, 3 * HOUR)) == 1


async def test_a_language_that_follows_is_no_update(desk: Bench) -> None:
    await published(desk, promising(HOUR))
    language = replace(promising(9 * HOUR), locales=("zh-CN",), policy=replace(POLICY, form=Form.SUPPLEMENT))
    await published(desk, language)

    assert len(await sentences(desk, HOUR)) == 1


async def test_what_is_resolved_promises_nothing(desk: Bench) -> None:
    await published(desk, promising(HOUR))
    await published(desk, followed(replace(promising(HOUR), facts={"next_update_at": None})))

    assert await sentences(desk, 2 * HOUR) == []


async def test_the_clock_says_it_once_for_each_promise(desk: Bench) -> None:
    await published(desk, promising(HOUR))
    watch = UpdateWatch(desk.store.read, desk.clock)
    desk.clock.moment = NOON + HOUR

    with capture_logs() as logs:
        raised = [await watch.look()]
        for _ in range(3):
            desk.clock.moment += LOOK
            raised.append(await watch.look())

    assert raised == [1, 0, 0, 0]
    assert [line["action"] for line in logs if line["log_level"] == "critical"] == ["update_overdue"]
