"""The parameters of each method we have, with their types, as the Bot API lists them; and how they come in.

Source: core.telegram.org/bots/api. Parameters that are not listed there are ignored, as the server ignores them.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from email import policy
from email.parser import BytesParser
from enum import Enum
from urllib.parse import parse_qsl

from publisher.sandbox.arrivals import Json


class Type(Enum):
    INTEGER = "Integer"
    STRING = "String"
    BOOLEAN = "Boolean"
    CHAT = "Integer or String"
    OBJECT = "a JSON object"
    ARRAY = "a JSON array"
    FILE = "InputFile or String"


class BadRequest(ValueError):
    """What the server answers with 400; the message follows "Bad Request: "."""


_SENDING: Mapping[str, Type] = {
    "business_connection_id": Type.STRING,
    "chat_id": Type.CHAT,
    "message_thread_id": Type.INTEGER,
    "direct_messages_topic_id": Type.INTEGER,
    "parse_mode": Type.STRING,
    "disable_notification": Type.BOOLEAN,
    "protect_content": Type.BOOLEAN,
    "allow_paid_broadcast": Type.BOOLEAN,
    "message_effect_id": Type.STRING,
    "suggested_post_parameters": Type.OBJECT,
    "reply_parameters": Type.OBJECT,
    "reply_markup": Type.OBJECT,
}
_EDITING: Mapping[str, Type] = {
    "business_connection_id": Type.STRING,
    "chat_id": Type.CHAT,
    "message_id": Type.INTEGER,
    "inline_message_id": Type.STRING,
    "parse_mode": Type.STRING,
    "reply_markup": Type.OBJECT,
}
_CAPTION: Mapping[str, Type] = {
    "caption": Type.STRING,
    "caption_entities": Type.ARRAY,
    "show_caption_above_media": Type.BOOLEAN,
}
_TEXT: Mapping[str, Type] = {"text": Type.STRING, "entities": Type.ARRAY, "link_preview_options": Type.OBJECT}
_PINNING: Mapping[str, Type] = {
    "business_connection_id": Type.STRING,
    "chat_id": Type.CHAT,
    "message_id": Type.INTEGER,
}

METHODS: Mapping[str, Mapping[str, Type]] = {
    "getMe": {},
    "getChat": {"chat_id": Type.CHAT},
    "getChatMember": {"chat_id": Type.CHAT, "user_id": Type.INTEGER},
    "sendMessage": {**_SENDING, **_TEXT},
    "sendPhoto": {**_SENDING, **_CAPTION, "photo": Type.FILE, "has_spoiler": Type.BOOLEAN},
    "editMessageText": {**_EDITING, **_TEXT, "rich_message": Type.OBJECT},
    "editMessageCaption": {**_EDITING, **_CAPTION},
    "editMessageMedia": {
        **{name: kind for name, kind in _EDITING.items() if name != "parse_mode"},
        "media": Type.OBJECT,
    },
    "deleteMessage": {"chat_id": Type.CHAT, "message_id": Type.INTEGER},
    "pinChatMessage": {**_PINNING, "disable_notification": Type.BOOLEAN},
    "unpinChatMessage": _PINNING,
}
"""Method -> parameter -> type. A test keeps it equal to the official list."""

_FIELDS: Mapping[str, Mapping[str, type]] = {
    "link_preview_options": {
        "is_disabled": bool,
        "url": str,
        "prefer_small_media": bool,
        "prefer_large_media": bool,
        "show_above_text": bool,
    },
    "reply_parameters": {"message_id": int, "allow_sending_without_reply": bool},
}
"""Object -> field -> JSON type, where a wrong one would be silently lost on the reader's side."""
_JSON_NAMES: Mapping[type, str] = {bool: "Boolean", str: "String", int: "Integer"}


@dataclass(frozen=True, slots=True)
class Upload:
    """An uploaded file."""

    name: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Incoming:
    """A request's parameters by name, every value as the text it came as, and its files."""

    values: Mapping[str, str]
    files: Mapping[str, Upload]


def read(content_type: str, body: bytes, query: str) -> Incoming:
    """Parameters from the query, a form, multipart or JSON; raises BadRequest."""
    values = dict(parse_qsl(query, keep_blank_values=True))
    kind = content_type.partition(";")[0].strip().lower()
    if kind == "multipart/form-data":
        more, files = _multipart(content_type, body)
        return Incoming({**values, **more}, files)
    if kind == "application/json":
        return Incoming({**values, **_json(body)}, {})
    if kind == "application/x-www-form-urlencoded":
        try:
            return Incoming({**values, **dict(parse_qsl(body.decode(), keep_blank_values=True))}, {})
        except UnicodeDecodeError as error:
            raise BadRequest("strings must be encoded in UTF-8") from error
    return Incoming(values, {})


def _json(body: bytes) -> Mapping[str, str]:
    try:
        content = json.loads(body or b"{}")
    except ValueError as error:
        raise BadRequest("can't parse JSON object") from error
    if not isinstance(content, dict):
        raise BadRequest("object expected as the request's body")
    return {name: value if isinstance(value, str) else json.dumps(value) for name, value in content.items()}


def _multipart(content_type: str, body: bytes) -> tuple[dict[str, str], dict[str, Upload]]:
    head = f"Content-Type: {content_type}\r\n\r\n".encode("latin-1")
    values: dict[str, str] = {}
    files: dict[str, Upload] = {}
    for part in BytesParser(policy=policy.HTTP).parsebytes(head + body).iter_parts():
        name = part.get_param("name", header="content-disposition")
        content = part.get_payload(decode=True)
        if not isinstance(name, str) or not isinstance(content, bytes):
            raise BadRequest("can't parse multipart form data")
        if (file_name := part.get_filename()) is not None:
            files[name] = Upload(file_name, content)
        else:
            values[name] = content.decode("utf-8", "replace")
    return values, files


def check(method: str, incoming: Incoming) -> dict[str, Json]:
    """The method's parameters with values of their types; raises BadRequest. A file stays under its name in `files`."""
    types = METHODS[method]
    return {name: _value(name, types[name], text) for name, text in incoming.values.items() if name in types}


def _value(name: str, kind: Type, text: str) -> Json:
    match kind:
        case Type.INTEGER:
            return _integer(name, text)
        case Type.BOOLEAN:
            return text.lower() in ("true", "yes", "1")
        case Type.OBJECT:
            return _object(name, text)
        case Type.ARRAY:
            return _array(name, text)
    return text


def _integer(name: str, text: str) -> int:
    try:
        return int(text)
    except ValueError as error:
        raise BadRequest(f"invalid {name} specified: it must be an Integer") from error


def _object(name: str, text: str) -> Mapping[str, Json]:
    content = _parsed(name, text)
    if not isinstance(content, dict):
        raise BadRequest(f"{name} must be a JSON object")
    for field, kind in _FIELDS.get(name, {}).items():
        if field in content and type(content[field]) is not kind:
            raise BadRequest(f'field "{field}" of {name} must be of type {_JSON_NAMES[kind]}')
    return content


def _array(name: str, text: str) -> Sequence[Json]:
    content = _parsed(name, text)
    if not isinstance(content, list):
        raise BadRequest(f"{name} must be a JSON array")
    return content


def _parsed(name: str, text: str) -> object:
    try:
        content: object = json.loads(text)
    except ValueError as error:
        raise BadRequest(f"can't parse {name} as JSON") from error
    return content
