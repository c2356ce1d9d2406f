"""What every error of python-telegram-bot means for a message: not sent, refused, or nobody can tell."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

import httpx
from telegram import error as sdk

from publisher.channel import Outcome, Rejected, Retry, Unconfirmed

CREDENTIALS_WAIT = 300.0
"""Seconds an account rests that Telegram does not know; a person must act, and nothing is lost meanwhile."""


class FloodWait(sdk.TelegramError):
    """429; `after` is in seconds, None when the server did not say."""

    def __init__(self, after: float | None) -> None:
        super().__init__("Too Many Requests")
        self.after = after


class ServerFailed(sdk.NetworkError):
    """An answer of 5xx: the server may have done it all the same."""


MAY_HAVE_ARRIVED: Mapping[type[Exception], bool] = {
    httpx.PoolTimeout: False,
    httpx.ConnectTimeout: False,
    httpx.ConnectError: False,
    httpx.ProxyError: False,
    httpx.UnsupportedProtocol: False,
    httpx.InvalidURL: False,
    httpx.ReadTimeout: True,
    httpx.WriteTimeout: True,
    httpx.TimeoutException: True,
    httpx.ReadError: True,
    httpx.WriteError: True,
    httpx.CloseError: True,
    httpx.NetworkError: True,
    httpx.LocalProtocolError: True,
    httpx.RemoteProtocolError: True,
    httpx.ProtocolError: True,
    httpx.DecodingError: True,
    httpx.TooManyRedirects: True,
    httpx.TransportError: True,
    httpx.RequestError: True,
    httpx.HTTPStatusError: True,
    httpx.HTTPError: True,
    httpx.CookieConflict: True,
    httpx.StreamConsumed: True,
    httpx.StreamClosed: True,
    httpx.ResponseNotRead: True,
    httpx.RequestNotRead: True,
    httpx.StreamError: True,
}
"""Whether the server may have the message after an error on the wire."""


ERRORS = (sdk.TelegramError, LookupError, ValueError, TypeError, AttributeError)
"""What a request raises; the built-in ones when the SDK cannot make sense of an answer (`"ok": false` with 200)."""


def verdict(error: Exception) -> Outcome:
    """The outcome of a request that raised one of ERRORS."""
    for kind in type(error).__mro__:
        if kind in VERDICTS:
            return VERDICTS[kind](error)
    return Unconfirmed(f"Telegram's answer could not be read ({type(error).__name__}); the message may be there")


def _refused(error: sdk.TelegramError) -> Outcome:
    return Rejected(f"Telegram refused it: {error.message}")


def _forbidden(error: sdk.Forbidden) -> Outcome:
    return Rejected(f"Telegram does not let the bot into this chat: {error.message}", disable_target=True)


def _migrated(error: sdk.ChatMigrated) -> Outcome:
    reason = f"the group became a supergroup: set the destination's address to {error.new_chat_id} and send again"
    return Rejected(reason, disable_target=True)


def _unknown_bot(error: sdk.TelegramError) -> Outcome:
    return Retry("Telegram does not know this bot's token: renew the account's token", CREDENTIALS_WAIT, "account")


def _unknown_address(error: sdk.TelegramError) -> Outcome:
    # A wrong api_url or proxy answers 404 just as a malformed token does, so this says nothing about the token.
    return Retry("404: check the account's api_url, then its token", CREDENTIALS_WAIT, "account")


def _flood(error: FloodWait) -> Outcome:
    return Retry("Telegram asks to slow down", error.after)


def _retry_after(error: sdk.RetryAfter) -> Outcome:
    wait: float | timedelta = error.retry_after
    return Retry("Telegram asks to slow down", wait.total_seconds() if isinstance(wait, timedelta) else float(wait))


def _conflict(error: sdk.TelegramError) -> Outcome:
    return Retry(f"Telegram was busy with another request of this bot: {error.message}")


def _network(error: sdk.NetworkError) -> Outcome:
    """By its cause. Without one it was an answer that is neither success nor 5xx: certainly not sent."""
    cause = error.__cause__
    if cause is None or isinstance(cause, sdk.TelegramError):
        return Retry(f"Telegram did not take it: {error.message}")
    known = next((kind for kind in type(cause).__mro__ if kind in MAY_HAVE_ARRIVED), None)
    if known is not None and not MAY_HAVE_ARRIVED[known]:
        return Retry(f"Telegram could not be reached ({type(cause).__name__})")
    return Unconfirmed(f"the connection failed before Telegram's answer ({type(cause).__name__})")


def _doubtful(error: sdk.TelegramError) -> Outcome:
    return Unconfirmed(f"Telegram failed while it had the message: {error.message}")


VERDICTS: Mapping[type, Callable[[Any], Outcome]] = {
    FloodWait: _flood,
    ServerFailed: _doubtful,
    sdk.RetryAfter: _retry_after,
    sdk.ChatMigrated: _migrated,
    sdk.Forbidden: _forbidden,
    sdk.InvalidToken: _unknown_bot,
    sdk.EndPointNotFound: _unknown_address,
    sdk.BadRequest: _refused,
    sdk.Conflict: _conflict,
    sdk.TimedOut: _network,
    sdk.NetworkError: _network,
    sdk.PassportDecryptionError: _doubtful,
    sdk.TelegramError: _doubtful,
}
"""By class; the nearest ancestor decides (BadRequest and TimedOut are NetworkErrors)."""
