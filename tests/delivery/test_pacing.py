"""Rates are kept in any stretch of time, pauses to the end, and both survive a restart."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from publisher.channel import Rate
from publisher.delivery.pacing import Bucket, account_key, pause
from publisher.store.transaction import Store
from tests.delivery.builders import NOON, Plan, bench

rates = st.builds(Rate, st.integers(1, 40), st.floats(0.1, 900))


@given(rates, st.lists(st.floats(0, 100), min_size=1, max_size=120))
def test_no_stretch_of_time_holds_more_than_the_rate(rate: Rate, gaps: list[float]) -> None:
    sends = _eager(Bucket.of(rate), gaps)

    window = timedelta(seconds=rate.seconds)
    assert all(sum(first <= other < first + window for other in sends) <= rate.count for first in sends)


@given(rates)
def test_a_full_stretch_gets_nearly_what_the_rate_allows(rate: Rate) -> None:
    sends = _eager(Bucket.of(rate), [0.0] * (3 * rate.count))

    assert sends[-1] - sends[0] <= timedelta(seconds=6 * rate.seconds)


@given(rates, st.floats(1, 1e6))
def test_a_clock_that_is_set_back_does_not_stop_the_sending(rate: Rate, back: float) -> None:
    bucket = Bucket.of(rate)
    kept = bucket.after(NOON, NOON + timedelta(seconds=back))

    wait = bucket.allowed_at(kept, NOON) - NOON

    assert wait <= timedelta(seconds=rate.seconds) + timedelta(microseconds=1)


def _eager(bucket: Bucket, gaps: list[float]) -> list[datetime]:
    """When a sender that always sends as soon as it may would send."""
    now, kept, sends = NOON, NOON, list[datetime]()
    for gap in gaps:
        now = bucket.allowed_at(kept, now + timedelta(seconds=gap))
        kept = bucket.after(kept, now)
        sends.append(now)
    return sends


async def test_posts_to_one_target_keep_its_rate_and_others_do_not_wait(store: Store, tmp_path: Path) -> None:
    desk = bench(store, tmp_path, rate=Rate(2, 10))
    for _ in range(4):
        await desk.published(Plan(("posts-slow",)))
    await desk.published(Plan(("posts-other",)))

    await desk.work()
    at_once = [line["to"] for line in desk.network.accepted()]
    await desk.pass_time(15)

    assert sorted(at_once) == ["posts-other", "posts-slow"]
    assert len(desk.network.accepted()) == 5


async def test_what_waits_for_its_turn_holds_no_lease(store: Store, tmp_path: Path) -> None:
    desk = bench(store, tmp_path, rate=Rate(1, 60))
    await desk.published(Plan(("posts",)))
    second = await desk.published(Plan(("posts",)))

    await desk.work()

    delivery = (await desk.deliveries(second))["posts/en-US"]
    assert (delivery.state, delivery.attempts, delivery.lease_owner) == ("queued", 0, None)


async def test_a_pause_is_never_shortened(store: Store) -> None:
    key = account_key("bot")
    async with store.begin() as tx:
        await pause(tx, key, 60, NOON)
        await pause(tx, key, 5, NOON)
        await pause(tx, key, -1, NOON)

    async with store.begin() as tx:
        assert await tx.lock_pauses([key]) == {key: NOON + timedelta(seconds=60)}
