"""The fields of a list of subscribers, read one by one; each raises ValueError with what to write instead."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from functools import lru_cache

from babel import Locale, UnknownLocaleError

from publisher.content.kinds.kind import FALLBACK_LOCALE, Follow, MailClass
from publisher.content.kinds.region import CODES
from publisher.content.recurrence import DAYS
from publisher.wall_time import instead_of, zone_list

INSTANT = "instant"
FREQUENCIES = (INSTANT, "daily", "weekly")
NO_KIND = "none"
"""Says of an active reader that they chose no kind: only mail for everybody reaches them."""
SEPARATORS = re.compile(r"[\s,;|]+")

HOURS = 24
_NAMES = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_WEEKDAYS = {name: number for names in (DAYS, _NAMES) for number, name in enumerate(names)}
_TAG = re.compile(r"([A-Za-z]{2,3})(?:[-_]([A-Za-z]{4}))?(?:[-_]([A-Za-z]{2}|[0-9]{3}))?")


@lru_cache(1024)
def read_locale(text: str) -> str:
    """The language tag in its usual form (`zh_cn` is zh-CN), en-US when empty."""
    found = _TAG.fullmatch(text.strip() or FALLBACK_LOCALE)
    language, script, region = found.groups("") if found else ("", "", "")
    tag = "-".join(filter(None, (language.lower(), script.title(), region.upper())))
    try:
        Locale.parse(tag, sep="-")
    except (UnknownLocaleError, ValueError):
        raise ValueError(f"is {text!r}, which is not a language tag such as en-US or zh-CN") from None
    return tag


def read_jurisdiction(text: str) -> str | None:
    """The code, None when empty."""
    code = text.strip().upper()
    if code and code not in CODES:
        raise ValueError(f"is {text!r}, which is not a code of ISO 3166 such as SG or JP")
    return code or None


@lru_cache(1024)
def read_zone(text: str) -> str | None:
    """The name as the IANA list writes it, None when empty."""
    name = text.strip()
    if name and name not in zone_list():
        raise ValueError(f"is {text!r}, which is not a time zone; {instead_of(name)}")
    return name or None


def read_frequency(text: str) -> str:
    """How often, instant when empty."""
    name = text.strip().lower() or INSTANT
    if name not in FREQUENCIES:
        raise ValueError(f"is {text!r}; write {', '.join(FREQUENCIES[:-1])} or {FREQUENCIES[-1]}")
    return name


def read_follow(text: str) -> Follow | None:
    """How much of what follows an announcement, None when empty."""
    name = text.strip().lower()
    if name and name not in list(Follow):
        raise ValueError(f"is {text!r}; write {', '.join(list(Follow)[:-1])} or {list(Follow)[-1]}")
    return Follow(name) if name else None


def read_hour(text: str) -> int | None:
    """Of the day, None when empty."""
    text = text.strip()
    if text and not (text.isascii() and text.isdecimal() and len(text) <= len(str(HOURS)) and int(text) < HOURS):
        raise ValueError(f"is {text!r}; write an hour of the day where the reader lives, 0 to 23")
    return int(text) if text else None


def read_weekday(text: str) -> int | None:
    """0 for Monday, None when empty. A number is refused: some count from Sunday, some from 1."""
    name = text.strip().lower()
    if name and name not in _WEEKDAYS:
        raise ValueError(f"is {text!r}; write {', '.join(DAYS[:-1])} or {DAYS[-1]}")
    return _WEEKDAYS[name] if name else None


def read_classes(text: str) -> frozenset[MailClass]:
    """Classes of mail, separated as kinds are; none when empty."""
    names = frozenset(filter(None, SEPARATORS.split(text.lower())))
    if unknown := names - frozenset(MailClass):
        raise ValueError(f"has the unknown class {min(unknown)!r}; the classes are {', '.join(MailClass)}")
    return frozenset(map(MailClass, names))


def read_words(longest: int, text: str) -> str:
    """The text in one line."""
    words = " ".join(text.split())
    if len(words) > longest:
        raise ValueError(f"has {len(words)} characters; {longest} are kept")
    if not words.isprintable():
        raise ValueError("has a character that nobody can read; leave it out")
    return words


def read_moment(text: str) -> datetime | None:
    """A day or a time with its offset, None when empty; a day is its first moment in UTC."""
    text = text.strip()
    if not text:
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(f"is {text!r}; write a day as 2026-12-03, or a time as 2026-12-03T10:00:00Z") from None
    if found.tzinfo is None:
        if len(text) > len("2026-12-03"):
            raise ValueError(f"is {text!r}, which does not say where; add Z for UTC, or an offset such as +08:00")
        return found.replace(tzinfo=UTC)
    try:
        return found.astimezone(UTC)
    except OverflowError:
        raise ValueError(f"is {text!r}, which is beyond the calendar") from None
