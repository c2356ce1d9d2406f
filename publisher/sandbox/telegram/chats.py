"""Chats and the messages in them, as the server remembers them."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from publisher.sandbox.arrivals import Json
from publisher.sandbox.telegram.entities import Marked
from publisher.sandbox.telegram.parameters import BadRequest
from publisher.sandbox.world import Bot, Chat, Standing

_KEPT = 1000
"""Messages a chat remembers."""


class Forbidden(Exception):
    """What the server answers with 403; the message follows "Forbidden: "."""


class Migrated(Exception):
    """The group has become a supergroup with the id in `args[0]`."""


@dataclass(frozen=True, slots=True)
class Photo:
    """A picture with its size in pixels; `content` is empty when it came as a URL or a file id."""

    file_id: str
    width: int
    height: int
    content: bytes = field(repr=False, default=b"")


@dataclass(frozen=True, slots=True)
class Message:
    """One message as it stands now."""

    id: int
    chat: Chat
    bot: Bot
    sent_at: datetime
    marked: Marked
    photo: Photo | None = None
    options: Mapping[str, Json] = field(default_factory=dict)
    """The link preview options and the reply markup."""
    edited_at: datetime | None = None
    answered: bool = True
    """False when a fault lost the answer to its sending or last edit."""
    silent: bool = False
    """Delivered without a sound."""
    topic: int | None = None
    """The topic of a forum in which it stands (`message_thread_id`)."""

    def to_json(self) -> dict[str, Json]:
        """The Bot API's Message."""
        text, entities = ("caption", "caption_entities") if self.photo else ("text", "entities")
        content: dict[str, Json] = {
            "message_id": self.id,
            "date": int(self.sent_at.timestamp()),
            "chat": chat_json(self.chat),
            **self._author(),
            **({"edit_date": int(self.edited_at.timestamp())} if self.edited_at else {}),
            **({"message_thread_id": self.topic, "is_topic_message": True} if self.topic else {}),
            **({"photo": _photo_json(self.photo)} if self.photo else {}),
            **({text: self.marked.text} if self.marked.text else {}),
            **({entities: [dict(entity) for entity in self.marked.entities]} if self.marked.entities else {}),
        }
        return content | dict(self.options)

    def _author(self) -> dict[str, Json]:
        if self.chat.type == "channel":
            return {"sender_chat": chat_json(self.chat)}
        return {"from": bot_json(self.bot)}


def chat_json(chat: Chat) -> dict[str, Json]:
    """The Bot API's Chat."""
    name = "first_name" if chat.type == "private" else "title"
    return {
        "id": chat.id,
        "type": chat.type,
        name: chat.title,
        **({"username": chat.username} if chat.username else {}),
        **({"is_forum": True} if chat.topics else {}),
    }


def bot_json(bot: Bot) -> dict[str, Json]:
    """The Bot API's User."""
    return {"id": bot.id, "is_bot": True, "first_name": bot.name, "username": bot.username}


def member_json(bot: Bot, chat: Chat) -> dict[str, Json]:
    """The Bot API's ChatMember of a bot that is in the chat."""
    if chat.standing is not Standing.ADMINISTRATOR:
        return {"status": "member", "user": bot_json(bot)}
    no = dict.fromkeys(_NEVER_GIVEN, False)
    pins: dict[str, Json] = {"can_edit_messages" if chat.type == "channel" else "can_pin_messages": chat.can_pin}
    posts: dict[str, Json] = {"can_post_messages": True} if chat.type == "channel" else {}
    rights: dict[str, Json] = {"can_manage_chat": True, "can_delete_messages": chat.can_delete}
    return {"status": "administrator", "user": bot_json(bot), **no, **rights, **pins, **posts}


_NEVER_GIVEN = (
    "can_be_edited", "is_anonymous", "can_manage_video_chats", "can_restrict_members", "can_promote_members",
    "can_change_info", "can_invite_users", "can_post_stories", "can_edit_stories", "can_delete_stories",
)  # fmt: skip


def _photo_json(photo: Photo) -> Sequence[Json]:
    unique = photo.file_id[:16]
    size: Mapping[str, Json] = {"file_id": photo.file_id, "file_unique_id": unique, "width": photo.width}
    return [{**size, "height": photo.height}]


class Room:
    """A chat, its newest messages and its pins."""

    def __init__(self, chat: Chat) -> None:
        self.chat = chat
        self.pinned: list[int] = []
        self._messages: OrderedDict[int, Message] = OrderedDict()
        self._last = 0

    def next_id(self) -> int:
        self._last += 1
        return self._last

    def put(self, message: Message) -> None:
        """Adds or replaces a message, and forgets the oldest beyond the bound."""
        self._messages[message.id] = message
        if len(self._messages) > _KEPT:
            self._messages.popitem(last=False)

    def get(self, message_id: int) -> Message | None:
        return self._messages.get(message_id)

    def remove(self, message_id: int) -> None:
        del self._messages[message_id]
        self.pinned = [pinned for pinned in self.pinned if pinned != message_id]

    @property
    def newest_pin(self) -> int | None:
        """What is shown above all: by the message's age, whenever it was pinned."""
        return max(self.pinned, default=None)

    def newest(self) -> list[Message]:
        """Newest first."""
        return list(reversed(self._messages.values()))


class Chats:
    """Every chat of the sandbox's world; more may be opened, and the bot may be thrown out, while it runs."""

    def __init__(self, chats: Sequence[Chat]) -> None:
        self._rooms = {chat.id: Room(chat) for chat in chats}

    def open(self, chat: Chat) -> None:
        """A new chat, or a new standing of the bot in a known one."""
        if chat.id in self._rooms:
            self._rooms[chat.id].chat = chat
        else:
            self._rooms[chat.id] = Room(chat)

    def kick(self, chat_id: int) -> None:
        """Throws the bot out."""
        self.open(replace(self._rooms[chat_id].chat, standing=Standing.KICKED))

    def rooms(self) -> Sequence[Room]:
        return tuple(self._rooms.values())

    def find(self, address: str) -> Room:
        """The room of a chat id or @name; raises BadRequest, Forbidden, Migrated."""
        if not address:
            raise BadRequest("chat_id is empty")
        room = self._named(address)
        if room is None:
            raise BadRequest("chat not found")
        if room.chat.migrated_to is not None:
            raise Migrated(room.chat.migrated_to)
        if room.chat.standing is Standing.KICKED:
            raise Forbidden(_out(room.chat))
        return room

    def _named(self, address: str) -> Room | None:
        if address.startswith("@"):
            name = address[1:].lower()
            return next((room for room in self._rooms.values() if room.chat.username.lower() == name != ""), None)
        try:
            return self._rooms.get(int(address))
        except ValueError:
            return None


def _out(chat: Chat) -> str:
    return "bot was blocked by the user" if chat.type == "private" else f"bot was kicked from the {chat.type} chat"
