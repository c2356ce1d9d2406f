"""What Discord's answers and aiohttp's errors mean for a message: not sent, refused, or nobody can tell."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import TypeAlias

from aiohttp import client_exceptions as wire

from publisher.channel import Rejected, Retry, Unconfirmed

Failure: TypeAlias = Retry | Rejected | Unconfirmed

CREDENTIALS_WAIT = 300.0
"""Seconds an account rests that Discord does not let in; a person must act, and nothing is lost meanwhile."""
UNKNOWN_CHANNEL, UNKNOWN_MESSAGE = 10003, 10008


class Concern(Enum):
    """What a JSON error code is about."""

    TARGET = "the channel: nothing else can be sent there either"
    ACCOUNT = "the bot: nothing can be sent anywhere"
    LATER = "the moment: the same request will do later"


CODES: Mapping[int, tuple[Concern, str]] = {
    UNKNOWN_CHANNEL: (Concern.TARGET, "there is no such channel"),
    10004: (Concern.TARGET, "there is no such server"),
    50001: (Concern.TARGET, "the bot cannot see the channel: give it the right View Channel"),
    50008: (Concern.TARGET, "the channel takes no text"),
    50013: (Concern.TARGET, "the bot may not write there: give it the right Send Messages"),
    50024: (Concern.TARGET, "the channel is not of a kind that takes messages"),
    40058: (Concern.TARGET, "the channel is a forum, which takes posts with a title only"),
    160005: (Concern.TARGET, "the thread is locked"),
    40001: (Concern.ACCOUNT, "the token is not valid: renew it"),
    40002: (Concern.ACCOUNT, "Discord wants the account verified"),
    40333: (Concern.ACCOUNT, "Discord's gateway blocks the request"),
    50014: (Concern.ACCOUNT, "the token is not valid: renew it"),
    20016: (Concern.LATER, "the channel is in slow mode: give the bot the right Manage Messages"),
    20022: (Concern.LATER, "announcements are edited too often"),
    20028: (Concern.LATER, "the channel takes no more messages for now"),
    20029: (Concern.LATER, "the server takes no more messages for now"),
    30046: (Concern.LATER, "messages older than an hour are edited too often"),
    40004: (Concern.LATER, "sending is switched off at Discord"),
    40006: (Concern.LATER, "this is switched off at Discord"),
    40062: (Concern.LATER, "Discord asks to slow down"),
    130000: (Concern.LATER, "Discord is overloaded"),
}
"""Those that say more than every other refusal does (this message, never). Source: "Opcodes and Status Codes"."""

NOT_SENT: frozenset[type[Exception]] = frozenset({
    wire.ClientConnectorError, wire.ClientConnectorDNSError, wire.ClientProxyConnectionError, wire.ClientSSLError,
    wire.ClientConnectorSSLError, wire.ClientConnectorCertificateError, wire.ServerFingerprintMismatch,
    wire.ConnectionTimeoutError, wire.ClientHttpProxyError, wire.InvalidURL, wire.InvalidUrlClientError,
    wire.NonHttpUrlClientError,
})  # fmt: skip
DOUBTFUL: frozenset[type[Exception]] = frozenset({
    wire.RedirectClientError, wire.InvalidUrlRedirectClientError, wire.NonHttpUrlRedirectClientError,
    wire.SocketTimeoutError, wire.ServerTimeoutError, wire.ServerDisconnectedError, wire.ServerConnectionError,
    wire.ClientConnectionResetError, wire.ClientOSError, wire.ClientConnectionError, wire.ClientPayloadError,
    wire.ClientResponseError, wire.ContentTypeError, wire.WSServerHandshakeError, wire.WSMessageTypeError,
    wire.UploadAbortedError, wire.ClientError,
})  # fmt: skip
"""By class; the nearest ancestor decides, and one that nobody knows is doubtful."""
ERRORS = (wire.ClientError, wire.WSMessageTypeError, OSError, ValueError)
"""What a request raises; the built-in ones for a time-out and for an answer that is cut or no text."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What Discord said; `content` is its JSON, None for anything else."""

    status: int
    headers: Mapping[str, str]
    content: object = None

    @property
    def body(self) -> Mapping[str, object]:
        """The content when it is an object; otherwise empty."""
        return self.content if isinstance(self.content, dict) else {}

    @property
    def code(self) -> int:
        """Discord's own error code; 0 for none."""
        code = self.body.get("code")
        return code if isinstance(code, int) else 0


def unreached(error: Exception) -> Retry | Unconfirmed:
    """The outcome of a request that raised one of ERRORS."""
    known = next((kind for kind in type(error).__mro__ if kind in NOT_SENT or kind in DOUBTFUL), None)
    name = type(error).__name__
    if known in NOT_SENT:
        return Retry(f"Discord could not be reached ({name})")
    return Unconfirmed(f"no readable answer from Discord ({name}); the message may be there")


def refusal(answer: Answer) -> Failure | None:
    """The outcome of an answer; None for one that says yes (2xx)."""
    status = answer.status
    if 200 <= status < 300:
        return None
    if status == 429:
        return _slow_down(answer)
    if status == 408 or status >= 500:
        return Unconfirmed(f"Discord answered {status} and may have posted it all the same")
    if answer.code in CODES:
        return _coded(*CODES[answer.code], _wait(answer))
    if status == 401:
        return Retry("Discord does not let this bot in (401): renew its token", CREDENTIALS_WAIT, "account")
    # Without a JSON body it was not the API that answered but what stands before it, or something else entirely.
    if status < 400 or not answer.body or (status == 404 and not answer.code):
        return Retry(f"{status}: check the account's api_url", CREDENTIALS_WAIT, "account")
    return Rejected(f"Discord refused it: {answer.body.get('message')} ({answer.code})")


def _coded(concern: Concern, reason: str, wait: float | None) -> Failure:
    match concern:
        case Concern.TARGET:
            return Rejected(f"Discord refused it: {reason}", disable_target=True)
        case Concern.ACCOUNT:
            return Retry(f"Discord does not let this bot in: {reason}", CREDENTIALS_WAIT, "account")
        case Concern.LATER:
            return Retry(f"Discord refused it for now: {reason}", wait)


def _slow_down(answer: Answer) -> Retry:
    """A limit of this channel, or of all that the bot does; the latter too when only the gateway speaks."""
    everywhere = answer.body.get("global") is True or answer.headers.get("X-RateLimit-Scope") == "global"
    return Retry("Discord asks to slow down", _wait(answer), "account" if everywhere or not answer.body else "target")


def _wait(answer: Answer) -> float | None:
    """Seconds, from the body (exact) or else the header (rounded up)."""
    said = answer.body.get("retry_after")
    if isinstance(said, int | float) and not isinstance(said, bool) and said >= 0:
        return float(said)
    header = answer.headers.get("Retry-After", "").strip()
    return float(header) if header.isascii() and header.isdecimal() else None
