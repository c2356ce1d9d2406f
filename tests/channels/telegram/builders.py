"""Parts, accounts and answers for the tests of Telegram."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import SecretStr

from channels.telegram.composing import TelegramComposer
from channels.telegram.settings import Account
from publisher.channel import Format, Json, Part, Receipt, Section, Target, fill
from tests.channels.scripted_http import Reply

TOKEN = "110201543:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw"
CHAT = "-1001000000001"
SLOTS = {"url": "https://example.com/en-US/ANN-2026-00042", "reference": "ANN-2026-00042", "previous.id": "7"}
RECEIPTS = (Receipt("message", ("7",), "https://t.me/example_exchange/7"),)


def account(url: str, *, timeout: float = 5.0) -> Account:
    return Account(token=SecretStr(TOKEN), api_url=url, timeout=timeout)


def target(address: str = CHAT, **options: Json) -> Target:
    return Target("telegram-en", "telegram", "bot", address, "en-US", options)


def parts(text: str = "<b>Listing</b>", address: str = CHAT, **options: Json) -> list[Part]:
    return list(TelegramComposer().compose({"text": Section(Format.TELEGRAM_HTML, text)}, target(address, **options)))


def filled(part: Part) -> Part:
    content = fill(part.content, SLOTS)
    assert isinstance(content, Mapping)
    return Part(part.name, content)


def message(text: str = "<b>Listing</b>", **options: Json) -> Part:
    return filled(parts(text, CHAT, **options)[0])


def pin() -> Part:
    return filled(parts(pin=True)[1])


def accepted(message_id: int = 7) -> Reply:
    chat = {"id": int(CHAT), "type": "channel", "title": "Example Exchange", "username": "example_exchange"}
    return Reply(body={"ok": True, "result": {"message_id": message_id, "date": 1, "chat": chat, "text": "Listing"}})


def done() -> Reply:
    return Reply(body={"ok": True, "result": True})


def refused(status: int, description: str, **parameters: int) -> Reply:
    body: dict[str, object] = {"ok": False, "error_code": status, "description": description}
    return Reply(status, body | ({"parameters": parameters} if parameters else {}))
