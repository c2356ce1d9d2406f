"""A correction by a new post, with both databases: first the new one, then the old one goes."""

from __future__ import annotations

import pytest

from publisher.channel import Outcome, Part
from publisher.delivery.deliver import deliver
from publisher.delivery.states import DeliveryState as D
from tests.delivery.builders import Bench, Plan
from tests.delivery.test_recovery import Killed

FIRST = Plan(("posts",), announcement="a")
CORRECTION = Plan(("posts",), announcement="a", operation="amend", reposts=True)


def calls(desk: Bench) -> list[str]:
    return [line["call"] for line in desk.network.accepted()]


async def delivered(desk: Bench, plan: Plan) -> int:
    release = await desk.published(plan)
    await desk.pass_time(10)
    return release


async def test_the_new_post_is_out_before_the_old_one_goes(desk: Bench) -> None:
    await delivered(desk, FIRST)

    release = await delivered(desk, CORRECTION)

    assert await desk.states(release) == {"posts/en-US": D.DELIVERED}
    assert calls(desk) == ["send", "send", "retract 1000"]


async def test_what_comes_after_it_is_about_the_new_post_alone(desk: Bench) -> None:
    await delivered(desk, FIRST)
    await delivered(desk, CORRECTION)

    await delivered(desk, Plan(("posts",), announcement="a", operation="retract"))

    async with desk.store.read() as tx:
        there = await tx.published_receipts("a", "posts", "en-US")
    assert (calls(desk)[-1], there) == ("retract 1001", [])


@pytest.mark.parametrize("accepted", [True, False])
async def test_the_new_post_is_never_sent_again_blindly(desk: Bench, accepted: bool) -> None:
    await delivered(desk, FIRST)
    release = await desk.published(CORRECTION)

    async def die(part: Part) -> Outcome:
        if accepted:
            desk.network.accept("send", part, part.content["key"])
        raise Killed

    desk.network.script["posts"] = [die]
    with pytest.raises(Killed):
        await deliver(desk.worker, (await desk.deliveries(release))["posts/en-US"].id)
    async with desk.store.begin() as tx:
        await tx.end_leases()
    await desk.work()
    doubt = await desk.states(release)
    await desk.pass_time(20)

    assert doubt == {"posts/en-US": D.UNCONFIRMED}
    assert await desk.states(release) == {"posts/en-US": D.DELIVERED}
    assert calls(desk) == ["send", "send", "retract 1000"]
