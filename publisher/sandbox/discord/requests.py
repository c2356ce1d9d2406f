"""What a request to Discord may hold, and how Discord says no."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

from publisher import measure
from publisher.sandbox.arrivals import Json

LONGEST = 2000
SUPPRESS_EMBEDS, SUPPRESS_NOTIFICATIONS = 1 << 2, 1 << 12
_NONCE_LENGTH = 25
_MENTIONS = frozenset({"roles", "users", "everyone"})


class Problem(Exception):
    """A refusal: status, JSON error code and message."""

    def __init__(self, status: int, code: int, message: str) -> None:
        super().__init__(status, code, message)
        self.status, self.code, self.message = status, code, message


UNAUTHORIZED = (401, 0, "401: Unauthorized")
NOT_FOUND = (404, 0, "404: Not Found")
UNKNOWN_CHANNEL = (404, 10003, "Unknown Channel")
UNKNOWN_MESSAGE = (404, 10008, "Unknown Message")
MISSING_ACCESS = (403, 50001, "Missing Access")
MISSING_PERMISSIONS = (403, 50013, "Missing Permissions")
NO_AGENT = (403, 40333, "internal network error")


@dataclass(frozen=True, slots=True)
class Written:
    """A message to make or to put in the place of another."""

    content: str
    nonce: str = ""
    enforce_nonce: bool = False
    flags: int = 0


def written(body: bytes, content_type: str, flags: int) -> Written:
    """The message in a request's body; `flags` are those that may be set. Raises Problem 400."""
    content = _object(body, content_type)
    text, nonce = content.get("content"), content.get("nonce", "")
    if not isinstance(text, str) or not text.strip():
        raise Problem(400, 50006, "Cannot send an empty message")
    if measure.utf16(text) > LONGEST:
        raise _invalid("content", f"Must be {LONGEST} or fewer in length.")
    if len(str(nonce)) > _NONCE_LENGTH:
        raise _invalid("nonce", f"Must be {_NONCE_LENGTH} or fewer in length.")
    _check_mentions(content.get("allowed_mentions"))
    wanted = content.get("flags", 0)
    if not isinstance(wanted, int) or wanted & ~flags:
        raise _invalid("flags", "These flags cannot be set.")
    return Written(text.strip(), str(nonce), content.get("enforce_nonce") is True, wanted)


def number(query: Mapping[str, str], name: str, default: int, most: int) -> int:
    """A number of a query; raises Problem 400."""
    text = query.get(name, str(default))
    if not text.isdecimal() or not 1 <= int(text) <= most:
        raise _invalid(name, f"int value should be between 1 and {most}.")
    return int(text)


def _object(body: bytes, content_type: str) -> Mapping[str, Json]:
    if content_type != "application/json":
        raise Problem(400, 50035, "Invalid Form Body: Content-Type must be application/json")
    try:
        content = json.loads(body)
    except ValueError as error:
        raise Problem(400, 50109, "The request body contains invalid JSON.") from error
    if not isinstance(content, dict):
        raise _invalid("_errors", "Only dictionaries may be used in a DictType")
    return content


def _check_mentions(mentions: Json) -> None:
    parse = mentions.get("parse", []) if isinstance(mentions, Mapping) else []
    if not isinstance(parse, list) or not _MENTIONS.issuperset(map(str, parse)):
        raise _invalid("allowed_mentions", f"Value must be one of {sorted(_MENTIONS)}.")


def _invalid(field: str, reason: str) -> Problem:
    return Problem(400, 50035, f"Invalid Form Body: {field}: {reason}")
