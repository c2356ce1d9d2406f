from __future__ import annotations

import json
import struct
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any

import httpx
import pytest
from telegram import Bot, InputFile, LinkPreviewOptions, Message, MessageEntity, ReplyParameters
from telegram.error import BadRequest, ChatMigrated, Forbidden, InvalidToken, RetryAfter, TelegramError
from telegram.request import HTTPXRequest

from publisher.sandbox import Channel, Sandbox
from publisher.sandbox.telegram.parameters import METHODS
from tests.sandbox.conftest import CHANNEL, GROUP, PRIVATE, HandClock

# The SDK warns of a change to come whenever it makes a RetryAfter itself.
pytestmark = pytest.mark.filterwarnings("ignore::telegram.warnings.PTBDeprecationWarning")
SPEC = Path(__file__).resolve().parents[3] / "shared" / "data" / "telegram" / "bot-api.json"
PNG = b"\x89PNG\r\n\x1a\n" + struct.pack(">I4sII", 13, b"IHDR", 640, 480) + b"\x08\x02\x00\x00\x00"


@pytest.fixture
async def bot(sandbox: Sandbox) -> AsyncIterator[Bot]:
    request = HTTPXRequest()
    yield Bot(sandbox.world.bots[0].token, base_url=sandbox.telegram.url + "/bot", request=request)
    await request.shutdown()


async def call(sandbox: Sandbox, method: str, token: str = "", **request: Any) -> Mapping[str, Any]:
    """One plain request; the answer's JSON."""
    url = f"{sandbox.telegram.url}/bot{token or sandbox.world.bots[0].token}/{method}"
    async with httpx.AsyncClient() as client:
        answer: Mapping[str, Any] = (await client.post(url, **request)).json()
        return answer


async def test_a_message_arrives_as_it_was_written(bot: Bot, sandbox: Sandbox, clock: HandClock) -> None:
    message = await bot.send_message(
        "@example_exchange",
        "<b>Risk & warning</b>\nACME".replace("&", "&amp;"),
        parse_mode="HTML",
        link_preview_options=LinkPreviewOptions(is_disabled=True),
        disable_notification=True,
    )

    [arrival] = sandbox.arrivals.newest(Channel.TELEGRAM)
    assert (message.text, message.chat.id, message.date) == ("Risk & warning\nACME", CHANNEL.id, clock.now())
    assert message.entities == (MessageEntity("bold", 0, 14),)
    assert message.sender_chat is not None
    assert message.sender_chat.username == "example_exchange"
    assert (arrival.action, arrival.target, arrival.given_id) == ("sendMessage", "@example_exchange", "1")
    assert arrival.parameters["text"] == "<b>Risk &amp; warning</b>\nACME"
    assert json.loads(str(arrival.parameters["link_preview_options"])) == {"is_disabled": True}
    assert b"parse_mode=HTML" in arrival.raw


async def test_the_same_by_json_and_by_query(sandbox: Sandbox) -> None:
    by_json = await call(sandbox, "sendMessage", json={"chat_id": CHANNEL.id, "text": "1", "protect_content": True})
    by_query = await call(sandbox, "SENDMESSAGE", params={"chat_id": CHANNEL.id, "text": "2"})

    assert (by_json["result"]["message_id"], by_query["result"]["message_id"]) == (1, 2)


async def test_entities_beside_the_text(bot: Bot) -> None:
    message = await bot.send_message(CHANNEL.id, "🏦 Notice", entities=[MessageEntity("bold", 3, 6)])

    assert message.parse_entities() == {MessageEntity("bold", 3, 6): "Notice"}


async def test_edit_keeps_the_message_and_marks_it(bot: Bot, clock: HandClock) -> None:
    sent = await bot.send_message(CHANNEL.id, "10:00")
    clock.forward(hours=1)

    edited = await bot.edit_message_text("11:00", CHANNEL.id, sent.message_id)

    assert isinstance(edited, Message)
    assert (edited.message_id, edited.text, edited.date, edited.edit_date) == (1, "11:00", sent.date, clock.now())


async def test_an_edit_that_changes_nothing_is_refused(bot: Bot) -> None:
    sent = await bot.send_message(CHANNEL.id, "<b>10:00</b>", parse_mode="HTML")

    with pytest.raises(BadRequest, match="Message is not modified: specified new message content"):
        await bot.edit_message_text("<strong>10:00</strong> ", CHANNEL.id, sent.message_id, parse_mode="HTML")


async def test_pin_and_unpin(bot: Bot) -> None:
    first, second = await bot.send_message(CHANNEL.id, "1"), await bot.send_message(CHANNEL.id, "2")
    await bot.pin_chat_message(CHANNEL.id, first.message_id)
    await bot.pin_chat_message(CHANNEL.id, second.message_id)
    newest = (await bot.get_chat(CHANNEL.id)).pinned_message
    await bot.unpin_chat_message(CHANNEL.id)
    older = (await bot.get_chat(CHANNEL.id)).pinned_message
    await bot.unpin_chat_message(CHANNEL.id, first.message_id)

    assert (newest and newest.text, older and older.text) == ("2", "1")
    with pytest.raises(BadRequest, match="Message to unpin not found"):
        await bot.unpin_chat_message(CHANNEL.id)


async def test_a_deleted_message_is_no_longer_pinned(bot: Bot) -> None:
    sent = await bot.send_message(CHANNEL.id, "x")
    await bot.pin_chat_message(CHANNEL.id, sent.message_id)

    await bot.delete_message(CHANNEL.id, sent.message_id)

    with pytest.raises(BadRequest, match="Message to unpin not found"):
        await bot.unpin_chat_message(CHANNEL.id)


async def test_a_reply(bot: Bot) -> None:
    first = await bot.send_message(CHANNEL.id, "1")

    reply = await bot.send_message(CHANNEL.id, "2", reply_parameters=ReplyParameters(first.message_id))

    assert reply.reply_to_message is not None
    assert reply.reply_to_message.text == "1"
    with pytest.raises(BadRequest, match="Message to be replied not found"):
        await bot.send_message(CHANNEL.id, "3", reply_parameters=ReplyParameters(99))


async def test_a_photo_with_a_caption_is_edited_by_its_caption(bot: Bot) -> None:
    sent = await bot.send_photo(GROUP.id, InputFile(PNG, "card.png"), caption="<i>old</i>", parse_mode="HTML")

    edited = await bot.edit_message_caption(GROUP.id, sent.message_id, caption="new")

    assert isinstance(edited, Message)
    assert (sent.photo[0].width, sent.photo[0].height, sent.caption, edited.caption) == (640, 480, "old", "new")
    with pytest.raises(BadRequest, match="There is no text in the message to edit"):
        await bot.edit_message_text("x", GROUP.id, sent.message_id)


async def test_a_photo_by_address(bot: Bot) -> None:
    assert (await bot.send_photo(CHANNEL.id, "https://example.com/card.png")).photo


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"%PDF-1.7", "Image_process_failed"),
        (b"\x89PNG\r\n\x1a\n" + struct.pack(">I4sII", 13, b"IHDR", 9000, 2000), "Photo_invalid_dimensions"),
        (b"\x89PNG\r\n\x1a\n" + struct.pack(">I4sII", 13, b"IHDR", 2100, 100), "Photo_invalid_dimensions"),
        (PNG + bytes(10_000_000), "File is too big"),
        (b"\xff\xd8\xff\xe0\x00\x04\x00\x00\xff\xd9", "Image_process_failed"),
    ],
)
async def test_a_photo_that_is_none(bot: Bot, content: bytes, says: str) -> None:
    with pytest.raises(BadRequest, match=f"(?i){says}"):
        await bot.send_photo(CHANNEL.id, InputFile(content, "card.png"))


async def test_a_jpeg_is_measured(bot: Bot) -> None:
    jpeg = b"\xff\xd8\xff\xe0\x00\x04\x00\x00\xff\xc2\x00\x11\x08" + struct.pack(">HH", 480, 640) + bytes(12)

    sent = await bot.send_photo(CHANNEL.id, InputFile(jpeg, "card.jpg"))

    assert (sent.photo[0].width, sent.photo[0].height) == (640, 480)


async def test_get_me(bot: Bot) -> None:
    me = await bot.get_me()

    assert (me.username, me.is_bot, me.id) == ("example_exchange_bot", True, 110201543)


@pytest.mark.parametrize(
    ("text", "mode", "says"),
    [
        ("", None, "Message text is empty"),
        (" \n ", None, "Message text is empty"),
        ("<b></b>", "HTML", "Message text is empty"),
        ("x" * 4097, None, "Message is too long"),
        ("🏦" * 2048 + "x", None, "Message is too long"),
        ("公" * 10_923, None, "Text is too long"),
        (f'<a href="https://example.com/{"x" * 32_768}">x</a>', "HTML", "Text is too long"),
        ("a<br>b", "HTML", 'Can\'t parse entities: unsupported start tag "br" at byte offset 1'),
        ("<b>a", "HTML", "Can't parse entities: can't find end tag corresponding to start tag \"b\""),
        ("*a*", "MarkdownV2", "The sandbox reads parse_mode HTML only"),
        ("a", "RTF", "Unsupported parse_mode"),
    ],
)
async def test_texts_that_are_refused(bot: Bot, text: str, mode: str | None, says: str) -> None:
    with pytest.raises(BadRequest) as refusal:
        await bot.send_message(CHANNEL.id, text, parse_mode=mode)

    assert str(refusal.value).lower().startswith(says.lower())


@pytest.mark.parametrize("text", ["x" * 4096, "🏦" * 2048, f"<b>{'x' * 4096}</b>", f" {'x' * 4096}\n"])
async def test_the_longest_texts_pass(bot: Bot, text: str) -> None:
    assert len((await bot.send_message(CHANNEL.id, text, parse_mode="HTML")).text or "") >= 2048


async def test_the_longest_caption(bot: Bot) -> None:
    await bot.send_photo(CHANNEL.id, InputFile(PNG), caption="x" * 1024)

    with pytest.raises(BadRequest, match="Message caption is too long"):
        await bot.send_photo(CHANNEL.id, InputFile(PNG), caption="x" * 1025)


async def test_entities_outside_the_text_are_refused(bot: Bot) -> None:
    with pytest.raises(BadRequest, match=r"(?i)entity beginning at UTF-16 offset 3 ends after"):
        await bot.send_message(CHANNEL.id, "🏦 x", entities=[MessageEntity("bold", 3, 2)])


@pytest.mark.parametrize(
    ("chat", "error", "says"),
    [
        (-1009, BadRequest, "Chat not found"),
        ("@nobody_here", BadRequest, "Chat not found"),
        ("nonsense", BadRequest, "Chat not found"),
        ("", BadRequest, "Chat_id is empty"),
        (-1001000000004, Forbidden, "Forbidden: bot was kicked from the channel chat"),
        (-1001000000005, BadRequest, "Need administrator rights in the channel chat"),
    ],
)
async def test_chats_that_take_nothing(bot: Bot, chat: int | str, error: type[TelegramError], says: str) -> None:
    with pytest.raises(error) as refusal:
        await bot.send_message(chat, "x")

    assert str(refusal.value) == says


async def test_a_chat_that_moved_names_its_new_id(bot: Bot) -> None:
    with pytest.raises(ChatMigrated) as refusal:
        await bot.send_message(-500, "x")

    assert refusal.value.new_chat_id == GROUP.id


async def test_a_bot_that_is_kicked_while_running(bot: Bot, sandbox: Sandbox) -> None:
    await bot.send_message(PRIVATE.id, "x")

    sandbox.telegram.chats.kick(PRIVATE.id)

    with pytest.raises(Forbidden, match="bot was blocked by the user"):
        await bot.send_message(PRIVATE.id, "x")


async def test_pinning_without_the_right(bot: Bot) -> None:
    sent = await bot.send_message(-1001000000006, "x")

    with pytest.raises(BadRequest, match="Not enough rights to manage pinned messages in the chat"):
        await bot.pin_chat_message(-1001000000006, sent.message_id)


async def test_delete_works_for_48_hours_and_once(bot: Bot, clock: HandClock) -> None:
    young, old = await bot.send_message(CHANNEL.id, "young"), await bot.send_message(CHANNEL.id, "old")
    clock.forward(hours=48)
    await bot.delete_message(CHANNEL.id, young.message_id)

    with pytest.raises(BadRequest, match="Message to delete not found"):
        await bot.delete_message(CHANNEL.id, young.message_id)
    clock.forward(seconds=1)
    with pytest.raises(BadRequest, match="Message can't be deleted"):
        await bot.delete_message(CHANNEL.id, old.message_id)


async def test_delete_with_the_right_to_has_no_end(bot: Bot, clock: HandClock) -> None:
    sent = await bot.send_message(-1001000000007, "x")
    clock.forward(days=30)

    assert await bot.delete_message(-1001000000007, sent.message_id)


@pytest.mark.parametrize("method", ["editMessageText", "deleteMessage", "pinChatMessage"])
async def test_messages_that_do_not_exist(sandbox: Sandbox, method: str) -> None:
    verb = {"editMessageText": "edit", "deleteMessage": "delete", "pinChatMessage": "pin"}[method]

    unknown = await call(sandbox, method, json={"chat_id": CHANNEL.id, "message_id": 9, "text": "x"})
    missing = await call(sandbox, method, json={"chat_id": CHANNEL.id, "text": "x"})
    wrong = await call(sandbox, method, json={"chat_id": CHANNEL.id, "message_id": "x", "text": "x"})

    assert unknown["description"] == f"Bad Request: message to {verb} not found"
    assert missing["description"] == "Bad Request: message identifier is not specified"
    assert wrong["description"] == "Bad Request: invalid message_id specified: it must be an Integer"


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"link_preview_options": "nonsense"}, "can't parse link_preview_options as JSON"),
        ({"link_preview_options": "[]"}, "link_preview_options must be a JSON object"),
        ({"link_preview_options": '{"url": 1}'}, 'field "url" of link_preview_options must be of type String'),
        ({"entities": "{}"}, "entities must be a JSON array"),
        ({"entities": "[{}]"}, "can't parse MessageEntity: it needs type, offset and length"),
        ({"message_thread_id": "x"}, "invalid message_thread_id specified: it must be an Integer"),
    ],
)  # fmt: skip
async def test_parameters_of_the_wrong_type(sandbox: Sandbox, given: dict[str, str], says: str) -> None:
    answer = await call(sandbox, "sendMessage", data={"chat_id": str(CHANNEL.id), "text": "x", **given})

    assert answer == {"ok": False, "error_code": 400, "description": f"Bad Request: {says}"}


async def test_an_unknown_token_and_an_unknown_method(sandbox: Sandbox) -> None:
    request = HTTPXRequest()

    with pytest.raises(InvalidToken):
        await Bot("1:wrong", base_url=sandbox.telegram.url + "/bot", request=request).send_message(CHANNEL.id, "x")
    await request.shutdown()

    assert (await call(sandbox, "getMe", token="1:wrong"))["error_code"] == 401
    assert (await call(sandbox, "sendPigeon"))["error_code"] == 404


async def test_one_chat_takes_a_burst_and_then_one_a_second(bot: Bot, clock: HandClock) -> None:
    for number in range(3):
        await bot.send_message(PRIVATE.id, str(number))

    with pytest.raises(RetryAfter) as refusal:
        await bot.send_message(PRIVATE.id, "too soon")
    clock.forward(seconds=1)
    await bot.send_message(PRIVATE.id, "3")

    assert refusal.value.retry_after == 1
    with pytest.raises(RetryAfter):
        await bot.send_message(PRIVATE.id, "too soon")


async def test_a_channel_takes_so_many_a_minute(bot: Bot, clock: HandClock) -> None:
    for number in range(5):
        await bot.send_message(CHANNEL.id, str(number))
        clock.forward(seconds=2)

    with pytest.raises(RetryAfter) as refusal:
        await bot.send_message(CHANNEL.id, "too many")
    clock.forward(seconds=50)

    assert refusal.value.retry_after == 50
    assert (await bot.send_message(CHANNEL.id, "5")).message_id == 6


async def test_all_chats_together_take_so_many_a_second(bot: Bot, clock: HandClock) -> None:
    chats = [CHANNEL.id, GROUP.id, PRIVATE.id]
    for number in range(6):
        await bot.send_message(chats[number % 3], str(number))

    with pytest.raises(RetryAfter):
        await bot.send_message(-1001000000007, "too many")
    clock.forward(seconds=1)
    await bot.send_message(-1001000000007, "6")


async def test_a_flooded_call_says_when_in_its_body(sandbox: Sandbox) -> None:
    answers = [await call(sandbox, "sendMessage", json={"chat_id": PRIVATE.id, "text": "x"}) for _ in range(4)]

    assert answers[3] == {
        "ok": False,
        "error_code": 429,
        "description": "Too Many Requests: retry after 1",
        "parameters": {"retry_after": 1},
    }
    assert sandbox.arrivals.refusals[Channel.TELEGRAM, 429] == 1


def test_the_parameters_are_those_of_the_official_list() -> None:
    if not SPEC.exists():
        pytest.skip(f"the official list is not beside the project ({SPEC.name})")
    methods = json.loads(SPEC.read_text())["methods"]
    for name, ours in METHODS.items():
        official = {field["name"]: field["types"] for field in methods[name].get("fields", [])}
        assert set(ours) == set(official), name
        for parameter, types in official.items():
            assert ours[parameter].value in (" or ".join(types), _structure(types)), (name, parameter)


def _structure(types: list[str]) -> str:
    return "a JSON array" if types[0].startswith("Array") else "a JSON object"
