"""Discord keeps the contract of posting channels."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from pydantic import BaseModel

import channels.discord
from publisher.channel import ChannelType, Target
from publisher.sandbox import Channel, Effect, Fault, Sandbox
from tests.channels.contract import Outside, PostingContract
from tests.channels.discord import builders
from tests.channels.scripted_http import closed_port


class Room(Outside):
    def __init__(self, sandbox: Sandbox, closed: str) -> None:
        self._sandbox, self._closed = sandbox, closed

    @property
    def account(self) -> BaseModel:
        return builders.account(self._sandbox.discord.url)

    @property
    def nowhere(self) -> BaseModel:
        return builders.account(self._closed)

    def arrived(self) -> int:
        return len(self._sandbox.discord.rooms()[0].newest())

    def refuse(self) -> None:
        self._sandbox.faults.add(Fault(Channel.DISCORD, Effect.ERROR, code=403))

    def lose_answers(self) -> None:
        self._sandbox.faults.add(Fault(Channel.DISCORD, Effect.LOSE_ANSWER))


class TestDiscord(PostingContract):
    sdk = "aiohttp"

    @pytest.fixture
    def channel(self) -> ChannelType:
        return channels.discord.channel

    @pytest.fixture
    def target(self) -> Target:
        return builders.target()

    @pytest.fixture
    async def outside(self) -> AsyncIterator[Outside]:
        async with Sandbox() as sandbox:
            yield Room(sandbox, await closed_port())
