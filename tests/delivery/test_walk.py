"""A postponement: every place is told once, in the stage's own editions, by somebody who may."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from publisher.channel import Rejected, Retry, Unconfirmed
from publisher.delivery.postpone import postpone
from publisher.delivery.states import DeliveryState as D
from publisher.delivery.transaction import Delivery
from publisher.delivery.walk import Walked
from publisher.release.approval import Refused
from publisher.release.states import ReleaseState
from tests.delivery.builders import NOON, POLICY, Bench, Plan, scheduled

POLICY_OF_TIMES = replace(POLICY, postponed_by="on_call")
PLAN = Plan(("site", "posts"), stages=("announce", "postponed"), policy=POLICY_OF_TIMES)
FRIDAY = datetime(2026, 12, 4, 10, tzinfo=UTC)


async def put_off(
    desk: Bench,
    release: int,
    to: datetime | None = FRIDAY,
    *,
    person: str = "olga",
    groups: tuple[str, ...] = ("on_call",),
) -> Walked:
    async with desk.store.begin() as tx:
        await tx.save_person(person, groups, person.encode(), NOON)
        at = desk.clock.now()
        return await postpone(tx, release, person, desk.outlet, new_time=to, at=at, reason="network moved it")


async def told(desk: Bench, release: int) -> list[Delivery]:
    """The deliveries that say so, oldest first."""
    async with desk.store.read() as tx:
        return sorted((d for d in await tx.deliveries(release) if d.stage == "postponed"), key=lambda d: d.id)


@pytest.mark.parametrize(("to", "words"), [(FRIDAY, "2026-12-04 10.00"), (None, "not known yet")])
async def test_every_place_is_told_and_the_release_ends_again(desk: Bench, to: datetime | None, words: str) -> None:
    release = await desk.published(PLAN)
    await desk.work()
    desk.clock.advance(2 * 24 * 3600)

    walked = await put_off(desk, release, to)
    during = await desk.release_state(release)
    await desk.work()

    assert [(d.destination, d.state, d.slots["postponed_to"]) for d in await told(desk, release)] == [
        ("site", D.DELIVERED, words),
        ("posts", D.DELIVERED, words),
    ]
    assert {d.slots["published_at"] for d in await told(desk, release)} == {"2026-12-03T12:00:00Z"}
    assert [line["key"].split("/")[1] for line in desk.network.accepted()] == ["announce"] * 2 + ["postponed"] * 2
    assert (during, await desk.release_state(release)) == (ReleaseState.PUBLISHING, ReleaseState.PUBLISHED)
    assert (len(walked.deliveries), walked.busy) == (2, [])


async def test_the_new_time_is_a_slot_also_of_a_kind_that_plans_no_stage(desk: Bench) -> None:
    release = await desk.published(replace(PLAN, policy=replace(PLAN.policy, stages=())))
    await desk.work()

    await put_off(desk, release, FRIDAY)

    [site, _] = await told(desk, release)
    assert (site.slots["event.starts_at"], site.slots["event.ends_at"]) == (f"{FRIDAY:%Y-%m-%dT%H:%M:%SZ}", "-")


async def test_what_still_waits_to_say_the_old_time_is_overtaken_and_lacks_nowhere(desk: Bench) -> None:
    desk.network.script["posts"] = [Retry("not now", after=300)]
    release = await desk.published(PLAN)
    await desk.work()

    await put_off(desk, release)
    await desk.work()

    async with desk.store.read() as tx:
        posts = [(d.stage, d.state) for d in await tx.deliveries(release) if d.destination == "posts"]
    assert posts == [("announce", D.OVERTAKEN), ("postponed", D.QUEUED)]
    await desk.pass_time(400, step=50)
    assert [line["key"].split("/")[1] for line in desk.network.accepted() if line["to"] == "posts"] == ["postponed"]
    assert await desk.release_state(release) is ReleaseState.PUBLISHED


async def test_a_busy_place_is_named_and_told_by_a_repeat_that_tells_nobody_twice(desk: Bench) -> None:
    desk.network.script["mute"] = [Unconfirmed("read time-out")]
    release = await desk.published(replace(PLAN, destinations=("site", "mute")))
    await desk.work()

    first = await put_off(desk, release)
    await desk.work()
    async with desk.store.begin() as tx:
        [doubtful] = first.busy
        await tx.set_delivery_state(doubtful, D.REJECTED, run_at=NOON, reason="not there", at=NOON)
    second = await put_off(desk, release)
    await desk.work()

    assert (len(first.deliveries), doubtful.name, len(second.deliveries)) == (1, "announce/mute/en-US", 1)
    assert [(d.destination, d.state) for d in await told(desk, release)] == [
        ("site", D.DELIVERED),
        ("mute", D.DELIVERED),
    ]
    with pytest.raises(Refused, match="every place has been told"):
        await put_off(desk, release)


async def test_another_new_time_is_told_again(desk: Bench) -> None:
    release = await desk.published(PLAN)
    await desk.work()
    await put_off(desk, release)
    await desk.work()

    await put_off(desk, release, FRIDAY + timedelta(days=1))
    await desk.work()

    assert [d.slots["postponed_to"] for d in await told(desk, release) if d.destination == "posts"] == [
        "2026-12-04 10.00",
        "2026-12-05 10.00",
    ]


async def test_where_two_posts_may_follow_a_third_is_left_out_and_named(desk: Bench) -> None:
    release = await desk.published(replace(PLAN, destinations=("site", "few")))
    await desk.work()
    left_out = []
    for days in range(3):
        walked = await put_off(desk, release, FRIDAY + timedelta(days=days))
        left_out.append(walked.left_out)
        await desk.work()

    assert left_out[:2] == [[], []]
    assert left_out[2] == ["few (en-US): 2 posts followed the first one already, and 2 may"]
    places = [delivery.destination for delivery in await told(desk, release)]
    assert (places.count("few"), places.count("site")) == (2, 3)


async def test_a_place_that_refused_is_told_by_a_repeat(desk: Bench) -> None:
    release = await desk.published(PLAN)
    await desk.work()
    desk.network.script["posts"] = [Rejected("spam")]
    await put_off(desk, release)
    await desk.work()

    again = await put_off(desk, release)
    await desk.work()

    assert len(again.deliveries) == 1
    assert [d.state for d in await told(desk, release) if d.destination == "posts"] == [D.REJECTED, D.DELIVERED]


async def test_one_who_approved_it_may_and_a_stranger_may_not(desk: Bench) -> None:
    release = await desk.published(PLAN)
    await desk.work()

    with pytest.raises(Refused, match="ben is neither in on_call nor one of those who approved"):
        await put_off(desk, release, person="ben", groups=("authors",))


async def test_only_a_time_to_come_of_something_public_is_put_off(desk: Bench) -> None:
    async with desk.store.begin() as tx:
        waiting = await scheduled(tx, PLAN)
    timeless = await desk.published(Plan(("posts",)))
    release = await desk.published(PLAN)
    await desk.work()

    with pytest.raises(Refused, match="nobody has read its time yet"):
        await put_off(desk, waiting)
    with pytest.raises(Refused, match="has no time that could be put off"):
        await put_off(desk, timeless)
    with pytest.raises(Refused, match="has passed"):
        await put_off(desk, release, NOON)
    assert await told(desk, release) == []
