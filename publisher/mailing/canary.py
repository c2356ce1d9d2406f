"""The canary: who gets a large mailing first, while everybody else waits for a go. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

MOST = 1_000
"""Readers of a canary at the most."""


@dataclass(frozen=True, slots=True)
class Canary:
    """How many go first, and who says that the rest may follow."""

    share: float = 0.0
    """Of the audience; 0 for no canary."""
    smallest: int = 0
    """Audiences below it are mailed at once."""
    wait: timedelta | None = None
    """How long after its first readers a mailing goes on by itself; None: a person says so."""

    def of(self, audience: int) -> int:
        """How many readers go first; 0 for all of them."""
        first = min(MOST, int(audience * self.share))
        return first if audience >= self.smallest and first < audience else 0


NONE = Canary()
"""Everybody at once."""
