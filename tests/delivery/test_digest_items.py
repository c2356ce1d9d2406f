"""What digests are told of: what readers can find, once, and nothing before."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from sqlalchemy import insert, select

from publisher.channel import Rejected, Retry
from publisher.delivery.postpone import postpone
from publisher.delivery.states import DeliveryState
from publisher.rendering.edition import DIGEST
from publisher.store import tables as t
from tests.delivery.builders import NOON, Bench
from tests.delivery.test_walk import PLAN


async def listed_in_digests(desk: Bench, release: int) -> None:
    """As if the release had been submitted with a destination of digests."""
    row = {"stage": DIGEST, "operation": DIGEST, "channel": "email", "destination": "mail", "locale": "en-US"}
    async with desk.store.begin() as tx:
        await tx.connection.execute(insert(t.edition).values(release_id=release, payload="{}", sha256="0" * 64, **row))


async def items(desk: Bench) -> Sequence[tuple[int, str, str]]:
    i = t.digest_item.c
    async with desk.store.read() as tx:
        found = await tx.connection.execute(select(i.number, i.stage, i.what).order_by(i.number))
        return [(row.number, row.stage, row.what) for row in found]


async def test_a_publication_is_an_item_once_the_website_has_it(desk: Bench) -> None:
    release = await desk.published(PLAN)
    await listed_in_digests(desk, release)
    assert await items(desk) == []

    await desk.work()
    await desk.work()

    assert await items(desk) == [(1, "announce", "new")]


async def test_a_post_before_the_page_is_no_item_yet(desk: Bench) -> None:
    desk.network.script["site"] = [Retry("the disk is full", after=600)]
    release = await desk.published(PLAN)
    await listed_in_digests(desk, release)

    await desk.pass_time(120)
    early, posted = await items(desk), (await desk.states(release))["posts/en-US"]
    await desk.pass_time(600, step=10)

    assert (posted, early) == (DeliveryState.DELIVERED, [])
    assert await items(desk) == [(1, "announce", "new")]


async def test_what_never_arrives_is_no_item(desk: Bench) -> None:
    desk.network.script["site"] = [Rejected("no such folder")]
    desk.network.script["posts"] = [Rejected("no such chat")]
    release = await desk.published(PLAN)
    await listed_in_digests(desk, release)

    await desk.pass_time(120)

    assert await items(desk) == []


async def test_without_a_fragment_it_is_none(desk: Bench) -> None:
    await desk.published(PLAN)
    await desk.work()
    assert await items(desk) == []


async def test_a_postponement_is_another(desk: Bench) -> None:
    release = await desk.published(PLAN)
    await listed_in_digests(desk, release)
    await desk.work()
    async with desk.store.begin() as tx:
        await tx.save_person("olga", ("on_call",), b"olga", NOON)
        at = desk.clock.now()
        await postpone(
            tx, release, "olga", desk.outlet, new_time=datetime(2026, 12, 4, tzinfo=UTC), at=at, reason="moved"
        )
    await desk.work()

    assert await items(desk) == [(1, "announce", "new"), (2, "postponed", "changed")]
