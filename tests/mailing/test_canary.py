"""The rest of a large mailing never begins before a person's go, also when its workers are killed and started again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from publisher.content.kinds.kind import Unconfirmed
from publisher.mailing import control
from publisher.mailing.canary import Canary
from tests.mailing.builders import PostOffice, R, subscribe
from tests.mailing.test_control import Interrupted, act
from tests.mailing.test_kill import ENDED, KILLED, Lives, Trial

READERS, FIRST, SHARE = 40, 12, 0.3
"""More first readers than a batch holds, so that a restart meets several of them."""


@pytest.fixture(scope="module")
def lives() -> Iterator[Lives]:
    started = Lives()
    yield started
    started.end()


@pytest.mark.parametrize("point", ["after_intent", "after_send", "after_result"])
@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
async def test_killed_workers_do_not_let_the_rest_go(lives: Lives, tmp_path: Path, kind: str, point: str) -> None:
    trial = await Trial.begin(kind, tmp_path, Unconfirmed.RESEND_ONCE, Canary(SHARE))
    first = set(trial.readers[:FIRST])
    order = replace(trial.order, canary=SHARE)
    assert await lives.live(replace(order, point=point, times=2)) == KILLED
    assert trial.reached() <= first
    for _ in range(3):
        assert await lives.live(order) == ENDED
    assert await trial.office.due() == []
    assert trial.reached() == first
    await act(trial.office, control.go, trial.mailing, "the first ones look right")
    assert await lives.live(replace(order, point=point, times=2)) == KILLED
    assert await lives.live(order) == ENDED
    assert (await trial.check())["unclear"] == 0


@pytest.mark.parametrize("times", range(1, 4))
@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
async def test_a_go_survives_whoever_takes_it_up(lives: Lives, tmp_path: Path, kind: str, times: int) -> None:
    trial = await Trial.begin(kind, tmp_path, Unconfirmed.RESEND_ONCE, Canary(SHARE))
    await act(trial.office, control.go, trial.mailing, "they look right before they are sent")
    assert await lives.live(replace(trial.order, point="before_result", times=times, canary=SHARE)) == KILLED
    assert await lives.live(replace(trial.order, canary=SHARE)) == ENDED
    assert trial.reached() == set(trial.readers)
    assert (await trial.check())["unclear"] == 0


async def test_of_ten_thousand_a_hundred_get_it_before_the_go(office: PostOffice) -> None:
    readers = await subscribe(office.store, 10_000)
    office.canary, office.batch_size = Canary(share=0.01, smallest=10_000), 500
    office.timing = replace(office.timing, window=50)
    mailing = await office.start()
    await office.pass_time(3600, step=600)
    assert {each.address for each in office.relay.sent} == set(readers[:100])
    assert await office.counts(mailing) == {R.DELIVERED: 100, R.QUEUED: 9_900}


async def test_a_pause_and_another_worker_let_nobody_else_go(office: PostOffice) -> None:
    await subscribe(office.store, READERS)
    office.canary = Canary(SHARE)
    mailing = await office.start()
    office.relay = Interrupted(office, control.pause, mailing)
    await office.work()
    await act(office, control.resume, mailing)
    await office.another().pass_time(600)
    reached = Counter(each.address for each in office.relay.sent)
    assert (len(reached), max(reached.values())) == (FIRST, 1)
