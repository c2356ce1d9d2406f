"""The adapter against a server that misbehaves on command, and through the sandbox's twin."""

from __future__ import annotations

import json
import logging
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from channels.discord.sending import Discord, nonce
from publisher.channel import Absent, Delivered, Outcome, Part, Receipt, Rejected, Retry, Unconfirmed, Unknown
from publisher.sandbox import Channel, Effect, Fault, Sandbox, World
from tests.channels.discord.builders import (
    CHANNEL,
    RECEIPTS,
    SERVER,
    TEXT,
    accepted,
    account,
    filled,
    message,
    parts,
    refused,
)
from tests.channels.scripted_http import CUT, HANG, Reply, Request, closed_port, scripted_server

DOUBTFUL = [CUT, HANG, Reply(502, "<html>bad gateway</html>"), refused(500, 0), Reply(200, "<html>"), Reply(408)]
SINCE = datetime(2026, 12, 3, 2, 0, tzinfo=UTC)
SINCE_ID = (int(SINCE.timestamp() * 1000) - 1_420_070_400_000) << 22
"""What Discord would call a message of that moment."""


async def outcome_of(
    operation: str, reply: Reply, part: Part | None = None, receipts: Sequence[Receipt] = RECEIPTS
) -> Outcome:
    async with scripted_server(reply) as server:
        discord = Discord(account(server.url, timeout=0.5 if reply is HANG else 10))
        try:
            done: Outcome = await getattr(discord, operation)(part or message(), receipts)
        finally:
            await discord.close()
        assert len(server.requests) <= 1, "one call is one request"
        return done


async def request_of(operation: str, part: Part) -> Request:
    async with scripted_server(accepted()) as server:
        discord = Discord(account(server.url))
        await getattr(discord, operation)(part, RECEIPTS)
        await discord.close()
        [request] = server.requests
        return request


async def test_a_message_mentions_nobody_and_cannot_come_twice() -> None:
    part = message("@everyone hello")
    request = await request_of("send", part)

    assert (request.method, request.path) == ("POST", f"/channels/{CHANNEL}/messages")
    assert request.headers["authorization"] == f"Bot {SERVER.token}"
    assert request.headers["user-agent"].startswith("DiscordBot (")
    assert json.loads(request.body) == {
        "content": "@everyone hello",
        "allowed_mentions": {"parse": []},
        "flags": 4,
        "nonce": nonce(part),
        "enforce_nonce": True,
    }


@pytest.mark.parametrize(
    ("options", "flags"), [({}, 4), ({"silent": True}, 4100), ({"link_preview": True}, 0)], ids=str
)
async def test_the_operator_decides_about_noise_and_pictures(options: dict[str, bool], flags: int) -> None:
    request = await request_of("send", message(TEXT, CHANNEL, **options))

    assert json.loads(request.body)["flags"] == flags


def test_the_nonce_is_that_of_one_publication() -> None:
    [part] = parts()
    later = filled(part, published_at="2026-12-03T02:00:01Z")

    assert nonce(message()) == nonce(message())
    assert len({nonce(message()), nonce(message("## Other")), nonce(later)}) == 3
    assert len(nonce(part)) == 25


async def test_an_edit_mentions_nobody_either_and_keeps_what_only_sending_may_set() -> None:
    request = await request_of("amend", message("## Corrected", CHANNEL, silent=True))

    assert (request.method, request.path) == ("PATCH", f"/channels/{CHANNEL}/messages/1700")
    assert json.loads(request.body) == {"content": "## Corrected", "allowed_mentions": {"parse": []}, "flags": 4}


async def test_a_deletion_names_the_message() -> None:
    request = await request_of("retract", message())

    assert (request.method, request.path) == ("DELETE", f"/channels/{CHANNEL}/messages/1700")
    assert request.body == b""


async def test_a_sent_message_has_its_address_where_the_server_is_known() -> None:
    with_server = await outcome_of("send", accepted("9"), message(TEXT, CHANNEL, server=SERVER.id))

    assert await outcome_of("send", accepted("9")) == Delivered(Receipt("message", ("9",)))
    url = f"https://discord.com/channels/{SERVER.id}/{CHANNEL}/9"
    assert with_server == Delivered(Receipt("message", ("9",), url))


@pytest.mark.parametrize("reply", [*DOUBTFUL, Reply(200, [1]), Reply(200, {"content": "no id"}), Reply(204)])
async def test_a_doubtful_answer_to_a_message_is_unconfirmed(reply: Reply) -> None:
    assert isinstance(await outcome_of("send", reply), Unconfirmed)


@pytest.mark.parametrize("operation", ["amend", "retract"])
@pytest.mark.parametrize("reply", DOUBTFUL)
async def test_a_doubtful_edit_or_deletion_is_simply_repeated(operation: str, reply: Reply) -> None:
    assert isinstance(await outcome_of(operation, reply), Retry)


@pytest.mark.parametrize("operation", ["amend", "retract"])
async def test_nothing_can_be_done_to_a_message_that_is_not_known(operation: str) -> None:
    assert isinstance(await outcome_of(operation, accepted(), receipts=()), Rejected)


async def test_an_edit_of_a_deleted_message_is_rejected() -> None:
    assert isinstance(await outcome_of("amend", refused(404, 10008, "Unknown Message")), Rejected)


@pytest.mark.parametrize("code", [10003, 10008])
async def test_a_message_that_is_gone_already_is_retracted(code: int) -> None:
    assert isinstance(await outcome_of("retract", refused(404, code)), Delivered)


async def test_a_server_that_is_not_there_got_nothing() -> None:
    discord = Discord(account(await closed_port()))
    outcome = await discord.send(message(), ())
    await discord.close()

    assert isinstance(outcome, Retry)
    assert outcome.scope == "target"


async def test_a_redirect_is_not_followed() -> None:
    async with scripted_server(accepted()) as elsewhere:
        outcome = await outcome_of("send", Reply(307, headers={"Location": elsewhere.url}))

        assert elsewhere.requests == []
    assert isinstance(outcome, Retry)
    assert outcome.scope == "account"


async def test_no_log_and_no_reason_shows_the_token(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        outcomes = [await outcome_of("send", reply) for reply in (accepted(), CUT, refused(401, 0))]
    assert SERVER.token not in caplog.text
    assert SERVER.token not in repr(outcomes)


# reading back, against what the twin never says


def listed(*messages: dict[str, object]) -> Sequence[Reply]:
    return [Reply(200, {"id": SERVER.bot_id}), Reply(200, list(messages))]


def entry(content: str, author: str = SERVER.bot_id, after: int = 1, **more: object) -> dict[str, object]:
    return {"id": str(SINCE_ID + after), "content": content, "author": {"id": author}, **more}


async def probed(*replies: Reply) -> Delivered | Absent | Unknown:
    async with scripted_server(*replies) as server:
        discord = Discord(account(server.url))
        found = await discord.probe(message(), SINCE)
        await discord.close()
        return found


async def test_somebody_elses_copy_is_not_ours() -> None:
    assert await probed(*listed(entry(TEXT, author="1"), entry("other"))) == Absent()


async def test_a_nonce_decides_where_discord_returns_it() -> None:
    assert await probed(*listed(entry(TEXT, nonce="another"))) == Absent()
    assert isinstance(await probed(*listed(entry("as edited", nonce=nonce(message())))), Delivered)


async def test_the_same_text_of_long_ago_is_another_message() -> None:
    hour = 3_600_000 << 22

    assert await probed(*listed(entry(TEXT, after=-hour))) == Absent()


@pytest.mark.parametrize(
    "reply",
    [
        Reply(200, []),
        Reply(200, {"id": "1"}),
        Reply(200, [{"content": TEXT}]),
        Reply(200, [entry("x", after=1) | {"id": "newest"}]),
        refused(403, 50001),
        refused(429, 0, retry_after=1),
        Reply(502, "<html>"),
        CUT,
    ],
)
async def test_what_cannot_be_read_is_unknown_and_not_absent(reply: Reply) -> None:
    assert isinstance(await probed(Reply(200, {"id": SERVER.bot_id}), reply), Unknown)


async def test_a_channel_that_is_too_lively_is_unknown() -> None:
    page = [entry("chatter", author="1", after=number) for number in range(100)]

    assert await probed(Reply(200, {"id": SERVER.bot_id}), Reply(200, page)) == Unknown(
        "more than 500 messages since then"
    )


# through the twin


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    async with Sandbox() as running:
        yield running


@pytest.fixture
async def discord(sandbox: Sandbox) -> AsyncIterator[Discord]:
    adapter = Discord(account(sandbox.addresses()["discord"]))
    yield adapter
    await adapter.close()


async def test_a_message_is_sent_read_back_edited_and_deleted(sandbox: Sandbox, discord: Discord) -> None:
    [room, _] = sandbox.discord.rooms()
    since = datetime.now(UTC)
    sent = await discord.send(message(), ())
    assert isinstance(sent, Delivered)
    assert await discord.probe(message(), since) == Delivered(sent.receipt)
    assert isinstance(await discord.amend(message("## Corrected"), [sent.receipt]), Delivered)
    assert [seen.content for seen in room.newest()] == ["## Corrected"]
    assert await discord.probe(message(), since) == Absent()
    assert isinstance(await discord.retract(message(), [sent.receipt]), Delivered)
    assert room.newest() == []


async def test_a_lost_answer_is_unconfirmed_and_read_back(sandbox: Sandbox, discord: Discord) -> None:
    sandbox.faults.add(Fault(Channel.DISCORD, Effect.LOSE_ANSWER, stage="create", times=1))
    since = datetime.now(UTC)

    assert isinstance(await discord.send(message(), ()), Unconfirmed)
    assert isinstance(await discord.probe(message(), since), Delivered)


async def test_a_repeat_after_a_lost_answer_finds_the_first_message(sandbox: Sandbox, discord: Discord) -> None:
    sandbox.faults.add(Fault(Channel.DISCORD, Effect.LOSE_ANSWER, stage="create", times=1))
    await discord.send(message(), ())
    again = await discord.send(message(), ())

    [only] = sandbox.discord.rooms()[0].newest()
    assert again == Delivered(Receipt("message", (only.id,)))


async def test_a_channels_limit_is_obeyed(discord: Discord) -> None:
    outcomes = [await discord.send(message(f"## Listing {number}"), ()) for number in range(6)]

    assert [type(outcome) for outcome in outcomes] == [Delivered] * 5 + [Retry]
    assert isinstance(outcomes[-1], Retry)
    assert 0 < (outcomes[-1].after or 0) <= 5


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"can_see": False}, "View Channel"),
        ({"can_send": False}, "Send Messages"),
        ({"id": "1" * 18}, "no such channel"),
    ],
)
async def test_a_missing_right_disables_the_target_and_names_the_right(change: dict[str, object], says: str) -> None:
    [first, other] = SERVER.channels
    world = World(discord=replace(SERVER, channels=(replace(first, **change), other)))  # type: ignore[arg-type]
    async with Sandbox(world) as sandbox:
        discord = Discord(account(sandbox.discord.url))
        outcome = await discord.send(message(), ())
        await discord.close()

    assert isinstance(outcome, Rejected)
    assert outcome.disable_target
    assert says in outcome.reason


async def test_a_history_that_may_not_be_read_is_not_an_empty_one() -> None:
    [first, other] = SERVER.channels
    world = World(discord=replace(SERVER, channels=(replace(first, can_read_history=False), other)))
    async with Sandbox(world) as sandbox:
        discord = Discord(account(sandbox.discord.url))
        since = datetime.now(UTC)
        await discord.send(message(), ())
        found = await discord.probe(message(), since)
        await discord.close()

    assert isinstance(found, Unknown)
    assert "Read Message History" in found.reason


async def test_a_wrong_token_is_the_accounts_trouble(sandbox: Sandbox) -> None:
    discord = Discord(account(sandbox.discord.url, token=SERVER.token[:-1] + "2"))
    outcome = await discord.send(message(), ())
    await discord.close()

    assert isinstance(outcome, Retry)
    assert outcome.scope == "account"
    assert "token" in outcome.reason


async def test_what_the_check_calls_too_long_discord_refuses(discord: Discord) -> None:
    assert isinstance(await discord.send(message("x" * 2001), ()), Rejected)
    assert isinstance(await discord.send(message("x" * 2000), ()), Delivered)
