"""Parts, accounts and answers for the tests of Discord."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import SecretStr

from channels.discord.composing import DiscordComposer
from channels.discord.settings import Account
from publisher.channel import Format, Json, Part, Receipt, Section, Target, fill
from publisher.sandbox import DiscordServer
from tests.channels.scripted_http import Reply

SERVER = DiscordServer()
CHANNEL = SERVER.channels[0].id
SLOTS = {"url": "https://example.com/en-US/ANN-2026-00042", "published_at": "2026-12-03T02:00:00Z"}
RECEIPTS = (Receipt("message", ("1700",)),)
TEXT = "## Listing\n\nTrading: 3 Dec 2026, 10:00 (UTC+8)"


def account(url: str, *, timeout: float = 5.0, token: str = SERVER.token) -> Account:
    return Account(token=SecretStr(token), api_url=url, timeout=timeout)


def target(address: str = CHANNEL, **options: Json) -> Target:
    return Target("discord-en", "discord", "discord", address, "en-US", options)


def parts(text: str = TEXT, address: str = CHANNEL, **options: Json) -> list[Part]:
    section = Section(Format.DISCORD_MARKDOWN, text)
    return list(DiscordComposer().compose({"text": section}, target(address, **options)))


def filled(part: Part, **slots: str) -> Part:
    content = fill(part.content, SLOTS | slots)
    assert isinstance(content, Mapping)
    return Part(part.name, content)


def message(text: str = TEXT, address: str = CHANNEL, **options: Json) -> Part:
    return filled(parts(text, address, **options)[0])


def accepted(message_id: str = "1700") -> Reply:
    return Reply(200, {"id": message_id, "channel_id": CHANNEL, "content": TEXT})


def refused(status: int, code: int, said: str = "no", **more: object) -> Reply:
    return Reply(status, {"message": said, "code": code, **more})
