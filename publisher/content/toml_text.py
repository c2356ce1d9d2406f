"""Values -> TOML, as an author would write them."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from datetime import datetime


def toml(value: object) -> str:
    """`value` (texts, numbers, times, lists, tables) on one line, but a table of a list on its own."""
    match value:
        case bool():
            return "true" if value else "false"
        case str():
            return json.dumps(value, ensure_ascii=False)
        case datetime():
            return value.isoformat(timespec="seconds")
        case Mapping():
            return "{ " + ", ".join(pair(str(key), part) for key, part in value.items()) + " }"
        case [Mapping(), *_]:
            return "[\n" + "".join(f"    {toml(row)},\n" for row in value) + "]"
        case Sequence():
            return "[" + ", ".join(map(toml, value)) + "]"
    return str(value)


def pair(key: str, value: object) -> str:
    """`key = value`."""
    return f"{key if re.fullmatch('[A-Za-z0-9_-]+', key) else json.dumps(key)} = {toml(value)}"
