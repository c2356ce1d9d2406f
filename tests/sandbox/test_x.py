from __future__ import annotations

import time
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

import aiohttp
import pytest
import tweepy  # type: ignore[import-untyped]

from publisher.sandbox import Channel, Sandbox, World, XAccount
from publisher.sandbox.x.pictures import Upload
from publisher.sandbox.x.posts import Timelines, segments
from publisher.sandbox.x.signature import signature
from tests.sandbox.conftest import HandClock
from tests.sandbox.sdks import x_client


async def ask(
    sandbox: Sandbox, http: aiohttp.ClientSession, method: str, path: str, token: str = "", **more: Any
) -> tuple[int, Mapping[str, Any], Mapping[str, str]]:
    """One request with a bearer token: status, body, headers."""
    headers = {"Authorization": f"Bearer {token or sandbox.world.x[0].user_bearer}"}
    async with http.request(method, sandbox.x.url + path, headers=headers, **more) as response:
        return response.status, await response.json(content_type=None), response.headers


async def post(sandbox: Sandbox, http: aiohttp.ClientSession, text: str, **more: Any) -> tuple[int, Mapping[str, Any]]:
    status, body, _ = await ask(sandbox, http, "POST", "/2/tweets", json={"text": text, **more})
    return status, body


async def test_tweepy_posts_with_a_verified_signature(sandbox: Sandbox, http: aiohttp.ClientSession) -> None:
    answer = await x_client(sandbox, http).create_tweet(text="Risk warning: ACME")

    [arrival] = sandbox.arrivals.newest(Channel.X)
    assert answer.data["text"] == "Risk warning: ACME"
    assert (arrival.action, arrival.target, arrival.given_id) == (
        "POST /2/tweets",
        "ExampleExchange",
        answer.data["id"],
    )
    assert (arrival.raw, arrival.answered) == (b'{"text": "Risk warning: ACME"}', True)


async def test_tweepy_with_an_oauth2_user_token(sandbox: Sandbox, http: aiohttp.ClientSession) -> None:
    sdk = x_client(sandbox, http, bearer_token=sandbox.world.x[0].user_bearer)

    answer = await sdk.create_tweet(text="x", user_auth=False)

    assert answer.data["text"] == "x"


async def test_tweepy_reads_the_own_timeline_back(
    sandbox: Sandbox, http: aiohttp.ClientSession, clock: HandClock
) -> None:
    sdk, account = x_client(sandbox, http), sandbox.world.x[0]
    await sdk.create_tweet(text="old")
    clock.forward(hours=1)
    since = clock.now()
    await sdk.create_tweet(text="new & true https://example.com/en-US/ANN-2026-00042?a=1 example.com")

    page = await sdk.get_users_tweets(
        account.id, start_time=since, max_results=5, tweet_fields=["entities", "created_at"], user_auth=True
    )

    [found] = page.data
    first, second = found.entities["urls"]
    assert (found.created_at, page.meta["result_count"]) == (since, 1)
    assert found.text.startswith("new &amp; true https://t.co/")
    assert found.text[first["start"] : first["end"]] == first["url"]
    assert first["expanded_url"] == "https://example.com/en-US/ANN-2026-00042?a=1"
    assert second["expanded_url"] == "http://example.com"


async def test_a_long_post_is_read_back_whole_in_its_note(http: aiohttp.ClientSession) -> None:
    text = "公告 " * 120 + "https://example.com/en-US/ANN-2026-00042"
    async with Sandbox(World(x=(XAccount(limit=25_000),))) as sandbox:
        sdk, account = x_client(sandbox, http), sandbox.world.x[0]
        await sdk.create_tweet(text=text)

        page = await sdk.get_users_tweets(account.id, tweet_fields=["entities", "note_tweet"], user_auth=True)

        [found] = page.data
        note = found["note_tweet"]
        [link] = note["entities"]["urls"]
        assert (len(found.text), found.text[-1]) == (280, "…")
        assert note["text"].replace(link["url"], link["expanded_url"]) == text


async def test_pages_of_a_timeline(sandbox: Sandbox, http: aiohttp.ClientSession, clock: HandClock) -> None:
    ids = []
    for number in range(7):
        clock.forward(minutes=16)
        ids.append(sandbox.x.timelines.add(sandbox.world.x[0].id, str(number), clock.now(), "", answered=True).id)
    path = f"/2/users/{sandbox.world.x[0].id}/tweets"

    _, first, _ = await ask(sandbox, http, "GET", path, params={"max_results": 5})
    token = first["meta"]["next_token"]
    _, second, _ = await ask(sandbox, http, "GET", path, params={"max_results": 5, "pagination_token": token})

    assert [found["id"] for found in first["data"] + second["data"]] == ids[::-1]
    assert "next_token" not in second["meta"]


async def test_an_empty_and_an_unknown_timeline(sandbox: Sandbox, http: aiohttp.ClientSession) -> None:
    _, empty, _ = await ask(sandbox, http, "GET", f"/2/users/{sandbox.world.x[1].id}/tweets")
    status, unknown, _ = await ask(sandbox, http, "GET", "/2/users/99/tweets")

    assert empty == {"meta": {"result_count": 0}}
    assert (status, unknown["errors"][0]["title"]) == (200, "Not Found Error")


async def test_me(sandbox: Sandbox, http: aiohttp.ClientSession) -> None:
    me = await x_client(sandbox, http).get_me()

    assert (me.data.username, str(me.data.id)) == ("ExampleExchange", sandbox.world.x[0].id)


async def test_a_thread(sandbox: Sandbox, http: aiohttp.ClientSession) -> None:
    sdk = x_client(sandbox, http)
    first = await sdk.create_tweet(text="1/2")

    second = await sdk.create_tweet(text="2/2", in_reply_to_tweet_id=first.data["id"])

    stored = sandbox.x.timelines.find(second.data["id"])
    assert stored is not None
    assert stored.in_reply_to == first.data["id"]


async def test_replies_that_are_refused(sandbox: Sandbox, http: aiohttp.ClientSession) -> None:
    with pytest.raises(tweepy.Forbidden, match="reply to a Tweet that is deleted or not visible to you"):
        await x_client(sandbox, http).create_tweet(text="x", in_reply_to_tweet_id="123")
    async with Sandbox(World(x=(XAccount(replies_to_self=False),))) as strict:
        sdk = x_client(strict, http)
        first = await sdk.create_tweet(text="1/2")
        with pytest.raises(tweepy.Forbidden, match="Reply to this conversation is not allowed"):
            await sdk.create_tweet(text="2/2", in_reply_to_tweet_id=first.data["id"])


async def test_delete(sandbox: Sandbox, http: aiohttp.ClientSession) -> None:
    sdk = x_client(sandbox, http)
    made = await sdk.create_tweet(text="x")

    gone = await sdk.delete_tweet(made.data["id"])

    assert (gone.data, sandbox.x.timelines.find(made.data["id"])) == ({"deleted": True}, None)
    with pytest.raises(tweepy.NotFound):
        await sdk.delete_tweet(made.data["id"])


async def test_another_accounts_post_cannot_be_deleted(sandbox: Sandbox, http: aiohttp.ClientSession) -> None:
    _, made = await post(sandbox, http, "x")

    status, body, _ = await ask(sandbox, http, "DELETE", f"/2/tweets/{made['data']['id']}", token="b2")

    assert (status, body["title"]) == (403, "Forbidden")


async def test_a_duplicate_is_refused_in_the_real_shape(
    sandbox: Sandbox, http: aiohttp.ClientSession, clock: HandClock
) -> None:
    await post(sandbox, http, "Maintenance tonight 22:00")

    status, body = await post(sandbox, http, " Maintenance  tonight 22:00")
    other, _, _ = await ask(sandbox, http, "POST", "/2/tweets", token="b2", json={"text": "Maintenance tonight 22:00"})
    clock.forward(hours=13)
    later, _ = await post(sandbox, http, "Maintenance tonight 22:00")

    assert (status, other, later) == (403, 201, 201)
    assert body == {
        "title": "Forbidden",
        "detail": "You are not allowed to create a Tweet with duplicate content.",
        "type": "about:blank",
        "status": 403,
    }


async def test_a_deleted_text_is_still_a_duplicate(sandbox: Sandbox, http: aiohttp.ClientSession) -> None:
    sdk = x_client(sandbox, http)
    made = await sdk.create_tweet(text="x")
    await sdk.delete_tweet(made.data["id"])

    with pytest.raises(tweepy.Forbidden, match="duplicate content"):
        await sdk.create_tweet(text="x")


async def test_one_cashtag_passes_and_two_do_not(sandbox: Sandbox, http: aiohttp.ClientSession) -> None:
    assert (await post(sandbox, http, "$ACME listed"))[0] == 201

    status, body = await post(sandbox, http, "$ACME and $BTC")

    assert (status, body["detail"]) == (403, "Posts are limited to a maximum of one cashtag.")


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("x" * 280, 201),
        ("x" * 281, 400),
        ("公" * 140, 201),
        ("公" * 140 + "x", 400),
        ("https://example.com/" + "x" * 400 + " " + "x" * 256, 201),
        ("", 400),
        (" \n", 400),
        ("a\ufeffb", 400),
    ],
)
async def test_length_and_characters(sandbox: Sandbox, http: aiohttp.ClientSession, text: str, status: int) -> None:
    assert (await post(sandbox, http, text))[0] == status


@pytest.mark.parametrize(
    ("request_body", "says"),
    [
        (b"{", "The request body is not valid JSON."),
        (b"[]", "$: must be an object"),
        (b'{"text": 1}', "$.text: must be a string"),
        (b'{"txt": "x"}', "$.txt: is not defined in the schema and the schema does not allow additional"),
        (b'{"text": "x", "reply": {"to": "1"}}', "$.reply.to: is not defined in the schema"),
        (b'{"text": "x", "reply": "1"}', "$.reply: must be an object"),
        (b'{"text": "x", "reply": {"in_reply_to_tweet_id": 1}}', "$.reply.in_reply_to_tweet_id: does not"),
    ],
)  # fmt: skip
async def test_bodies_that_are_refused(
    sandbox: Sandbox, http: aiohttp.ClientSession, request_body: bytes, says: str
) -> None:
    headers = {"Authorization": f"Bearer {sandbox.world.x[0].user_bearer}", "Content-Type": "application/json"}

    async with http.post(sandbox.x.url + "/2/tweets", headers=headers, data=request_body) as response:
        body = await response.json(content_type=None)

    assert (response.status, response.content_type) == (400, "application/problem+json")
    assert body["type"] == "https://api.twitter.com/2/problems/invalid-request"
    assert body["errors"][0]["message"].startswith(says)


async def test_a_form_is_refused(sandbox: Sandbox, http: aiohttp.ClientSession) -> None:
    status, body, _ = await ask(sandbox, http, "POST", "/2/tweets", data={"text": "x"})

    assert (status, body["errors"][0]["message"]) == (
        400,
        "Requests with bodies must have content-type of application/json.",
    )


@pytest.mark.parametrize(
    "query",
    [
        {"max_results": "4"},
        {"max_results": "101"},
        {"start_time": "yesterday"},
        {"start_time": "2026-12-03T02:00:00"},
        {"tweet.fields": "entities,colour"},
        {"colour": "blue"},
    ],
)
async def test_queries_that_are_refused(sandbox: Sandbox, http: aiohttp.ClientSession, query: dict[str, str]) -> None:
    status, body, _ = await ask(sandbox, http, "GET", f"/2/users/{sandbox.world.x[0].id}/tweets", params=query)

    assert (status, body["title"]) == (400, "Invalid Request")


@pytest.mark.parametrize("key", ["consumer_key", "consumer_secret", "access_token", "access_token_secret"])
async def test_a_wrong_key_is_refused(sandbox: Sandbox, http: aiohttp.ClientSession, key: str) -> None:
    with pytest.raises(tweepy.Unauthorized):
        await x_client(sandbox, http, **{key: "wrong"}).create_tweet(text="x")

    assert sandbox.arrivals.refusals[Channel.X, 401] == 1


@pytest.mark.parametrize("header", ["", "Bearer wrong", "Basic eDp5", "OAuth nonsense"])
async def test_no_or_wrong_authorization(sandbox: Sandbox, http: aiohttp.ClientSession, header: str) -> None:
    async with http.get(sandbox.x.url + "/2/users/me", headers={"Authorization": header}) as response:
        body = await response.json(content_type=None)

    assert body == {"title": "Unauthorized", "detail": "Unauthorized", "type": "about:blank", "status": 401}


async def test_an_app_only_token_may_not_post(sandbox: Sandbox, http: aiohttp.ClientSession) -> None:
    status, body, _ = await ask(sandbox, http, "POST", "/2/tweets", token="sandbox-app-only-token", json={"text": "x"})

    assert (status, body["title"]) == (403, "Unsupported Authentication")


def signed(account: XAccount, path: str, stamp: int, nonce: str, **other: str) -> dict[str, str]:
    fields = {
        "oauth_consumer_key": account.consumer_key,
        "oauth_token": account.access_token,
        "oauth_nonce": nonce,
        "oauth_timestamp": str(stamp),
        "oauth_signature_method": "HMAC-SHA1",
        "oauth_version": "1.0",
    }
    fields["oauth_signature"] = signature(account, "GET", path, "", fields)
    return {
        "Authorization": "OAuth "
        + ", ".join(f'{name}="{quote(value, safe="")}"' for name, value in (fields | other).items())
    }


async def test_a_signature_is_taken_once_and_only_when_fresh(sandbox: Sandbox, http: aiohttp.ClientSession) -> None:
    account, now = sandbox.world.x[0], int(time.time())
    attempts = [
        signed(account, "/2/users/me", now, "a"),
        signed(account, "/2/users/me", now, "a"),
        signed(account, "/2/users/me", now - 3600, "b"),
        signed(account, "/2/tweets", now, "c"),
        signed(account, "/2/users/me", now, "d", oauth_signature="AAAA"),
    ]

    statuses = []
    for headers in attempts:
        async with http.get(sandbox.x.url + "/2/users/me", headers=headers) as response:
            statuses.append(response.status)

    assert statuses == [200, 401, 401, 401, 401]


async def test_rate_limits_and_their_headers(sandbox: Sandbox, http: aiohttp.ClientSession, clock: HandClock) -> None:
    start = int(clock.now().timestamp())
    answers = [await ask(sandbox, http, "POST", "/2/tweets", json={"text": str(number)}) for number in range(5)]

    statuses = [status for status, _, _ in answers]
    headers = answers[4][2]
    assert statuses == [201, 201, 201, 201, 429]
    assert answers[4][1] == {
        "title": "Too Many Requests",
        "detail": "Too Many Requests",
        "type": "about:blank",
        "status": 429,
    }
    assert answers[0][2]["x-rate-limit-remaining"] == "3"
    assert (headers["x-rate-limit-limit"], headers["x-rate-limit-remaining"]) == ("4", "0")
    assert headers["x-rate-limit-reset"] == str(start + 900)
    assert headers["x-user-limit-24hour-remaining"] == "2"
    assert headers["x-user-limit-24hour-reset"] == str(start + 86_400)
    clock.forward(minutes=15)
    assert (await post(sandbox, http, "again"))[0] == 201


async def test_the_days_limit_outlasts_the_quarter_hour(
    sandbox: Sandbox, http: aiohttp.ClientSession, clock: HandClock
) -> None:
    for number in range(6):
        clock.forward(minutes=15 if number == 3 else 0)
        await post(sandbox, http, str(number))
    clock.forward(minutes=15)

    status, _, headers = await ask(sandbox, http, "POST", "/2/tweets", json={"text": "x"})

    assert (status, headers["x-user-limit-24hour-remaining"], headers["x-app-limit-24hour-remaining"]) == (
        429,
        "0",
        "1",
    )
    clock.forward(days=1)
    assert (await post(sandbox, http, "x"))[0] == 201


async def test_tweepy_tells_when_the_limit_ends(
    sandbox: Sandbox, http: aiohttp.ClientSession, clock: HandClock
) -> None:
    sdk = x_client(sandbox, http)
    for _ in range(2):
        with pytest.raises(tweepy.NotFound):
            await sdk.delete_tweet("1")

    with pytest.raises(tweepy.TooManyRequests) as refusal:
        await sdk.delete_tweet("1")

    assert refusal.value.reset_time == int(clock.now().timestamp()) + 900


async def test_an_unknown_path(sandbox: Sandbox, http: aiohttp.ClientSession) -> None:
    status, body, _ = await ask(sandbox, http, "GET", "/1.1/statuses/update.json")

    assert (status, body["type"]) == (404, "about:blank")


@pytest.mark.parametrize("text", ["A listing", "A listing\n\nhttps://example.com/a", "https://example.com/a and more"])
def test_a_reader_sees_the_whole_text_of_a_post_with_pictures(text: str) -> None:
    picture = Upload("1", "1", "image/png", 8, alt="A chart")

    post = Timelines(1).add("1", text, datetime(2026, 12, 3, tzinfo=UTC), "", answered=True, pictures=[picture])

    shown = "".join(run["text"] for run in segments(post))
    assert shown == text.replace("https://", "")
