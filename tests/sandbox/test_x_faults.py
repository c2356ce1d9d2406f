from __future__ import annotations

import time

import aiohttp
import pytest
import tweepy  # type: ignore[import-untyped]

from publisher.sandbox import Channel, Effect, Fault, Sandbox
from tests.sandbox.conftest import HandClock
from tests.sandbox.sdks import x_client


async def test_a_cut_connection_leaves_no_post(sandbox: Sandbox, http: aiohttp.ClientSession) -> None:
    sandbox.faults.add(Fault(Channel.X, Effect.DROP, "POST /2/tweets", times=1))

    with pytest.raises(aiohttp.ClientError):
        await x_client(sandbox, http).create_tweet(text="x")

    assert sandbox.arrivals.totals[Channel.X] == 0
    assert (await x_client(sandbox, http).create_tweet(text="x")).data["id"]


async def test_a_post_is_there_although_its_answer_is_lost(sandbox: Sandbox, http: aiohttp.ClientSession) -> None:
    sandbox.faults.add(Fault(Channel.X, Effect.LOSE_ANSWER, times=1))

    with pytest.raises(aiohttp.ServerDisconnectedError):
        await x_client(sandbox, http).create_tweet(text="x")

    page = await x_client(sandbox, http).get_users_tweets(sandbox.world.x[0].id, user_auth=True)
    assert [
        (found.text, arrival.answered)
        for found, arrival in zip(page.data, sandbox.arrivals.newest(Channel.X), strict=True)
    ] == [("x", False)]
    with pytest.raises(tweepy.Forbidden, match="duplicate content"):
        await x_client(sandbox, http).create_tweet(text="x")


async def test_a_hang_ends_in_a_time_out_and_leaves_no_post(sandbox: Sandbox) -> None:
    sandbox.faults.add(Fault(Channel.X, Effect.HANG, times=1))

    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=0.3)) as impatient:
        with pytest.raises(TimeoutError):
            await x_client(sandbox, impatient).create_tweet(text="x")

    assert sandbox.arrivals.totals[Channel.X] == 0


async def test_slow_is_slow_and_then_works(sandbox: Sandbox, http: aiohttp.ClientSession) -> None:
    sandbox.faults.add(Fault(Channel.X, Effect.SLOW, seconds=0.2))
    before = time.monotonic()

    await x_client(sandbox, http).create_tweet(text="x")

    assert time.monotonic() - before >= 0.2


async def test_throttled_on_request(sandbox: Sandbox, http: aiohttp.ClientSession, clock: HandClock) -> None:
    sandbox.faults.add(Fault(Channel.X, Effect.THROTTLE, seconds=30, times=1))

    with pytest.raises(tweepy.TooManyRequests) as refusal:
        await x_client(sandbox, http).create_tweet(text="x")

    assert refusal.value.reset_time == int(clock.now().timestamp()) + 30
    assert refusal.value.response.headers["x-rate-limit-remaining"] == "0"


@pytest.mark.parametrize(
    ("code", "error"), [(500, tweepy.TwitterServerError), (503, tweepy.TwitterServerError), (403, tweepy.Forbidden)]
)
async def test_errors_for_one_handle(
    sandbox: Sandbox, http: aiohttp.ClientSession, code: int, error: type[tweepy.HTTPException]
) -> None:
    sandbox.faults.add(Fault(Channel.X, Effect.ERROR, target="ExampleExchange", code=code))

    with pytest.raises(error):
        await x_client(sandbox, http).create_tweet(text="x")

    assert sandbox.arrivals.totals[Channel.X] == 0
