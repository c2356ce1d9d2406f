"""Facts as readers see them: the card that opens every announcement, and what placeholders say.

The card is made from the types of a kind's facts, so that a new kind needs words (`fact.<kind>.<fact>`) and no code.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from types import MappingProxyType
from typing import TypeGuard

from pydantic import BaseModel, RootModel

from publisher.content.document import Placeholder
from publisher.content.kinds.kind import Facts
from publisher.content.placeholders import value_at
from publisher.rendering.direction import is_foreign, mark_before
from publisher.rendering.formats.value import Say, Value
from publisher.rendering.locale import Wording
from publisher.wall_time import rfc3339

WHEN = "when"
"""The row of an event's time."""


@dataclass(frozen=True, slots=True)
class FactRow:
    """One line of the card. `name` is the fact's, the same in every language."""

    name: str
    label: str
    value: str
    """Complete: times with UTC beside them."""
    short: str
    """For where every character counts: times in the announcement's own zone only."""
    iso: str | None = None
    """The instant it is or begins at (RFC 3339, UTC)."""


def card(kind: str, facts: Facts, wording: Wording) -> tuple[FactRow, ...]:
    """The rows of an announcement's facts card, in the order in which the kind declares its facts.

    A fact that is unset or equals its default says nothing and has no row; `starts_at` and `ends_at` share the row
    `when`; a list of tables has a row per entry. A table that the fixed word `form.<table>` writes is one row, another
    has a row per field.
    """
    return tuple(_rows(f"{kind}.", facts, replace(wording, utc=True), replace(wording, utc=False)))


def iso(moment: datetime) -> str:
    """RFC 3339 in UTC, `2026-12-03T02:00:00Z`."""
    return rfc3339(moment)


def say(facts: Facts, wording: Wording, exchange: str) -> Say:
    """What placeholders say for these facts; `exchange` is the name that every kind knows."""
    direction = wording.direction

    @cache  # every format asks for the same few
    def value(placeholder: Placeholder) -> Value:
        fact = exchange if placeholder.path == ("exchange",) else value_at(facts, placeholder.path)
        text, moment = _filtered(fact, placeholder, wording), iso(fact) if isinstance(fact, datetime) else None
        return Value(text, moment, is_foreign(text, direction), mark_before(text, direction))

    return value


def _filtered(value: object, placeholder: Placeholder, wording: Wording) -> str:
    for name, arguments in placeholder.filters:
        value = getattr(wording, name)(value, *arguments)
    return wording.say(value)


def _rows(prefix: str, facts: BaseModel, full: Wording, short: Wording) -> Iterator[FactRow]:
    for name, field in type(facts).model_fields.items():
        value, key = getattr(facts, name), prefix + name
        if value is None or value == field.default or name == "ends_at":
            continue
        if name == "starts_at":
            yield _row(prefix + WHEN, facts, full, short)
        elif isinstance(value, tuple) and value and isinstance(value[0], BaseModel):
            yield from (_row(key, entry, full, short, _fields(entry, short)) for entry in value)
        elif _is_table(value) and not hasattr(value, "starts_at") and _form(value) not in full.words:
            yield from _rows(key + ".", value, full, short)
        else:
            yield _row(key, value, full, short)


def _row(
    key: str, value: object, full: Wording, short: Wording, fields: Mapping[str, str] = MappingProxyType({})
) -> FactRow:
    """`key` is the kind and the fact's path, `listing.perpetual.index`; `fields` may stand in the label."""
    label = full.words(f"fact.{key}", **fields)
    return FactRow(key.partition(".")[2], label, _written(key, value, full), _written(key, value, short), _begin(value))


def _written(key: str, value: object, wording: Wording) -> str:
    match value:
        case RootModel():
            text = wording.say(value)
        case BaseModel() if hasattr(value, "starts_at"):
            start, end = value.starts_at, getattr(value, "ends_at", None)
            text = wording.since(start) if end is None else wording.span(start, end)
        case BaseModel():
            text = wording.words(_form(value), **_fields(value, wording))
        case _:
            text = wording.say(value)
    count = value if isinstance(value, int) else None
    return wording.words(f"say.{key}", count, value=text) if f"say.{key}" in wording.words else text


def _form(table: BaseModel) -> str:
    """The word that writes a whole table."""
    return f"form.{type(table).__name__.lower()}"


def _fields(table: BaseModel, wording: Wording) -> dict[str, str]:
    return {name: wording.say(value) for name, value in table if value is not None}


def _is_table(value: object) -> TypeGuard[BaseModel]:
    return isinstance(value, BaseModel) and not isinstance(value, RootModel)


def _begin(value: object) -> str | None:
    moment = next((getattr(value, name) for name in ("starts_at", "at") if hasattr(value, name)), value)
    return iso(moment) if isinstance(moment, datetime) else None
