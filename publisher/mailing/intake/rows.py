"""One row of a list of subscribers: its fields checked, or the reason why it cannot be taken."""

from __future__ import annotations

import difflib
import re
import zoneinfo
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import TypeVar

from babel import Locale, UnknownLocaleError

from publisher.content.kinds.region import CODES
from publisher.mailing.addresses import read_address

T = TypeVar("T")

FALLBACK_LOCALE = "en-US"
EVERY_KIND = "*"
INSTANT = "instant"
FREQUENCIES = (INSTANT, "daily", "weekly")

_SEPARATORS = re.compile(r"[\s,;|]+")
_TAG = re.compile(r"([A-Za-z]{2,3})(?:[-_]([A-Za-z]{4}))?(?:[-_]([A-Za-z]{2}|[0-9]{3}))?")


@dataclass(frozen=True, slots=True)
class Reader:
    """A row that may be stored."""

    address: str
    locale: str
    kinds: frozenset[str]
    jurisdiction: str | None = None
    """Where they are, a code of ISO 3166; None when nobody knows."""
    zone: str | None = None
    """Of the IANA list; None when nobody knows."""
    frequency: str = INSTANT
    """Of the kinds: instant, daily or weekly."""


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a row was not taken. `line` counts from 1; `field` is empty when it concerns the whole row."""

    line: int
    field: str
    reason: str

    def __str__(self) -> str:
        return f"line {self.line}: {self.field} {self.reason}".replace("  ", " ")


class RowReader:
    """Checks rows against the kinds that exist."""

    def __init__(self, kinds: Iterable[str]) -> None:
        self._kinds = frozenset(kinds)

    def read(self, line: int, fields: Mapping[str, str]) -> Reader | Problem:
        """`fields`, as somebody wrote them: address, locale (or else en-US), kinds, jurisdiction and zone (or none),
        frequency (or else instant).
        """
        try:
            address = _checked("address", read_address, fields)
            locale = _checked("locale", read_locale, fields)
            kinds = _checked("kinds", self.read_kinds, fields)
            jurisdiction = _checked("jurisdiction", read_jurisdiction, fields)
            zone, frequency = _checked("zone", read_zone, fields), _checked("frequency", read_frequency, fields)
            return Reader(address, locale, kinds, jurisdiction, zone, frequency)
        except _FieldError as error:
            return Problem(line, error.field, error.reason)

    def read_kinds(self, text: str) -> frozenset[str]:
        """Kinds separated by commas, spaces, semicolons or bars; `*` for every kind. Raises ValueError."""
        names = frozenset(filter(None, _SEPARATORS.split(text)))
        if names == {EVERY_KIND}:
            return self._kinds
        if not names:
            raise ValueError(f"names no kind; write some of {', '.join(sorted(self._kinds))}, or {EVERY_KIND}")
        for name in sorted(names - self._kinds):
            near = difflib.get_close_matches(name, self._kinds, 1)
            hint = f"; did you mean {near[0]}?" if near else f"; the kinds are {', '.join(sorted(self._kinds))}"
            raise ValueError(f"has the unknown kind {name!r}{hint}")
        return names


@lru_cache(1024)
def read_locale(text: str) -> str:
    """The language tag in its usual form (`zh_cn` is zh-CN), en-US when empty. Raises ValueError."""
    found = _TAG.fullmatch(text.strip() or FALLBACK_LOCALE)
    language, script, region = found.groups("") if found else ("", "", "")
    tag = "-".join(filter(None, (language.lower(), script.title(), region.upper())))
    try:
        Locale.parse(tag, sep="-")
    except (UnknownLocaleError, ValueError):
        raise ValueError(f"is {text!r}, which is not a language tag such as en-US or zh-CN") from None
    return tag


def read_jurisdiction(text: str) -> str | None:
    """The code, None when empty. Raises ValueError."""
    code = text.strip().upper()
    if code and code not in CODES:
        raise ValueError(f"is {text!r}, which is not a code of ISO 3166 such as SG or JP")
    return code or None


@lru_cache(1024)
def read_zone(text: str) -> str | None:
    """The name as the IANA list writes it, None when empty. Raises ValueError."""
    name = text.strip()
    if name and name not in _zones():
        near = difflib.get_close_matches(name, _zones(), 1)
        hint = f"did you mean {near[0]}?" if near else "write one such as Asia/Singapore"
        raise ValueError(f"is {text!r}, which is not a time zone; {hint}")
    return name or None


@cache
def _zones() -> frozenset[str]:
    return frozenset(zoneinfo.available_timezones())


def read_frequency(text: str) -> str:
    """How often, instant when empty. Raises ValueError."""
    name = text.strip().lower() or INSTANT
    if name not in FREQUENCIES:
        raise ValueError(f"is {text!r}; write {', '.join(FREQUENCIES[:-1])} or {FREQUENCIES[-1]}")
    return name


class _FieldError(Exception):
    def __init__(self, field: str, reason: str) -> None:
        self.field, self.reason = field, reason


def _checked(field: str, check: Callable[[str], T], fields: Mapping[str, str]) -> T:
    text = fields.get(field, "")
    if not text.isascii() and any("\ud800" <= character <= "\udfff" for character in text):
        raise _FieldError(field, "is not UTF-8; save the file as UTF-8")
    try:
        return check(text)
    except ValueError as error:
        raise _FieldError(field, str(error)) from error
