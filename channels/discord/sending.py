"""Discord's HTTP API, version 10: sends, edits and deletes one message, and reads the channel back after a lost answer.

Source: Discord's developer documentation, "Message Resource" and "Rate Limits".
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import aiohttp

from channels.discord.composing import MESSAGE
from channels.discord.settings import Account
from channels.discord.verdicts import ERRORS, UNKNOWN_CHANNEL, UNKNOWN_MESSAGE, Answer, refusal, unreached
from publisher.channel import (
    Absent,
    Delivered,
    Finding,
    Json,
    Outcome,
    Part,
    Receipt,
    Rejected,
    Retry,
    Target,
    Unconfirmed,
    Unknown,
)

_AGENT = "DiscordBot (Publisher, 1)"
"""Requests without one of this form are blocked before they reach the API."""
_CONNECT_SECONDS = 10.0
_SUPPRESS_EMBEDS, _SUPPRESS_NOTIFICATIONS = 1 << 2, 1 << 12
_NONCE_LENGTH = 25
_PAGE, _PAGES = 100, 5
_CLOCK_SLACK = timedelta(minutes=2)
"""Discord's clock may be behind ours."""
_EPOCH = datetime(2015, 1, 1, tzinfo=UTC)
"""Where ids count from, in milliseconds above their lowest 22 bits."""
_GONE = frozenset({UNKNOWN_CHANNEL, UNKNOWN_MESSAGE})
_MEND = "Mend the account's token or the bot's rights in the channel, then: publisher preflight."
_NOTHING_THERE = "no message of this announcement is known in this channel"


class Discord:
    """One bot. An edit and a deletion may be repeated, so a doubtful answer to those is a Retry."""

    def __init__(self, account: Account) -> None:
        self._account = account
        self._open: aiohttp.ClientSession | None = None
        self._me = ""

    async def close(self) -> None:
        if self._open is not None:
            await self._open.close()

    async def send(self, part: Part, receipts: Sequence[Receipt]) -> Outcome:
        try:
            answer = await self._ask("POST", _messages(part), _message(part) | _identity(part))
        except ERRORS as error:
            return unreached(error)
        if failure := refusal(answer):
            return failure
        message_id = str(answer.body.get("id", ""))
        return Delivered(_receipt(part, message_id)) if message_id else Unconfirmed("Discord's answer names no message")

    async def amend(self, part: Part, receipts: Sequence[Receipt]) -> Outcome:
        before = _receipt_of(MESSAGE, receipts)
        if before is None:
            return Rejected(_NOTHING_THERE)
        outcome = await self._repeatable("PATCH", f"{_messages(part)}/{before.ids[0]}", _message(part))
        return outcome or Delivered(replace(before, part=part.name))

    async def retract(self, part: Part, receipts: Sequence[Receipt]) -> Outcome:
        before = _receipt_of(part.name, receipts)
        if before is None:
            return Rejected(_NOTHING_THERE)
        outcome = await self._repeatable("DELETE", f"{_messages(part)}/{before.ids[0]}", None, _GONE)
        return outcome or Delivered(Receipt(part.name, before.ids))

    async def probe(self, part: Part, since: datetime) -> Delivered | Absent | Unknown:
        try:
            async for message in self._own_messages(part, since):
                if _same(message, part):
                    return Delivered(_receipt(part, str(message["id"])))
        except _UnreadError as unread:
            return Unknown(str(unread))
        except ERRORS as error:
            return Unknown(unreached(error).reason)
        return Absent()

    async def preflight(self, target: Target) -> Sequence[Finding]:
        """Whether the token is good and the bot sees the channel: GET /channels/{id}."""
        try:
            answer = await self._ask("GET", f"/channels/{target.address}", None)
        except ERRORS as error:
            return [Finding("discord.preflight", unreached(error).reason, _MEND)]
        failure = refusal(answer)
        return [Finding("discord.preflight", f"{target.address}: {failure.reason}", _MEND)] if failure else []

    async def _repeatable(
        self, method: str, path: str, body: Mapping[str, Json] | None, already: frozenset[int] = frozenset()
    ) -> Outcome | None:
        """None when it is so, now or already; doubt is a Retry, for a repeat does no harm."""
        try:
            answer = await self._ask(method, path, body)
        except ERRORS as error:
            return Retry(unreached(error).reason)
        if answer.code in already:
            return None
        failure = refusal(answer)
        return Retry(failure.reason) if isinstance(failure, Unconfirmed) else failure

    # reading back

    async def _own_messages(self, part: Part, since: datetime) -> AsyncIterator[Mapping[str, object]]:
        """What the bot wrote there since then, newest first; raises _UnreadError when that cannot be told."""
        me, oldest, before = await self._own_id(), since - _CLOCK_SLACK, ""
        for _ in range(_PAGES):
            page = await self._page(part, before)
            if not page and not before:
                # Discord shows an empty channel to whoever may not read its history.
                raise _UnreadError("the channel reads as empty: give the bot the right Read Message History")
            for message in page:
                if _made_at(message) < oldest:
                    return
                if _author(message) == me:
                    yield message
            if len(page) < _PAGE:
                return
            before = str(page[-1]["id"])
        raise _UnreadError(f"more than {_PAGES * _PAGE} messages since then")

    async def _page(self, part: Part, before: str) -> Sequence[Mapping[str, object]]:
        path = f"{_messages(part)}?limit={_PAGE}" + (f"&before={before}" if before else "")
        found = await self._read(path)
        if not isinstance(found, list) or not all(isinstance(each, dict) and "id" in each for each in found):
            raise _UnreadError("Discord does not show the channel's messages")
        return found

    async def _own_id(self) -> str:
        if not self._me:
            found = await self._read("/users/@me")
            self._me = str(found.get("id", "")) if isinstance(found, dict) else ""
        return self._me

    async def _read(self, path: str) -> object:
        answer = await self._ask("GET", path, None)
        if failure := refusal(answer):
            raise _UnreadError(failure.reason)
        return answer.content

    async def _ask(self, method: str, path: str, body: Mapping[str, Json] | None) -> Answer:
        """Raises one of ERRORS when there is no answer that can be read."""
        if self._open is None:
            self._open = _session(self._account)
        address, proxy = self._account.api_url + path, self._account.proxy
        # A redirected POST would arrive as a GET.
        async with self._open.request(method, address, json=body, allow_redirects=False, proxy=proxy) as response:
            return Answer(response.status, response.headers, _json(await response.read(), response.ok))


class _UnreadError(Exception):
    """The channel could not be read to its end."""


def _session(account: Account) -> aiohttp.ClientSession:
    session = aiohttp.ClientSession(
        # A kept connection that Discord is just closing turns a message that was not sent into a doubtful one.
        connector=aiohttp.TCPConnector(force_close=True),
        cookie_jar=aiohttp.DummyCookieJar(),
        headers={"Authorization": f"Bot {account.token.get_secret_value()}", "User-Agent": _AGENT},
        timeout=aiohttp.ClientTimeout(
            total=2 * account.timeout, sock_connect=_CONNECT_SECONDS, sock_read=account.timeout
        ),
    )
    # aiohttp would repeat a GET or DELETE that was cut off by itself, unseen by our pacing.
    session._retry_connection = False
    return session


def _json(raw: bytes, needed: bool) -> object:
    """None for nothing, and where it is not needed: a refusal may be HTML, from what stands before the API."""
    try:
        return json.loads(raw) if raw else None
    except ValueError:
        if needed:
            raise
        return None


def _messages(part: Part) -> str:
    return f"/channels/{part.content['channel_id']}/messages"


def _message(part: Part) -> dict[str, Json]:
    """What a message and an edit have in common."""
    flags = 0 if part.content["link_preview"] else _SUPPRESS_EMBEDS
    return {"content": part.content["content"], "flags": flags, "allowed_mentions": {"parse": []}}


def _identity(part: Part) -> dict[str, Json]:
    """Makes Discord answer a repeat within a few minutes with the first message; of use to sending only."""
    flags = _message(part)["flags"]
    assert isinstance(flags, int)
    silent = _SUPPRESS_NOTIFICATIONS if part.content["silent"] else 0
    answered = part.content.get("answers")
    reference: Json = {"message_id": answered, "fail_if_not_exists": False} if answered else None
    answers: dict[str, Json] = {"message_reference": reference} if reference else {}
    return {"nonce": nonce(part), "enforce_nonce": True, "flags": flags | silent, **answers}


def nonce(part: Part) -> str:
    """The same for the same part of the same publication."""
    canonical = json.dumps(part.content, ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(canonical.encode()).hexdigest()[:_NONCE_LENGTH]


def _same(message: Mapping[str, object], part: Part) -> bool:
    """By nonce where Discord returns it, or else by text, of which Discord trims the ends."""
    if given := message.get("nonce"):
        return str(given) == nonce(part)
    return str(message.get("content", "")).strip() == str(part.content["content"]).strip()


def _author(message: Mapping[str, object]) -> str:
    author = message.get("author")
    return str(author.get("id", "")) if isinstance(author, dict) else ""


def _made_at(message: Mapping[str, object]) -> datetime:
    """From the id; raises ValueError for one that is no number."""
    return _EPOCH + timedelta(milliseconds=int(str(message["id"])) >> 22)


def _receipt(part: Part, message_id: str) -> Receipt:
    server, channel = part.content["server"], part.content["channel_id"]
    return Receipt(
        part.name, (message_id,), f"https://discord.com/channels/{server}/{channel}/{message_id}" if server else ""
    )


def _receipt_of(name: str, receipts: Sequence[Receipt]) -> Receipt | None:
    return next((receipt for receipt in reversed(receipts) if receipt.part == name and receipt.ids), None)
