"""The adapter over HTTP: what arrives is signed and known again, and every answer has its meaning."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from channels.webhook.sending import Webhook
from publisher.channel import Delivered, Outcome, Part, Receipt, Rejected, Retry, Unknown
from publisher.channel.signing import keys, signatures
from publisher.sandbox import Channel, Effect, Fault, Sandbox
from tests.channels.scripted_http import CUT, HANG, Reply, Request, closed_port, scripted_server
from tests.channels.webhook.builders import NEWER, NOW, SECRET, account, at, event, target

DOCS = Path(__file__).parents[3] / "docs/channels/webhook.md"
ACCEPTED = Reply(202, {"id": "evt_9"})


def now() -> datetime:
    return datetime.now(UTC)


async def outcome_of(reply: Reply, operation: str = "send") -> Outcome:
    async with scripted_server(reply) as server:
        webhook = Webhook(account(server.url, timeout=0.5 if reply is HANG else 5), now)
        try:
            outcome: Outcome = await getattr(webhook, operation)(event(), ())
        finally:
            await webhook.close()
        assert len(server.requests) == 1, "one call is one request"
        return outcome


async def requests(*calls: tuple[str, Part], secret: str = SECRET, moment: datetime = NOW) -> list[Request]:
    """What was sent for these operations."""
    async with scripted_server(ACCEPTED) as server:
        webhook = Webhook(account(server.url, secret=secret), at(moment))
        for operation, part in calls:
            await getattr(webhook, operation)(part, ())
        await webhook.close()
        return server.requests


def test_the_signature_is_that_of_the_standards_own_test() -> None:
    found = signatures(keys(NEWER), "msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330", b'{"test": 2432232314}')

    assert found == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


async def test_an_event_names_its_type_its_time_and_its_data() -> None:
    part = event(published_at="2026-12-03T02:00:00Z")
    [request] = await requests(("send", part))

    assert (request.method, request.headers["content-type"]) == ("POST", "application/json")
    assert json.loads(request.body) == {
        "type": "announcement.published",
        "timestamp": "2026-12-03T02:00:00Z",
        "data": part.content,
    }


async def test_a_correction_and_a_withdrawal_are_events_of_their_own() -> None:
    found = await requests(("send", event()), ("amend", event()), ("retract", event()))

    types = ["announcement.published", "announcement.amended", "announcement.withdrawn"]
    assert [json.loads(request.body)["type"] for request in found] == types
    assert len({request.headers["webhook-id"] for request in found}) == 3


async def test_a_repeat_has_the_same_id_and_body_and_a_fresh_signature() -> None:
    [first] = await requests(("send", event()))
    [again] = await requests(("send", event()), moment=NOW + timedelta(hours=1))

    assert (again.headers["webhook-id"], again.body) == (first.headers["webhook-id"], first.body)
    assert int(again.headers["webhook-timestamp"]) - int(first.headers["webhook-timestamp"]) == 3600
    assert again.headers["webhook-signature"] != first.headers["webhook-signature"]


async def test_two_destinations_and_two_publications_never_share_an_id() -> None:
    elsewhere = event(target(destination="push-vip"))
    later = event(published_at="2026-12-03T02:00:01Z")
    found = await requests(("send", event()), ("send", elsewhere), ("send", later))

    assert len({request.headers["webhook-id"] for request in found}) == 3
    assert all(re.fullmatch(r"msg_[0-9a-f]{32}", request.headers["webhook-id"]) for request in found)


def documented() -> dict[str, Any]:
    """What the examples of the documentation define."""
    examples = re.findall(r"```python\n(.*?)```", DOCS.read_text(encoding="utf-8"), re.DOTALL)
    names: dict[str, Any] = {}
    exec("\n".join(examples), names)
    return names


@pytest.mark.parametrize("known", [SECRET, NEWER])
async def test_the_documented_receiver_takes_what_was_sent_with_either_secret(known: str) -> None:
    [request] = await requests(("send", event()), secret=f"{NEWER} {SECRET}", moment=now())

    taken = documented()["verified"](known, request.headers, request.body)

    assert taken["data"]["record"]["reference"] == "ANN-2026-00042"


@pytest.mark.parametrize("wrong", ["body", "secret", "age", "id"])
async def test_the_documented_receiver_refuses_everything_else(wrong: str) -> None:
    moment = now() - timedelta(minutes=6) if wrong == "age" else now()
    [request] = await requests(("send", event()), moment=moment)
    headers = {**request.headers, **({"webhook-id": "msg_other"} if wrong == "id" else {})}
    body = request.body.replace(b"app-users", b"everybody") if wrong == "body" else request.body

    with pytest.raises(ValueError):
        documented()["verified"](NEWER if wrong == "secret" else SECRET, headers, body)


async def test_the_receipt_is_the_endpoints_own_id() -> None:
    assert await outcome_of(ACCEPTED) == Delivered(Receipt("event", ("evt_9",)))


@pytest.mark.parametrize(
    "reply",
    [
        Reply(200),
        Reply(204),
        Reply(200, "<html>thanks</html>"),
        Reply(200, [1]),
        Reply(200, {"id": None}),
        Reply(200, {"id": "x" * 101}),
        Reply(200, {"id": "a\nb"}),
        Reply(200, "short", {"Content-Length": "999"}),
    ],
)
async def test_without_one_it_is_ours_and_the_event_is_there_all_the_same(reply: Reply) -> None:
    outcome = await outcome_of(reply)

    assert isinstance(outcome, Delivered), outcome
    assert re.fullmatch(r"msg_[0-9a-f]{32}", outcome.receipt.ids[0])


async def test_an_endpoint_that_is_gone_is_not_called_again() -> None:
    outcome = await outcome_of(Reply(410))

    assert isinstance(outcome, Rejected)
    assert outcome.disable_target


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 413, 422])
async def test_a_refusal_ends_this_event_only(status: int) -> None:
    assert await outcome_of(Reply(status)) == Rejected(f"the endpoint refused it with {status}")


@pytest.mark.parametrize("status", [408, 425, 429, 500, 502, 503, 504])
async def test_what_may_pass_is_tried_again_when_the_endpoint_says(status: int) -> None:
    outcome = await outcome_of(Reply(status, headers={"Retry-After": "37"}))

    assert isinstance(outcome, Retry)
    assert (outcome.after, outcome.scope) == (37.0, "target")


@pytest.mark.parametrize("said", ["", "Wed, 21 Oct 2026 07:28:00 GMT", "-1", "1.5", "٣"])
async def test_a_wait_that_is_no_number_of_seconds_is_left_to_the_back_off(said: str) -> None:
    outcome = await outcome_of(Reply(503, headers={"Retry-After": said}))

    assert isinstance(outcome, Retry)
    assert outcome.after is None


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_redirect_is_not_followed(status: int) -> None:
    async with scripted_server(ACCEPTED) as elsewhere:
        outcome = await outcome_of(Reply(status, headers={"Location": elsewhere.url}))

        assert elsewhere.requests == []
    assert isinstance(outcome, Retry)
    assert outcome.scope == "account"


@pytest.mark.parametrize("operation", ["send", "amend", "retract"])
@pytest.mark.parametrize("reply", [CUT, HANG])
async def test_a_lost_answer_is_simply_repeated(operation: str, reply: Reply) -> None:
    assert isinstance(await outcome_of(reply, operation), Retry)


async def test_an_endpoint_that_is_not_there_got_nothing() -> None:
    webhook = Webhook(account(await closed_port()), now)
    outcome = await webhook.send(event(), ())
    await webhook.close()

    assert outcome == Retry("the endpoint: no connection to it")


async def test_there_is_nothing_to_read_back() -> None:
    webhook = Webhook(account("http://127.0.0.1:9"), now)

    assert isinstance(await webhook.probe(event(), NOW), Unknown)


# through the sandbox


async def test_an_event_whose_answer_was_lost_is_taken_once() -> None:
    async with Sandbox() as sandbox:
        webhook = Webhook(account(sandbox.addresses()["webhook"]), now)
        sandbox.faults.add(Fault(Channel.WEBHOOK, Effect.LOSE_ANSWER, times=1))
        outcomes = [await webhook.send(event(), ()) for _ in range(2)]
        await webhook.close()

        assert isinstance(outcomes[0], Retry)
        assert isinstance(outcomes[1], Delivered)
        [taken] = sandbox.webhook.newest()
        assert (taken.repeats, sandbox.arrivals.totals[Channel.WEBHOOK]) == (1, 1)
        assert outcomes[1].receipt.ids == (taken.id,)


async def test_a_secret_that_the_endpoint_does_not_know_is_refused() -> None:
    async with Sandbox() as sandbox:
        webhook = Webhook(account(sandbox.webhook.url, secret=NEWER), now)
        outcome = await webhook.send(event(), ())
        await webhook.close()

        assert outcome == Rejected("the endpoint refused it with 401")
        assert sandbox.webhook.newest() == []


async def test_an_endpoint_under_load_is_obeyed() -> None:
    async with Sandbox() as sandbox:
        webhook = Webhook(account(sandbox.webhook.url), now)
        sandbox.faults.add(Fault(Channel.WEBHOOK, Effect.THROTTLE, seconds=7))
        outcome = await webhook.send(event(), ())
        await webhook.close()

    assert outcome == Retry("the endpoint asks to slow down", 7.0)
