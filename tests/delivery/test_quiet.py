"""Quiet hours: what can wait waits for their end, what cannot does not, and both are told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from publisher.channel import Retry
from publisher.content.correction import Act, Correction
from publisher.content.kinds import KINDS
from publisher.content.kinds.kind import Quiet
from publisher.delivery import planned
from publisher.delivery.publish import NotPublishable, Outlet, publish
from publisher.delivery.quiet import QuietHours
from publisher.delivery.stages import Walk
from publisher.delivery.states import DeliveryState, is_asleep
from publisher.delivery.transitions import end_mailing
from publisher.delivery.walk import walk
from publisher.release.policy import policy_of
from publisher.release.scope import Form
from publisher.store.transaction import Store
from tests.delivery.builders import NOON, POLICY, Bench, Plan, bench, scheduled
from tests.release.builders import revision

WAITS = replace(POLICY, quiet=Quiet.WAIT)
NIGHT = QuietHours.of("11:00-15:30", "UTC")
"""Around noon."""
END = NOON + timedelta(hours=3, minutes=30)


@pytest.mark.parametrize(
    ("written", "zone", "moment", "until"),
    [
        ("22:00-07:00", "Asia/Singapore", "2026-12-01T13:59", None),
        ("22:00-07:00", "Asia/Singapore", "2026-12-01T14:00", "2026-12-01T23:00"),
        ("22:00-07:00", "Asia/Singapore", "2026-12-01T22:59", "2026-12-01T23:00"),
        ("22:00-07:00", "Asia/Singapore", "2026-12-01T23:00", None),
        ("12:00-14:00", "Europe/Berlin", "2026-12-01T11:30", "2026-12-01T13:00"),
        ("22:00-07:00", "Europe/Berlin", "2026-10-24T22:00", "2026-10-25T06:00"),  # an hour longer
        ("22:00-07:00", "Europe/Berlin", "2027-03-27T22:00", "2027-03-28T05:00"),  # an hour shorter
        ("23:00-02:30", "Europe/Berlin", "2027-03-27T23:30", "2027-03-28T01:30"),  # its end is jumped over
        ("23:00-02:30", "Europe/Berlin", "2026-10-24T23:30", "2026-10-25T01:30"),  # its end comes twice
    ],
)
def test_when_they_end(written: str, zone: str, moment: str, until: str | None) -> None:
    found = QuietHours.of(written, zone).until(datetime.fromisoformat(moment).replace(tzinfo=UTC))

    assert found == (datetime.fromisoformat(until).replace(tzinfo=UTC) if until else None)


@pytest.mark.parametrize("written", ["", "22-7", "22:00-22:00", "24:00-07:00", "22:00 - 07:00", "nights"])
def test_what_is_not_written_as_hours(written: str) -> None:
    with pytest.raises(ValueError, match="such as 22:00-07:00"):
        QuietHours.of(written, "UTC")


@pytest.fixture
def desk(store: Store, tmp_path: Path) -> Bench:
    made = bench(store, tmp_path)
    outlet = made.outlet
    quiet = {"posts": NIGHT, "mail": NIGHT}.get
    asked = Outlet(outlet.site_url, outlet.capabilities, outlet.write_time, outlet.write_event, outlet.link_wait, quiet)
    return replace(made, outlet=asked)


async def sent(desk: Bench, plan: Plan) -> tuple[Sequence[str], Sequence[str], Sequence[str]]:
    """Where it is at once, after a minute, and when the quiet ends."""
    await desk.published(plan)
    seen = []
    for moment in (NOON, NOON + timedelta(minutes=1), END - timedelta(seconds=1), END):
        desk.clock.moment = moment
        await desk.work()
        seen.append(sorted(line["to"] for line in desk.network.accepted()))
    assert seen[1] == seen[2]
    return seen[0], seen[1], seen[3]


async def test_a_post_waits_for_the_morning_and_the_site_does_not(desk: Bench) -> None:
    assert await sent(desk, Plan(("site", "posts"), policy=WAITS)) == (["site"], ["site"], ["posts", "site"])


async def test_the_confirmed_site_opens_no_wave_into_quiet_hours(desk: Bench) -> None:
    plan = Plan(("site", "posts", "mute"), policy=WAITS)

    assert await sent(desk, plan) == (["mute", "site"], ["mute", "site"], ["mute", "posts", "site"])


async def test_what_must_be_told_waits_for_nobody(desk: Bench) -> None:
    at_once, _, _ = await sent(desk, Plan(("posts",), policy=POLICY))

    assert at_once == ["posts"]


async def test_an_edit_disturbs_nobody(desk: Bench) -> None:
    first = Plan(("posts",), policy=POLICY, announcement="a-edit")
    await desk.published(first)
    await desk.work()
    revised = replace(first, operation="amend", policy=replace(WAITS, form=Form.REVISION))

    at_once, _, _ = await sent(desk, revised)

    assert at_once == ["posts", "posts"]


async def test_what_would_be_too_late_in_the_morning_is_sent_at_once(desk: Bench) -> None:
    at_once, _, _ = await sent(desk, Plan(("posts",), policy=WAITS, window=timedelta(hours=3)))

    assert at_once == ["posts"]


async def test_the_history_tells_what_it_waits_for_and_nothing_is_late(desk: Bench) -> None:
    release = await desk.published(Plan(("site", "posts"), policy=WAITS))
    desk.clock.moment = END
    await desk.work()

    [post] = [each for each in (await desk.deliveries(release)).values() if each.destination == "posts"]
    async with desk.store.read() as tx:
        reasons = [line.reason for line in await tx.history("delivery", [post.id])]
    assert reasons[0] == "publish announce/posts/en-US; quiet hours there until 2026-12-01 15:30 UTC"
    assert "catching up" not in " ".join(reasons)


def test_which_kinds_wait() -> None:
    waits = {name for name in KINDS if policy_of(revision(kind=name)).quiet is Quiet.WAIT}
    dangerous = Correction.of(Act.CORRECT, "wrong_address")

    assert waits >= {"maintenance", "listing", "notice", "activity"}
    assert not waits & {"incident", "security", "risk_warning", "inside_information"}
    assert policy_of(revision(), Form.REVISION, dangerous).quiet is Quiet.IGNORE


async def corrected(desk: Bench, plan: Plan, after: timedelta) -> tuple[int, int]:
    """A first copy, and so much later another text for the same places but the website."""
    first = await desk.published(plan)
    desk.clock.moment = NOON + after
    await desk.work()
    async with desk.store.begin() as tx:
        for each in await tx.deliveries(first):
            if each.state is DeliveryState.SENDING:  # a mailing is under way until its last reader
                await end_mailing(tx, each.id, desk.clock.now(), "everybody has it")
    revision = replace(WAITS, form=Form.REVISION)
    return first, await desk.published(replace(plan, destinations=plan.destinations[1:], policy=revision))


async def test_a_first_copy_that_waits_is_never_sent_once_it_is_corrected(desk: Bench) -> None:
    plan = Plan(("site", "posts", "mail"), policy=WAITS, announcement="a-night")

    first, correction = await corrected(desk, plan, timedelta(minutes=30))
    desk.clock.moment = END
    await desk.work()

    assert await desk.states(first) == {
        "site/en-US": "delivered", "posts/en-US": "overtaken", "mail/en-US": "overtaken",
    }  # fmt: skip
    sent = [(line["to"], line["key"].split("/")[0]) for line in desk.network.accepted() if line["to"] != "site"]
    assert [each for each in sent if each[0] == "posts"] == [("posts", str(correction))]
    assert await desk.release_state(first) == "published"
    async with desk.store.read() as tx:
        [overtaken] = [each for each in await tx.deliveries(first) if each.destination == "posts"]
    assert overtaken.reason == f"overtaken by release {correction} before the quiet hours ended"


async def test_a_first_copy_that_was_overtaken_everywhere_is_void(desk: Bench) -> None:
    plan = Plan(("posts",), locales=("en-US", "ja-JP"), policy=WAITS, announcement="a-unsaid")

    first = await desk.published(plan)
    second = await desk.published(replace(plan, locales=("ja-JP",)))
    meanwhile = await desk.release_state(first)
    third = await desk.published(replace(plan, locales=("en-US",)))
    desk.clock.moment = END
    await desk.work()

    assert (meanwhile, await desk.release_state(first)) == ("publishing", "void")
    assert [await desk.release_state(each) for each in (second, third)] == ["published", "published"]
    async with desk.store.read() as tx:
        [*_, last] = await tx.history("release", [first])
        assert (await planned.holding(tx, "a-unsaid"))[0].id == third
    assert last.reason == "0 of 2 delivered; announce/posts/en-US overtaken, announce/posts/ja-JP overtaken"
    assert [line["key"].split("/")[0] for line in desk.network.accepted()] == [str(second), str(third)]


async def test_a_stage_that_overtakes_its_own_announcement_leaves_it_public(desk: Bench) -> None:
    plan = Plan(("posts",), policy=WAITS, stages=("announce", "postponed"))
    release = await desk.published(plan)

    async with desk.store.begin() as tx:
        stage = Walk(release, "postponed", NOON, "dora", "more time", NOON + timedelta(days=1))
        await walk(tx, stage, desk.outlet)
    during = await desk.release_state(release)
    desk.clock.moment = END
    await desk.work()

    assert (during, await desk.release_state(release)) == ("publishing", "published")
    assert [line["key"].split("/")[1] for line in desk.network.accepted()] == ["postponed"]


@pytest.mark.parametrize("place", ["posts", "mail"])
async def test_a_correction_that_comes_after_the_night_is_no_second_first_copy(desk: Bench, place: str) -> None:
    plan = Plan(("site", place), policy=WAITS, announcement="a-morning")

    with pytest.raises(NotPublishable, match="has the announcement meanwhile; submit this release again"):
        await corrected(desk, plan, END - NOON)


async def test_what_is_being_tried_gives_way_to_nothing(desk: Bench) -> None:
    desk.network.script["posts"] = [Retry("too many", after=3600.0)]
    plan = Plan(("site", "posts"), policy=WAITS, announcement="a-tried")
    await desk.published(plan)
    desk.clock.moment = END
    await desk.work()

    with pytest.raises(NotPublishable, match="is still waiting"):
        await desk.published(replace(plan, destinations=("posts",), policy=replace(WAITS, form=Form.REVISION)))


async def test_staff_may_correct_what_waits_for_the_morning(desk: Bench) -> None:
    await desk.published(Plan(("site", "posts"), policy=WAITS, announcement="a-asked"))
    await desk.work()

    async with desk.store.read() as tx:
        found = {known.destination: (known.there, known.gives_way) for known in await tx.standing("a-asked")}
    assert found == {"site": (True, False), "posts": (False, True)}


async def test_a_reminder_that_waits_gives_way_to_no_correction(desk: Bench) -> None:
    plan = Plan(("posts",), policy=POLICY, announcement="a-reminder")
    await desk.published(plan)
    await desk.work()
    async with desk.store.begin() as tx:
        release = await tx.release(await scheduled(tx, replace(plan, policy=WAITS, stages=("reminder_1h",))))
        await publish(tx, release, desk.outlet, at=NOON, reason="its time has come", stage="reminder_1h")

    async with desk.store.read() as tx:
        [posts] = await tx.standing("a-reminder")
    assert (posts.there, posts.open, posts.gives_way) == (True, "delivery 2 is queued", False)


@pytest.mark.parametrize(
    ("operation", "state", "attempts", "quiet_until"),
    [
        ("amend", DeliveryState.QUEUED, 0, END),
        ("publish", DeliveryState.SENDING, 0, END),
        ("publish", DeliveryState.QUEUED, 1, END),
        ("publish", DeliveryState.QUEUED, 0, None),
    ],
)
def test_only_what_nobody_can_have_been_sent_gives_way(
    operation: str, state: DeliveryState, attempts: int, quiet_until: datetime | None
) -> None:
    assert is_asleep("publish", DeliveryState.QUEUED, 0, END)
    assert not is_asleep(operation, state, attempts, quiet_until)
