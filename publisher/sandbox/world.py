"""The outside as it is when the sandbox starts: bots, chats, accounts, a relay, an endpoint. All of it is fictional."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Standing(StrEnum):
    """What a bot is in a chat."""

    ADMINISTRATOR = "administrator"
    MEMBER = "member"
    KICKED = "kicked"


@dataclass(frozen=True, slots=True)
class Bot:
    """A bot; its id is the number before the colon of its token."""

    token: str = field(default="110201543:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw", repr=False)
    username: str = "example_exchange_bot"
    name: str = "Example Exchange"

    @property
    def id(self) -> int:
        return int(self.token.partition(":")[0])


@dataclass(frozen=True, slots=True)
class Chat:
    """A chat, and the standing of every bot in it."""

    id: int
    type: str
    title: str
    username: str = ""
    standing: Standing = Standing.ADMINISTRATOR
    can_pin: bool = True
    can_delete: bool = False
    """`can_delete_messages`: lifts the 48 hours of deleteMessage."""
    migrated_to: int | None = None
    topics: Mapping[int, str] = field(default_factory=dict)
    """Of a forum: number -> title."""
    linked_to: int | None = None
    """A channel's discussion group, or a group's channel."""


@dataclass(frozen=True, slots=True)
class Flood:
    """Telegram's flood limits (messages and edits). `burst` is how many one chat takes at once before 1/s holds."""

    burst: int = 4
    per_chat_per_second: float = 1.0
    per_group_per_minute: int = 20
    overall_per_second: int = 30


@dataclass(frozen=True, slots=True)
class XAccount:
    """An account on X and every key that may speak for it."""

    id: str = "1600000000000000001"
    handle: str = "ExampleExchange"
    name: str = "Example Exchange"
    consumer_key: str = field(default="sandbox-consumer-key", repr=False)
    consumer_secret: str = field(default="sandbox-consumer-secret", repr=False)
    access_token: str = field(default="1600000000000000001-sandbox-access-token", repr=False)
    access_token_secret: str = field(default="sandbox-access-token-secret", repr=False)
    user_bearer: str = field(default="sandbox-oauth2-user-token", repr=False)
    app_bearer: str = field(default="sandbox-app-only-token", repr=False)
    """Reads, and is refused where a user must speak."""
    limit: int = 280
    replies_to_self: bool = True
    """False: every reply is refused, as self-serve accounts may find."""


@dataclass(frozen=True, slots=True)
class XLimits:
    """Requests per user and operation in 15 minutes, posts in 24 hours, hours in which a text is a duplicate."""

    posts: int = 100
    deletes: int = 50
    reads: int = 900
    media: int = 500
    user_day: int = 10_000
    app_day: int = 10_000
    duplicate_hours: float = 12.0


@dataclass(frozen=True, slots=True)
class Relay:
    """The mail relay. With `credentials` (name -> password) it wants AUTH; with `tls` it offers STARTTLS."""

    name: str = "relay.example.com"
    max_bytes: int = 25_000_000
    max_recipients: int = 100
    max_connections: int = 200
    idle_seconds: float = 300.0
    tls: bool = False
    require_tls: bool = False
    credentials: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class DiscordChannel:
    """A text channel, and what the bot may do in it."""

    id: str
    name: str
    can_see: bool = True
    can_send: bool = True
    can_read_history: bool = True
    """Without it a channel reads as if it were empty."""


@dataclass(frozen=True, slots=True)
class DiscordServer:
    """A server ("guild"), its channels, its bot and the limits: calls per channel in five seconds, and a second."""

    id: str = "1300000000000000001"
    name: str = "Example Exchange"
    bot_id: str = "1300000000000000002"
    bot_name: str = "Example Exchange"
    token: str = field(default="MTMwMDAwMDAwMDAwMDAwMDAwMg.sandbx.sandbox-discord-bot-token-0001", repr=False)
    channels: tuple[DiscordChannel, ...] = (
        DiscordChannel("1300000000000000011", "announcements"),
        DiscordChannel("1300000000000000012", "公告"),
    )
    per_channel: int = 5
    per_second: int = 50


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A system of the operator's that takes webhooks: its secrets, and how many seconds old an event may be."""

    secrets: tuple[str, ...] = field(default=("whsec_c2FuZGJveCBzZWNyZXQgb2Ygd2ViaG9va3M=",), repr=False)
    tolerance: float = 300.0


@dataclass(frozen=True, slots=True)
class World:
    """Everything outside."""

    bots: tuple[Bot, ...] = (Bot(),)
    chats: tuple[Chat, ...] = (
        Chat(-1001000000001, "channel", "Example Exchange announcements", "example_exchange"),
        Chat(-1001000000002, "channel", "Example Exchange 公告", "example_exchange_zh"),
    )
    flood: Flood = field(default_factory=Flood)
    x: tuple[XAccount, ...] = (XAccount(),)
    x_limits: XLimits = field(default_factory=XLimits)
    relay: Relay = field(default_factory=Relay)
    webhook: Endpoint = field(default_factory=Endpoint)
    discord: DiscordServer = field(default_factory=DiscordServer)
