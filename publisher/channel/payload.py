"""What is rendered, and the payload that is approved and sent."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Literal, Self, TypeAlias

from publisher.channel.regions import Regions
from publisher.channel.slots import SLOTS, Json, slot_names


class Format(StrEnum):
    """How a section's text is written; decides escaping and the tree renderer. `markup` of a format is final."""

    WEB_HTML = "web_html"
    EMAIL_HTML = "email_html"
    TELEGRAM_HTML = "telegram_html"
    DISCORD_MARKDOWN = "discord_markdown"
    PLAIN = "plain"
    JSON = "json"


@dataclass(frozen=True, slots=True)
class Section:
    """A named piece of rendered text; may hold slot markers."""

    format: Format
    text: str


Rendered: TypeAlias = Mapping[str, Section]


@dataclass(frozen=True, slots=True)
class Target:
    """Where an edition goes. `address` is a chat id, a handle, a From address or a site's base URL."""

    destination: str
    channel: str
    account: str
    address: str
    locale: str
    options: Mapping[str, Json] = field(default_factory=dict)
    jurisdictions: Regions | None = None
    """Where its readers are; None when nobody knows."""
    chooses: bool = False
    """Whether each reader's own region decides what they get, so that not all of its readers must be admitted."""

    entity: str = ""
    """The legal entity that answers for it; empty where none is named."""
    footer: str = ""
    """The version of the entity's legal footer."""
    brand: str = ""
    """Under which name it speaks; empty for the exchange's own."""
    campaign: str = ""
    """The query of the announcement's link there, `utm_source=telegram`; empty for none."""

    def to_json(self) -> Mapping[str, object]:
        written = {name: getattr(self, name) for name in self.__slots__}
        return written | {"jurisdictions": self.jurisdictions.to_json() if self.jurisdictions else None}

    @classmethod
    def of(cls, data: Mapping[str, Any]) -> Self:
        """The inverse of `to_json`."""
        regions = data["jurisdictions"]
        return cls(**{**data, "jurisdictions": Regions.of(regions) if regions else None})


PICTURES = "pictures"
PIN = "pin"
"""The name of a part that asks for its message to be kept at the top of the place."""
EARLIER = "earlier"
"""The name of a part that is about what stood there before, where something new is sent beside it."""
URGENT, UNTIL, DAYS = "urgent", "until", "days"
"""In the content of such a part: whether nothing lesser may stand before it, until when it stays (ISO 8601 with an
offset, or null), and where that is not said, for how long.
"""


@dataclass(frozen=True, slots=True)
class Part:
    """One request of a payload; `content` is everything the adapter needs, JSON only, slots as markers.

    A part that shows pictures lists them in its content under PICTURES, each with its `sha256`. `act` is what is done
    with it where that is not the operation of the whole: a correction may be a new post, and the first one deleted.
    """

    name: str
    content: Mapping[str, Json]
    pictures: Mapping[str, bytes] = field(default_factory=dict, repr=False)
    """`sha256` -> the bytes, which are filled in, and checked against their name, when the part is sent."""
    act: Literal["", "publish", "amend", "retract"] = ""
    """Empty for the operation of the payload's edition."""

    @property
    def picture_names(self) -> Sequence[str]:
        """The `sha256` of every picture it shows, in order."""
        listed = self.content.get(PICTURES, ())
        found = listed if isinstance(listed, Sequence) else ()
        return [str(each["sha256"]) for each in found if isinstance(each, Mapping)]


Parts: TypeAlias = Sequence[Part]


@dataclass(frozen=True, slots=True)
class Payload:
    """What is approved and what is sent: parts, target, and the slots with their limits."""

    target: Target
    parts: tuple[Part, ...]

    @property
    def slots(self) -> Mapping[str, int]:
        """Slot name -> maximum bytes, for every marker in the parts."""
        text = _canonical([dict(part.content) for part in self.parts])
        return {name: SLOTS[name].max_bytes for name in sorted(slot_names(text))}

    def to_json(self) -> str:
        """Canonical JSON (sorted keys, no spaces, UTF-8 characters as they are): what the hash covers."""
        parts = [
            {"name": part.name, "content": part.content} | ({"act": part.act} if part.act else {})
            for part in self.parts
        ]
        return _canonical({"target": self.target.to_json(), "parts": parts, "slots": self.slots})

    @property
    def sha256(self) -> str:
        """Hex digest of `to_json()`."""
        return hashlib.sha256(self.to_json().encode()).hexdigest()

    @classmethod
    def from_json(cls, text: str) -> Payload:
        """The inverse of `to_json`; raises ValueError (KeyError, TypeError) for anything else."""
        data: dict[str, Any] = json.loads(text)
        parts = tuple(Part(part["name"], part["content"], act=part.get("act", "")) for part in data["parts"])
        return cls(Target.of(data["target"]), parts)


def _canonical(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
