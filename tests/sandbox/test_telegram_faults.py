from __future__ import annotations

import time
from collections.abc import AsyncIterator

import httpx
import pytest
from telegram import Bot
from telegram.error import NetworkError, RetryAfter, TimedOut
from telegram.request import HTTPXRequest

from publisher.sandbox import Channel, Effect, Fault, Sandbox
from tests.sandbox.conftest import CHANNEL, PRIVATE

# The SDK warns of a change to come whenever it makes a RetryAfter itself.
pytestmark = pytest.mark.filterwarnings("ignore::telegram.warnings.PTBDeprecationWarning")


@pytest.fixture
async def bot(sandbox: Sandbox) -> AsyncIterator[Bot]:
    request = HTTPXRequest(read_timeout=0.5)
    yield Bot(sandbox.world.bots[0].token, base_url=sandbox.telegram.url + "/bot", request=request)
    await request.shutdown()


async def test_a_cut_connection_leaves_no_message(bot: Bot, sandbox: Sandbox) -> None:
    sandbox.faults.add(Fault(Channel.TELEGRAM, Effect.DROP, times=1))

    with pytest.raises(NetworkError) as failure:
        await bot.send_message(CHANNEL.id, "x")

    assert isinstance(failure.value.__cause__, httpx.RemoteProtocolError | httpx.ReadError)
    assert sandbox.arrivals.totals[Channel.TELEGRAM] == 0
    assert (await bot.send_message(CHANNEL.id, "x")).message_id == 1


async def test_a_message_is_there_although_its_answer_is_lost(bot: Bot, sandbox: Sandbox) -> None:
    sandbox.faults.add(Fault(Channel.TELEGRAM, Effect.LOSE_ANSWER, "sendMessage", times=1))

    with pytest.raises(NetworkError):
        await bot.send_message(CHANNEL.id, "x")

    [arrival] = sandbox.arrivals.newest(Channel.TELEGRAM)
    assert (arrival.given_id, arrival.answered) == ("1", False)
    assert await bot.delete_message(CHANNEL.id, 1)


async def test_a_hang_ends_in_a_time_out_and_leaves_no_message(bot: Bot, sandbox: Sandbox) -> None:
    sandbox.faults.add(Fault(Channel.TELEGRAM, Effect.HANG, times=1))

    with pytest.raises(TimedOut) as failure:
        await bot.send_message(CHANNEL.id, "x")

    assert isinstance(failure.value.__cause__, httpx.ReadTimeout)
    assert sandbox.arrivals.totals[Channel.TELEGRAM] == 0


async def test_slow_is_slow_and_then_works(bot: Bot, sandbox: Sandbox) -> None:
    sandbox.faults.add(Fault(Channel.TELEGRAM, Effect.SLOW, seconds=0.2))
    before = time.monotonic()

    await bot.send_message(CHANNEL.id, "x")

    assert time.monotonic() - before >= 0.2


async def test_throttled_on_request(bot: Bot, sandbox: Sandbox) -> None:
    sandbox.faults.add(Fault(Channel.TELEGRAM, Effect.THROTTLE, seconds=7, times=1))

    with pytest.raises(RetryAfter) as refusal:
        await bot.send_message(CHANNEL.id, "x")

    assert refusal.value.retry_after == 7


@pytest.mark.parametrize("code", [500, 502, 503])
async def test_server_errors_for_one_chat(bot: Bot, sandbox: Sandbox, code: int) -> None:
    sandbox.faults.add(Fault(Channel.TELEGRAM, Effect.ERROR, target=str(CHANNEL.id), code=code))

    with pytest.raises(NetworkError):
        await bot.send_message(CHANNEL.id, "x")

    assert sandbox.arrivals.refusals[Channel.TELEGRAM, code] == 1
    assert (await bot.send_message(PRIVATE.id, "x")).text == "x"
