"""A network that remembers what it accepted: one line of a file, synced to disk, before it answers.

The file outlives any kill of the worker, so that what the network has can be compared with what the store believes.
"""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TypeAlias

from pydantic import BaseModel

from publisher.channel import (
    Absent,
    Capabilities,
    ChannelType,
    Delivered,
    Finding,
    MailingChannel,
    Outcome,
    Part,
    Parts,
    Payload,
    PostingChannel,
    Rate,
    Receipt,
    Rendered,
    Target,
    Tools,
    Unknown,
)

Answer: TypeAlias = Callable[[Part], Awaitable[Outcome]]


@dataclass
class Network:
    """Everything outside. `script` holds, per destination, what its next calls do instead of accepting."""

    file: Path
    script: dict[str, list[Outcome | Answer]] = field(default_factory=dict)
    hears: bool = True
    """False: nothing can be read back."""
    latency: Callable[[], float] = lambda: 0.0
    accepted_trace: Callable[[str], None] = lambda point: None
    """Called when readers see it and the sender does not know yet."""

    def accept(self, call: str, part: Part, key: object) -> Receipt:
        """Takes it: from here on readers see it."""
        # A sender gone mad must end its test, not run for ever.
        assert self.copies(key, part.name) < 10, f"{key} was sent again and again"
        number = str(1000 + len(self.accepted()))
        line = json.dumps({"call": call, "to": part.content["to"], "key": key, "part": part.name, "id": number})
        with self.file.open("a") as file:
            file.write(line + "\n")
            file.flush()
            os.fsync(file.fileno())
        self.accepted_trace(f"accepted:{part.name}")
        return Receipt(part.name, (number,), f"https://example.com/{number}")

    def accepted(self) -> Sequence[Mapping[str, str]]:
        """Whole lines only: a line cut by a kill was never synced, so the network does not have it."""
        if not self.file.exists():
            return []
        return [json.loads(line) for line in self.file.read_text().splitlines(keepends=True) if line.endswith("\n")]

    def copies(self, key: object, part: str = "post") -> int:
        """How many readers see of one part."""
        return sum(line["key"] == key and line["part"] == part for line in self.accepted())


class Posts:
    """A posting channel on the network."""

    def __init__(self, network: Network) -> None:
        self.network = network
        self.closed = False

    async def send(self, part: Part, receipts: Sequence[Receipt]) -> Outcome:
        return await self._call("send", part)

    async def amend(self, part: Part, receipts: Sequence[Receipt]) -> Outcome:
        return await self._call(f"amend {receipts[0].ids[0]}", part)

    async def retract(self, part: Part, receipts: Sequence[Receipt]) -> Outcome:
        return await self._call(f"retract {receipts[0].ids[0]}", part)

    async def pin(self, part: Part, message: Receipt) -> Outcome:
        return await self._call(f"pin {message.ids[0]}", part)

    async def unpin(self, part: Part, message: Receipt) -> Outcome:
        return await self._call(f"unpin {message.ids[0]}", part)

    async def probe(self, part: Part, since: datetime) -> Delivered | Absent | Unknown:
        if not self.network.hears:
            return Unknown("the timeline cannot be read")
        for line in self.network.accepted():
            if (line["key"], line["part"]) == (_key(part), part.name):
                return Delivered(Receipt(part.name, (line["id"],)))
        return Absent()

    async def close(self) -> None:
        self.closed = True

    async def _call(self, call: str, part: Part) -> Outcome:
        planned = self.network.script.get(str(part.content["to"]), [])
        if planned:
            step = planned.pop(0)
            return await step(part) if callable(step) else step
        await asyncio.sleep(self.network.latency())
        receipt = self.network.accept(call, part, _key(part))
        await asyncio.sleep(self.network.latency())
        return Delivered(receipt)


def _key(part: Part) -> object:
    return part.content["key"]


class Mail:
    """A mailing channel nobody calls here: these tests end where a mailing begins."""

    def send_group(self, payload: Payload, group: object) -> object:
        raise AssertionError("a mailing was sent from a test of deliveries")

    async def close(self) -> None: ...


class NoOptions(BaseModel):
    """Nothing to set."""


@dataclass
class Composer:
    capabilities: Capabilities

    def compose(self, rendered: Rendered, target: Target) -> Parts:
        return []

    def check(self, parts: Parts) -> Sequence[Finding]:
        return []


def channel_types(network: Network, *, rate: Rate | None = None) -> Mapping[str, ChannelType]:
    """The kinds of channels there are: a site, posts that can be read back, posts that cannot, few posts, mail."""
    kinds = {
        "site": Capabilities(sections={}, wave=1, repeatable=True, links_to_site=False),
        "posts": Capabilities(sections={}, wave=2, probes=True, target_rate=rate),
        "mute": Capabilities(sections={}, wave=2, target_rate=rate),
        "few": Capabilities(sections={}, wave=2, follow_ups=2),
        "mail": Capabilities(sections={}, wave=3),
    }
    return {name: _channel_type(name, capabilities, network) for name, capabilities in kinds.items()}


def _channel_type(name: str, capabilities: Capabilities, network: Network) -> ChannelType:
    def posting(account: object, tools: Tools) -> PostingChannel:
        return Posts(network)

    def mailing(account: object, tools: Tools) -> MailingChannel:
        return Mail()  # type: ignore[return-value]

    if name == "mail":
        return ChannelType(name, Composer(capabilities), NoOptions, NoOptions, connect_mailing=mailing)
    return ChannelType(name, Composer(capabilities), NoOptions, NoOptions, connect_posting=posting)
