"""What each Bot API method does and refuses. Source: core.telegram.org/bots/api and the public server's answers."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from publisher.measure import utf16
from publisher.sandbox.arrivals import Json
from publisher.sandbox.telegram import pictures
from publisher.sandbox.telegram.chats import Chats, Message, Photo, Room, bot_json, chat_json, member_json
from publisher.sandbox.telegram.entities import Entity, Marked, MarkupError, parse_html, strip
from publisher.sandbox.telegram.flood import FloodGate
from publisher.sandbox.telegram.parameters import BadRequest, Incoming, check
from publisher.sandbox.world import Bot, Flood, Standing

TEXT_UNITS, CAPTION_UNITS, RAW_BYTES = 4096, 1024, 32_768
_DELETABLE = timedelta(hours=48)
_NOT_MODIFIED = (
    "message is not modified: specified new message content and reply markup are exactly the same "
    "as a current content and reply markup of the message"
)


class TooManyRequests(Exception):
    """429; `args[0]` is the seconds to wait."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A call: who, the checked parameters, what came in, and whether the answer will reach the caller."""

    bot: Bot
    given: Mapping[str, Json]
    incoming: Incoming
    answered: bool


class Methods:
    """One method of this class per method of the API; each takes the caller's bot and checked parameters."""

    def __init__(self, chats: Chats, flood: Flood, now: Callable[[], datetime]) -> None:
        self._chats, self._now = chats, now
        self._flood = FloodGate(flood)
        self._table: Mapping[str, Callable[[Asked], Json]] = {
            "getMe": self._get_me,
            "getChat": self._get_chat,
            "getChatMember": self._get_chat_member,
            "sendMessage": self._send_message,
            "sendPhoto": self._send_photo,
            "editMessageText": self._edit_text,
            "editMessageCaption": self._edit_caption,
            "editMessageMedia": self._edit_media,
            "deleteMessage": self._delete,
            "pinChatMessage": self._pin,
            "unpinChatMessage": self._unpin,
        }

    def call(self, method: str, bot: Bot, incoming: Incoming, *, answered: bool) -> Json:
        """The `result` of a call; raises BadRequest, Forbidden, Migrated, TooManyRequests."""
        return self._table[method](Asked(bot, check(method, incoming), incoming, answered))

    def _get_me(self, asked: Asked) -> Json:
        return bot_json(asked.bot) | {
            "can_join_groups": True,
            "can_read_all_group_messages": False,
            "supports_inline_queries": False,
        }

    def _get_chat(self, asked: Asked) -> Json:
        room = self._room(asked.given)
        pinned = room.get(room.newest_pin) if room.newest_pin else None
        nothing = dict.fromkeys(
            ("unlimited_gifts", "limited_gifts", "unique_gifts", "premium_subscription", "gifts_from_channels"), False
        )
        full: dict[str, Json] = {"accent_color_id": 0, "max_reaction_count": 11, "accepted_gift_types": nothing}
        linked: dict[str, Json] = {"linked_chat_id": room.chat.linked_to} if room.chat.linked_to else {}
        return chat_json(room.chat) | full | linked | ({"pinned_message": pinned.to_json()} if pinned else {})

    def _get_chat_member(self, asked: Asked) -> Json:
        room, bot = self._room(asked.given), asked.bot
        if asked.given.get("user_id") != bot.id:
            raise BadRequest("user not found")
        return member_json(bot, room.chat)

    def _send_message(self, asked: Asked) -> Json:
        room = self._writable(asked.given)
        marked = _text(asked.given)
        return self._post(room, asked, marked)

    def _send_photo(self, asked: Asked) -> Json:
        room = self._writable(asked.given)
        photo = _photo(asked.incoming, asked.incoming.values.get("photo", ""), "photo")
        return self._post(room, asked, _caption(asked.given), photo)

    def _post(self, room: Room, asked: Asked, marked: Marked, photo: Photo | None = None) -> Json:
        replied = _reply_to(room, asked.given)
        self._pass(room)
        message = Message(
            id=room.next_id(),
            chat=room.chat,
            bot=asked.bot,
            sent_at=self._now(),
            marked=marked,
            photo=photo,
            options=_options(asked.given),
            answered=asked.answered,
            silent=asked.given.get("disable_notification") is True,
            topic=_topic(room, asked.given),
        )
        room.put(message)
        return message.to_json() | ({"reply_to_message": replied.to_json()} if replied else {})

    def _edit_text(self, asked: Asked) -> Json:
        room = self._writable(asked.given)
        message = _target(room, asked.given, "edit")
        if message.photo is not None:
            raise BadRequest("there is no text in the message to edit")
        return self._edit(room, message, _text(asked.given), asked)

    def _edit_caption(self, asked: Asked) -> Json:
        room = self._writable(asked.given)
        message = _target(room, asked.given, "edit")
        if message.photo is None:
            raise BadRequest("there is no caption in the message to edit")
        return self._edit(room, message, _caption(asked.given), asked)

    def _edit_media(self, asked: Asked) -> Json:
        """Another photo, or a photo for a text; the caption is the media's."""
        room = self._writable(asked.given)
        message = _target(room, asked.given, "edit")
        media = asked.given.get("media")
        if not isinstance(media, Mapping) or media.get("type") != "photo":
            raise BadRequest("the sandbox takes media of type photo only")
        photo = _photo(asked.incoming, str(media.get("media", "")), "")
        return self._edit(room, replace(message, photo=photo), _caption(media), asked, before=message)

    def _edit(self, room: Room, message: Message, marked: Marked, asked: Asked, before: Message | None = None) -> Json:
        edited = replace(message, marked=marked, options=_options(asked.given))
        if edited == (before or message):
            raise BadRequest(_NOT_MODIFIED)
        self._pass(room)
        edited = replace(edited, edited_at=self._now(), answered=asked.answered)
        room.put(edited)
        return edited.to_json()

    def _delete(self, asked: Asked) -> Json:
        room = self._room(asked.given)
        message = _target(room, asked.given, "delete")
        if not room.chat.can_delete and self._now() - message.sent_at > _DELETABLE:
            raise BadRequest("message can't be deleted")
        room.remove(message.id)
        return True

    def _pin(self, asked: Asked) -> Json:
        room = self._pinnable(asked.given)
        message = _target(room, asked.given, "pin")
        room.pinned = [pinned for pinned in room.pinned if pinned != message.id] + [message.id]
        return True

    def _unpin(self, asked: Asked) -> Json:
        room = self._pinnable(asked.given)
        if not room.pinned:
            raise BadRequest("message to unpin not found")
        message_id = _target(room, asked.given, "unpin").id if "message_id" in asked.given else max(room.pinned)
        room.pinned = [pinned for pinned in room.pinned if pinned != message_id]
        return True

    def _room(self, given: Mapping[str, Json]) -> Room:
        return self._chats.find(str(given.get("chat_id", "")))

    def _writable(self, given: Mapping[str, Json]) -> Room:
        room = self._room(given)
        if room.chat.type == "channel" and room.chat.standing is not Standing.ADMINISTRATOR:
            raise BadRequest("need administrator rights in the channel chat")
        return room

    def _pinnable(self, given: Mapping[str, Json]) -> Room:
        room = self._writable(given)
        if not room.chat.can_pin:
            raise BadRequest("not enough rights to manage pinned messages in the chat")
        return room

    def _pass(self, room: Room) -> None:
        wait = self._flood.wait(room.chat.id, room.chat.type == "private", self._now())
        if wait:
            raise TooManyRequests(wait)


def _text(given: Mapping[str, Json]) -> Marked:
    marked = _marked(given, "text", "entities")
    if not marked.text:
        raise BadRequest("message text is empty")
    if utf16(marked.text) > TEXT_UNITS:
        raise BadRequest("message is too long")
    return marked


def _caption(given: Mapping[str, Json]) -> Marked:
    marked = _marked(given, "caption", "caption_entities")
    if utf16(marked.text) > CAPTION_UNITS:
        raise BadRequest("message caption is too long")
    return marked


def _marked(given: Mapping[str, Json], name: str, entities: str) -> Marked:
    source = str(given.get(name, ""))
    if len(source.encode()) > RAW_BYTES:
        raise BadRequest(f"{name} is too long")
    match str(given.get("parse_mode", "")).lower():
        case "html":
            try:
                return strip(parse_html(source))
            except MarkupError as error:
                raise BadRequest(f"can't parse entities: {error}") from error
        case "":
            return strip(Marked(source, _given_entities(source, given.get(entities))))
        case "markdown" | "markdownv2":
            raise BadRequest("the sandbox reads parse_mode HTML only; send HTML, or text with entities")
    raise BadRequest("unsupported parse_mode")


def _given_entities(text: str, given: Json) -> list[Entity]:
    """Entities sent beside the text; raises BadRequest when one is incomplete or lies outside the text."""
    found: list[Entity] = []
    for entity in given if isinstance(given, list) else []:
        if not isinstance(entity, dict):
            raise BadRequest("can't parse MessageEntity: expected an Object")
        offset, length = entity.get("offset"), entity.get("length")
        if not isinstance(offset, int) or not isinstance(length, int) or not isinstance(entity.get("type"), str):
            raise BadRequest("can't parse MessageEntity: it needs type, offset and length")
        if offset < 0 or length < 1 or offset + length > utf16(text):
            raise BadRequest(f"entity beginning at UTF-16 offset {offset} ends after the end of the text")
        found.append({name: value for name, value in entity.items() if isinstance(value, str | int)})
    return found


def _options(given: Mapping[str, Json]) -> dict[str, Json]:
    return {name: given[name] for name in ("link_preview_options", "reply_markup") if name in given}


def _target(room: Room, given: Mapping[str, Json], verb: str) -> Message:
    message_id = given.get("message_id")
    if not isinstance(message_id, int) or message_id <= 0:
        raise BadRequest("message identifier is not specified")
    message = room.get(message_id)
    if message is None:
        raise BadRequest(f"message to {verb} not found")
    return message


def _reply_to(room: Room, given: Mapping[str, Json]) -> Message | None:
    reply = given.get("reply_parameters")
    if not isinstance(reply, Mapping):
        return None
    message_id = reply.get("message_id")
    replied = room.get(message_id) if isinstance(message_id, int) else None
    if replied is None and reply.get("allow_sending_without_reply") is not True:
        raise BadRequest("message to be replied not found")
    return replied


def _topic(room: Room, given: Mapping[str, Json]) -> int | None:
    topic = given.get("message_thread_id")
    if topic is not None and topic not in room.chat.topics:
        raise BadRequest("message thread not found")
    return topic if isinstance(topic, int) else None


def _photo(incoming: Incoming, given: str, field: str) -> Photo:
    """The photo that `given` names, or the file in `field`."""
    upload = incoming.files.get(given.removeprefix("attach://") or field)
    if upload is not None:
        width, height = pictures.size(upload.content)
        return Photo(hashlib.sha256(upload.content).hexdigest(), width, height, upload.content)
    if not given:
        raise BadRequest("there is no photo in the request")
    if given.startswith("attach://"):
        raise BadRequest("there is no such file in the request")
    return Photo(hashlib.sha256(given.encode()).hexdigest(), 1280, 720)
