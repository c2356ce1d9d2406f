"""What a text says that no language may change."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class What(StrEnum):
    """The kinds of value; each is a code `language.<what>`."""

    NUMBER = "number"
    DATE = "date"
    TIME = "time"
    SYMBOL = "symbol"
    ADDRESS = "address"


@dataclass(frozen=True, slots=True)
class Value:
    """`key` is the same in every language; `offset` is where `written` stands."""

    what: What
    key: str
    written: str
    offset: int

    @property
    def shown(self) -> str:
        """As the author wrote it; a time with its zone also in UTC."""
        written = self.written.strip().rstrip(".")
        return f"`{written}` ({self.key[:-1]} UTC)" if self.key.endswith("Z") else f"`{written}`"
