"""Placeholders: `{{ fact.part | filter("constant") }}`, nothing else.

Staff text is data, never a template with logic: an expression is read with Jinja2's parser, and every node of its
tree that is not a name, an attribute, a constant argument or a filter of `FILTERS` is refused. The filters are
implemented, per locale, in `publisher.rendering.locale`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from difflib import get_close_matches
from enum import Enum
from typing import TypeAlias

from jinja2 import Environment, TemplateSyntaxError, nodes
from pydantic import BaseModel

from publisher.content.document import Placeholder
from publisher.content.kinds.fact_types import Localised

Constant: TypeAlias = "str | int | float | bool"


@dataclass(frozen=True, slots=True)
class Filter:
    """What a filter does, the facts it takes, and its constant arguments in order (all of them optional)."""

    effect: str
    takes: tuple[type, ...]
    arguments: tuple[type, ...] = ()


FILTERS: Mapping[str, Filter] = {
    "date": Filter("the day, `3 Dec 2026`", (datetime,)),
    "time": Filter("the time of day with its zone, `10:00 (UTC+8)`", (datetime,)),
    "datetime": Filter("day, time and zone, `3 Dec 2026, 10:00 (UTC+8)`", (datetime,)),
    "number": Filter("grouped digits; the argument is the number of decimals", (int, Decimal), (int,)),
    "large": Filter("the number in 万, 億 or 억 in languages that count so, else as `number`", (int, Decimal)),
    "percent": Filter("a share as per cent, 0.1 is `10%`; the argument is the number of decimals", (Decimal,), (int,)),
    "join": Filter("a list in the reader's language; the argument is another separator", (tuple,), (str,)),
    "upper": Filter("capital letters", (str,)),
}
"""The white list."""

CONTEXT: Mapping[str, str] = {"exchange": "the exchange's own name, from the settings"}
"""Names that every kind can use beside its facts; their values are text that rendering supplies."""


class PlaceholderError(ValueError):
    """An expression that is not a placeholder; `near` is the piece of it that is wrong."""

    def __init__(self, code: str, message: str, fix: str, near: str = "") -> None:
        super().__init__(message)
        self.code, self.message, self.fix, self.near = code, message, fix, near


_SYNTAX = 'write {{ fact }}, {{ fact.part }} or {{ fact | filter }}; constants only inside a filter: | join(" / ")'


def parse(expression: str) -> Placeholder:
    """The placeholder between `{{` and `}}`; raises PlaceholderError."""
    if len(expression) > 200 or sum(map(expression.count, "([{")) > 8:  # the parser recurses: no RecursionError
        raise PlaceholderError("placeholder_syntax", "this placeholder is too long", _SYNTAX)
    try:
        body = _PARSER.parse("{{ " + expression + " }}").body
    except TemplateSyntaxError as error:
        raise PlaceholderError("placeholder_syntax", f"this placeholder is broken: {error.message}", _SYNTAX) from error
    match body:
        case [nodes.Output(nodes=[node])]:
            return _placeholder(node)
    raise PlaceholderError("placeholder_syntax", "this is not a placeholder", _SYNTAX)


_PARSER = Environment(autoescape=True)  # parses only; nothing is ever compiled or rendered with it


def _placeholder(node: nodes.Node | None) -> Placeholder:
    match node:
        case nodes.Name(name=name):
            return Placeholder((name,))
        case nodes.Getattr(node=inner, attr=attribute):
            owner = _placeholder(inner)
            if owner.filters:
                raise _forbidden(node)
            return Placeholder((*owner.path, attribute))
        case nodes.Filter(node=inner, name=name, args=args, kwargs=[], dyn_args=None, dyn_kwargs=None):
            filtered = _placeholder(inner)
            return Placeholder(filtered.path, (*filtered.filters, (name, _arguments(name, args))))
    raise _forbidden(node)


def _arguments(name: str, args: list[nodes.Expr]) -> tuple[Constant, ...]:
    known = FILTERS.get(name)
    if known is None:
        raise PlaceholderError(
            "unknown_filter", f"there is no filter `{name}`", nearest(name, FILTERS, "filters"), name
        )
    values = tuple(arg.value for arg in args if isinstance(arg, nodes.Const))
    fits = len(values) == len(args) <= len(known.arguments)
    if not fits or any(type(value) is not wanted for value, wanted in zip(values, known.arguments, strict=False)):
        wanted = ", ".join(kind.__name__ for kind in known.arguments) or "none"
        raise PlaceholderError(
            "filter_argument", f"`{name}` does not take these arguments", f"its constant arguments are: {wanted}", name
        )
    return values


def _forbidden(node: nodes.Node | None) -> PlaceholderError:
    what = type(node).__name__.lower() if node else "nothing"
    return PlaceholderError("placeholder_syntax", f"logic is not allowed in a placeholder ({what})", _SYNTAX)


def nearest(word: str, known: Mapping[str, object], what: str) -> str:
    """The fix for an unknown word: the one that was probably meant, or all there are."""
    close = get_close_matches(word, list(known), n=1, cutoff=0.6)
    return f"did you mean `{close[0]}`?" if close else f"the {what} are: {', '.join(known)}"


def check(placeholder: Placeholder, facts: BaseModel) -> None:
    """Raises PlaceholderError when `placeholder` names no set fact of `facts` or filters it wrongly."""
    if placeholder.path[0] in CONTEXT and len(placeholder.path) == 1:
        value: object = ""
    else:
        value = value_at(facts, placeholder.path)
    for name, _ in placeholder.filters:
        if not _takes(FILTERS[name], value):
            fact = ".".join(placeholder.path)
            fix = f"`{fact}` is {_describe(value)}; {_advice(value)}"
            raise PlaceholderError("filter_type", f"`{name}` cannot be applied to `{fact}`", fix, name)
        value = ""
    if advice := _advice(value, bare=True):
        fact = ".".join(placeholder.path)
        raise PlaceholderError("placeholder_bare", f"`{fact}` is {_describe(value)}", advice, placeholder.path[-1])


def check_name(placeholder: Placeholder, facts: type[BaseModel]) -> None:
    """What can be checked while the facts themselves are wrong; raises PlaceholderError for an unknown name."""
    names = {**facts.model_fields, **CONTEXT}
    if (name := placeholder.path[0]) not in names:
        raise PlaceholderError(
            "unknown_placeholder", f"there is no fact named `{name}`", nearest(name, names, "names"), name
        )


def value_at(facts: BaseModel, path: tuple[str, ...]) -> object:
    """The fact at `path`: fields of models, keys of tables; raises PlaceholderError."""
    value: object = facts
    for depth, name in enumerate(path):
        if value is None:
            raise _unset(path[:depth])
        parts = _parts(value)
        if name not in parts:
            where = f"part of `{'.'.join(path[:depth])}`" if depth else "fact"
            names = {**parts, **(CONTEXT if not depth else {})}
            fix = nearest(name, names, "names") if names else f"end the placeholder before `.{name}`"
            raise PlaceholderError("unknown_placeholder", f"there is no {where} named `{name}`", fix, name)
        value = parts[name]
    if value is None:
        raise _unset(path)
    return value


def _unset(path: tuple[str, ...]) -> PlaceholderError:
    fact = ".".join(path)
    fix = f"set `{fact}` under [facts] or leave the placeholder out"
    return PlaceholderError("unset_fact", f"the fact `{fact}` is not set", fix, path[-1])


def _parts(value: object) -> Mapping[str, object]:
    if isinstance(value, Localised):
        return {}
    if isinstance(value, BaseModel):
        return {name: getattr(value, name) for name in type(value).model_fields}
    return {str(key): part for key, part in value.items()} if isinstance(value, Mapping) else {}


def _takes(known: Filter, value: object) -> bool:
    if isinstance(value, tuple):
        return tuple in known.takes and all(isinstance(item, str) for item in value)
    return isinstance(value, known.takes) and not isinstance(value, bool | Enum)


def _describe(value: object) -> str:
    names = {
        datetime: "a time",
        tuple: "a list",
        Enum: "a fixed word",
        str: "text",
        int: "a number",
        Decimal: "a number",
    }
    return next((name for kind, name in names.items() if isinstance(value, kind)), "a table")


def _advice(value: object, *, bare: bool = False) -> str:
    """How to write a value; empty when `bare` and it may stand without a filter."""
    if isinstance(value, tuple) and not all(isinstance(item, str) for item in value):
        return "it is shown in the facts card; leave the placeholder out"
    if _parts(value):
        return f"choose one of its parts: {', '.join(_parts(value))}"
    fitting = [name for name, known in FILTERS.items() if _takes(known, value)]
    if bare and not isinstance(value, datetime | tuple):
        return ""
    return f"add a filter: {', '.join(fitting)}" if fitting else "write it without a filter"
