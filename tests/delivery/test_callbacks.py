"""What a receiving system reports of a delivery is kept beside it and changes nothing else."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from publisher.channel import Callback
from publisher.delivery import callbacks
from publisher.delivery.states import DeliveryState
from tests.delivery.builders import NOON, Bench, Plan

ACCOUNT = "posts-account"


async def delivered(desk: Bench) -> tuple[int, str]:
    """A delivery and its receipt's id."""
    release = await desk.published(Plan(("posts",)))
    await desk.work()
    delivery = (await desk.deliveries(release))["posts/en-US"]
    async with desk.store.read() as tx:
        [receipt] = await tx.receipts(delivery.id)
    return release, receipt.ids[0]


async def reported(desk: Bench, told: Callback, *, account: str = ACCOUNT, after: float = 0) -> bool:
    async with desk.store.begin() as tx:
        return await callbacks.record(tx, account, told, NOON + timedelta(seconds=after))


async def shown(desk: Bench, release: int) -> tuple[DeliveryState, str]:
    async with desk.store.read() as tx:
        [line] = await tx.delivery_lines([release])
    return line.state, line.told


async def test_the_newest_report_is_shown_beside_the_delivery(desk: Bench) -> None:
    release, receipt = await delivered(desk)
    first = Callback("rep_1", receipt, 100, None, final=False)

    assert await reported(desk, first)
    assert await reported(desk, replace(first, id="rep_2", sent=200, failed=3, final=True), after=1)

    assert await shown(desk, release) == (DeliveryState.DELIVERED, "200 sent, 3 failed")


async def test_a_repeated_report_is_kept_once(desk: Bench) -> None:
    release, receipt = await delivered(desk)
    told = Callback("rep_1", receipt, 100, None, final=True)

    assert await reported(desk, told)
    assert await reported(desk, replace(told, sent=999), after=1)

    assert await shown(desk, release) == (DeliveryState.DELIVERED, "100 sent")


async def test_a_report_of_something_else_is_not_kept(desk: Bench) -> None:
    release, receipt = await delivered(desk)

    assert not await reported(desk, Callback("rep_1", "unknown", 1, None, final=True))
    assert not await reported(desk, Callback("rep_1", receipt, 1, None, final=True), account="another")

    assert await shown(desk, release) == (DeliveryState.DELIVERED, "")
