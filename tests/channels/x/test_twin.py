"""X through the sandbox's twin, signatures verified: posts, threads, lost answers, reading back."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest

from channels.x.sending import X
from publisher.channel import Absent, Delivered, Receipt, Rejected, Unconfirmed, fill_text
from publisher.sandbox import Channel, Effect, Fault, Sandbox
from tests.channels.x.builders import TEXT, parts, post, signed, with_token


def now() -> datetime:
    return datetime.now(UTC)


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    async with Sandbox() as running:
        yield running


@pytest.fixture(params=[signed, with_token])
async def x(request: pytest.FixtureRequest, sandbox: Sandbox) -> AsyncIterator[X]:
    adapter = X(request.param(sandbox.addresses()["x"]), now)
    yield adapter
    await adapter.close()


async def test_a_post_is_made_read_back_and_deleted(x: X) -> None:
    since = now()
    sent = await x.send(post(), ())
    assert isinstance(sent, Delivered)
    assert await x.probe(post(), since) == Delivered(sent.receipt)
    assert isinstance(await x.retract(post(), [sent.receipt]), Delivered)
    assert await x.probe(post(), since) == Absent()
    assert isinstance(await x.retract(post(), [sent.receipt]), Delivered)


async def test_a_lost_answer_is_unconfirmed_and_read_back(sandbox: Sandbox, x: X) -> None:
    sandbox.faults.add(Fault(Channel.X, Effect.LOSE_ANSWER, times=1))
    since = now()
    assert isinstance(await x.send(post(), ()), Unconfirmed)
    assert isinstance(await x.probe(post(), since), Delivered)
    assert isinstance(await x.send(post(), ()), Unconfirmed), "duplicate content"


async def test_a_thread_hangs_together(sandbox: Sandbox, x: X) -> None:
    receipts: list[Receipt] = []
    for part in parts("Deposits stop. " * 40, thread=True):
        previous = receipts[-1].ids[0] if receipts else ""
        content = {
            name: fill_text(value, {"previous.id": previous}) if isinstance(value, str) else value
            for name, value in part.content.items()
        }
        outcome = await x.send(type(part)(part.name, content), receipts)
        assert isinstance(outcome, Delivered)
        receipts.append(outcome.receipt)

    posts = sandbox.x.timelines.newest(sandbox.world.x[0].id)[::-1]
    assert len(posts) == len(receipts) > 2
    assert [made.in_reply_to for made in posts[1:]] == [made.id for made in posts[:-1]]


async def test_what_the_check_calls_too_long_x_refuses(x: X) -> None:
    assert isinstance(await x.send(post("x" * 280 + TEXT), ()), Rejected)
