"""What stands at the top of a place, with both databases."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from publisher.channel import DAYS, UNTIL, URGENT, Json, Rejected, Retry
from publisher.delivery.alarms import alarms
from publisher.delivery.gate import KILL_SWITCH
from publisher.delivery.pins import LOOK_AGAIN, TRY_AGAIN, Pins
from publisher.delivery.publish import publish
from publisher.delivery.transaction import Stop
from tests.delivery.builders import NOON, Bench, Plan, scheduled


def wish(*, urgent: bool = False, until: datetime | None = None, days: int = 7) -> dict[str, Json]:
    return {URGENT: urgent, UNTIL: until.isoformat() if until else None, DAYS: days}


def keeper(desk: Bench) -> Pins:
    return Pins(desk.store.begin, desk.store.read, desk.worker.connections.posting, desk.clock)


async def sent(desk: Bench, name: str, wanted: dict[str, Json], *, operation: str = "publish") -> None:
    """A message of the announcement `name`, and what follows from it for the pins."""
    await desk.published(Plan(("posts",), announcement=name, pin=wanted, operation=operation))
    await desk.pass_time(10)
    await keeper(desk).keep()


def top(desk: Bench) -> list[str]:
    """The announcements that are pinned, the oldest message first."""
    messages = {line["id"]: line["key"].split("/")[0] for line in desk.network.accepted() if line["call"] == "send"}
    pinned = set[str]()
    for line in desk.network.accepted():
        call, _, message = line["call"].partition(" ")
        if call == "pin":
            pinned.add(message)
        elif call == "unpin":
            pinned.remove(message)
    return [f"release {messages[each]}" for each in sorted(pinned, key=int)]


async def later(desk: Bench, **by: float) -> None:
    """Time passes; a keeper that has just started looks again, as after a restart."""
    desk.clock.moment += timedelta(**by)
    await keeper(desk).keep()


async def test_what_asks_for_it_is_pinned_once(desk: Bench) -> None:
    await sent(desk, "a", wish())
    await later(desk, hours=1)

    assert [line["call"] for line in desk.network.accepted() if "pin" in line["call"].split()[0]] == ["pin 1000"]


async def test_a_newer_message_is_pinned_beside_its_like(desk: Bench) -> None:
    await sent(desk, "a", wish())
    await sent(desk, "b", wish())

    assert top(desk) == ["release 1", "release 2"]


async def test_nothing_lesser_stands_before_what_is_urgent_until_that_is_over(desk: Bench) -> None:
    await sent(desk, "before", wish())
    await sent(desk, "urgent", wish(urgent=True, until=NOON + timedelta(hours=2)))
    await sent(desk, "after", wish())
    assert top(desk) == ["release 1", "release 2"]

    await later(desk, hours=3)

    assert top(desk) == ["release 1", "release 3"]


async def test_two_urgent_ones_stand_side_by_side(desk: Bench) -> None:
    await sent(desk, "first", wish(urgent=True))
    await sent(desk, "second", wish(urgent=True))

    assert top(desk) == ["release 1", "release 2"]


async def test_another_place_has_a_top_of_its_own(desk: Bench) -> None:
    await sent(desk, "urgent", wish(urgent=True))
    await desk.published(Plan(("posts-other",), announcement="elsewhere", pin=wish()))
    await desk.pass_time(10)
    await keeper(desk).keep()

    assert top(desk) == ["release 1", "release 2"]


async def test_it_ends_by_itself_and_never_comes_back(desk: Bench) -> None:
    await sent(desk, "said", wish(until=NOON + timedelta(hours=1)))
    await sent(desk, "days", wish(days=2))

    await later(desk, hours=2)
    assert top(desk) == ["release 2"]
    await later(desk, days=3)

    assert top(desk) == []
    assert await keeper(desk).keep() is None


async def test_what_ended_before_it_was_sent_is_never_pinned(desk: Bench) -> None:
    await sent(desk, "late", wish(until=NOON - timedelta(hours=1)))

    assert top(desk) == []


async def test_a_keeper_says_when_it_must_look_again(desk: Bench) -> None:
    await sent(desk, "a", wish(until=NOON + timedelta(hours=5)))
    await sent(desk, "b", wish(until=NOON + timedelta(hours=3)))

    assert await keeper(desk).keep() == NOON + timedelta(hours=3)


async def test_a_later_message_of_the_announcement_takes_its_place(desk: Bench) -> None:
    await sent(desk, "a", wish())
    async with desk.store.begin() as tx:
        begun = await scheduled(tx, Plan(("posts",), announcement="a", pin=wish(), stages=("start",)))
        release = await tx.release(begun)
        await publish(tx, release, desk.outlet, at=desk.clock.now(), reason="it begins", stage="start")
    await desk.pass_time(10)
    await keeper(desk).keep()

    assert top(desk) == ["release 2"]


async def test_an_answer_below_it_is_not_pinned_in_its_place(desk: Bench) -> None:
    await sent(desk, "a", wish())

    await desk.published(Plan(("posts",), announcement="a", pin=wish(), operation="amend", answers=True))
    await desk.pass_time(10)
    await keeper(desk).keep()

    assert top(desk) == ["release 1"]


async def test_a_correction_by_a_new_message_takes_its_place(desk: Bench) -> None:
    await sent(desk, "a", wish())

    await desk.published(Plan(("posts",), announcement="a", pin=wish(urgent=True), operation="amend", reposts=True))
    await desk.pass_time(10)
    await keeper(desk).keep()

    assert top(desk) == ["release 2"]


async def test_a_correction_changes_until_when(desk: Bench) -> None:
    await sent(desk, "a", wish(until=NOON + timedelta(hours=1)))
    await sent(desk, "a", wish(until=NOON + timedelta(hours=5)), operation="amend")

    await later(desk, hours=2)
    assert top(desk) == ["release 1"]
    await later(desk, hours=4)

    assert top(desk) == []


@pytest.mark.parametrize("refused", [False, True])
async def test_what_is_withdrawn_is_unpinned_though_the_network_keeps_it(desk: Bench, refused: bool) -> None:
    await sent(desk, "a", wish())
    desk.network.script["posts"] = [Rejected("too old to be deleted")] if refused else []

    await sent(desk, "a", wish(), operation="retract")

    assert top(desk) == []


async def test_a_refusal_is_an_alarm_and_tried_again_and_the_delivery_stays_delivered(desk: Bench) -> None:
    await sent(desk, "a", wish())
    release = await desk.published(Plan(("posts",), announcement="b", pin=wish()))
    await desk.pass_time(10)
    desk.network.script["posts"] = [Rejected("not enough rights")]

    turn = await keeper(desk).keep()

    assert turn == desk.clock.now() + TRY_AGAIN
    assert await desk.states(release) == {"posts/en-US": "delivered"}
    async with desk.store.read() as tx:
        [alarm] = await alarms(tx, desk.clock.now())
    assert "posts: not enough rights" in alarm.sentence
    await later(desk, minutes=14)
    assert top(desk) == ["release 1"]
    await later(desk, minutes=2)
    assert top(desk) == ["release 1", "release 2"]
    async with desk.store.read() as tx:
        assert not await alarms(tx, desk.clock.now())


async def test_an_alarm_ends_when_a_correction_makes_it_right(desk: Bench) -> None:
    await sent(desk, "a", wish(until=NOON + timedelta(hours=1)))
    desk.network.script["posts"] = [Rejected("not enough rights")]
    await later(desk, hours=2)
    async with desk.store.read() as tx:
        assert len(await alarms(tx, desk.clock.now())) == 1

    await sent(desk, "a", wish(until=NOON + timedelta(hours=5)), operation="amend")

    assert top(desk) == ["release 1"]
    async with desk.store.read() as tx:
        assert not await alarms(tx, desk.clock.now())


async def test_a_network_that_asks_for_patience_gets_it(desk: Bench) -> None:
    release = await desk.published(Plan(("posts",), announcement="a", pin=wish()))
    await desk.pass_time(10)
    desk.network.script["posts"] = [Retry("slow down", after=40.0)]

    assert await keeper(desk).keep() == desk.clock.now() + timedelta(seconds=40)
    await later(desk, seconds=41)

    assert top(desk) == [f"release {release}"]


async def test_the_kill_switch_stops_pins_too(desk: Bench) -> None:
    await desk.published(Plan(("posts",), announcement="a", pin=wish()))
    await desk.pass_time(10)
    async with desk.store.begin() as tx:
        await tx.set_stop(Stop(KILL_SWITCH, desk.clock.now(), "erin", "drill"))

    turn = await keeper(desk).keep()
    assert (top(desk), turn) == ([], desk.clock.now() + LOOK_AGAIN)
    async with desk.store.begin() as tx:
        await tx.clear_stop(KILL_SWITCH)
    await keeper(desk).keep()

    assert top(desk) == ["release 1"]
