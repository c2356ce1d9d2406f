"""Posts events as Standard Webhooks does: signed, each with an id that a repeat repeats."""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from urllib.parse import urlsplit

import aiohttp

from channels.webhook.settings import Account
from channels.webhook.verdicts import ERRORS, refusal, unreached
from publisher.channel import Delivered, Finding, Json, Outcome, Part, Receipt, Target, Unknown
from publisher.channel.signing import keys, signatures

PUBLISHED, AMENDED, WITHDRAWN = "announcement.published", "announcement.amended", "announcement.withdrawn"
_CONNECT_SECONDS = 10.0
_ANSWER_BYTES = 65_536
_ID_LENGTH = 100
_UNREADABLE: tuple[type[Exception], ...] = (*ERRORS, ValueError)


class Webhook:
    """One endpoint. It knows a repeated event by its id, so every doubt is a Retry."""

    def __init__(self, account: Account, now: Callable[[], datetime]) -> None:
        self._account, self._now = account, now
        self._keys = keys(account.secret.get_secret_value())
        self._open: aiohttp.ClientSession | None = None

    async def close(self) -> None:
        if self._open is not None:
            await self._open.close()

    async def send(self, part: Part, receipts: Sequence[Receipt]) -> Outcome:
        return await self._post(PUBLISHED, part)

    async def amend(self, part: Part, receipts: Sequence[Receipt]) -> Outcome:
        return await self._post(AMENDED, part)

    async def retract(self, part: Part, receipts: Sequence[Receipt]) -> Outcome:
        return await self._post(WITHDRAWN, part)

    async def probe(self, part: Part, since: datetime) -> Unknown:
        return Unknown("an endpoint is not asked what it got: the event is sent again under the same id")

    async def preflight(self, target: Target) -> Sequence[Finding]:
        """Whether somebody listens at the address, and proves with a certificate to be it; nothing is asked of them."""
        if self._account.proxy is not None:
            return []  # only the proxy is ours to reach, and it says nothing without a request
        parts = urlsplit(self._account.url)
        tls = parts.scheme == "https"
        try:
            async with asyncio.timeout(_CONNECT_SECONDS):
                port = parts.port or (443 if tls else 80)
                _, writer = await asyncio.open_connection(parts.hostname, port, ssl=tls or None)
        except OSError as error:  # a time-out and a bad certificate are OSErrors too
            message = f"{parts.hostname} does not answer ({type(error).__name__})"
            return [Finding("webhook.preflight", message, "Start the system behind it, or correct the account's url.")]
        writer.close()
        return []

    async def _post(self, kind: str, part: Part) -> Outcome:
        body = event(kind, part)
        message_id = message_id_of(body)
        try:
            async with self._session().post(
                self._account.url,
                data=body,
                headers=self._headers(message_id, body),
                # A redirect would carry the event to a place nobody configured.
                allow_redirects=False,
                proxy=self._account.proxy,
            ) as answer:
                failure = refusal(answer.status, answer.headers)
                return failure or Delivered(Receipt(part.name, (await _given_id(answer) or message_id,)))
        except ERRORS as error:
            return unreached(error)

    def _headers(self, message_id: str, body: bytes) -> dict[str, str]:
        timestamp = str(int(self._now().timestamp()))
        return {
            "Content-Type": "application/json",
            "User-Agent": "Publisher",
            "webhook-id": message_id,
            "webhook-timestamp": timestamp,
            "webhook-signature": signatures(self._keys, message_id, timestamp, body),
        }

    def _session(self) -> aiohttp.ClientSession:
        """Opened with the first request, inside its loop."""
        if self._open is None:
            seconds = self._account.timeout
            self._open = aiohttp.ClientSession(
                cookie_jar=aiohttp.DummyCookieJar(),
                timeout=aiohttp.ClientTimeout(total=2 * seconds, sock_connect=_CONNECT_SECONDS, sock_read=seconds),
            )
        return self._open


def event(kind: str, part: Part) -> bytes:
    """The body: canonical JSON of `type`, `timestamp` (when it was published, RFC 3339) and `data`."""
    record = part.content["record"]
    assert isinstance(record, Mapping)
    content: Json = {"type": kind, "timestamp": record["at"], "data": part.content}
    return json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def message_id_of(body: bytes) -> str:
    """The event's id. The body names operation, destination, stage and time, so no two events share it."""
    return f"msg_{hashlib.sha256(body).hexdigest()[:32]}"


async def _given_id(answer: aiohttp.ClientResponse) -> str:
    """What the endpoint calls the event, from a JSON object with `id`; empty for any other answer."""
    try:
        said = json.loads(await answer.content.read(_ANSWER_BYTES))
    except _UNREADABLE:  # it has the event all the same: that was in the status line
        return ""
    given = str(said.get("id") or "") if isinstance(said, dict) else ""
    return given if given.isprintable() and len(given) <= _ID_LENGTH else ""
