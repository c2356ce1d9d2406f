"""One row of a list of subscribers: its fields checked, or the reason why it cannot be taken."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from operator import itemgetter
from types import MappingProxyType
from typing import NamedTuple, TypeAlias, TypeVar

from publisher.content.kinds.kind import Follow, MailClass
from publisher.mailing.addresses import read_address
from publisher.mailing.intake.fields import (
    INSTANT,
    NO_KIND,
    SEPARATORS,
    read_classes,
    read_follow,
    read_frequency,
    read_hour,
    read_jurisdiction,
    read_locale,
    read_moment,
    read_weekday,
    read_words,
    read_zone,
)

T = TypeVar("T")

EVERY_KIND = "*"
COLUMNS = (
    "address",
    "locale",
    "kinds",
    "jurisdiction",
    "zone",
    "frequency",
    "follow",
    "digest_hour",
    "digest_weekday",
    "unsubscribed",
    "consent_how",
    "consent_at",
    "consent_wording",
)
UNREADABLE = "\ufffd"
"""Stands for bytes that are not of the file's encoding."""
LONGEST_ORIGIN = 200
LONGEST_WORDING = 64
MOST_KEPT = 10_000
"""Combinations of fields that were checked before; a list whose every row has its own must not fill the memory."""


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a list says that a reader agreed to get mail."""

    how: str
    at: datetime | None = None
    wording: str | None = None
    """The version of the words they saw."""


@dataclass(frozen=True, slots=True)
class DigestTime:
    """When a list says that a reader wants their digests; None for what it does not say."""

    hour: int | None = None
    """0 to 23, where they live."""
    weekday: int | None = None
    """Of weekly ones; 0 is Monday."""

    def after(self, before: DigestTime | None) -> DigestTime:
        """What was said before, but for what is said here."""
        if before is None:
            return self
        hour, weekday = self.hour, self.weekday
        return DigestTime(before.hour if hour is None else hour, before.weekday if weekday is None else weekday)


class Reader(NamedTuple):
    """A row that may be stored. A tuple, because a long list makes two of them for each of its rows."""

    address: str
    locale: str
    kinds: frozenset[str]
    jurisdiction: str | None = None
    """Where they are, a code of ISO 3166; None when nobody knows."""
    zone: str | None = None
    """Of the IANA list; None when nobody knows."""
    frequency: str = INSTANT
    """Of the kinds: instant, daily or weekly."""
    apart: Mapping[str, str] = MappingProxyType({})
    """Kinds of another frequency, and theirs."""
    unsubscribed: frozenset[MailClass] = frozenset()
    """What they left where the list comes from."""
    origin: Origin | None = None
    """None when the list says nothing of their consent."""
    follow: Follow | None = None
    """How much they are mailed of what follows an announcement; None when the list does not say."""
    digests: DigestTime | None = None
    """None when the list says nothing of it."""

    def frequency_of(self, kind: str) -> str:
        return self.apart.get(kind, self.frequency)


_Shared: TypeAlias = tuple[
    str,
    frozenset[str],
    str | None,
    str | None,
    str,
    Mapping[str, str],
    frozenset[MailClass],
    Origin | None,
    Follow | None,
    DigestTime | None,
]
"""What a Reader has after its address."""


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

    def __init__(self, kinds: Iterable[str], source: str = "") -> None:
        """`source`: where the readers agreed to get mail, for the rows that do not say so themselves."""
        self._kinds = frozenset(kinds)
        self._source = source
        self._read: dict[tuple[str, ...], _Shared | _FieldError] = {}

    @property
    def meaning(self) -> str:
        """What a row means beside its own words."""
        return f"{sorted(self._kinds)} {self._source}"

    def read(self, line: int, fields: Mapping[str, str]) -> Reader | Problem:
        """`fields`: those of COLUMNS, as somebody wrote them; all but address and kinds may be empty or absent."""
        return self.reading(tuple(fields))(line, list(fields.values()))

    def reading(self, columns: Sequence[str]) -> Callable[[int, list[str]], Reader | Problem]:
        """The same for many rows with these columns, as a line's number and its cells, which are changed."""
        places = {name: columns.index(name) if name in columns else -1 for name in COLUMNS}
        address, others = places["address"], itemgetter(*(places[name] for name in COLUMNS[1:]))

        def read(line: int, cells: list[str]) -> Reader | Problem:
            cells.append("")  # What an absent column says.
            # A list repeats a few combinations of everything but the address, so that they are checked once.
            texts = others(cells)
            shared = self._read.get(texts) or self._read_shared(texts)
            try:
                where = _checked("address", read_address, cells[address])
            except _FieldError as error:
                shared = error
            if isinstance(shared, _FieldError):
                return Problem(line, shared.field, shared.reason)
            return Reader(where, *shared)

        return read

    def _read_shared(self, texts: tuple[str, ...]) -> _Shared | _FieldError:
        if len(self._read) >= MOST_KEPT:
            self._read.clear()
        try:
            found: _Shared | _FieldError = self._shared(*texts)
        except _FieldError as error:
            found = error
        self._read[texts] = found
        return found

    def _shared(self, *texts: str) -> _Shared:
        locale, kinds, jurisdiction, zone, frequency, follow, hour, weekday, unsubscribed, *consent = texts
        language = _checked("locale", read_locale, locale)
        named = _checked("kinds", self.read_kinds, kinds)
        often = _checked("frequency", read_frequency, frequency)
        return (
            language,
            frozenset(named),
            _checked("jurisdiction", read_jurisdiction, jurisdiction),
            _checked("zone", read_zone, zone),
            often,
            {kind: each for kind, each in named.items() if each not in ("", often)},
            _checked("unsubscribed", read_classes, unsubscribed),
            self._origin(*consent),
            _checked("follow", read_follow, follow),
            self._digests(hour, weekday),
        )

    def _digests(self, hour: str, weekday: str) -> DigestTime | None:
        said = DigestTime(
            _checked("digest_hour", read_hour, hour),
            _checked("digest_weekday", read_weekday, weekday),
        )
        return None if said == DigestTime() else said

    def _origin(self, how: str, at: str, wording: str) -> Origin | None:
        said = _checked("consent_how", partial(read_words, LONGEST_ORIGIN), how) or self._source
        when = _checked("consent_at", read_moment, at)
        version = _checked("consent_wording", partial(read_words, LONGEST_WORDING), wording)
        return Origin(said, when, version or None) if said else None

    def read_kinds(self, text: str) -> Mapping[str, str]:
        """Kinds separated by commas, spaces, semicolons or bars; `*` for every kind, `none` for none.

        A kind may be followed by its own frequency, as in `listing:daily`; without one it maps to an empty text. Raises
        ValueError.
        """
        chosen: dict[str, str] = {}
        if text.strip() == NO_KIND:
            return chosen
        for item in filter(None, SEPARATORS.split(text)):
            name, colon, often = item.partition(":")
            for kind in self._kinds if name == EVERY_KIND else (name,):
                chosen[kind] = read_frequency(often) if colon else ""
        if not chosen:
            raise ValueError(f"names no kind; write some of {', '.join(sorted(self._kinds))}, or {EVERY_KIND}")
        for name in sorted(chosen.keys() - self._kinds):
            near = difflib.get_close_matches(name, self._kinds, 1)
            hint = f"; did you mean {near[0]}?" if near else f"; the kinds are {', '.join(sorted(self._kinds))}"
            raise ValueError(f"has the unknown kind {name!r}{hint}")
        return chosen


class _FieldError(Exception):
    def __init__(self, field: str, reason: str) -> None:
        self.field, self.reason = field, reason


def _checked(field: str, check: Callable[[str], T], text: str) -> T:
    if UNREADABLE in text:
        raise _FieldError(field, "is not in the encoding of the file; save it as UTF-8, or name its encoding")
    try:
        return check(text)
    except ValueError as error:
        raise _FieldError(field, str(error)) from error
