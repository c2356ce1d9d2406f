"""Composers and adapters: what a channel is made of, and how it is registered."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol, runtime_checkable

from pydantic import BaseModel

from publisher.channel.callback import Callback
from publisher.channel.capabilities import Capabilities
from publisher.channel.findings import Finding
from publisher.channel.outcome import Absent, Delivered, Outcome, Receipt, Unknown
from publisher.channel.payload import Part, Parts, Payload, Rendered, Target
from publisher.channel.site import Derive
from publisher.channel.slots import Slots


class Composer(Protocol):
    """Pure: no SDK, no secret, no clock, no file."""

    capabilities: Capabilities

    def compose(self, rendered: Rendered, target: Target) -> Parts:
        """The requests that will be sent, in order: splits, numbers, assembles."""

    def check(self, parts: Parts) -> Sequence[Finding]:
        """What the network would refuse or mangle, with slots at their greatest length."""


@runtime_checkable
class ChecksTogether(Protocol):
    """A composer of a network on which two places can be one for their readers."""

    def check_together(self, targets: Sequence[Target]) -> Sequence[Finding]:
        """What is wrong with publishing the same announcement to all of them."""


class PostingChannel(Protocol):
    """Sends one part at a time. `part` has its slots filled; `receipts` are those of the parts already sent.

    Never raises for what the network or the wire does: every such thing is an Outcome.
    "Not sent for certain" (DNS, connect, pool time-out, 429, 4xx) is Retry or Rejected; "may have been sent"
    (read time-out, 5xx, a cut after the request) is Unconfirmed. Never the reverse.
    """

    async def send(self, part: Part, receipts: Sequence[Receipt]) -> Outcome: ...

    async def amend(self, part: Part, receipts: Sequence[Receipt]) -> Outcome:
        """Replaces the sent part of the same name by `part`; repeating it is harmless."""

    async def retract(self, part: Part, receipts: Sequence[Receipt]) -> Outcome:
        """Removes the sent part; "already gone" is Delivered."""

    async def probe(self, part: Part, since: datetime) -> Delivered | Absent | Unknown:
        """Reads back whether `part`, first tried at `since` (UTC), is there."""

    async def close(self) -> None: ...


@runtime_checkable
class Refreshing(Protocol):
    """A channel whose published things change as time passes: the website's "happening now"."""

    async def refresh(self) -> datetime | None:
        """Makes it true for now; the instant at which it must be called again, None when nothing is to come."""


@runtime_checkable
class Pinning(Protocol):
    """A channel that can keep sent messages at the top of a place.

    What is kept there is decided by everything that was sent there, so sending a part named PIN pins nothing by itself.
    """

    async def pin(self, part: Part, message: Receipt) -> Outcome:
        """Puts the sent message there; repeating it is harmless."""

    async def unpin(self, part: Part, message: Receipt) -> Outcome:
        """Takes it away; a message that is gone, or no longer there, is Delivered."""


@runtime_checkable
class Preflighting(Protocol):
    """A channel that can look whether it would be let in, without sending anything."""

    async def preflight(self, target: Target) -> Sequence[Finding]:
        """What would keep an edition from being sent to `target`: tokens, rights, reachability; empty when nothing.

        Never raises for what the network or the wire does: every such thing is a Finding. Leaves no trace there.
        """


@dataclass(frozen=True, slots=True)
class Addressee:
    """One reader of a mailing: the ledger's row id, the envelope address and the reader's slots."""

    recipient_id: int
    address: str
    slots: Slots = field(repr=False)


class MailingChannel(Protocol):
    """Sends one edition to many readers, each its own message and envelope."""

    def send_group(
        self, payload: Payload, group: Iterable[Addressee], *, urgent: bool = False
    ) -> AsyncIterator[tuple[int, Outcome]]:
        """Yields each recipient's id and outcome as it is known; every member of `group` exactly once.

        Urgent mail has connections of its own, which no other mail ever takes.
        `Receipt.ids` holds the Message-ID. Never raises for what the relay or the wire does.
        """

    async def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Tools:
    """What the composition root lends to an adapter."""

    now: Callable[[], datetime]
    derive: Derive


@dataclass(frozen=True, slots=True)
class ChannelType:
    """What a channel's module registers under the name `channel`.

    `Options` validates a destination's own settings, `Account` its account's (secrets are `SecretStr`).
    `connect` imports the SDK and opens nothing yet; it is called once per account in the worker only, so an unused
    SDK is never imported and `check` starts fast. Exactly one of `connect_posting`, `connect_mailing` is set.
    """

    name: str
    composer: Composer
    Options: type[BaseModel]
    Account: type[BaseModel]
    connect_posting: Callable[[Any, Tools], PostingChannel] | None = None
    connect_mailing: Callable[[Any, Tools], MailingChannel] | None = None
    read_callback: Callable[[Any, Mapping[str, str], bytes, datetime], Callback] | None = None
    """Verifies and reads a report of the receiving system: account, headers (lower-case names), body, now. Raises
    CallbackForged, CallbackUnreadable. None where a network reports nothing.
    """
