"""What a placeholder says once its fact is known."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from publisher.content.document import Placeholder


@dataclass(frozen=True, slots=True)
class Value:
    """Plain characters, never markup; `iso` is the instant (RFC 3339, UTC) when the fact is a time."""

    text: str
    iso: str | None = None


Say: TypeAlias = Callable[[Placeholder], Value]
