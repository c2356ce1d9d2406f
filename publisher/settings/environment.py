"""Settings from the environment: `PUBLISHER_WEB__STAFF_PORT=9000` is `staff_port` in `[web]`."""

from __future__ import annotations

import difflib
import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from publisher.channel import Finding, Place
from publisher.settings.keys import DATA_KEY_VARIABLE, HASH_KEY_VARIABLE
from publisher.settings.secrets import PREFIX as SECRET
from publisher.settings.secrets import SEGMENT_SECRET, TOKEN_KEY_VARIABLE

PREFIX = "PUBLISHER_"
OTHERS = frozenset(
    {"PUBLISHER_WORKSPACE", "PUBLISHER_TOKEN_FILE", TOKEN_KEY_VARIABLE, DATA_KEY_VARIABLE, HASH_KEY_VARIABLE}
)
"""Variables that are no settings, but ours."""
_FOREIGN = ("PUBLISHER_SERVICE_", "PUBLISHER_PORT")
"""Kubernetes gives these to every container beside a service that is called `publisher`."""

Path = tuple[str, ...]


@dataclass
class Overrides:
    """The values of publisher.toml with those of the environment in their place."""

    values: dict[str, Any]
    variables: dict[Path, str] = field(default_factory=dict)
    """Path of a setting -> the variable that decided it."""
    findings: list[Finding] = field(default_factory=list)

    def variable(self, path: Collection[object]) -> str | None:
        """The variable that decided the setting, or something inside or around it."""
        wanted = tuple(map(str, path))
        for known, variable in self.variables.items():
            shorter = min(len(known), len(wanted))
            if known[:shorter] == wanted[:shorter]:
                return variable
        return None


def overridden(values: Mapping[str, Any], environment: Mapping[str, str], tables: Collection[str]) -> Overrides:
    """`values` with every `PUBLISHER_` variable applied; `tables` are the names that may come first in a path.

    An unknown variable is a finding: a typing error in one must not leave the setting as it was without a word.
    """
    result = Overrides(_copy(values))
    for name in sorted(environment):
        if not name.startswith(PREFIX) or name in OTHERS or name.startswith(_FOREIGN):
            continue
        if name.startswith(SEGMENT_SECRET):
            result.findings += _unknown_segment(name, values.get("segments", {}))
        elif name.startswith(SECRET):
            result.findings += _unknown_account(name, values.get("accounts", {}))
        elif name.removeprefix(PREFIX).split("__")[0].lower() not in tables:
            result.findings.append(_unknown(name, tables))
        else:
            _apply(result, name, environment[name])
    return result


def _apply(result: Overrides, name: str, text: str) -> None:
    try:
        value = json.loads(text) if text.lstrip()[:1] in ("[", "{") else text
    except json.JSONDecodeError as error:
        fix = 'Write a list or a table as JSON: ["en-US", "zh-CN"].'
        message = f"this is not JSON: {error.msg} at character {error.pos + 1}"
        result.findings.append(Finding("settings.variable", message, fix, place=Place(name)))
        return
    *way, last = name.removeprefix(PREFIX).split("__")
    table, path = result.values, []
    for step in way:
        path.append(_written(step, table))
        if not isinstance(table.get(path[-1]), dict):
            table[path[-1]] = {}
        table = table[path[-1]]
    path.append(_written(last, table))
    table[path[-1]] = value
    result.variables[tuple(path)] = name


def _written(step: str, table: Mapping[str, object]) -> str:
    """The name as publisher.toml writes it: variables know neither small letters nor dashes."""
    return next((name for name in table if variable_part(name) == step), step.lower())


def variable_part(name: str) -> str:
    """How a name stands in a variable: `tg-main` is `TG_MAIN`."""
    return name.upper().replace("-", "_")


def _unknown(name: str, tables: Collection[str]) -> Finding:
    known = [f"{PREFIX}{table.upper()}" for table in tables] + sorted(OTHERS)
    first = name.split("__")[0]
    near = difflib.get_close_matches(first, known, 1)
    fix = (
        f"Did you mean {near[0] + name.removeprefix(first)}?"
        if near
        else "Unset it; docs/settings.md lists what there is."
    )
    return Finding("settings.variable", "no setting has this name", fix, place=Place(name))


def _unknown_account(name: str, accounts: Mapping[str, object]) -> Iterator[Finding]:
    account = name.removeprefix(SECRET).split("__")[0]
    known = [variable_part(each) for each in accounts]
    if account not in known:
        fix = f"There are secrets for {', '.join(f'{SECRET}{each}__...' for each in known)}."
        yield Finding("settings.variable", f"there is no account {account}", fix, place=Place(name))


def _unknown_segment(name: str, segments: Mapping[str, object]) -> Iterator[Finding]:
    known = [variable_part(each) for each in segments]
    if name.removeprefix(SEGMENT_SECRET) not in known:
        fix = f"There are secrets for {', '.join(SEGMENT_SECRET + each for each in known) or 'no segment'}."
        yield Finding("settings.variable", "there is no such segment in publisher.toml", fix, place=Place(name))


def _copy(values: Mapping[str, Any]) -> dict[str, Any]:
    return {key: _copy(value) if isinstance(value, Mapping) else value for key, value in values.items()}
