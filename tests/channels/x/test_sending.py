"""The adapter through the real SDK against a server that misbehaves on command."""

from __future__ import annotations

import json
import logging
from collections.abc import Sequence
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest

from channels.x.sending import X
from publisher.channel import Absent, Delivered, Outcome, Part, Receipt, Rejected, Retry, Unconfirmed, Unknown
from tests.channels.scripted_http import CUT, HANG, Reply, closed_port, scripted_server
from tests.channels.x.builders import NOW, RECEIPTS, TEXT, URL, at, created, post, problem, signed, with_token

DUPLICATE = "You are not allowed to create a Tweet with duplicate content."
DOUBTFUL = [
    CUT,
    HANG,
    Reply(200, "<html>fine</html>"),
    Reply(200, {"data": None, "errors": [{"title": "odd"}]}),
    Reply(200, {"errors": [{"title": "odd"}]}),
    Reply(200, ["a list"]),
    Reply(400, ["a list"]),
    Reply(408, {"title": "Request Timeout"}),
    Reply(500, {"title": "Internal Server Error"}),
    Reply(502, "<html>bad gateway</html>"),
    Reply(503, ""),
]


async def outcome_of(operation: str, reply: Reply, receipts: Sequence[Receipt] = RECEIPTS) -> Outcome:
    async with scripted_server(reply) as server:
        x = X(signed(server.url, timeout=0.5 if reply is HANG else 10), at())
        try:
            outcome: Outcome = await getattr(x, operation)(post(), receipts)
        finally:
            await x.close()
        assert len(server.requests) <= 1, "one call is one request"
        return outcome


async def test_a_post_has_its_id_and_address() -> None:
    assert await outcome_of("send", created("1701")) == Delivered(
        Receipt("post", ("1701",), "https://x.com/ExampleExchange/status/1701")
    )


async def test_the_request_is_the_text_signed_for_x() -> None:
    async with scripted_server(created()) as server:
        x = X(signed(server.url), at())
        await x.send(post(), ())
        await x.close()

    (request,) = server.requests
    assert (request.method, request.path) == ("POST", "/2/tweets")
    assert json.loads(request.body) == {"text": TEXT}
    assert request.headers["authorization"].startswith("OAuth ")


async def test_a_user_token_is_sent_as_a_bearer() -> None:
    async with scripted_server(created()) as server:
        x = X(with_token(server.url), at())
        await x.send(post(), ())
        await x.close()
    assert server.requests[0].headers["authorization"] == "Bearer sandbox-oauth2-user-token"


async def test_a_part_of_a_thread_answers_the_part_before() -> None:
    async with scripted_server(created()) as server:
        x = X(signed(server.url), at())
        await x.send(Part("post-2", {"text": "2/2 more", "limit": 280, "in_reply_to": "1600"}), ())
        await x.close()
    assert json.loads(server.requests[0].body)["reply"] == {"in_reply_to_tweet_id": "1600"}


@pytest.mark.parametrize("reply", DOUBTFUL)
async def test_a_doubtful_answer_to_a_post_is_unconfirmed(reply: Reply) -> None:
    assert isinstance(await outcome_of("send", reply), Unconfirmed)


@pytest.mark.parametrize("reply", [CUT, HANG, Reply(502, "<html>bad gateway</html>")])
async def test_a_doubtful_deletion_is_simply_repeated(reply: Reply) -> None:
    assert isinstance(await outcome_of("retract", reply), Retry)


async def test_a_server_that_is_not_there_got_nothing() -> None:
    x = X(signed(await closed_port()), at())
    outcome = await x.send(post(), ())
    await x.close()
    assert isinstance(outcome, Retry)


async def test_a_name_that_does_not_resolve_got_nothing() -> None:
    x = X(signed("http://nowhere.invalid"), at())
    outcome = await x.send(post(), ())
    await x.close()
    assert isinstance(outcome, Retry)


async def test_duplicate_content_is_evidence_and_not_a_refusal() -> None:
    outcome = await outcome_of("send", problem(403, DUPLICATE))
    assert isinstance(outcome, Unconfirmed)
    assert "already" in outcome.reason


async def test_another_refusal_is_final() -> None:
    outcome = await outcome_of("send", problem(403, "Reply to this conversation is not allowed"))
    assert outcome == Rejected("X refused it: Reply to this conversation is not allowed")


@pytest.mark.parametrize(
    "reply",
    [
        problem(401, "Unauthorized"),
        problem(402, "Credits exhausted"),
        problem(403, "App-only is forbidden", "https://api.twitter.com/2/problems/unsupported-authentication"),
        Reply(403, {"errors": [{"code": 326, "message": "To protect our users, this account is locked"}]}),
        problem(404, "Not Found"),
        Reply(302, "", {"Location": "/elsewhere"}),
    ],
)
async def test_trouble_with_the_account_rests_the_account_and_loses_nothing(reply: Reply) -> None:
    outcome = await outcome_of("send", reply)
    assert isinstance(outcome, Retry)
    assert outcome.scope == "account"
    assert outcome.after == 300.0


async def test_a_bad_request_is_rejected_with_the_reason_of_x() -> None:
    reply = Reply(400, {"errors": [{"message": "Your post is too long"}], "title": "Invalid Request"})
    assert await outcome_of("send", reply) == Rejected("X refused it: Your post is too long")


def later(seconds: float) -> str:
    return str(int((NOW + timedelta(seconds=seconds)).timestamp()))


async def test_a_used_up_limit_waits_for_its_reset() -> None:
    reply = problem(429, "Too Many Requests", x_rate_limit_remaining="0", x_rate_limit_reset=later(720))
    assert await outcome_of("send", reply) == Retry("X's rate limit is used up", 720.0, "account")


async def test_the_daily_limit_waits_for_the_day_and_not_for_the_quarter_hour() -> None:
    reply = problem(
        429,
        "Too Many Requests",
        x_rate_limit_remaining="42",
        x_rate_limit_reset=later(300),
        x_user_limit_24hour_remaining="0",
        x_user_limit_24hour_reset=later(40_000),
    )
    assert await outcome_of("send", reply) == Retry("X's rate limit is used up", 40_000.0, "account")


@pytest.mark.parametrize("reply", [problem(429, "Too Many Requests"), Reply(429, "<html>slow down</html>")])
async def test_a_limit_without_a_reset_leaves_the_wait_to_us(reply: Reply) -> None:
    assert await outcome_of("send", reply) == Retry("X's rate limit is used up", None, "account")


async def test_the_last_post_of_a_window_says_how_long_to_rest() -> None:
    outcome = await outcome_of("send", created(x_rate_limit_remaining="0", x_rate_limit_reset=later(500)))
    assert isinstance(outcome, Delivered)
    assert outcome.rest == 500.0


async def test_a_post_cannot_be_amended() -> None:
    assert isinstance(await outcome_of("amend", CUT), Rejected)


async def test_a_deletion_names_the_post() -> None:
    async with scripted_server(Reply(200, {"data": {"deleted": True}})) as server:
        x = X(signed(server.url), at())
        outcome = await x.retract(post(), RECEIPTS)
        await x.close()
    assert outcome == Delivered(Receipt("post", ("1700",)))
    assert [(request.method, request.path) for request in server.requests] == [("DELETE", "/2/tweets/1700")]


async def test_a_thread_is_deleted_whole_when_the_retraction_has_one_part() -> None:
    thread = [Receipt(f"post-{number}", (str(1700 + number),)) for number in (1, 2, 3)]
    async with scripted_server(Reply(200, {"data": {"deleted": True}})) as server:
        x = X(signed(server.url), at())
        outcome = await x.retract(post(), thread)
        await x.close()
    assert isinstance(outcome, Delivered)
    assert [request.path for request in server.requests] == ["/2/tweets/1703", "/2/tweets/1702", "/2/tweets/1701"]


GONE = {"errors": [{"title": "Not Found Error", "type": "https://api.twitter.com/2/problems/resource-not-found"}]}


@pytest.mark.parametrize("reply", [problem(404, "Not Found"), Reply(404, GONE), Reply(200, GONE)])
async def test_a_post_that_is_gone_already_is_retracted(reply: Reply) -> None:
    assert isinstance(await outcome_of("retract", reply), Delivered)


async def test_a_deletion_that_x_does_not_confirm_is_repeated() -> None:
    assert isinstance(await outcome_of("retract", Reply(200, {"data": {"deleted": False}})), Retry)


async def test_nothing_can_be_done_to_a_post_that_is_not_known() -> None:
    assert isinstance(await outcome_of("retract", CUT, receipts=()), Rejected)


def timeline(*posts: dict[str, object], next_token: str | None = None) -> Reply:
    meta: dict[str, object] = {"result_count": len(posts)}
    if next_token:
        meta["next_token"] = next_token
    return Reply(200, {"data": list(posts), "meta": meta} if posts else {"meta": meta})


def as_x_returns(text: str, post_id: str = "1702") -> dict[str, object]:
    short = "https://t.co/abcdefghij"
    link = {"start": text.index(URL), "end": len(text), "url": short, "expanded_url": URL}
    wrapped = text.replace(URL, short).replace("&", "&amp;")
    return {"id": post_id, "text": wrapped, "entities": {"urls": [link]}}


async def found_in(*pages: Reply, text: str = TEXT) -> Delivered | Absent | Unknown:
    async with scripted_server(*pages) as server:
        x = X(signed(server.url), at())
        found = await x.probe(post(text), NOW)
        await x.close()
        return found


async def test_a_post_is_recognised_though_x_wrapped_its_link() -> None:
    found = await found_in(timeline({"id": "1", "text": "another"}, as_x_returns(TEXT)))
    assert found == Delivered(Receipt("post", ("1702",), "https://x.com/ExampleExchange/status/1702"))


async def test_an_ampersand_and_a_bare_domain_do_not_hide_a_post() -> None:
    text = f"Q&A on example.com\n{URL}"
    returned = as_x_returns(text)
    assert isinstance(returned["entities"], dict)
    bare = {"url": "https://t.co/bare", "expanded_url": "http://example.com"}
    returned["text"] = str(returned["text"]).replace("example.com", "https://t.co/bare", 1)
    returned["entities"]["urls"].append(bare)
    assert isinstance(await found_in(timeline(returned), text=text), Delivered)


async def test_a_long_post_is_read_from_its_note() -> None:
    whole = as_x_returns(TEXT)
    returned: dict[str, object] = {"id": "1702", "text": "Example Exchange will…", "note_tweet": whole}
    assert isinstance(await found_in(timeline(returned)), Delivered)


async def test_a_post_on_a_later_page_is_found() -> None:
    assert isinstance(
        await found_in(timeline({"id": "1", "text": "another"}, next_token="n"), timeline(as_x_returns(TEXT))),
        Delivered,
    )


@pytest.mark.parametrize("reply", [timeline(), timeline({"id": "1", "text": "another"})])
async def test_a_timeline_without_the_post_says_absent(reply: Reply) -> None:
    assert await found_in(reply) == Absent()


@pytest.mark.parametrize(
    "reply",
    [
        CUT,
        Reply(503, "<html>"),
        problem(429, "Too Many Requests"),
        problem(401),
        Reply(200, {"errors": [{"detail": "Could not find user"}]}),
        timeline({"id": "1", "text": "another"}, next_token="again"),
    ],
)
async def test_a_timeline_that_cannot_be_read_whole_says_unknown(reply: Reply) -> None:
    found = await found_in(reply)
    assert isinstance(found, Unknown)
    assert found.reason


async def test_the_timeline_is_asked_from_shortly_before_the_first_try() -> None:
    async with scripted_server(timeline()) as server:
        x = X(signed(server.url), at())
        await x.probe(post(), NOW)
        await x.close()
    asked = parse_qs(urlsplit(server.requests[0].path).query)
    assert asked["start_time"] == ["2026-12-03T01:58:00Z"]
    assert asked["tweet.fields"] == ["created_at,entities,note_tweet"]


async def test_no_log_shows_a_key(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        async with scripted_server(created()) as server:
            for account in (signed(server.url), with_token(server.url)):
                x = X(account, at())
                await x.send(post(), ())
                await x.close()
    assert "sandbox-" not in caplog.text
    assert "Authorization" not in caplog.text
