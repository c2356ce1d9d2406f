"""Reads what the receiving system reports back: signed like our own events, with the same secrets."""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from datetime import datetime

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from channels.webhook.settings import Account
from publisher.channel import Callback, CallbackForged, CallbackUnreadable
from publisher.channel.signing import keys, signatures

TOLERANCE = 300
"""Seconds that the sender's clock may differ; a copy that somebody sends again is refused after that."""
_REPORT = "delivery.report"


class _Report(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True, strict=True)
    receipt: str = Field(min_length=1, max_length=200)
    sent: int | None = Field(None, ge=0, le=10**12)
    failed: int | None = Field(None, ge=0, le=10**12)
    final: bool = True
    note: str = Field("", max_length=200)


class _Event(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)
    type: str
    data: _Report


def read(account: Account, headers: Mapping[str, str], body: bytes, now: datetime) -> Callback:
    """The report in `body`; `headers` have lower-case names. Raises CallbackForged, CallbackUnreadable."""
    message_id = _verified(account, headers, body, now)
    try:
        event = _Event.model_validate_json(body)
    except ValidationError as error:
        wrong = "; ".join(f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in error.errors())
        raise CallbackUnreadable(wrong) from None
    if event.type != _REPORT:
        raise CallbackUnreadable(f"type: we know {_REPORT} only")
    told = event.data
    if told.sent is None and told.failed is None and not told.note:
        raise CallbackUnreadable("data: give sent, failed or note")
    return Callback(message_id, told.receipt, told.sent, told.failed, told.final, _printable(told.note))


def _verified(account: Account, headers: Mapping[str, str], body: bytes, now: datetime) -> str:
    message_id, timestamp = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
    if not (0 < len(message_id) <= 200 and timestamp.isascii() and timestamp.isdigit()):
        raise CallbackForged("the headers webhook-id and webhook-timestamp are missing")
    if abs(now.timestamp() - int(timestamp[:15])) > TOLERANCE:
        raise CallbackForged("it is too old, or a clock is wrong")
    ours = signatures(keys(account.secret.get_secret_value()), message_id, timestamp, body).split()
    given = headers.get("webhook-signature", "").split()
    if not any(hmac.compare_digest(mine.encode(), theirs.encode()) for mine in ours for theirs in given):
        raise CallbackForged("the signature is not right")
    return message_id


def _printable(note: str) -> str:
    return "".join(letter if letter.isprintable() else " " for letter in note).strip()
