"""The site first, posts once every locale of it is confirmed or has been waited for, mail after posts."""

from __future__ import annotations

from datetime import timedelta

from publisher.channel import Rejected, Retry
from publisher.delivery.states import DeliveryState as D
from tests.delivery.builders import NOON, Bench, Plan

WHOLE = Plan(("site", "posts", "mail"), ("en-US", "zh-CN"))


async def test_posts_wait_for_every_locale_of_the_site(desk: Bench) -> None:
    desk.network.script["site"] = [Retry("the page is not there yet", after=10)]
    release = await desk.published(WHOLE)

    await desk.pass_time(9)
    waiting = await desk.states(release)
    await desk.pass_time(2)

    assert {waiting["posts/en-US"], waiting["posts/zh-CN"]} == {D.QUEUED}
    assert [line["to"] for line in desk.network.accepted()] == ["site", "site", "posts", "posts"]


async def test_posts_do_not_wait_longer_than_the_link_wait(desk: Bench) -> None:
    desk.network.script["site"] = [Rejected("the disk is read-only"), Rejected("the disk is read-only")]
    release = await desk.published(WHOLE)

    await desk.pass_time(59)
    early = len(desk.network.accepted())
    await desk.pass_time(1)

    assert early == 0
    assert (await desk.states(release))["posts/en-US"] is D.DELIVERED


async def test_mail_follows_the_posts_by_two_seconds(desk: Bench) -> None:
    release = await desk.published(WHOLE)

    await desk.work()
    deliveries = await desk.deliveries(release)

    assert deliveries["posts/en-US"].state is D.DELIVERED
    assert deliveries["mail/en-US"].run_at == NOON + timedelta(seconds=2)


async def test_without_a_site_nothing_waits_for_it(desk: Bench) -> None:
    await desk.published(Plan(("posts",)))

    await desk.work()

    assert len(desk.network.accepted()) == 1
