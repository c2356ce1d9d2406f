"""Parts, accounts and answers for the tests of X."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime

from pydantic import SecretStr

from channels.x.composing import XComposer
from channels.x.settings import Account
from publisher.channel import Format, Json, Part, Receipt, Section, Target, fill
from publisher.sandbox import XAccount
from tests.channels.scripted_http import Reply

NOW = datetime(2026, 12, 3, 2, 0, tzinfo=UTC)
URL = "https://example.com/en-US/ANN-2026-00042"
SLOTS = {"url": URL, "reference": "ANN-2026-00042", "previous.id": "1600"}
RECEIPTS = (Receipt("post", ("1700",), "https://x.com/ExampleExchange/status/1700"),)
TEXT = f"Example Exchange will list Acme (ACME)\n\nTrading: 3 Dec 2026, 10:00 (UTC+8)\n\n{URL}"


def at(moment: datetime = NOW) -> Callable[[], datetime]:
    return lambda: moment


def signed(url: str, *, timeout: float = 5.0) -> Account:
    """With the four keys of OAuth 1.0a, those of the sandbox."""
    known = XAccount()
    return Account(
        handle=known.handle,
        user_id=known.id,
        consumer_key=SecretStr(known.consumer_key),
        consumer_secret=SecretStr(known.consumer_secret),
        access_token=SecretStr(known.access_token),
        access_token_secret=SecretStr(known.access_token_secret),
        api_url=url,
        timeout=timeout,
    )


def with_token(url: str) -> Account:
    """With a user token of OAuth 2.0."""
    known = XAccount()
    return Account(handle=known.handle, user_id=known.id, user_token=SecretStr(known.user_bearer), api_url=url)


def parts(text: str, **options: Json) -> list[Part]:
    target = Target("x-main", "x", "x", "ExampleExchange", "en-US", options)
    return list(XComposer().compose({"text": Section(Format.PLAIN, text)}, target))


def filled(part: Part) -> Part:
    content = fill(part.content, SLOTS)
    assert isinstance(content, Mapping)
    return Part(part.name, content)


def post(text: str = TEXT) -> Part:
    return filled(parts(text)[0])


def created(post_id: str = "1700", **headers: str) -> Reply:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Reply(201, {"data": {"id": post_id, "text": "as X wraps it"}}, named)


def problem(status: int, detail: str = "", kind: str = "about:blank", **headers: str) -> Reply:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    body = {"title": "Refused", "detail": detail, "type": kind, "status": status}
    return Reply(status, body, {"Content-Type": "application/problem+json", **named})
