"""What pydantic found wrong -> findings with the place, the nearest known key and a line to copy."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from publisher.channel import Finding
from publisher.content.placeholders import nearest
from publisher.content.source.toml import KeyPath, Toml
from publisher.content.toml_text import pair


@dataclass(frozen=True, slots=True)
class Table:
    """A table of the file and what belongs into it."""

    toml: Toml
    path: KeyPath
    model: type[BaseModel]
    sample: Mapping[str, object]
    elsewhere: Mapping[str, object]
    """The keys of the other table: [facts] for what stands above it, and the reverse."""

    def findings(self, error: ValidationError) -> Iterator[Finding]:
        """One finding per wrong key or value."""
        errors: dict[KeyPath, ErrorDetails] = {}
        for details in error.errors(include_url=False, include_context=False):
            errors.setdefault(self._written(details), details)
        around = {path[:length] for path in errors for length in range(len(path))}
        for path, details in errors.items():
            if path not in around:  # a union's other member
                yield self._finding(path, details)

    def _written(self, details: ErrorDetails) -> KeyPath:
        """The error's path as the author wrote it, without the names of types that pydantic puts between."""
        path = self.path
        for part in details["loc"]:
            if (*path, part) in self.toml.keys or (*path, part) in self.toml.places:
                path = (*path, part)
        return (*path, details["loc"][-1]) if details["type"] == "missing" else path

    def _finding(self, path: KeyPath, details: ErrorDetails) -> Finding:
        loc = path[len(self.path) :]
        shown = ".".join(map(str, loc))
        match details["type"]:
            case "missing":
                fix = f"add {self._example(loc)}" + (f", {self._where()}" if len(loc) == 1 else "")
                return Finding("missing_key", f"`{shown}` is missing", fix, place=self.toml.key(path[:-1]))
            case "extra_forbidden":
                return Finding("unknown_key", f"there is no key `{shown}`", self._known(loc), place=self.toml.key(path))
        said = _SAID.get(details["type"]) or details["msg"][:1].lower() + details["msg"][1:]
        message = f"`{shown}`: {said}"
        place = self.toml.key(path) if details["loc"][-1] == "[key]" else self.toml.value(path)
        return Finding("wrong_value", message, self._like(loc), place=place)

    def _where(self) -> str:
        return "below [facts]" if self.path else "above [facts]"

    def _known(self, loc: KeyPath) -> str:
        name = str(loc[-1])
        if len(loc) == 1 and name in self.elsewhere:
            return f"move it {'above' if self.path else 'below'} [facts]"
        header = {"facts": None} if not self.path and len(loc) == 1 else {}
        return nearest(name, {**_fields(self.model, loc[:-1]), **header}, "keys")

    def _like(self, loc: KeyPath) -> str:
        """What to write, or only what is meant where the sample has no such key."""
        return f"write it like {self._example(loc)}" if self._innermost(loc)[2] is not None else self._example(loc)

    def _example(self, loc: KeyPath) -> str:
        """The innermost field around `loc` as the sample writes it, and what it means."""
        name, meaning, value = self._innermost(loc)
        example = f"`{pair(name, value)}`" if value is not None else f"`{name}`"
        return f"{example}: {meaning}" if meaning else example

    def _innermost(self, loc: KeyPath) -> tuple[str, str | None, object]:
        """Name, meaning and sample."""
        model, sample = self.model, self.sample
        found: tuple[str, str | None, object] = ("", None, None)
        for part in loc:
            if isinstance(part, str) and (known := model.model_fields.get(part)):
                value = sample.get(part)
                found = part, known.description, value
                model = next(models_in(known.annotation), model)
                row = value[0] if isinstance(value, list) and value else value
                sample = row if isinstance(row, dict) else {}
        return found


_SAID: Mapping[str, str] = {
    "string_type": "should be text in quotes",
    "string_pattern_mismatch": "is not written as it should be",
    "string_too_long": "is too long",
    "too_short": "is empty",
    "datetime_type": "should be a time, without quotes",
    "dict_type": "should be a table in braces",
    "model_type": "should be a table in braces",
    "tuple_type": "should be a list in brackets",
}
"""Pydantic's error types in an author's words; the other messages are good enough."""


def _fields(model: type[BaseModel], loc: Iterable[str | int]) -> Mapping[str, object]:
    """The fields of the model at `loc` inside `model`."""
    for name in loc:
        if isinstance(name, str) and (known := model.model_fields.get(name)):
            model = next(models_in(known.annotation), model)
    return model.model_fields


def models_in(annotation: object) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for inner in get_args(annotation):
        yield from models_in(inner)
