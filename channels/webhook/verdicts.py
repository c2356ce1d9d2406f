"""What an endpoint's answers and aiohttp's errors mean. A repeat is harmless, so nothing is ever unconfirmed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

import aiohttp

from publisher.channel import Rejected, Retry

Failure: TypeAlias = Retry | Rejected

ENDPOINT_WAIT = 300.0
"""Seconds an account rests whose endpoint has moved; a person must act, and nothing is lost meanwhile."""
_LATER: Mapping[int, str] = {
    408: "the endpoint did not get the whole event in time",
    425: "the endpoint asks to come back later",
    429: "the endpoint asks to slow down",
}

REASONS: Mapping[type[Exception], str] = {
    aiohttp.InvalidURL: "the account's `url` or `proxy` is not a URL",
    aiohttp.NonHttpUrlClientError: "the account's `url` is not http",
    aiohttp.ClientConnectorDNSError: "its host name is not known",
    aiohttp.ClientConnectorCertificateError: "its certificate is not valid",
    aiohttp.ServerFingerprintMismatch: "its certificate is not the one that was expected",
    aiohttp.ClientSSLError: "its TLS handshake failed",
    aiohttp.ClientProxyConnectionError: "no connection to the proxy",
    aiohttp.ClientHttpProxyError: "the proxy refused",
    aiohttp.ServerTimeoutError: "it did not answer in time",
    aiohttp.ClientConnectorError: "no connection to it",
    aiohttp.ServerDisconnectedError: "it closed the connection",
    aiohttp.ClientPayloadError: "its answer was cut short",
    aiohttp.ClientResponseError: "its answer is not HTTP as it should be",
    aiohttp.ClientConnectionError: "the connection failed",
    aiohttp.WSMessageTypeError: "its answer is not HTTP as it should be",
    aiohttp.ClientError: "it cannot be reached",
    TimeoutError: "it did not answer in time",
    OSError: "the connection failed",
}
"""Most specific first."""
ERRORS: tuple[type[Exception], ...] = tuple(REASONS)


def unreached(error: Exception) -> Retry:
    """The outcome of a request that raised one of ERRORS."""
    reason = next(reason for kind, reason in REASONS.items() if isinstance(error, kind))
    return Retry(f"the endpoint: {reason}")


def refusal(status: int, headers: Mapping[str, str]) -> Failure | None:
    """The outcome of an answer; None for one that took the event (2xx)."""
    match status:
        case _ if 200 <= status < 300:
            return None
        case 410:
            return Rejected("the endpoint answered 410: it wants no more events", disable_target=True)
        case _ if status in _LATER:
            return Retry(_LATER[status], _wait(headers))
        case _ if 300 <= status < 400:
            return Retry(f"{status}: the endpoint has moved; change the account's url", ENDPOINT_WAIT, "account")
        case _ if 400 <= status < 500:
            return Rejected(f"the endpoint refused it with {status}")
    return Retry(f"the endpoint answered {status}", _wait(headers))


def _wait(headers: Mapping[str, str]) -> float | None:
    """Seconds of `Retry-After` (RFC 9110, section 10.2.3); its other form, a date, is left to our own back-off."""
    seconds = headers.get("Retry-After", "").strip()
    return float(seconds) if seconds.isascii() and seconds.isdecimal() else None
