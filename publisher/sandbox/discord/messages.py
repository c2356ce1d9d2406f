"""Channels of a server and the messages in them, as Discord remembers them."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from publisher.sandbox.arrivals import Json
from publisher.sandbox.world import DiscordChannel, DiscordServer

_KEPT = 1000
_EPOCH_MS = 1_420_070_400_000
"""Where ids count from (snowflake): the first second of 2015."""
_NONCE_WINDOW = timedelta(minutes=5)
"""Discord says "the past few minutes"."""


@dataclass(frozen=True, slots=True)
class Message:
    """One message as it stands now."""

    id: str
    channel: DiscordChannel
    content: str
    at: datetime
    nonce: str = ""
    flags: int = 0
    edited_at: datetime | None = None
    answered: bool = True
    """False when a fault lost the answer to its sending or last edit."""

    def to_json(self, server: DiscordServer) -> dict[str, Json]:
        """The API's message object; the nonce is in the answer to its sender only."""
        return {
            "id": self.id,
            "type": 0,
            "channel_id": self.channel.id,
            "content": self.content,
            "author": {"id": server.bot_id, "username": server.bot_name, "bot": True},
            "timestamp": self.at.isoformat(),
            "edited_timestamp": self.edited_at.isoformat() if self.edited_at else None,
            "flags": self.flags,
            "mention_everyone": False,
            "mentions": [],
        }


class Room:
    """A channel and its newest messages."""

    def __init__(self, channel: DiscordChannel) -> None:
        self.channel = channel
        self._messages: OrderedDict[str, Message] = OrderedDict()
        self._last = 0

    def add(self, content: str, at: datetime, nonce: str, flags: int, *, answered: bool) -> Message:
        message = Message(self._next_id(at), self.channel, content, at, nonce, flags, answered=answered)
        self._messages[message.id] = message
        if len(self._messages) > _KEPT:
            self._messages.popitem(last=False)
        return message

    def edit(self, message: Message, content: str, flags: int, at: datetime, *, answered: bool) -> Message:
        edited = replace(message, content=content, flags=flags, edited_at=at, answered=answered)
        self._messages[message.id] = edited
        return edited

    def remove(self, message: Message) -> None:
        del self._messages[message.id]

    def find(self, message_id: str) -> Message | None:
        return self._messages.get(message_id)

    def sent_as(self, nonce: str, at: datetime) -> Message | None:
        """The message that was lately made under this nonce."""
        same = (message for message in self._messages.values() if message.nonce == nonce)
        return next((message for message in same if at - message.at <= _NONCE_WINDOW), None) if nonce else None

    def newest(self, before: str = "") -> Sequence[Message]:
        """Newest first; only what is older than the message `before`."""
        found = reversed(self._messages.values())
        return [message for message in found if not before or int(message.id) < int(before)]

    def _next_id(self, at: datetime) -> str:
        self._last = max((int(at.timestamp() * 1000) - _EPOCH_MS) << 22, self._last + 1)
        return str(self._last)
