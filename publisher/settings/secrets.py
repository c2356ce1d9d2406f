"""Accounts with their secrets: from the environment or from files, never from publisher.toml."""

from __future__ import annotations

import os
import types
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Union, get_args, get_origin

from pydantic import BaseModel, SecretStr

from publisher.channel import Finding, Place

PREFIX = "PUBLISHER_SECRET__"
SEGMENT_SECRET = f"{PREFIX}SEGMENTS__"
TOKEN_KEY_VARIABLE = "PUBLISHER_TOKEN_KEY"  # noqa: S105 - a name, not a secret
TOKEN_KEY_FILE = "secrets/token.key"  # noqa: S105 - a name, not a secret
"""Seals the links in mails (unsubscribe, preferences); whoever has it can unsubscribe anybody."""


PlaceOf = Callable[[tuple[str, ...]], Place]
"""Where a value stands in publisher.toml."""


def token_keys(file: Path) -> list[bytes]:
    """The keys that seal readers' links: the first seals, the others still open; raises LookupError without any.

    From the environment (separated by spaces) or from the workspace's file (one a line).
    """
    named = os.environ.get(TOKEN_KEY_VARIABLE)
    path = file.parent / TOKEN_KEY_FILE
    if named is None and not path.exists():
        raise LookupError(f"no key for readers' links: set {TOKEN_KEY_VARIABLE} or write one into {path}")
    text = path.read_text(encoding="utf-8") if named is None else named
    return [key.encode() for key in text.split()]


def segment_secret(name: str, secret_file: Path | None, file: Path) -> str:
    """What both sides of a pull sign with: from the environment, or from a file relative to `file`.

    Raises LookupError without any, and OSError.
    """
    variable = SEGMENT_SECRET + name.upper().replace("-", "_")
    if (from_environment := os.environ.get(variable)) is not None:
        return from_environment
    if secret_file is None:
        raise LookupError(f"set {variable}, or secret_file in [segments.{name}]")
    return (file.parent / secret_file).read_text(encoding="utf-8")


def variable(account: str, field: str) -> str:
    """The environment variable of a secret; `tg-main`, `dkim.key` give `PUBLISHER_SECRET__TG_MAIN__DKIM__KEY`."""
    return PREFIX + "__".join(part.upper().replace("-", "_") for part in (account, *field.split(".")))


def secret_fields(model: type[BaseModel], prefix: str = "") -> Iterator[str]:
    """Dotted names of the model's secret fields, nested tables included."""
    for name, field in model.model_fields.items():
        for kind in _alternatives(field.annotation):
            if kind is SecretStr:
                yield prefix + name
            elif isinstance(kind, type) and issubclass(kind, BaseModel):
                yield from secret_fields(kind, f"{prefix}{name}.")


def with_secrets(
    account: str, values: Mapping[str, Any], model: type[BaseModel], file: Path, place: PlaceOf
) -> tuple[dict[str, Any], list[Finding]]:
    """The account's values with secrets filled in, and what is wrong with them; files are relative to `file`."""
    filled, findings = _copy(values), []
    for field in secret_fields(model):
        table, name = _table(filled, field)
        if table is None:
            continue
        if name in table:
            findings.append(_inline(account, field, file, place))
            continue
        secret, problem = _secret(account, field, table.pop(f"{name}_file", None), file, place)
        if secret is not None:
            table[name] = secret
        if problem is not None:
            findings.append(problem)
    return filled, findings


def _secret(account: str, field: str, named: object, file: Path, place: PlaceOf) -> tuple[str | None, Finding | None]:
    from_environment = os.environ.get(variable(account, field))
    if from_environment is not None:
        return from_environment, None
    if not isinstance(named, str):
        return None, None
    try:
        return (file.parent / named).read_text(encoding="utf-8").strip(), None
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not UTF-8 text"
        message = f"[accounts.{account}] {field}_file: cannot read {named}: {reason}"
        return None, Finding(
            "settings.secret_file", message, "Name a readable file.", place=_stands(place, account, f"{field}_file")
        )


def _stands(place: PlaceOf, account: str, field: str) -> Place:
    return place(("accounts", account, *field.split(".")))


def _inline(account: str, field: str, file: Path, place: PlaceOf) -> Finding:
    return Finding(
        "settings.inline_secret",
        f"[accounts.{account}] {field} is a secret and must not stand in {file.name}",
        f"Remove it, change it at its provider, and set {variable(account, field)} or {field}_file.",
        place=_stands(place, account, field),
    )


def _alternatives(annotation: object) -> tuple[object, ...]:
    if get_origin(annotation) in (Union, types.UnionType):
        return get_args(annotation)
    return (annotation,)


def _copy(values: Mapping[str, Any]) -> dict[str, Any]:
    return {key: _copy(value) if isinstance(value, Mapping) else value for key, value in values.items()}


def _table(values: dict[str, Any], field: str) -> tuple[dict[str, Any] | None, str]:
    *path, name = field.split(".")
    table: Any = values
    for step in path:
        table = table.get(step)
        if not isinstance(table, dict):
            return None, name
    return table, name
