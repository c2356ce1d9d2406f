"""iCalendar (RFC 5545, with the properties of RFC 7986 that subscriptions need)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache

import icalendar

MEDIA_TYPE = "text/calendar"
REFRESH, TTL = timedelta(hours=1), "PT1H"
"""How often programs that subscribed are asked to look, and the same as text, as Outlook reads it."""
_ILLEGAL = re.compile("[\u0000-\u0008\u000b-\u001f\u007f\ud800-\udfff]")
"""Control characters, which TEXT does not admit (section 3.3.11), and what UTF-8 cannot say."""
_END = b"END:VCALENDAR\r\n"
_UTC = (
    b"BEGIN:VTIMEZONE\r\nTZID:Etc/UTC\r\nBEGIN:STANDARD\r\nDTSTART:19700101T000000\r\nTZOFFSETFROM:+0000\r\n"
    b"TZOFFSETTO:+0000\r\nTZNAME:UTC\r\nEND:STANDARD\r\nEND:VTIMEZONE\r\n"
)
"""What an object without an event holds: it must have one component (section 3.6)."""


@dataclass(frozen=True, slots=True)
class Entry:
    """An event. Without `ends_at` it has no DTEND and so no length (section 3.6.1): no end is made up."""

    uid: str
    sequence: int
    created: datetime
    changed: datetime
    starts_at: datetime
    ends_at: datetime | None
    cancelled: bool
    summary: str
    description: str
    category: str
    url: str
    locale: str


@dataclass(frozen=True, slots=True)
class Calendar:
    """`url` is its own; empty for a file that is opened once, which nobody comes back to."""

    name: str
    locale: str
    entries: Iterable[Entry]
    url: str = ""


def write(calendar: Calendar) -> bytes:
    """The object, UTF-8; entries by time. The same entries always give the same bytes."""
    head = icalendar.Calendar()
    head.add("prodid", "-//Publisher//Calendar//EN")
    head.add("version", "2.0")
    head.add("calscale", "GREGORIAN")
    if calendar.url:
        _subscribed(head, calendar)
    entries = sorted(calendar.entries, key=lambda entry: (entry.starts_at, entry.uid))
    written = b"".join(map(_event, entries)) or _UTC
    return bytes(head.to_ical()).removesuffix(_END) + written + _END


def _subscribed(head: icalendar.Calendar, calendar: Calendar) -> None:
    """RFC 7986, and the names by which Apple, Google and Microsoft knew the same before."""
    name = icalendar.vText(_text(calendar.name))  # icalendar escapes only the texts that RFC 5545 itself knows
    head.add("name", name)
    head.add("x-wr-calname", name)
    head.add("source", calendar.url, {"VALUE": "URI"})
    head.add("url", calendar.url)
    head.add("refresh-interval", REFRESH, {"VALUE": "DURATION"})
    head.add("x-published-ttl", TTL)


@lru_cache(maxsize=4096)  # the same event is in the calendars of everything, its kind and its assets, again and again
def _event(entry: Entry) -> bytes:
    event = icalendar.Event()
    event.add("uid", entry.uid)
    event.add("dtstamp", entry.changed.astimezone(UTC))
    event.add("created", entry.created.astimezone(UTC))
    event.add("last-modified", entry.changed.astimezone(UTC))
    event.add("sequence", entry.sequence)
    event.add("status", "CANCELLED" if entry.cancelled else "CONFIRMED")
    event.add("transp", "TRANSPARENT")  # it happens to the exchange: its readers are not busy
    event.add("dtstart", entry.starts_at.astimezone(UTC))
    if entry.ends_at is not None:
        event.add("dtend", entry.ends_at.astimezone(UTC))
    event.add("summary", _text(entry.summary), {"LANGUAGE": entry.locale})
    event.add("description", _text(entry.description), {"LANGUAGE": entry.locale})
    event.add("categories", [_text(entry.category)])
    event.add("url", entry.url)
    return bytes(event.to_ical())


def _text(text: str) -> str:
    return _ILLEGAL.sub("", text.replace("\r\n", "\n")).strip()
