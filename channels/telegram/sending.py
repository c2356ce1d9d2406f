"""Telegram through python-telegram-bot: one request per part, and never a guess about what became of it."""

from __future__ import annotations

import json
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

import httpx
from telegram import Bot, InputMediaPhoto, LinkPreviewOptions, Message, ReplyParameters
from telegram.constants import ChatType
from telegram.error import BadRequest, EndPointNotFound
from telegram.request import HTTPXRequest

from channels.telegram.composing import MESSAGE
from channels.telegram.rights import lacking
from channels.telegram.settings import Account, Options
from channels.telegram.verdicts import ERRORS, FloodWait, ServerFailed, verdict
from publisher.channel import (
    EARLIER,
    PICTURES,
    PIN,
    Delivered,
    Finding,
    Outcome,
    Part,
    Receipt,
    Rejected,
    Retry,
    Severity,
    Target,
    Unconfirmed,
    Unknown,
)

_CONNECT_SECONDS, _POOL_SECONDS = 10.0, 5.0
_CHATTY = ("httpx", "telegram.Bot")

# Bot API answers 400 for all of these; only the description tells them apart.
_NOT_MODIFIED = ("message is not modified", "chat_not_modified")
_GONE = ("message to delete not found", "message to unpin not found", "message_id_invalid")
_TOO_OLD = "message can't be deleted"

_TRY_AGAIN = "Mend the account's token or the bot's standing in the chat, then: publisher preflight."
_STAYS_A_PHOTO = (
    "the message is a photo, and Telegram makes no text of a photo: shorten the text to a caption's 1,024 and keep the "
    "picture, or withdraw it and publish anew"
)
_NOTHING_THERE = "no message of this announcement is known in this chat"


class Telegram:
    """One bot. An edit, a pin and a deletion may be repeated, so a doubtful answer to those is a Retry."""

    def __init__(self, account: Account) -> None:
        token = account.token.get_secret_value()
        self._redaction = _Redaction(token)
        for name in _CHATTY:
            logging.getLogger(name).addFilter(self._redaction)
        self._request = _Request(
            read_timeout=account.timeout,
            write_timeout=account.timeout,
            media_write_timeout=account.timeout,
            connect_timeout=_CONNECT_SECONDS,
            pool_timeout=_POOL_SECONDS,
            proxy=account.proxy,
            # A kept connection that the server is just closing turns a message that was not sent into a doubtful one.
            httpx_kwargs={"limits": httpx.Limits(max_keepalive_connections=0), "trust_env": False},
        )
        # Used without initialize(): that calls getMe, and an outage of Telegram would then stop the worker's start.
        self._bot = Bot(
            token, base_url=f"{account.api_url}/bot", request=self._request, get_updates_request=self._request
        )

    async def close(self) -> None:
        await self._request.shutdown()
        for name in _CHATTY:
            logging.getLogger(name).removeFilter(self._redaction)

    async def send(self, part: Part, receipts: Sequence[Receipt]) -> Outcome:
        if part.name == PIN:
            return _noted(part, receipts)
        try:
            message = await self._post(part)
            return Delivered(Receipt(part.name, _ids(str(message.message_id), part), _link(message)))
        except ERRORS as error:
            return verdict(error)

    async def amend(self, part: Part, receipts: Sequence[Receipt]) -> Outcome:
        if part.name == PIN:
            return _noted(part, receipts)
        before = _receipt_of(MESSAGE, receipts)
        if before is None:
            return Rejected(_NOTHING_THERE)
        if not part.picture_names and before.ids[1:] and part.name != EARLIER:
            return Rejected(_STAYS_A_PHOTO)
        after = Receipt(part.name, _ids(before.ids[0], part, before.ids[1:]), before.url)
        return await _repeatable(lambda: self._edit(part, before), after, _NOT_MODIFIED)

    async def retract(self, part: Part, receipts: Sequence[Receipt]) -> Outcome:
        if part.name == PIN:
            return _noted(part, receipts)
        message = _receipt_of(MESSAGE, receipts)
        if message is None:
            return Rejected(_NOTHING_THERE)
        receipt = Receipt(part.name, message.ids)
        return await _repeatable(lambda: self._bot.delete_message(**_named(part, message)), receipt, _GONE)

    async def pin(self, part: Part, message: Receipt) -> Outcome:
        """A repeat is harmless and, for a message that is pinned, without effect."""
        silent = bool(part.content["disable_notification"])
        call = self._bot.pin_chat_message
        return await _repeatable(
            lambda: call(**_named(part, message), disable_notification=silent), message, _NOT_MODIFIED
        )

    async def unpin(self, part: Part, message: Receipt) -> Outcome:
        return await _repeatable(lambda: self._bot.unpin_chat_message(**_named(part, message)), message, _GONE)

    async def probe(self, part: Part, since: datetime) -> Unknown:
        return Unknown("a bot cannot read a chat's history: look into the chat")

    async def preflight(self, target: Target) -> Sequence[Finding]:
        """Whether the token is good, the bot may post in the chat, and its linked group is the one that is declared:
        getMe, getChat, getChatMember.
        """
        try:
            me, chat = await self._bot.get_me(), await self._bot.get_chat(target.address)
            member = await self._bot.get_chat_member(chat_id=target.address, user_id=me.id)
            is_channel = chat.type == ChatType.CHANNEL
            linked = await self._linked(target, chat.linked_chat_id) if is_channel else ()
        except ERRORS as error:
            outcome = verdict(error)
            reason = str(error) if isinstance(outcome, Delivered) else outcome.reason
            return [Finding("telegram.preflight", f"{target.address}: {reason}", _TRY_AGAIN)]
        options = Options.model_validate(dict(target.options))
        return [
            *linked,
            *(
                Finding(
                    "telegram.rights",
                    f"the bot may not {right} in {target.address}",
                    f"Make it an administrator that may {right}.",
                )
                for right in lacking(member, channel=is_channel, pins=options.pin)
            ),
        ]

    async def _linked(self, target: Target, known: int | None) -> Sequence[Finding]:
        """A warning when the destination declares another linked group than the chat has; raises ERRORS."""
        declared = Options.model_validate(dict(target.options)).linked_group
        if not declared.startswith("@"):
            same = declared == str(known or "")
        else:
            same = known is not None and (await self._bot.get_chat(declared)).id == known
        if same:
            return ()
        there = f"is linked with {known}" if known else "has no linked group"
        fix = f'Set linked_group = "{known}" for the destination.' if known else "Take linked_group away."
        message = f"{target.address} {there}, and {target.destination} declares {declared or 'none'}"
        return [Finding("telegram.linked_group", message, fix, Severity.WARNING, about=target.destination)]

    async def _post(self, part: Part) -> Message:
        arguments = _arguments(part)
        if "caption" in arguments:
            return await self._bot.send_photo(photo=_photo(part), **arguments)
        return await self._bot.send_message(**arguments)

    async def _edit(self, part: Part, before: Receipt) -> Message | bool:
        """A text may become a photo, and a photo another one; the same photo is not sent again."""
        arguments, message_id = _arguments(part), int(before.ids[0])
        chat_id, parse_mode = arguments["chat_id"], arguments["parse_mode"]
        if "caption" not in arguments and not before.ids[1:]:
            text, preview = arguments["text"], arguments["link_preview_options"]
            return await self._bot.edit_message_text(
                text, chat_id, message_id, parse_mode=parse_mode, link_preview_options=preview
            )
        caption = arguments.get("caption", arguments.get("text"))
        if part.name == EARLIER or before.ids[1:] == tuple(part.picture_names):
            return await self._bot.edit_message_caption(chat_id, message_id, caption=caption, parse_mode=parse_mode)
        media = InputMediaPhoto(_photo(part), caption=caption, parse_mode=parse_mode)
        return await self._bot.edit_message_media(media, chat_id, message_id)


class _Request(HTTPXRequest):
    """Keeps the status that the SDK's exceptions lose: 5xx and 404 have no class of their own, 429 not always."""

    async def do_request(self, *args: Any, **kwargs: Any) -> tuple[int, bytes]:  # noqa: ANN401
        code, payload = await super().do_request(*args, **kwargs)
        if code >= 500:
            raise ServerFailed(f"{code} from the server")
        if code == 429:
            raise FloodWait(_retry_after(payload))
        if code == 404:
            raise EndPointNotFound("Not Found")
        return code, payload


class _Redaction(logging.Filter):
    """The token is part of every URL, and the SDKs log URLs."""

    def __init__(self, token: str) -> None:
        super().__init__()
        self._token = token

    def filter(self, record: logging.LogRecord) -> bool:
        message = record.getMessage()
        if self._token in message:
            record.msg, record.args = message.replace(self._token, "<token>"), ()
        return True


async def _repeatable(
    call: Callable[[], Awaitable[Message | bool]], receipt: Receipt, already: Sequence[str]
) -> Outcome:
    """Delivered too when the server says that it is so already; doubt is a Retry, for a repeat does no harm."""
    try:
        await call()
    except ERRORS as error:
        said = error.message.lower() if isinstance(error, BadRequest) else ""
        if any(text in said for text in already):
            return Delivered(receipt)
        if _TOO_OLD in said:
            return Rejected(
                "Telegram no longer deletes it (after 48 hours only a bot with that right may): edit it instead"
            )
        outcome = verdict(error)
        return Retry(outcome.reason) if isinstance(outcome, Unconfirmed) else outcome
    return Delivered(receipt)


def _arguments(part: Part) -> dict[str, Any]:
    """Of sendMessage or sendPhoto, as the SDK takes them, without the photo."""
    arguments: dict[str, Any] = {name: value for name, value in part.content.items() if name != PICTURES}
    preview, answered = arguments.get("link_preview_options"), arguments.get("reply_parameters")
    arguments |= {"link_preview_options": LinkPreviewOptions(**preview)} if preview else {}
    return arguments | ({"reply_parameters": ReplyParameters(**_numbered(answered))} if answered else {})


def _link(message: Message) -> str:
    """Where it is read, where that can be told. The SDK calls the thread of an answer in a channel `None`."""
    return (message.link or "").removesuffix("?thread=None")


def _numbered(answered: Mapping[str, Any]) -> Mapping[str, Any]:
    return {**answered, "message_id": int(answered["message_id"])}


def _photo(part: Part) -> bytes:
    return part.pictures[part.picture_names[0]]


def _ids(message_id: str, part: Part, photo: Sequence[str] = ()) -> tuple[str, ...]:
    """The message's id and, of a photo, the picture's name: an edit must know which of the two it meets."""
    return (message_id, *(part.picture_names if "caption" in part.content or photo else ()))


def _noted(part: Part, receipts: Sequence[Receipt]) -> Outcome:
    """What is pinned follows from all that a chat has (`publisher.channel.Pinning`); a wish is only noted."""
    message = _receipt_of(MESSAGE, receipts)
    return Delivered(Receipt(part.name, message.ids, message.url)) if message else Rejected(_NOTHING_THERE)


def _named(part: Part, message: Receipt) -> dict[str, Any]:
    """The message, as every method that does something to one takes it."""
    return {"chat_id": str(part.content["chat_id"]), "message_id": int(message.ids[0])}


def _receipt_of(name: str, receipts: Sequence[Receipt]) -> Receipt | None:
    return next((receipt for receipt in reversed(receipts) if receipt.part == name and receipt.ids), None)


def _retry_after(payload: bytes) -> float | None:
    """Seconds from the answer's `parameters`; a proxy in between answers 429 in HTML."""
    try:
        return float(json.loads(payload)["parameters"]["retry_after"])
    except (ValueError, LookupError, TypeError):
        return None
