"""Whom the regions of a mailing leave out."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class LeftOut:
    """How many readers a mailing would have, if it were for everywhere."""

    elsewhere: int = 0
    """In a region that is not admitted."""
    unknown: int = 0
    """In a region that nobody knows."""

    @property
    def sentence(self) -> str:
        """`12 in other regions and 3 of unknown region left out`; empty for none."""
        counted = [(self.elsewhere, "in other regions"), (self.unknown, "of unknown region")]
        said = " and ".join(f"{count} {where}" for count, where in counted if count)
        return f"{said} left out" if said else ""
