"""What a receiver of Standard Webhooks checks before it believes an event."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime


class UnprovenError(Exception):
    """An event that its sender did not prove to have sent now; the message says what is wrong."""


def verify(secrets: Sequence[str], headers: Mapping[str, str], body: bytes, now: datetime, tolerance: float) -> str:
    """The event's id; raises UnprovenError. `tolerance` is how many seconds old or early it may be."""
    message_id, timestamp = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
    if not message_id or not timestamp.isdecimal():
        raise UnprovenError("webhook-id or webhook-timestamp is missing")
    if abs(now.timestamp() - int(timestamp)) > tolerance:
        raise UnprovenError("webhook-timestamp is too far from now")
    given = headers.get("webhook-signature", "").split()
    wanted = _signatures(secrets, f"{message_id}.{timestamp}.".encode() + body)
    if not any(hmac.compare_digest(one.encode(), other.encode()) for one in wanted for other in given):
        raise UnprovenError("no signature is right")
    return message_id


def _signatures(secrets: Sequence[str], signed: bytes) -> Iterator[str]:
    for secret in secrets:
        key = base64.b64decode(secret.removeprefix("whsec_"))
        yield "v1," + base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()
