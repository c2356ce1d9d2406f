"""What comes out of rendering: one payload for one stage, operation, destination and locale, ready to be frozen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from publisher.channel import Payload

Operation: TypeAlias = Literal["publish", "amend", "retract", "follow", "digest"]

FOLLOW: Final = "follow"
"""Operation of the mail of a stage: for those who were mailed the announcement and want to hear what follows."""
DIGEST: Final = "digest"
"""Stage and operation of what a digest says of an announcement; no delivery is ever made of it."""


@dataclass(frozen=True, slots=True)
class Edition:
    """One revision x stage x operation x destination x locale."""

    stage: str
    operation: Operation
    payload: Payload

    @property
    def destination(self) -> str:
        return self.payload.target.destination

    @property
    def channel(self) -> str:
        return self.payload.target.channel

    @property
    def locale(self) -> str:
        return self.payload.target.locale

    @property
    def name(self) -> str:
        """How staff name it: `announce/x-main/en-US`, `start-amend/site/en-US`, `digest/mail/en-US`."""
        operation = "" if self.operation in ("publish", DIGEST) else f"-{self.operation}"
        return f"{self.stage}{operation}/{self.destination}/{self.locale}"
