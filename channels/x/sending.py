"""X through tweepy: posts one part, deletes, and reads the own timeline back when an answer was lost."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import aiohttp
from tweepy.asynchronous import AsyncClient  # type: ignore[import-untyped]
from tweepy.errors import NotFound  # type: ignore[import-untyped]
from yarl import URL

from channels.x.media import Media, NotUploadedError
from channels.x.settings import SIGNED_FOR, Account
from channels.x.timeline import Post, same_text
from channels.x.verdicts import ERRORS, rest, verdict
from publisher.channel import (
    PICTURES,
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

_CONNECT_SECONDS = 10.0
_START_SLACK = timedelta(minutes=2)
"""X's clock may be behind ours."""
_MEND = "Mend the account's keys, then: publisher preflight."
_PAGES = 5
"""Of a hundred posts each: more than an account posts while one post is in doubt."""


class X:
    """One account."""

    def __init__(self, account: Account, now: Callable[[], datetime]) -> None:
        # At DEBUG the SDK logs every header, Authorization included.
        for name in ("tweepy", "oauthlib"):
            logging.getLogger(name).setLevel(logging.INFO)
        self._handle, self._user_id, self._now = account.handle, account.user_id, now
        self._signed = account.user_token is None
        self._session = _Session(account)
        self._client = _client(account)
        self._client.session = self._session
        self._media = Media(account, self._session.request, now)

    async def close(self) -> None:
        await self._session.close()

    async def send(self, part: Part, receipts: Sequence[Receipt]) -> Outcome:
        try:
            media = [
                await self._media.upload(listed, part.pictures[str(listed["sha256"])]) for listed in _pictures(part)
            ]
            response = await self._client.create_tweet(
                text=part.content["text"],
                media_ids=media or None,
                in_reply_to_tweet_id=part.content.get("in_reply_to"),
                user_auth=self._signed,
            )
            post_id = str((await response.json())["data"]["id"])
        except NotUploadedError as failure:
            return failure.outcome
        except ERRORS as error:
            return await verdict(error, self._now())
        return Delivered(self._receipt(part, post_id), rest(response.headers, self._now()))

    async def amend(self, part: Part, receipts: Sequence[Receipt]) -> Outcome:
        return Rejected("a post on X cannot be changed: delete it, or publish a correction as a new post")

    async def retract(self, part: Part, receipts: Sequence[Receipt]) -> Outcome:
        """Deletes the post of that part; every post when the publication had other parts than the retraction."""
        own = [receipt for receipt in receipts if receipt.part == part.name] or list(receipts)
        ids = tuple(post_id for receipt in own for post_id in receipt.ids)
        if not ids:
            return Rejected("no post of this announcement is known on X")
        for post_id in reversed(ids):
            if (outcome := await self._delete(post_id)) is not None:
                return outcome
        return Delivered(Receipt(part.name, ids))

    async def probe(self, part: Part, since: datetime) -> Delivered | Absent | Unknown:
        try:
            async for post in self._posts(since):
                if same_text(post, str(part.content["text"])):
                    return Delivered(self._receipt(part, str(post["id"])))
        except _UnreadError as unread:
            return Unknown(str(unread))
        except ERRORS as error:
            return Unknown((await verdict(error, self._now())).reason)
        return Absent()

    async def preflight(self, target: Target) -> Sequence[Finding]:
        """Whether the keys are good, and whose they are: GET /2/users/me."""
        try:
            response = await self._client.get_me(user_auth=self._signed)
            me = (await response.json())["data"]
            found = (str(me["id"]), str(me["username"]))
        except ERRORS as error:
            return [Finding("x.preflight", (await verdict(error, self._now())).reason, _MEND)]
        if (found[0], found[1].lower()) == (self._user_id, self._handle.lower()):
            return []
        message = f"the keys are those of @{found[1]} ({found[0]}), not of @{self._handle} ({self._user_id})"
        return [Finding("x.account", message, "Correct handle and user_id of the account, or its keys.")]

    async def _delete(self, post_id: str) -> Outcome | None:
        """None when the post is gone, now or already; a doubtful answer is a Retry, for a repeat does no harm."""
        try:
            response = await self._client.delete_tweet(post_id, user_auth=self._signed)
            return None if _is_gone(await response.json()) else Retry("X did not say that the post is deleted")
        except NotFound:
            return None
        except ERRORS as error:
            outcome = await verdict(error, self._now())
            return Retry(outcome.reason) if isinstance(outcome, Unconfirmed) else outcome

    async def _posts(self, since: datetime) -> AsyncIterator[Post]:
        """The own posts since then, newest first; raises _UnreadError when X does not show them all."""
        page: str | None = None
        for _ in range(_PAGES):
            response = await self._client.get_users_tweets(
                self._user_id,
                start_time=since - _START_SLACK,
                max_results=100,
                tweet_fields=["created_at", "entities", "note_tweet"],
                pagination_token=page,
                user_auth=self._signed,
            )
            body = await response.json()
            if "meta" not in body:
                raise _UnreadError(f"X does not show the timeline of user {self._user_id}: check the account's user_id")
            for post in body.get("data", ()):
                yield post
            page = body["meta"].get("next_token")
            if page is None:
                return
        raise _UnreadError(f"more than {_PAGES * 100} posts since then")

    def _receipt(self, part: Part, post_id: str) -> Receipt:
        return Receipt(part.name, (post_id,), f"https://x.com/{self._handle}/status/{post_id}")


class _UnreadError(Exception):
    """The timeline could not be read to its end."""


class _Session:
    """Stands where the SDK wants an aiohttp session: sends to `api_url` what was signed for X, with our time-outs."""

    def __init__(self, account: Account) -> None:
        self._account = account
        self._open: aiohttp.ClientSession | None = None

    def request(self, method: str, url: URL | str, **arguments: Any) -> Any:  # noqa: ANN401
        """What `aiohttp.ClientSession.request` returns; the session opens with the first request, inside its loop."""
        if self._open is None:
            self._open = _session(self._account.timeout)
        address = URL(str(url).replace(SIGNED_FOR, self._account.api_url, 1), encoded=True)
        # A redirected POST would arrive as a GET.
        return self._open.request(method, address, allow_redirects=False, proxy=self._account.proxy, **arguments)

    async def close(self) -> None:
        if self._open is not None:
            await self._open.close()


def _session(seconds: float) -> aiohttp.ClientSession:
    session = aiohttp.ClientSession(
        # A kept connection that X is just closing turns a post that was not sent into a doubtful one.
        connector=aiohttp.TCPConnector(force_close=True),
        cookie_jar=aiohttp.DummyCookieJar(),
        timeout=aiohttp.ClientTimeout(total=4 * seconds, sock_connect=_CONNECT_SECONDS, sock_read=seconds),
    )
    # aiohttp would repeat a GET or DELETE that was cut off under the same OAuth nonce: X refuses that as a replay.
    session._retry_connection = False
    return session


def _client(account: Account) -> AsyncClient:
    keys = [key and key.get_secret_value() for key in (account.user_token, *account.keys)]
    return AsyncClient(*keys, return_type=aiohttp.ClientResponse)


def _pictures(part: Part) -> Sequence[Mapping[str, Json]]:
    listed = part.content.get(PICTURES, ())
    return [each for each in listed if isinstance(each, Mapping)] if isinstance(listed, Sequence) else []


def _is_gone(body: Mapping[str, Any]) -> bool:
    errors = body.get("errors", ())
    not_found = any(str(error.get("type", "")).endswith("resource-not-found") for error in errors)
    return not_found or bool((body.get("data") or {}).get("deleted"))
