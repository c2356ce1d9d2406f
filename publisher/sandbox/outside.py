"""The sandbox: the outside networks on this machine, in one asyncio process, and the page that shows them."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Self

from publisher.sandbox.arrivals import Arrivals
from publisher.sandbox.discord.twin import DiscordTwin
from publisher.sandbox.faults import Faults
from publisher.sandbox.page.routes import Page
from publisher.sandbox.smtp.relay import SmtpTwin
from publisher.sandbox.telegram.twin import TelegramTwin
from publisher.sandbox.webhook.twin import WebhookTwin
from publisher.sandbox.world import World
from publisher.sandbox.x.twin import XTwin
from publisher.wall_time import Clock


class SystemClock:
    """The machine's clock, for a sandbox that stands alone."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


@dataclass(frozen=True, slots=True)
class Ports:
    """Where the twins and the page listen; 0 takes a free port."""

    smtp: int = 0
    telegram: int = 0
    x: int = 0
    page: int = 0
    webhook: int = 0
    discord: int = 0


class Sandbox:
    """The twins, their faults, what arrived, and the page. `async with Sandbox() as sandbox: ...`

    `clock` decides what the networks call now (limits, the 48 hours of deleteMessage, time stamps). `keep` is how many
    arrivals of a channel are remembered whole; all are counted. Nothing is written to disk.
    """

    def __init__(
        self,
        world: World | None = None,
        *,
        host: str = "127.0.0.1",
        ports: Ports | None = None,
        clock: Clock | None = None,
        keep: int = 1000,
    ) -> None:
        world, ports, clock = world or World(), ports or Ports(), clock or SystemClock()
        self.world, self._host = world, host
        self.faults, self.arrivals = Faults(), Arrivals(clock, keep=keep)
        self.smtp = SmtpTwin(world.relay, self.faults, self.arrivals, host, ports.smtp)
        self.telegram = TelegramTwin(world, self.faults, self.arrivals, clock, host, ports.telegram)
        self.x = XTwin(world, self.faults, self.arrivals, clock, host, ports.x)
        self.webhook = WebhookTwin(world, self.faults, self.arrivals, clock, host, ports.webhook)
        self.discord = DiscordTwin(world.discord, self.faults, self.arrivals, clock, host, ports.discord)
        self.page = Page(self.telegram.chats, self.x, self.faults, self.arrivals, host, ports.page)
        self._running = AsyncExitStack()

    async def start(self) -> None:
        """Everything listens; raises OSError, with nothing left open, when a port is taken."""
        async with AsyncExitStack() as starting:
            for each in (self.smtp, self.telegram, self.x, self.webhook, self.discord, self.page):
                starting.push_async_callback(each.close)
                await each.start()
            self._running = starting.pop_all()

    async def close(self) -> None:
        """Cuts what is connected and stops listening; harmless when repeated."""
        await self._running.aclose()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *failure: object) -> None:
        await self.close()

    def addresses(self) -> dict[str, str]:
        """Where each part listens, by name."""
        return {
            "smtp": f"smtp://{self._host}:{self.smtp.port}",
            "telegram": self.telegram.url,
            "x": self.x.url,
            "webhook": self.webhook.url,
            "discord": self.discord.url,
            "page": self.page.url,
        }


async def serve(host: str, ports: Ports, *, world: World | None = None, clock: Clock | None = None) -> None:
    """Runs a sandbox until cancelled; raises OSError when a port is taken."""
    async with Sandbox(world, host=host, ports=ports, clock=clock):
        await asyncio.Event().wait()
