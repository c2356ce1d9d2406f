"""The webhook keeps the contract of posting channels."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest
from pydantic import BaseModel

import channels.webhook
from channels.webhook.sending import PUBLISHED
from publisher.channel import ChannelType, Rendered, Target, Tools
from publisher.sandbox import Channel, Effect, Fault, Sandbox
from tests.channels.contract import Outside, PostingContract
from tests.channels.scripted_http import closed_port
from tests.channels.webhook import builders
from tests.site import samples


class Receiver(Outside):
    def __init__(self, sandbox: Sandbox, closed: str) -> None:
        self._sandbox, self._closed = sandbox, closed

    @property
    def account(self) -> BaseModel:
        return builders.account(self._sandbox.webhook.url)

    @property
    def nowhere(self) -> BaseModel:
        return builders.account(self._closed)

    def arrived(self) -> int:
        return sum(event.type == PUBLISHED for event in self._sandbox.webhook.newest())

    def refuse(self) -> None:
        self._sandbox.faults.add(Fault(Channel.WEBHOOK, Effect.ERROR, code=403))

    def lose_answers(self) -> None:
        self._sandbox.faults.add(Fault(Channel.WEBHOOK, Effect.LOSE_ANSWER))


class TestWebhook(PostingContract):
    sdk = "aiohttp"

    @pytest.fixture
    def channel(self) -> ChannelType:
        return channels.webhook.channel

    @pytest.fixture
    def target(self) -> Target:
        return builders.target()

    @pytest.fixture
    def rendered(self, channel: ChannelType) -> Rendered:
        return builders.rendered()

    @pytest.fixture
    def tools(self) -> Tools:
        return Tools(lambda: datetime.now(UTC), samples.site())

    @pytest.fixture
    async def outside(self) -> AsyncIterator[Outside]:
        async with Sandbox() as sandbox:
            yield Receiver(sandbox, await closed_port())
