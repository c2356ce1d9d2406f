"""What one person on duty published is looked at by somebody else within a day; overdue is an alarm, once."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from structlog.testing import capture_logs

from publisher.delivery.alarms import alarms
from publisher.release import review
from publisher.release.approval import Refused
from publisher.release.release import Approval, Person
from publisher.release.review import raise_overdue
from tests.delivery.builders import NOON, POLICY, Bench, Plan

INCIDENT = Plan(("posts",), policy=replace(POLICY, review_within=timedelta(hours=24)))
ERIN = Person("erin", frozenset({"editors"}))


async def published(desk: Bench) -> int:
    """An incident, approved by olga on call."""
    release = await desk.published(INCIDENT)
    async with desk.store.begin() as tx:
        found = await tx.release(release)
        approval = Approval(release, "olga", "on_call", found.common_hash, found.locale_hashes, NOON)
        await tx.save_approval(found.announcement_id, approval)
    return release


async def said(desk: Bench) -> list[tuple[str, bool]]:
    async with desk.store.read() as tx:
        return [(each.sentence.partition(";")[0], each.overdue) for each in await alarms(tx, desk.clock.now())]


async def test_it_is_asked_for_until_somebody_else_has_looked(desk: Bench) -> None:
    release = await published(desk)
    before = await said(desk)

    async with desk.store.begin() as tx:
        await review.done(tx, release, ERIN, note="the wording fits", at=desk.clock.now())

    assert before == [("needs a review by editors by 2026-12-02 12:00 UTC", False)]
    assert await said(desk) == []
    async with desk.store.read() as tx:
        history = [(row.after, row.actor, row.reason) for row in await tx.history("review", [release])]
    assert history[-1] == ("done", "erin", "the wording fits")


async def test_when_it_is_overdue_that_is_an_alarm_once(desk: Bench) -> None:
    await published(desk)
    desk.clock.advance(24 * 3600 - 1)
    early = await raise_overdue(desk.store.begin, desk.clock.now())
    desk.clock.advance(1)

    with capture_logs() as log:
        late = await raise_overdue(desk.store.begin, desk.clock.now())
        again = await raise_overdue(desk.store.begin, desk.clock.now())

    assert (early, late, again) == (0, 1, 0)
    assert [(each["log_level"], each["action"]) for each in log] == [("critical", "review_overdue")]
    assert await said(desk) == [("should have been reviewed by editors by 2026-12-02 12:00 UTC", True)]


@pytest.mark.parametrize(
    ("person", "note", "reason"),
    [
        (Person("olga", frozenset({"editors", "on_call"})), "fine", "wrote or approved it"),
        (Person("author", frozenset({"editors"})), "fine", "wrote or approved it"),
        (Person("ben", frozenset({"on_call"})), "fine", "is not in editors"),
        (ERIN, " ", "say in a few words"),
    ],
)
async def test_not_everybody_is_somebody_else(desk: Bench, person: Person, note: str, reason: str) -> None:
    release = await published(desk)

    with pytest.raises(Refused, match=reason):
        async with desk.store.begin() as tx:
            await review.done(tx, release, person, note=note, at=NOON)


async def test_what_was_approved_by_more_needs_none(desk: Bench) -> None:
    release = await desk.published(Plan(("posts",)))

    with pytest.raises(Refused, match="needs no review"):
        async with desk.store.begin() as tx:
            await review.done(tx, release, ERIN, note="fine", at=NOON)
    assert await said(desk) == []
