"""Where receiving systems report back, as they meet it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import httpx
import pytest

from publisher.channel import CallbackForged, CallbackUnreadable
from publisher.web.callbacks import REPORT_BYTES, take_callbacks
from publisher.web.public import public_app
from tests.site.serving import served


async def called_back(account: str, headers: Mapping[str, str], body: bytes) -> bool:
    if headers.get("webhook-signature") != "right":
        raise CallbackForged("the signature is not right")
    if body == b"nonsense":
        raise CallbackUnreadable("data: Field required")
    return account == "push"


@pytest.fixture
def url(tmp_path: Path) -> Iterator[str]:
    app = public_app(tmp_path / "none")
    take_callbacks(app, called_back)
    with served(app) as base:
        yield base


@pytest.mark.parametrize(
    ("account", "signature", "body", "status", "said"),
    [
        ("push", "right", b"{}", 204, ""),
        ("push", "wrong", b"{}", 401, "the signature is not right"),
        ("push", "right", b"nonsense", 400, "data: Field required"),
        ("other", "right", b"{}", 404, "no delivery of this account has that receipt"),
        ("push", "right", b"x" * (REPORT_BYTES + 1), 413, "a report has at most 16384 bytes"),
    ],
)
def test_each_answer(url: str, account: str, signature: str, body: bytes, status: int, said: str) -> None:
    answer = httpx.post(f"{url}/callbacks/{account}", content=body, headers={"webhook-signature": signature})

    assert answer.status_code == status
    assert said in answer.text


def test_looking_is_not_reporting(url: str) -> None:
    assert httpx.get(f"{url}/callbacks/push").status_code == 404
