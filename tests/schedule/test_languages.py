"""A language that should have followed is missed aloud, once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from publisher.content.kinds import KINDS
from publisher.content.kinds.kind import Kind
from publisher.release.late_languages import awaited
from publisher.schedule.languages import LanguageWatch
from publisher.store.transaction import Store
from tests.delivery.builders import NOON, Bench, ManualClock, Plan, bench

EXPECTED = {"notice": replace(KINDS["notice"], late_locales={"zh-CN": timedelta(hours=4), "ja-JP": timedelta(hours=8)})}


@pytest.fixture
def desk(store: Store, tmp_path: Path) -> Bench:
    return bench(store, tmp_path)


async def sentences(store: Store, hours: float, kinds: Mapping[str, Kind] = EXPECTED) -> list[str]:
    async with store.read() as tx:
        return [each.sentence for each in await awaited(tx, kinds, NOON + timedelta(hours=hours))]


async def test_they_are_awaited_until_they_are_there(desk: Bench) -> None:
    await desk.published(Plan(("posts",), announcement="a-late"))
    await desk.work()
    assert await sentences(desk.store, 5) == [
        "zh-CN of ANN-2026-00001 (Title of a-late) has not followed; it was due by 2026-12-01 16:00 UTC",
        "ja-JP of ANN-2026-00001 (Title of a-late) has not followed; it is due by 2026-12-01 20:00 UTC",
    ]

    await desk.published(Plan(("posts",), ("zh-CN",), announcement="a-late"))
    await desk.work()

    assert [line[:5] for line in await sentences(desk.store, 5)] == ["ja-JP"]
    assert await sentences(desk.store, 24 * 40) == []
    assert await sentences(desk.store, 5, KINDS) == []


async def test_the_alarm_is_raised_once(desk: Bench) -> None:
    await desk.published(Plan(("posts",)))
    await desk.work()
    clock = ManualClock()
    watch = LanguageWatch(desk.store.read, clock, EXPECTED)
    raised = []
    with capture_logs() as logs:
        for _ in range(10):
            raised.append(await watch.look())
            clock.advance(3600)

    assert raised == [0, 0, 0, 0, 1, 0, 0, 0, 1, 0]
    assert [(each["log_level"], each["action"], each["locale"]) for each in logs] == [
        ("critical", "language_missing", "zh-CN"),
        ("critical", "language_missing", "ja-JP"),
    ]
