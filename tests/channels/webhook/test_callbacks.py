"""What a receiving system reports back: let in by its signature only, and understood or refused in words."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest

from channels.webhook.callbacks import read
from publisher.channel import Callback, CallbackForged, CallbackUnreadable
from tests.channels.webhook.builders import NEWER, NOW, SECRET, account
from tests.channels.webhook.test_sending import documented

REPORT = {"receipt": "msg_1", "sent": 10_233, "failed": 12}


def signed(data: object, *, secret: str = SECRET, message_id: str = "rep_1") -> tuple[bytes, dict[str, str]]:
    """Body and headers, as the documented sender makes them."""
    made: tuple[bytes, dict[str, str]] = documented()["report"](secret, message_id, data, NOW.timestamp())
    return made


def taken(body: bytes, headers: Mapping[str, str], *, secret: str = SECRET, late: float = 0) -> Callback:
    return read(account("https://push.example.com", secret=secret), headers, body, NOW + timedelta(seconds=late))


def test_a_report_of_the_documented_sender_is_taken() -> None:
    body, headers = signed({**REPORT, "final": False, "note": "the provider is slow"})

    told = taken(body, headers)

    assert (told.id, told.receipt) == ("rep_1", "msg_1")
    assert told.sentence == "10,233 sent, 12 failed, so far: the provider is slow"


@pytest.mark.parametrize("known", [SECRET, NEWER])
def test_either_secret_signs_while_it_is_being_changed(known: str) -> None:
    assert taken(*signed(REPORT, secret=known), secret=f"{NEWER} {SECRET}").sent == 10_233


@pytest.mark.parametrize("wrong", ["body", "secret", "id", "early", "late", "no time", "no signature", "odd signature"])
def test_whatever_is_not_of_that_system_and_of_now_is_forged(wrong: str) -> None:
    body, headers = signed(REPORT, secret=NEWER if wrong == "secret" else SECRET)
    changes = {
        "id": {"webhook-id": "rep_2"},
        "no time": {"webhook-timestamp": "now"},
        "no signature": {"webhook-signature": ""},
        "odd signature": {"webhook-signature": "v1,ÿ v2,x"},
    }
    late = {"early": -301.0, "late": 301.0}.get(wrong, 0.0)

    with pytest.raises(CallbackForged):
        taken(body.replace(b"12", b"13") if wrong == "body" else body, {**headers, **changes.get(wrong, {})}, late=late)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ({"sent": 1}, "data.receipt: Field required"),
        ({**REPORT, "sent": -1}, "data.sent: Input should be greater than or equal to 0"),
        ({**REPORT, "sent": "many"}, "data.sent: Input should be a valid integer"),
        ({**REPORT, "note": "x" * 201}, "data.note: String should have at most 200 characters"),
        ({"receipt": "msg_1"}, "data: give sent, failed or note"),
        ("sent", "data: Input should be an object"),
    ],
)
def test_what_is_not_understood_is_told(data: object, said: str) -> None:
    with pytest.raises(CallbackUnreadable, match=re.escape(said)):
        taken(*signed(data))


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b"\xff\xfe", json.dumps({"type": "other", "data": REPORT}).encode()]
)
def test_a_signed_body_of_another_form_is_unreadable(body: bytes) -> None:
    names: dict[str, Any] = documented()
    base64, hmac, hashlib = names["base64"], names["hmac"], names["hashlib"]
    stamp = str(int(NOW.timestamp()))
    key = base64.b64decode(SECRET.removeprefix("whsec_"))
    digest = hmac.digest(key, f"rep_1.{stamp}.".encode() + body, hashlib.sha256)
    signature = "v1," + base64.b64encode(digest).decode()

    with pytest.raises(CallbackUnreadable):
        taken(body, {"webhook-id": "rep_1", "webhook-timestamp": stamp, "webhook-signature": signature})


def test_a_note_cannot_write_into_a_terminal() -> None:
    assert taken(*signed({**REPORT, "note": "a\x1b[2Jb\nc"})).note == "a [2Jb c"
