"""The adapter through the real SDK against a server that misbehaves on command."""

from __future__ import annotations

import json
import logging
from collections.abc import Sequence
from datetime import UTC, datetime

import pytest

from channels.telegram.sending import Telegram
from publisher.channel import Delivered, Outcome, Part, Receipt, Rejected, Retry, Unconfirmed, Unknown
from tests.channels.scripted_http import CUT, HANG, Reply, ScriptedServer, closed_port, scripted_server
from tests.channels.telegram.builders import RECEIPTS, TOKEN, accepted, account, done, message, pin, refused

DOUBTFUL = [CUT, HANG, Reply(502, "<html>bad gateway</html>"), Reply(500, {"ok": False}), Reply(200, {"ok": False})]


async def outcome_of(
    operation: str, reply: Reply, part: Part | None = None, receipts: Sequence[Receipt] = RECEIPTS
) -> Outcome:
    async with scripted_server(reply) as server:
        telegram = Telegram(account(server.url, timeout=0.5 if reply is HANG else 10))
        try:
            done: Outcome = await getattr(telegram, operation)(part or message(), receipts)
        finally:
            await telegram.close()
        assert len(server.requests) <= 1, "one call is one request"
        return done


async def test_a_sent_message_has_its_id_and_public_link() -> None:
    assert await outcome_of("send", accepted(9)) == Delivered(
        Receipt("message", ("9",), "https://t.me/example_exchange/9")
    )


async def test_the_request_is_the_part_and_nothing_else_is_asked() -> None:
    async with scripted_server(accepted()) as server:
        telegram = Telegram(account(server.url))
        await telegram.send(message("<b>Листинг</b>", silent=True, link_preview="large", thread_id=3), ())
        await telegram.close()

    (request,) = server.requests
    assert request.path == f"/bot{TOKEN}/sendMessage"
    preview = json.loads(request.form.pop("link_preview_options"))
    assert preview == {"url": "https://example.com/en-US/ANN-2026-00042", "prefer_large_media": True}
    assert {name: value for name, value in request.form.items() if name != "link_preview_options"} == {
        "chat_id": "-1001000000001",
        "text": "<b>Листинг</b>",
        "parse_mode": "HTML",
        "disable_notification": "true",
        "protect_content": "false",
        "message_thread_id": "3",
    }


@pytest.mark.parametrize("reply", DOUBTFUL)
async def test_a_doubtful_answer_to_a_message_is_unconfirmed(reply: Reply) -> None:
    assert isinstance(await outcome_of("send", reply), Unconfirmed)


@pytest.mark.parametrize("operation", ["amend", "retract"])
@pytest.mark.parametrize("reply", DOUBTFUL)
async def test_a_doubtful_edit_or_deletion_is_simply_repeated(operation: str, reply: Reply) -> None:
    assert isinstance(await outcome_of(operation, reply), Retry)


@pytest.mark.parametrize("operation", ["pin", "unpin"])
async def test_a_doubtful_pin_is_simply_repeated(operation: str) -> None:
    outcome, _ = await pinned(operation, CUT)
    assert isinstance(outcome, Retry)


async def test_a_server_that_is_not_there_got_nothing() -> None:
    telegram = Telegram(account(await closed_port()))
    outcome = await telegram.send(message(), ())
    await telegram.close()
    assert isinstance(outcome, Retry)
    assert outcome.scope == "target"


async def test_a_flood_wait_is_obeyed_to_the_second() -> None:
    outcome = await outcome_of("send", refused(429, "Too Many Requests: retry after 37", retry_after=37))
    assert outcome == Retry("Telegram asks to slow down", 37.0)


@pytest.mark.parametrize("reply", [refused(429, "Too Many Requests"), Reply(429, "<html>slow down</html>")])
async def test_a_flood_wait_without_a_time_is_still_not_sent(reply: Reply) -> None:
    assert await outcome_of("send", reply) == Retry("Telegram asks to slow down", None)


async def test_a_wrong_token_is_the_accounts_trouble() -> None:
    outcome = await outcome_of("send", refused(401, "Unauthorized"))
    assert isinstance(outcome, Retry)
    assert outcome.scope == "account"
    assert "token" in outcome.reason


async def test_404_does_not_blame_the_token_first() -> None:
    outcome = await outcome_of("send", refused(404, "Not Found"))
    assert isinstance(outcome, Retry)
    assert outcome.scope == "account"
    assert outcome.reason.startswith("404: check the account's api_url")


async def test_a_refused_text_is_rejected_with_telegrams_reason() -> None:
    outcome = await outcome_of("send", refused(400, "Bad Request: message is too long"))
    assert outcome == Rejected("Telegram refused it: Message is too long")


async def test_a_kicked_bot_disables_the_target() -> None:
    outcome = await outcome_of("send", refused(403, "Forbidden: bot was kicked from the channel chat"))
    assert isinstance(outcome, Rejected)
    assert outcome.disable_target


async def test_a_migrated_group_names_its_new_number() -> None:
    outcome = await outcome_of("send", refused(400, "Bad Request: upgraded", migrate_to_chat_id=-100200300))
    assert isinstance(outcome, Rejected)
    assert "-100200300" in outcome.reason


async def test_an_edit_changes_the_message_that_was_sent() -> None:
    async with scripted_server(accepted()) as server:
        telegram = Telegram(account(server.url))
        outcome = await telegram.amend(message("<b>Corrected</b>"), RECEIPTS)
        await telegram.close()

    assert outcome == Delivered(RECEIPTS[0])
    (request,) = server.requests
    assert request.path.endswith("/editMessageText")
    assert (request.form["message_id"], request.form["text"]) == ("7", "<b>Corrected</b>")


async def test_an_edit_that_changes_nothing_is_delivered() -> None:
    not_modified = refused(400, "Bad Request: message is not modified: specified new message content is the same")
    assert await outcome_of("amend", not_modified) == Delivered(RECEIPTS[0])


@pytest.mark.parametrize("operation", ["amend", "retract"])
async def test_nothing_can_be_done_to_a_message_that_is_not_known(operation: str) -> None:
    assert isinstance(await outcome_of(operation, done(), receipts=()), Rejected)


async def test_an_edit_of_a_deleted_message_is_rejected() -> None:
    assert isinstance(await outcome_of("amend", refused(400, "Bad Request: message to edit not found")), Rejected)


async def test_a_deletion_names_the_message() -> None:
    async with scripted_server(done()) as server:
        telegram = Telegram(account(server.url))
        outcome = await telegram.retract(message(), RECEIPTS)
        await telegram.close()

    assert outcome == Delivered(Receipt("message", ("7",)))
    assert server.requests[0].path.endswith("/deleteMessage")
    assert server.requests[0].form == {"chat_id": "-1001000000001", "message_id": "7"}


async def test_a_message_that_is_gone_already_is_retracted() -> None:
    outcome = await outcome_of("retract", refused(400, "Bad Request: message to delete not found"))
    assert isinstance(outcome, Delivered)


async def test_a_message_too_old_to_delete_is_rejected_with_what_to_do() -> None:
    outcome = await outcome_of("retract", refused(400, "Bad Request: message can't be deleted"))
    assert isinstance(outcome, Rejected)
    assert "48 hours" in outcome.reason
    assert "edit" in outcome.reason


@pytest.mark.parametrize("operation", ["send", "amend", "retract"])
async def test_a_wish_to_be_pinned_is_noted_and_calls_nobody(operation: str) -> None:
    noted = Delivered(Receipt("pin", ("7",), "https://t.me/example_exchange/7"))
    assert await outcome_of(operation, CUT, pin()) == noted


@pytest.mark.parametrize(("operation", "method"), [("pin", "pinChatMessage"), ("unpin", "unpinChatMessage")])
async def test_a_pin_names_its_message(operation: str, method: str) -> None:
    outcome, server = await pinned(operation, done())

    assert outcome == Delivered(RECEIPTS[0])
    assert server.requests[0].path.endswith(f"/{method}")
    assert server.requests[0].form["message_id"] == "7"


async def test_a_pin_without_the_right_to_pin_is_rejected() -> None:
    outcome, _ = await pinned("pin", refused(400, "Bad Request: not enough rights to manage pinned messages"))
    assert isinstance(outcome, Rejected)


async def test_what_is_gone_need_not_be_unpinned() -> None:
    outcome, _ = await pinned("unpin", refused(400, "Bad Request: message to unpin not found"))
    assert isinstance(outcome, Delivered)


async def pinned(operation: str, reply: Reply) -> tuple[Outcome, ScriptedServer]:
    async with scripted_server(reply) as server:
        telegram = Telegram(account(server.url))
        outcome: Outcome = await getattr(telegram, operation)(pin(), RECEIPTS[0])
        await telegram.close()
    return outcome, server


async def test_a_bot_cannot_read_back() -> None:
    telegram = Telegram(account("http://127.0.0.1:9"))
    found = await telegram.probe(message(), datetime(2026, 12, 3, tzinfo=UTC))
    await telegram.close()
    assert isinstance(found, Unknown)


async def test_no_log_shows_the_token(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        await outcome_of("send", accepted())
        await outcome_of("send", Reply(500, "<html>"))
    assert "sendMessage" in caplog.text
    assert TOKEN not in caplog.text


async def test_closing_gives_the_loggers_back() -> None:
    before = list(logging.getLogger("httpx").filters)
    telegram = Telegram(account("http://127.0.0.1:9"))
    await telegram.close()
    assert logging.getLogger("httpx").filters == before
