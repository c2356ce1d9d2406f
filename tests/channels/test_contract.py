"""The built-in channels keep the contract."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from pydantic import BaseModel, SecretStr

import channels.email
import channels.telegram
import channels.website
from channels.telegram.settings import Account
from publisher.channel import ChannelType, Rendered, Section, Target, slot
from publisher.sandbox import Channel, Effect, Fault, Sandbox
from publisher.web.public import public_app
from tests.channels.contract import ComposerContract, Outside, PostingContract
from tests.channels.telegram.builders import TOKEN
from tests.site import samples
from tests.site.serving import served

CLOSED_PORT = "http://127.0.0.1:9"
"""The discard port: nobody listens."""


class _Twin(Outside):
    """A network that the sandbox plays."""

    def __init__(self, sandbox: Sandbox, network: Channel) -> None:
        self.sandbox, self.network = sandbox, network

    def arrived(self) -> int:
        return self.sandbox.arrivals.totals[self.network]

    def refuse(self) -> None:
        self.sandbox.faults.add(Fault(self.network, Effect.ERROR, code=403))

    def lose_answers(self) -> None:
        self.sandbox.faults.add(Fault(self.network, Effect.LOSE_ANSWER))


class TestTelegram(PostingContract):
    sdk = "telegram"

    @pytest.fixture
    def channel(self) -> ChannelType:
        return channels.telegram.channel

    @pytest.fixture
    def target(self) -> Target:
        return Target("telegram-en", "telegram", "bot", "@example_exchange", "en-US")

    @pytest.fixture
    async def outside(self) -> AsyncIterator[Outside]:
        class Chat(_Twin):
            account = property(lambda self: _bot(self.sandbox.telegram.url))
            nowhere = property(lambda self: _bot(CLOSED_PORT))

            def arrived(self) -> int:
                sent = self.sandbox.arrivals.newest(self.network)
                return sum(arrival.action == "sendMessage" for arrival in sent)

        async with Sandbox() as sandbox:
            yield Chat(sandbox, Channel.TELEGRAM)


def _bot(url: str) -> BaseModel:
    return Account(token=SecretStr(TOKEN), api_url=url, timeout=5)


class TestWebsite(PostingContract):
    sdk = "aiohttp"

    @pytest.fixture
    def channel(self) -> ChannelType:
        return channels.website.channel

    @pytest.fixture
    def target(self) -> Target:
        return Target("website", "website", "site", "https://example.com", "en-US")

    @pytest.fixture
    def rendered(self, channel: ChannelType) -> Rendered:
        record = samples.record(locale="en-US")
        formats = channel.composer.capabilities.sections
        texts = {
            "title": record.title,
            "article": samples.article(record),
            "record": json.dumps(record.model_dump(mode="json")),
        }
        return {name: Section(formats[name], text) for name, text in texts.items()}

    @pytest.fixture
    def outside(self, tmp_path: Path) -> Iterator[Outside]:
        with served(public_app(tmp_path / "site")) as url:
            yield _Files(tmp_path / "site", url)


class _Files(Outside):
    """A folder and the web server that shows it."""

    def __init__(self, root: Path, url: str) -> None:
        self._root, self._url = root, url

    @property
    def account(self) -> BaseModel:
        return channels.website.Account(root=self._root, url=self._url, confirm_timeout=0.3)

    @property
    def nowhere(self) -> BaseModel:
        return channels.website.Account(root=self._root, url=CLOSED_PORT, confirm_timeout=0.3)

    def arrived(self) -> int:
        return len(list(self._root.glob("??-??/ANN-*.html")))

    def refuse(self) -> None:
        self._root.write_text("a file where the folder should be")

    def lose_answers(self) -> None:
        self._url = CLOSED_PORT


class TestEmail(ComposerContract):
    sdk = "aiosmtplib"

    @pytest.fixture
    def channel(self) -> ChannelType:
        return channels.email.channel

    @pytest.fixture
    def target(self) -> Target:
        return Target("newsletter", "email", "relay", "news@example.com", "en-US")

    @pytest.fixture
    def rendered(self, channel: ChannelType) -> Rendered:
        text = f"Deposits resume at 12:00 (UTC+8) {slot('recipient.unsubscribe_url')}"
        formats = channel.composer.capabilities.sections
        told = {"subject": "Deposits", "record": samples.record(locale="en-US").model_dump_json()}
        return {name: Section(formats[name], told.get(name, text)) for name in formats}
