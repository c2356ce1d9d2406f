"""What every error of tweepy and aiohttp means for a post: not sent, refused, or nobody can tell."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import TypeAlias

import aiohttp
from aiohttp import client_exceptions as wire
from tweepy import errors as sdk  # type: ignore[import-untyped]

from publisher.channel import Rejected, Retry, Unconfirmed

Failure: TypeAlias = Retry | Rejected | Unconfirmed

CREDENTIALS_WAIT = 300.0
"""Seconds an account rests that X does not let in; a person must act, and nothing is lost meanwhile."""
_WINDOWS = ("x-rate-limit", "x-user-limit-24hour", "x-app-limit-24hour")
_ACCOUNT_PROBLEMS = ("client-forbidden", "oauth1-permissions", "unsupported-authentication", "usage-capped")
"""Ends of a problem's `type` that tell of the account or the app, not of the post."""
_ACCOUNT_CODES = frozenset({64, 89, 326})
"""Suspended, expired token, locked: codes of the older API that still arrive."""
_DUPLICATE_CODE = 187


class Nature(Enum):
    """What an exception says about the request."""

    ANSWERED = "X answered; the status decides"
    NOT_SENT = "it certainly never left"
    DOUBTFUL = "X may have done it"


NATURES: Mapping[type[BaseException], Nature] = {
    sdk.BadRequest: Nature.ANSWERED,
    sdk.Unauthorized: Nature.ANSWERED,
    sdk.Forbidden: Nature.ANSWERED,
    sdk.NotFound: Nature.ANSWERED,
    sdk.TooManyRequests: Nature.ANSWERED,
    sdk.TwitterServerError: Nature.ANSWERED,
    sdk.HTTPException: Nature.ANSWERED,
    sdk.TweepyException: Nature.DOUBTFUL,
    wire.ContentTypeError: Nature.ANSWERED,
    wire.ClientConnectorError: Nature.NOT_SENT,
    wire.ClientConnectorDNSError: Nature.NOT_SENT,
    wire.ClientProxyConnectionError: Nature.NOT_SENT,
    wire.UnixClientConnectorError: Nature.NOT_SENT,
    wire.ClientSSLError: Nature.NOT_SENT,
    wire.ClientConnectorSSLError: Nature.NOT_SENT,
    wire.ClientConnectorCertificateError: Nature.NOT_SENT,
    wire.ServerFingerprintMismatch: Nature.NOT_SENT,
    wire.ConnectionTimeoutError: Nature.NOT_SENT,
    wire.ClientHttpProxyError: Nature.NOT_SENT,
    wire.InvalidURL: Nature.NOT_SENT,
    wire.InvalidUrlClientError: Nature.NOT_SENT,
    wire.NonHttpUrlClientError: Nature.NOT_SENT,
    wire.RedirectClientError: Nature.DOUBTFUL,
    wire.InvalidUrlRedirectClientError: Nature.DOUBTFUL,
    wire.NonHttpUrlRedirectClientError: Nature.DOUBTFUL,
    wire.TooManyRedirects: Nature.DOUBTFUL,
    wire.SocketTimeoutError: Nature.DOUBTFUL,
    wire.ServerTimeoutError: Nature.DOUBTFUL,
    wire.ServerDisconnectedError: Nature.DOUBTFUL,
    wire.ServerConnectionError: Nature.DOUBTFUL,
    wire.ClientConnectionResetError: Nature.DOUBTFUL,
    wire.ClientOSError: Nature.DOUBTFUL,
    wire.ClientConnectionError: Nature.DOUBTFUL,
    wire.ClientPayloadError: Nature.DOUBTFUL,
    wire.ClientResponseError: Nature.DOUBTFUL,
    wire.WSServerHandshakeError: Nature.DOUBTFUL,
    wire.WSMessageTypeError: Nature.DOUBTFUL,
    wire.UploadAbortedError: Nature.DOUBTFUL,
    wire.ClientError: Nature.DOUBTFUL,
}
"""By class; the nearest ancestor decides."""

ERRORS = (sdk.TweepyException, wire.ClientError, OSError, LookupError, ValueError, TypeError, AttributeError)
"""What a request raises; the built-in ones for a time-out and when the SDK cannot make sense of an answer."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A refusal as X words it."""

    status: int
    headers: Mapping[str, str]
    detail: str = ""
    problem: str = ""
    codes: frozenset[int] = frozenset()


async def verdict(error: Exception, now: datetime) -> Failure:
    """The outcome of a request that raised one of ERRORS; `now` is what rate limits are told against."""
    match next((NATURES[kind] for kind in type(error).__mro__ if kind in NATURES), Nature.DOUBTFUL):
        case Nature.ANSWERED:
            return answered(await _answer(error), now)
        case Nature.NOT_SENT:
            return Retry(f"X could not be reached ({type(error).__name__})")
        case Nature.DOUBTFUL:
            return Unconfirmed(f"no readable answer from X ({type(error).__name__}); the post may be there")


def rest(headers: Mapping[str, str], now: datetime) -> float:
    """Seconds until every used-up window of the rate limits is open again; 0 when none is used up."""
    used_up = (window for window in _WINDOWS if headers.get(f"{window}-remaining") == "0")
    return max((_until(headers.get(f"{window}-reset", ""), now) for window in used_up), default=0.0)


def _until(reset: str, now: datetime) -> float:
    return max(0.0, int(reset) - now.timestamp()) if reset.isdecimal() else 0.0


async def _answer(error: Exception) -> Answer:
    if isinstance(error, aiohttp.ClientResponseError):
        return Answer(error.status, error.headers or {}, error.message)
    assert isinstance(error, sdk.HTTPException)
    body = await error.response.json()
    detail = "; ".join(map(str, error.api_messages)) or error.response.reason or ""
    kind = str(body.get("type", ""))
    return Answer(error.response.status, error.response.headers, detail, kind, frozenset(error.api_codes))


def answered(answer: Answer, now: datetime) -> Failure:
    """The outcome of a refusal; `now` is what rate limits are told against."""
    match answer.status:
        case 429:
            wait = rest(answer.headers, now) or _until(answer.headers.get("x-rate-limit-reset", ""), now)
            return Retry("X's rate limit is used up", wait or None, "account")
        case 401 | 402:
            reason = f"X does not let this account in ({answer.status}): renew its keys or its credits"
            return Retry(reason, CREDENTIALS_WAIT, "account")
        case 403:
            return _forbidden(answer)
        case 404 | 300 | 301 | 302 | 303 | 307 | 308:
            return Retry(f"{answer.status}: check the account's api_url", CREDENTIALS_WAIT, "account")
        case status if 400 <= status < 500 and status != 408:
            return Rejected(f"X refused it: {answer.detail}")
    return Unconfirmed(f"X answered {answer.status} and may have posted it all the same")


def _forbidden(answer: Answer) -> Failure:
    # X has no type or code for this any more; only its text tells it from other refusals.
    if "duplicate content" in answer.detail.lower() or _DUPLICATE_CODE in answer.codes:
        return Unconfirmed("X says that it already has this text: an earlier try probably arrived")
    if answer.problem.endswith(_ACCOUNT_PROBLEMS) or answer.codes & _ACCOUNT_CODES:
        return Retry(f"X does not let this account post: {answer.detail}", CREDENTIALS_WAIT, "account")
    return Rejected(f"X refused it: {answer.detail}")
