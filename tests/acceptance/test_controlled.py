"""A mailing is paused, resumed, killed with -9 and goes on: at its end every reader is in one state, with one mail."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from typing import Protocol

import pytest

from publisher.app import App
from publisher.delivery.states import RecipientState
from publisher.mailing import control
from publisher.mailing.ledger import Timing
from publisher.mailing.progress import Progress, progress
from publisher.store.transaction import SqlTransaction
from tests.acceptance.desk import Desk

pytestmark = pytest.mark.kill

READERS = 300
IN_FLIGHT = Timing().window


class Deciding(Protocol):
    async def __call__(
        self, tx: SqlTransaction, mailing_id: int, *, at: datetime, actor: str, reason: str
    ) -> object: ...


def looked_at(desk: Desk, release: int) -> Progress:
    """The English mailing of a release."""

    async def act(app: App) -> Progress:
        async with app.store.read() as tx:
            lines = await tx.mailing_lines(release_id=release)
            return await progress(tx, next(line for line in lines if line.locale == "en-US"))

    return desk.do(act)


def decide(desk: Desk, decision: Deciding, mailing_id: int) -> None:
    async def act(app: App) -> None:
        async with app.store.begin() as tx:
            await decision(tx, mailing_id, at=app.clock.now(), actor="erin", reason="a number looked wrong")

    desk.do(act)


@pytest.fixture
def crowd(desk: Desk) -> Iterator[None]:
    """Many readers, for one test."""
    with desk.crowd("steered", READERS):
        yield


@pytest.mark.usefixtures("crowd")
def test_paused_resumed_killed_and_accounted_for(desk: Desk) -> None:
    desk.fault("email", "slow", target="steered*", seconds=0.1)
    before = desk.total("email")
    release = desk.scheduled(desk.announcement("listing", "Steered"))
    desk.due(release)
    desk.wait_until(lambda: desk.total("email") > before + READERS / 10, "no mail came", hurry=1)

    mailing_id = looked_at(desk, release).line.mailing.id
    decide(desk, control.pause, mailing_id)
    desk.wait_until(
        lambda: not looked_at(desk, release).report.counts.get(RecipientState.SENDING), "a group never ended", hurry=1
    )
    paused, came = looked_at(desk, release), desk.total("email")
    desk.pass_time(60)
    desk.wait_until(lambda: desk.state(release) == "publishing", "it ended while it was paused")
    still = looked_at(desk, release)
    decide(desk, control.resume, mailing_id)
    desk.wait_until(lambda: desk.total("email") > came, "it did not go on", hurry=1)
    desk.kill_worker()
    desk.settled(release, hurry=1)
    ended = looked_at(desk, release)

    assert (paused.standing, still.report.counts) == ("paused", paused.report.counts)
    assert paused.report.left > 0
    for each in (paused, still, ended):
        assert each.report.total == each.report.mailing.audience >= READERS
    assert (ended.standing, ended.report.left) == ("over", 0)
    copies = Counter(mail["target"] for mail in desk.arrivals("email", "Steered"))
    assert max(copies.values()) == 1
    assert (
        ended.report.counts[RecipientState.DELIVERED] + ended.report.counts.get(RecipientState.UNCONFIRMED, 0)
        >= READERS
    )
    assert ended.report.counts.get(RecipientState.UNCONFIRMED, 0) <= IN_FLIGHT
