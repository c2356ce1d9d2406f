"""What is corrected while an event is under way says what was wrong, and nothing that those on duty have moved."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from publisher.content.correction import Act as Change
from publisher.content.correction import Correction
from publisher.content.kinds.kind import Late
from publisher.delivery.agreement import disagreements
from publisher.delivery.life import Act, Phase, Saying, phase, say
from publisher.delivery.postpone import postpone
from publisher.release.policy import Planned, Policy
from publisher.release.scope import Form
from publisher.schedule.due import run_due
from publisher.schedule.stages import run_stages
from publisher.store.transaction import Store
from tests.delivery.builders import NOON, POLICY, Bench, Plan, bench, scheduled

HOUR = timedelta(hours=1)
START, END = NOON + 2 * HOUR, NOON + 4 * HOUR
STAGES = (
    Planned("start", START, "start", ("posts",), None),
    Planned("extended", None, "person", ("posts",), None),
    Planned("cancelled", None, "person", ("posts",), None),
    Planned("complete", END, "end", ("posts",), None),
)
WORKS = replace(
    POLICY,
    postponed_by="on_call",
    stages=STAGES,
    starts_at=START,
    ends_at=END,
    late=Late.SEND_VARIANT,
    timeline=((START, "start"), (END, None)),
)
PLAN = Plan(
    ("posts",),
    stages=("announce", "postponed", *(each.stage for each in STAGES)),
    policy=WORKS,
    announcement="works",
)
WRONG = Correction.of(Change.CORRECT, "wrong_text")


@pytest.fixture
def desk(store: Store, tmp_path: Path) -> Bench:
    return bench(store, tmp_path)


async def strike(desk: Bench, moment: datetime) -> None:
    desk.clock.moment = moment
    await run_stages(desk.store.begin, desk.clock, desk.outlet)
    await desk.work()


async def said(desk: Bench, act: Act, release: int, at: datetime, until: datetime | None = None) -> None:
    desk.clock.moment = at
    async with desk.store.begin() as tx:
        await tx.save_person("olga", ("on_call",), b"olga", NOON)
        if act is Act.POSTPONE:
            await postpone(tx, release, "olga", desk.outlet, new_time=until, at=at, reason="moved")
        else:
            await say(tx, release, Saying(act, "olga", at, "said so", "network", until), desk.outlet)
    await desk.work()


async def followed(
    desk: Bench, policy: Policy, at: datetime, *, locales: Sequence[str] = ("en-US",)
) -> tuple[str, list[str], str]:
    """A release that follows when `at` has come: its state, the stages it told, and what its history says."""
    first = policy.form is Form.SUPPLEMENT
    plan = replace(PLAN, policy=policy, publish_at=at, operation="publish" if first else "amend", locales=locales)
    async with desk.store.begin() as tx:
        release = await scheduled(tx, plan)
    desk.clock.moment = at
    await run_due(desk.store.begin, desk.clock, desk.outlet)
    await desk.work()
    async with desk.store.read() as tx:
        stages = [each.stage for each in await tx.deliveries(release)]
        history = await tx.history("release", [release])
        return (await tx.release(release)).state, stages, history[-1].reason if history else ""


async def begun(desk: Bench) -> int:
    release = await desk.published(PLAN)
    await desk.work()
    await strike(desk, START)
    return release


async def test_a_correction_in_progress_says_what_was_wrong_and_not_only_that_it_is_in_progress(desk: Bench) -> None:
    await begun(desk)

    state, stages, _ = await followed(desk, replace(WORKS, form=Form.REVISION, correction=WRONG), START + HOUR)

    assert (state, stages) == ("published", ["announce"])


async def test_a_revision_without_a_word_of_why_says_that_it_is_in_progress(desk: Bench) -> None:
    await begun(desk)

    state, stages, _ = await followed(desk, replace(WORKS, form=Form.REVISION), START + HOUR)

    assert (state, stages) == ("published", ["start"])


async def test_an_end_that_was_put_off_meanwhile_is_not_taken_back_by_a_correction(desk: Bench) -> None:
    release = await begun(desk)
    await said(desk, Act.EXTEND, release, START + HOUR, END + HOUR)

    state, stages, why = await followed(desk, replace(WORKS, form=Form.REVISION, correction=WRONG), START + 1.5 * HOUR)

    assert (state, stages) == ("held", [])
    assert "its end is 2026-12-01 17:00 UTC since it was moved" in why
    assert "and is 2026-12-01 16:00 UTC here" in why
    assert (
        "extension is 1 since it was extended (publisher show 1), and is 0 here; write what holds and submit it again"
        in why
    )


async def test_a_correction_that_names_the_end_that_holds_goes_out_and_ends_with_it(desk: Bench) -> None:
    release = await begun(desk)
    await said(desk, Act.EXTEND, release, START + HOUR, END + HOUR)
    right = replace(WORKS, form=Form.REVISION, correction=WRONG, ends_at=END + HOUR, extension=1)
    right = replace(right, stages=(*STAGES[:-1], replace(STAGES[-1], at=END + HOUR)))

    state, stages, _ = await followed(desk, right, START + 1.5 * HOUR)
    await strike(desk, END + timedelta(minutes=1))
    async with desk.store.read() as tx:
        before = await phase(tx, "works", desk.clock.now())
    await strike(desk, END + HOUR)

    async with desk.store.read() as tx:
        after = await phase(tx, "works", desk.clock.now())
    assert (state, stages) == ("published", ["announce"])
    assert (before, after) == (Phase.IN_PROGRESS, Phase.COMPLETED)


async def test_nobody_knows_when_it_starts_until_a_revision_says_so(desk: Bench) -> None:
    release = await desk.published(PLAN)
    await desk.work()
    await said(desk, Act.POSTPONE, release, NOON + HOUR)
    tomorrow = replace(WORKS, form=Form.REVISION, starts_at=START + 24 * HOUR, ends_at=END + 24 * HOUR)

    stale = await followed(desk, replace(WORKS, form=Form.REVISION), NOON + 1.1 * HOUR)
    anew = await followed(desk, tomorrow, NOON + 1.2 * HOUR)

    assert stale[:2] == ("held", [])
    assert "its start is not known since it was moved" in stale[2]
    assert anew[:2] == ("published", ["announce"])


async def test_the_time_to_write_is_named_as_the_file_has_it(desk: Bench) -> None:
    release = await desk.published(replace(PLAN, time_zone="Asia/Singapore"))
    await desk.work()
    unchanged = replace(WORKS, form=Form.REVISION)
    await said(desk, Act.POSTPONE, release, NOON + HOUR, START + 24 * HOUR)

    async with desk.store.read() as tx:
        moved = await disagreements(tx, "works", unchanged, NOON + HOUR)
    await said(desk, Act.POSTPONE, release, NOON + 2 * HOUR)
    async with desk.store.read() as tx:
        unknown = await disagreements(tx, "works", unchanged, NOON + 2 * HOUR)

    assert [each.fix for each in moved] == [
        "Write 2026-12-02T22:00:00, which holds on the clocks of Asia/Singapore, or a new time.",
        "Write 2026-12-03T00:00:00, which holds on the clocks of Asia/Singapore, or a new time.",
    ]
    assert [each.fix for each in unknown] == ["Write a new time.", "Leave it out, or write a new time."]


async def test_what_was_cancelled_is_not_changed_as_if_it_took_place(desk: Bench) -> None:
    release = await desk.published(PLAN)
    await desk.work()
    await said(desk, Act.CANCEL, release, NOON + HOUR)

    state, stages, why = await followed(desk, replace(WORKS, form=Form.REVISION, correction=WRONG), NOON + 1.5 * HOUR)

    assert (state, stages) == ("held", [])
    assert "it was cancelled" in why


async def test_a_completed_event_stays_completed_when_its_text_is_corrected(desk: Bench) -> None:
    await begun(desk)
    await strike(desk, END)

    state, stages, _ = await followed(desk, replace(WORKS, form=Form.REVISION, correction=WRONG), END + HOUR)

    assert (state, stages) == ("published", ["announce"])
    async with desk.store.read() as tx:
        assert await phase(tx, "works", desk.clock.now()) is Phase.COMPLETED


async def test_a_language_that_follows_an_extension_tells_the_end_that_holds(desk: Bench) -> None:
    release = await begun(desk)
    await said(desk, Act.EXTEND, release, START + HOUR, END + HOUR)

    state, stages, _ = await followed(desk, replace(WORKS, form=Form.SUPPLEMENT), START + 1.5 * HOUR, locales=["ja-JP"])

    async with desk.store.read() as tx:
        [told] = await tx.deliveries(release + 1)
    assert (state, stages) == ("published", ["start"])
    assert told.slots["event.when"] == "2026-12-01 14.00 - 2026-12-01 17.00"
    assert told.slots["event.extension"] == "1"


async def test_a_language_that_follows_an_early_start_says_that_it_is_in_progress(desk: Bench) -> None:
    release = await desk.published(PLAN)
    await desk.work()
    await said(desk, Act.START, release, NOON + HOUR)

    found = await followed(desk, replace(WORKS, form=Form.SUPPLEMENT), NOON + 1.5 * HOUR, locales=["ja-JP"])

    assert found[:2] == ("published", ["start"])


async def test_a_language_that_follows_a_postponement_waits_for_the_new_times(desk: Bench) -> None:
    release = await desk.published(PLAN)
    await desk.work()
    await said(desk, Act.POSTPONE, release, NOON + HOUR, START + 24 * HOUR)

    state, stages, why = await followed(
        desk, replace(WORKS, form=Form.SUPPLEMENT), NOON + 1.5 * HOUR, locales=["ja-JP"]
    )

    assert (state, stages) == ("held", [])
    assert "its start is 2026-12-02 14:00 UTC since it was moved" in why
