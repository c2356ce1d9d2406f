"""From a published release to what readers see."""

from __future__ import annotations

import asyncio
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from datetime import timedelta

from publisher.channel import Delivered, Outcome, Part, Rejected, Retry, Unconfirmed
from publisher.delivery.deliver import deliver
from publisher.delivery.states import DeliveryState as D
from publisher.delivery.transaction import Delivery, Transaction
from publisher.delivery.transitions import end_mailing
from publisher.release.states import ReleaseState
from tests.delivery.builders import NOON, POLICY, Bench, Plan


async def test_everything_is_delivered_once(desk: Bench) -> None:
    release = await desk.published(Plan(("site", "posts", "mute"), ("en-US", "zh-CN")))

    await desk.work()

    assert set((await desk.states(release)).values()) == {D.DELIVERED}
    assert len(desk.network.accepted()) == 6
    assert await desk.release_state(release) is ReleaseState.PUBLISHED


async def test_slots_are_filled_and_nothing_else_is_changed(desk: Bench) -> None:
    sent: list[Part] = []

    async def look(part: Part) -> Outcome:
        sent.append(part)
        return Rejected("seen enough")

    desk.network.script["site"] = [look]
    await desk.published(Plan(("site",)))

    await desk.work()

    assert sent[0].content["text"] == "Hello https://example.com/en-US/ANN-2026-00001"


async def test_the_intent_is_committed_before_the_network_is_called(desk: Bench) -> None:
    seen: list[Delivery] = []

    async def look(part: Part) -> Outcome:
        seen.append((await desk.deliveries(release))["posts/en-US"])
        return Rejected("seen enough")

    desk.network.script["posts"] = [look]
    release = await desk.published(Plan(("posts",)))

    await desk.work()

    assert (seen[0].state, seen[0].attempts, seen[0].first_tried_at) == (D.SENDING, 1, NOON)


async def test_a_retry_waits_as_long_as_the_network_asks(desk: Bench) -> None:
    desk.network.script["posts"] = [Retry("429", after=40)]
    release = await desk.published(Plan(("posts",)))

    await desk.work()
    await desk.pass_time(39)
    before = len(desk.network.accepted())
    await desk.pass_time(1)

    assert (before, len(desk.network.accepted())) == (0, 1)
    delivery = (await desk.deliveries(release))["posts/en-US"]
    assert await desk.history(delivery) == [
        "None -> queued", "queued -> sending", "sending -> waiting", "waiting -> sending", "sending -> delivered",
    ]  # fmt: skip


async def test_a_wait_beyond_the_deadline_expires(desk: Bench) -> None:
    desk.network.script["posts"] = [Retry("429", after=3600)]
    release = await desk.published(Plan(("posts",), window=timedelta(minutes=30)))

    await desk.work()

    assert await desk.states(release) == {"posts/en-US": D.EXPIRED}
    assert await desk.release_state(release) is ReleaseState.PARTLY_PUBLISHED


async def test_a_throttled_account_rests_whole(desk: Bench) -> None:
    desk.network.script["posts"] = [Retry("429", after=60, scope="account")]
    await desk.published(Plan(("posts",), ("en-US", "zh-CN")))

    await desk.work()
    await desk.pass_time(59)

    assert desk.network.accepted() == []


async def test_a_refused_target_is_switched_off_for_the_next_announcement(desk: Bench) -> None:
    desk.network.script["posts"] = [Rejected("the bot was removed from the channel", disable_target=True)]
    first = await desk.published(Plan(("posts",)))
    await desk.work()

    second = await desk.published(Plan(("posts",)))
    await desk.work()

    assert await desk.states(first) == {"posts/en-US": D.REJECTED}
    assert await desk.states(second) == {"posts/en-US": D.HELD}
    assert "the bot was removed" in (await desk.deliveries(second))["posts/en-US"].reason


async def test_a_thread_goes_on_at_the_first_unsent_part(desk: Bench) -> None:
    desk.network.script["posts"] = [Retry("connect", after=5)]
    release = await desk.published(Plan(("posts",), parts=3))
    await desk.work()
    desk.network.script["posts"] = []
    await desk.pass_time(4)

    await desk.pass_time(1)

    assert [line["part"] for line in desk.network.accepted()] == ["post-1", "post-2", "post-3"]
    assert await desk.states(release) == {"posts/en-US": D.DELIVERED}


async def test_every_part_has_its_receipt_before_the_next_is_sent(desk: Bench) -> None:
    receipts: list[int] = []

    async def count(part: Part) -> Outcome:
        async with desk.store.read() as tx:
            receipts.append(len(await tx.receipts((await desk.deliveries(release))["posts/en-US"].id)))
        return Delivered(desk.network.accept("send", part, part.content["key"]))

    desk.network.script["posts"] = [count, count, count]
    release = await desk.published(Plan(("posts",), parts=3))

    await desk.work()

    assert receipts == [0, 1, 2]


async def test_a_thread_that_is_refused_says_where_it_stopped(desk: Bench) -> None:
    async def second_is_refused(part: Part) -> Outcome:
        desk.network.script["posts"] = [Rejected("replies are not allowed")]
        return Delivered(desk.network.accept("send", part, part.content["key"]))

    desk.network.script["posts"] = [second_is_refused]
    release = await desk.published(Plan(("posts",), parts=3))

    await desk.work()

    delivery = (await desk.deliveries(release))["posts/en-US"]
    assert (delivery.state, delivery.reason) == (D.REJECTED, "part 2 of 3: replies are not allowed")


async def test_a_hash_that_does_not_match_is_never_sent(desk: Bench) -> None:
    async def altered(tx: Transaction, delivery: Delivery) -> str | None:
        return "the stored edition is not the one that was approved"

    strict = replace(desk, worker=replace(desk.worker, verify=altered))
    release = await desk.published()

    await strict.work()
    await strict.pass_time(120, step=60)

    assert set((await desk.states(release)).values()) == {D.HELD}
    assert desk.network.accepted() == []


async def test_nothing_is_sent_after_the_deadline(desk: Bench) -> None:
    release = await desk.published(Plan(("posts",), window=timedelta(minutes=5)))
    desk.clock.advance(300)

    await desk.work()

    assert await desk.states(release) == {"posts/en-US": D.EXPIRED}
    assert desk.network.accepted() == []


async def test_a_channel_that_raises_leaves_doubt_and_no_secret(desk: Bench) -> None:
    async def bug(part: Part) -> Outcome:
        raise KeyError("bot123:SECRET")

    desk.network.script["mute"] = [bug]
    release = await desk.published(Plan(("mute",)))

    await desk.work()

    delivery = (await desk.deliveries(release))["mute/en-US"]
    assert delivery.state is D.UNCONFIRMED
    assert "KeyError in bug" in delivery.reason
    assert "SECRET" not in delivery.reason


async def test_a_send_that_never_comes_back_is_unconfirmed(desk: Bench) -> None:
    async def hang(part: Part) -> Outcome:
        await asyncio.Event().wait()
        raise AssertionError

    worker = replace(desk.worker, timing=replace(desk.worker.timing, send_limit=0.05))
    desk.network.script["mute"] = [hang]
    release = await desk.published(Plan(("mute",)))

    await replace(desk, worker=worker).work()

    assert await desk.states(release) == {"mute/en-US": D.UNCONFIRMED}


async def test_an_answer_that_cannot_be_stored_at_once_is_not_lost(desk: Bench) -> None:
    async def lose_the_database(part: Part) -> Outcome:
        down.begin_fails = 2
        return Delivered(desk.network.accept("send", part, part.content["key"]))

    down = FailingBegin(desk)
    desk.network.script["mute"] = [lose_the_database]
    release = await desk.published(Plan(("mute",)))
    timing = replace(desk.worker.timing, record_again=(0.0, 0.0, 0.0))

    await replace(desk, worker=replace(desk.worker, together=down, timing=timing)).work()

    assert down.begin_fails == 0
    assert await desk.states(release) == {"mute/en-US": D.DELIVERED}


class FailingBegin:
    """The store's begin, which refuses as often as it is told to."""

    def __init__(self, desk: Bench) -> None:
        self._begin = desk.worker.begin
        self.begin_fails = 0

    def __call__(self) -> AbstractAsyncContextManager[Transaction]:
        if self.begin_fails:
            self.begin_fails -= 1
            raise ConnectionError("the database is away")
        return self._begin()


async def test_a_correction_is_sent_as_an_edit_of_what_is_there(desk: Bench) -> None:
    await desk.published(Plan(("posts",), announcement="a-typo"))
    await desk.work()

    correction = await desk.published(Plan(("posts",), announcement="a-typo", operation="amend"))
    await desk.work()

    assert [line["call"] for line in desk.network.accepted()] == ["send", "amend 1000"]
    assert await desk.release_state(correction) is ReleaseState.PUBLISHED


async def test_nothing_can_be_withdrawn_that_is_not_there(desk: Bench) -> None:
    release = await desk.published(Plan(("posts",), operation="retract"))

    await desk.work()

    assert (await desk.deliveries(release))["posts/en-US"].reason.startswith("nothing to retract")


async def test_a_doubtful_correction_is_simply_repeated(desk: Bench) -> None:
    await desk.published(Plan(("mute",), announcement="a-doubt"))
    await desk.work()
    desk.network.script["mute"] = [Unconfirmed("cut")]

    correction = await desk.published(Plan(("mute",), announcement="a-doubt", operation="amend"))
    await desk.work()
    await desk.pass_time(5)

    assert await desk.states(correction) == {"mute/en-US": D.DELIVERED}


async def test_a_mailing_is_started_once_and_ends_when_it_says_so(desk: Bench) -> None:
    release = await desk.published(Plan(("mail",)))
    await desk.pass_time(5)
    delivery = (await desk.deliveries(release))["mail/en-US"]
    assert (delivery.state, desk.mailings.started) == (D.SENDING, [delivery.id])

    async with desk.store.begin() as tx:
        await end_mailing(tx, delivery.id, desk.clock.now(), "2 delivered")

    assert await desk.release_state(release) is ReleaseState.PUBLISHED


async def test_urgent_announcements_do_not_wait_for_the_site(desk: Bench) -> None:
    desk.network.script["site"] = [Retry("disk full", after=600)]
    release = await desk.published(Plan(("site", "posts"), policy=replace(POLICY, urgent=True)))

    await desk.work()

    assert await desk.states(release) == {"site/en-US": D.WAITING, "posts/en-US": D.DELIVERED}


async def test_a_delivery_that_is_called_too_often_is_sent_once(desk: Bench) -> None:
    release = await desk.published(Plan(("mute",)))
    delivery = (await desk.deliveries(release))["mute/en-US"]

    await asyncio.gather(*(deliver(desk.another(f"w{n}").worker, delivery.id) for n in range(8)))

    assert len(desk.network.accepted()) == 1
