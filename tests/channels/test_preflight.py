"""Every built-in channel looks whether it would be let in, over its real SDK, and leaves nothing behind."""

from __future__ import annotations

import importlib
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import cast

import pytest

from publisher.channel import ChannelType, Json, Preflighting, Target, Tools
from publisher.sandbox import Chat, Relay, Sandbox, Standing, World
from publisher.web.public import public_app
from tests.ports import free_ports
from tests.site import samples
from tests.site.serving import served

CLOSED = "http://127.0.0.1:{port}"
"""Where nobody listens."""
MEMBER_ONLY, UNPINNED, THROWN_OUT = -1001000000003, -1001000000004, -1001000000005
TALKED_ABOUT, TALK = -1001000000006, -1001000000007
WORLD = World(
    chats=(
        *World().chats,
        Chat(MEMBER_ONLY, "channel", "No rights", standing=Standing.MEMBER),
        Chat(UNPINNED, "channel", "No pins", can_pin=False),
        Chat(THROWN_OUT, "channel", "Thrown out", standing=Standing.KICKED),
        Chat(TALKED_ABOUT, "channel", "Talked about", linked_to=TALK),
        Chat(TALK, "supergroup", "Talk", "example_talk", linked_to=TALKED_ABOUT),
    ),
    relay=Relay(credentials={"desk": "right"}),
)


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    async with Sandbox(WORLD) as running:
        yield running


@asynccontextmanager
async def connected(name: str, account: Mapping[str, object]) -> AsyncIterator[Preflighting]:
    channel: ChannelType = importlib.import_module(f"channels.{name}").channel
    connect = channel.connect_posting or channel.connect_mailing
    assert connect is not None
    adapter = connect(channel.Account.model_validate(account), Tools(lambda: samples.NOW, samples.site()))
    assert isinstance(adapter, Preflighting)
    yield adapter
    await adapter.close()


async def found(name: str, account: Mapping[str, object], address: str, **options: Json) -> list[tuple[str, str]]:
    async with connected(name, account) as adapter:
        findings = await adapter.preflight(Target("there", name, "account", address, "en-US", options))
    assert all(finding.fix for finding in findings)
    return [(finding.code, finding.message) for finding in findings]


def telegram(url: str, token: str = WORLD.bots[0].token) -> Mapping[str, object]:
    return {"api_url": url, "token": token}


def x(url: str, **other: str) -> Mapping[str, object]:
    keys = ("consumer_key", "consumer_secret", "access_token", "access_token_secret", "handle")
    known = {name: cast(str, getattr(WORLD.x[0], name)) for name in keys}
    return {"api_url": url, "user_id": WORLD.x[0].id, **known, **other}


def discord(url: str, token: str = WORLD.discord.token) -> Mapping[str, object]:
    return {"api_url": url, "token": token}


def relay(port: int, password: str = "right") -> Mapping[str, object]:
    return {"host": "127.0.0.1", "port": port, "tls": "none", "username": "desk", "password": password}


async def test_where_all_is_in_place_nothing_is_found_and_nothing_arrives(sandbox: Sandbox, tmp_path: Path) -> None:
    webhook = {"url": sandbox.webhook.url, "secret": WORLD.webhook.secrets[0]}

    assert await found("telegram", telegram(sandbox.telegram.url), "@example_exchange", pin=True) == []
    assert await found("x", x(sandbox.x.url), "ExampleExchange") == []
    assert await found("discord", discord(sandbox.discord.url), WORLD.discord.channels[0].id) == []
    assert await found("webhook", webhook, "app-users") == []
    assert await found("email", relay(sandbox.smtp.port), "news@example.com", dkim=False) == []
    with served(public_app(tmp_path / "site")) as url:
        assert await found("website", {"root": tmp_path / "site", "url": url}, url) == []
    assert sandbox.arrivals.totals.total() == 0
    assert untouched(tmp_path)


def untouched(folder: Path) -> bool:
    return not any(folder.iterdir())


@pytest.mark.parametrize(
    ("chat", "options", "said"),
    [
        (MEMBER_ONLY, {}, "the bot may not post messages"),
        (UNPINNED, {"pin": True}, "the bot may not pin messages"),
        (THROWN_OUT, {}, "kicked"),
        (-1009999999999, {}, "Chat not found"),
    ],
)
async def test_what_telegram_lacks(sandbox: Sandbox, chat: int, options: Mapping[str, Json], said: str) -> None:
    [(_, message)] = await found("telegram", telegram(sandbox.telegram.url), str(chat), **options)

    assert said in message


async def test_tokens_that_are_not_let_in(sandbox: Sandbox) -> None:
    wrong = await found(
        "telegram", telegram(sandbox.telegram.url, "110201543:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsax"), "@a"
    )
    renamed = await found("x", x(sandbox.x.url, handle="SomebodyElse"), "SomebodyElse")
    revoked = await found("x", x(sandbox.x.url, access_token="1600000000000000001-old"), "ExampleExchange")
    bot = await found(
        "discord", discord(sandbox.discord.url, "MTMwMDAwMDAwMDAwMDAwMDAwMg.sandbx." + "x" * 30), "1" * 18
    )
    locked = await found("email", relay(sandbox.smtp.port, "wrong"), "news@example.com", dkim=False)

    assert [code for [(code, _)] in (wrong, renamed, revoked, bot, locked)] == [
        "telegram.preflight",
        "x.account",
        "x.preflight",
        "discord.preflight",
        "email.preflight",
    ]
    assert "@ExampleExchange" in renamed[0][1]
    assert all("wrong" not in message for _, message in locked)


async def test_nobody_listens(tmp_path: Path) -> None:
    [port] = free_ports(1)
    url = CLOSED.format(port=port)
    webhook = {"url": url, "secret": WORLD.webhook.secrets[0]}
    mail = await found("email", relay(port), "news@example.com")

    assert [code for code, _ in await found("telegram", telegram(url), "@a")] == ["telegram.preflight"]
    assert [code for code, _ in await found("x", x(url), "ExampleExchange")] == ["x.preflight"]
    assert [code for code, _ in await found("discord", discord(f"{url}/api/v10"), "1" * 18)] == ["discord.preflight"]
    assert [code for code, _ in await found("webhook", webhook, "app-users")] == ["webhook.preflight"]
    assert [code for code, _ in mail] == ["email.dkim", "email.preflight"]
    assert [code for code, _ in await found("website", {"root": tmp_path, "url": url}, url)] == ["website.unreachable"]


async def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("a file where the folder should be")
    [port] = free_ports(1)
    account = {"root": tmp_path / "taken" / "site", "url": CLOSED.format(port=port), "confirm": False}

    assert [code for code, _ in await found("website", account, "x")] == ["website.folder", "website.folder"]


@pytest.mark.parametrize("declared", [str(TALK), "@example_talk"])
async def test_a_linked_group_that_is_declared_is_in_place(sandbox: Sandbox, declared: str) -> None:
    account = telegram(sandbox.telegram.url)
    assert await found("telegram", account, str(TALKED_ABOUT), linked_group=declared) == []


@pytest.mark.parametrize(
    ("address", "declared", "said"),
    [
        (str(TALKED_ABOUT), "", f"{TALKED_ABOUT} is linked with {TALK}, and there declares none"),
        (str(TALKED_ABOUT), "@example_exchange", f"is linked with {TALK}, and there declares @example_exchange"),
        ("@example_exchange", str(TALK), f"@example_exchange has no linked group, and there declares {TALK}"),
        ("@example_exchange", "@example_talk", "has no linked group, and there declares @example_talk"),
    ],
)
async def test_another_linked_group_than_declared_is_found(
    sandbox: Sandbox, address: str, declared: str, said: str
) -> None:
    [(code, message)] = await found("telegram", telegram(sandbox.telegram.url), address, linked_group=declared)

    assert code == "telegram.linked_group"
    assert said in message


async def test_a_group_declares_no_group(sandbox: Sandbox) -> None:
    assert await found("telegram", telegram(sandbox.telegram.url), str(TALK)) == []
