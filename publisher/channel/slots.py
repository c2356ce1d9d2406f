"""The closed list of values that only the moment of sending knows, and how they are filled."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

Json: TypeAlias = "str | int | float | bool | Mapping[str, Json] | Sequence[Json] | None"


@dataclass(frozen=True, slots=True)
class SlotType:
    """What may fill a slot: at most `max_bytes` of UTF-8 that match `pattern` whole.

    The patterns admit no character that means something in HTML, JSON, SMTP or a mail header, so filling
    needs no escaping in any format and cannot inject.
    """

    max_bytes: int
    pattern: str
    sample: str


_WORDS = r"(?:[^\W_]|[ ,.:;+()/\-\u060c\u061b\uff0c\uff1b\uff1a])+"
"""Letters and digits of any language, and what stands between them in a date."""
_SPAN = _WORDS.replace("\\uff0c", "~\\uff08\\uff09\\uff5e\\u064b-\\u0652\\uff0c")
"""The same with what stands between two dates, and the vowels of Arabic."""
_INTERNATIONAL = r"\u00a1-\u1fff\u2070-\ud7ff\uf900-\ufefe\uff00-\uffef\U00010000-\U000effff"
"""What RFC 6531 adds to the part before the @, without blanks, controls and line ends."""
_URL = r"https?://[A-Za-z0-9._~:/\[\]?=%@+-]+"

SLOTS: Mapping[str, SlotType] = {
    "reference": SlotType(16, r"ANN-[0-9]{4}-[0-9]{5,7}", "ANN-2026-00042"),
    "url": SlotType(160, _URL, "https://example.com/en-US/ANN-2026-00042"),
    "published_at": SlotType(20, r"[0-9T:-]{19}Z", "2026-12-03T02:00:00Z"),
    "postponed_to": SlotType(112, _WORDS, "3 Dec 2026, 10:00 (UTC+8; 02:00 UTC)"),
    "event.when": SlotType(240, _SPAN, "3 Dec 2026, 10:00-12:00 (UTC+8; 02:00-04:00 UTC)"),
    "event.when_short": SlotType(128, _SPAN, "3 Dec 2026, 10:00-12:00 (UTC+8)"),
    "event.starts_at": SlotType(20, r"[0-9T:-]{19}Z|-", "2026-12-03T02:00:00Z"),
    "event.ends_at": SlotType(20, r"[0-9T:-]{19}Z|-", "2026-12-03T04:00:00Z"),
    "event.extension": SlotType(4, r"[0-9]{1,4}", "1"),
    "event.reason": SlotType(80, _WORDS, "network congestion"),
    "date": SlotType(31, r"[A-Za-z0-9,:+ -]+", "Thu, 03 Dec 2026 02:00:00 +0000"),
    "message_id": SlotType(160, r"<[A-Za-z0-9._-]+@[A-Za-z0-9.-]+>", "<a1b2@example.com>"),
    "previous.id": SlotType(64, r"[0-9]+", "1234567890123456789"),
    "dkim": SlotType(1400, r"[A-Za-z0-9;:=,./+ \r\n\t_@-]+", "v=1; a=rsa-sha256"),
    "recipient.address": SlotType(
        254, rf"[A-Za-z0-9.!#$%&'*+/=?^_`{{|}}~{_INTERNATIONAL}-]+@[A-Za-z0-9.-]+", "reader@example.com"
    ),
    "recipient.anti_phishing_code": SlotType(32, r"[A-Za-z0-9]{4,32}|-", "12345678"),
    "recipient.letter_url": SlotType(200, _URL, "https://example.com/c/0123456789abcdef"),
    "recipient.unsubscribe_url": SlotType(200, _URL, "https://example.com/u/0123456789abcdef"),
    "recipient.preferences_url": SlotType(200, _URL, "https://example.com/p/0123456789abcdef"),
}
"""The closed list. A name outside it cannot be written, a value outside its type cannot be sent. A reader who has not
chosen an anti-phishing code has a dash for it: what is approved is the same for all."""

_FITS = {name: re.compile(kind.pattern).fullmatch for name, kind in SLOTS.items()}

Slots: TypeAlias = Mapping[str, str]

# Private-use characters: refused in staff text (content.source), so nobody can type a slot by accident or on purpose.
SLOT_OPEN, SLOT_CLOSE = "\ue000", "\ue001"
SLOT_MARKER = re.compile(f"{SLOT_OPEN}([a-z_.]+){SLOT_CLOSE}")

UNKNOWN = "-"
"""The value of a time that nobody knows."""


class SlotError(ValueError):
    """A slot that is unknown, missing or holds a value outside its type."""


def slot(name: str) -> str:
    """The marker that stands for slot `name` in a frozen payload; raises SlotError for an unknown name."""
    if name not in SLOTS:
        raise SlotError(f"unknown slot {name!r}; the slots are {', '.join(SLOTS)}")
    return f"{SLOT_OPEN}{name}{SLOT_CLOSE}"


def slot_names(text: str) -> frozenset[str]:
    """The slots whose markers stand in `text`."""
    return frozenset(SLOT_MARKER.findall(text))


def slot_value(name: str, slots: Slots) -> str:
    """The checked value for slot `name`; raises SlotError when it is missing or not of its type."""
    value, kind = slots.get(name), SLOTS.get(name)
    if value is None or kind is None:
        raise SlotError(f"no value for slot {name!r}")
    if len(value.encode()) > kind.max_bytes or not _FITS[name](value):
        raise SlotError(
            f"the value for slot {name!r} is not of its type (at most {kind.max_bytes} bytes, {kind.pattern})"
        )
    return value


def fill_text(text: str, slots: Slots) -> str:
    """`text` with every marker replaced; raises SlotError (see `slot_value`)."""
    return SLOT_MARKER.sub(lambda found: slot_value(found[1], slots), text)


def fill(content: Json, slots: Slots) -> Json:
    """`content` with every marker in every string replaced; keys are left alone; raises SlotError."""
    if isinstance(content, str):
        return fill_text(content, slots)
    if isinstance(content, Mapping):
        return {key: fill(value, slots) for key, value in content.items()}
    if isinstance(content, Sequence):
        return [fill(item, slots) for item in content]
    return content
