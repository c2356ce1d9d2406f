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
    mark: str = ""
    """An invisible character that a plain text needs before it."""


Say: TypeAlias = Callable[[Placeholder], Value]


@dataclass(frozen=True, slots=True)
class Shown:
    """A picture as readers load it; pixels."""

    url: str
    width: int
    height: int


Show: TypeAlias = Callable[[str], Shown]
"""The picture in a file of the announcement."""


def no_pictures(src: str) -> Shown:
    """For a text that has none; raises UnsayableValue."""
    raise UnsayableValue(f"the picture {src} was not read with the text")
