"""What a receiving system tells later about something that was delivered to it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Callback:
    """One report. It never changes the delivery's state: "delivered" stays what it was."""

    id: str
    """The report's own, by which a repeated one is known."""
    receipt: str
    """One of the `Receipt.ids` of the delivery that it is about."""
    sent: int | None
    """How many readers' devices or numbers got it so far."""
    failed: int | None
    """How many will not get it."""
    final: bool
    """Whether no other report follows."""
    note: str = ""

    @property
    def sentence(self) -> str:
        """In words: `10,233 sent, 12 failed, so far: the provider is slow`."""
        counts = (
            f"{count:,} {word}" for count, word in ((self.sent, "sent"), (self.failed, "failed")) if count is not None
        )
        told = ", ".join((*counts, *(() if self.final else ("so far",))))
        return f"{told}: {self.note}" if self.note else told


class CallbackForged(ValueError):
    """It is not from the system we know, or not of now."""


class CallbackUnreadable(ValueError):
    """It says nothing that we understand; the message tells what is wrong."""
