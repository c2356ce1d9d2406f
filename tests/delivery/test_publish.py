"""A release becomes deliveries, all or none."""

from __future__ import annotations

import pytest

from publisher.channel import Unconfirmed
from publisher.delivery.engine.port import Lane
from publisher.delivery.publish import NotPublishable, publish
from publisher.release.states import ReleaseState
from tests.delivery.builders import NOON, Bench, Plan, scheduled


async def test_every_delivery_knows_reference_url_and_time(desk: Bench) -> None:
    release = await desk.published(Plan(("site",), ("en-US", "zh-CN")))

    delivery = (await desk.deliveries(release))["site/zh-CN"]

    assert delivery.slots == {
        "reference": "ANN-2026-00001",
        "url": "https://example.com/zh-CN/ANN-2026-00001",
        "published_at": "2026-12-01T12:00:00Z",
    }


async def test_mail_has_its_own_lane(desk: Bench) -> None:
    release = await desk.published(Plan(("posts", "mail")))

    lanes = {name: delivery.lane for name, delivery in (await desk.deliveries(release)).items()}

    assert lanes == {"posts/en-US": Lane.NORMAL, "mail/en-US": Lane.BULK}


async def test_only_the_stage_that_is_asked_for_is_published(desk: Bench) -> None:
    async with desk.store.begin() as tx:
        release_id = await scheduled(tx, Plan(("posts",), stages=("announce", "start")))
        await publish(tx, await tx.release(release_id), desk.outlet, at=NOON, reason="late", stage="start")

    assert [delivery.stage for delivery in (await desk.deliveries(release_id)).values()] == ["start"]


async def test_a_release_without_the_stage_changes_nothing(desk: Bench) -> None:
    async with desk.store.begin() as tx:
        release_id = await scheduled(tx, Plan(("posts",)))

    with pytest.raises(NotPublishable, match="no edition for the stage 'start'"):
        async with desk.store.begin() as tx:
            await publish(tx, await tx.release(release_id), desk.outlet, at=NOON, reason="late", stage="start")

    assert await desk.release_state(release_id) is ReleaseState.SCHEDULED


async def test_an_open_operation_keeps_the_next_one_out(desk: Bench) -> None:
    desk.network.script["mute"] = [Unconfirmed("cut")]
    await desk.published(Plan(("mute",), announcement="a-open"))
    await desk.work()

    with pytest.raises(NotPublishable, match="announce/mute/en-US of release 1 is still unconfirmed"):
        await desk.published(Plan(("mute",), announcement="a-open", operation="amend"))
