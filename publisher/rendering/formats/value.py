"""What a placeholder says once its fact is known."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from publisher.content.document import Placeholder
from publisher.rendering.mistakes import UnsayableValue


@dataclass(frozen=True, slots=True)
class Value:
    """Plain characters, never markup; `iso` is the instant (RFC 3339, UTC) when the fact is a time."""

    text: str
    iso: str | None = None
    is_foreign: bool = False
    """Whether its letters run against the text around it."""


Say: TypeAlias = Callable[[Placeholder], Value]


def public(src: str) -> str:
    """The address of a picture; raises UnsayableValue for a file, which no reader could open."""
    if not src.startswith("https://"):
        raise UnsayableValue(f"the picture {src} is a file; put it on your site and write its https address")
    return src
