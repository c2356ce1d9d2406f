"""X keeps the contract of posting channels."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from pydantic import BaseModel

import channels.x
from publisher.channel import ChannelType, Target
from publisher.sandbox import Channel, Effect, Fault, Sandbox
from tests.channels.contract import Outside, PostingContract
from tests.channels.scripted_http import closed_port
from tests.channels.x.builders import signed


class Timeline(Outside):
    def __init__(self, sandbox: Sandbox, closed: str) -> None:
        self._sandbox, self._closed = sandbox, closed

    @property
    def account(self) -> BaseModel:
        return signed(self._sandbox.x.url)

    @property
    def nowhere(self) -> BaseModel:
        return signed(self._closed)

    def arrived(self) -> int:
        return len(self._sandbox.x.timelines.newest(self._sandbox.world.x[0].id))

    def refuse(self) -> None:
        self._sandbox.faults.add(Fault(Channel.X, Effect.ERROR, code=403))

    def lose_answers(self) -> None:
        self._sandbox.faults.add(Fault(Channel.X, Effect.LOSE_ANSWER))


class TestX(PostingContract):
    sdk = "tweepy"

    @pytest.fixture
    def channel(self) -> ChannelType:
        return channels.x.channel

    @pytest.fixture
    def target(self) -> Target:
        return Target("x-main", "x", "x", "ExampleExchange", "en-US")

    @pytest.fixture
    async def outside(self) -> AsyncIterator[Outside]:
        async with Sandbox() as sandbox:
            yield Timeline(sandbox, await closed_port())
