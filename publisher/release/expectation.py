"""How many readers people were shown when they approved a release: counted when it was submitted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from publisher import transaction


@dataclass(frozen=True, slots=True)
class Expected:
    """The readers of one mailing, as counted when the release was submitted or a person last decided."""

    destination: str
    locale: str
    operation: str
    readers: int
    found: int | None = None
    """How many there were when it was to start, if that was too far off: then it is held."""

    @property
    def name(self) -> str:
        """How staff name it: `mail/en-US`."""
        return f"{self.destination}/{self.locale}"

    @property
    def drift(self) -> str:
        """`would reach 1,300 readers where people approved 1,000`; empty when it is not held for that."""
        if self.found is None:
            return ""
        return f"would reach {self.found:,} readers where people approved {self.readers:,}"


class Transaction(transaction.Transaction, Protocol):
    """The queries about expected readers."""

    async def save_expected(self, release_id: int, expected: Sequence[Expected]) -> None:
        """In the place of what was expected at the same destinations and languages before."""

    async def expected(self, release_id: int) -> Sequence[Expected]:
        """By destination, language and operation."""

    async def drifted(self) -> Sequence[tuple[int, Expected]]:
        """With the number of the release: mailings that are held because of how many they would reach."""
