"""A run of the digest, as stored."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class DigestRun:
    """Digests whose hour had come."""

    id: int
    destination: str
    account: str
    at: datetime
    deadline: datetime
    through: int
    """The last item that it considered."""
    due: int
    """Readers whose hour it was, whether or not there was anything to read."""
    layout: str
    """The SHA-256 of the layout."""
    mailing_id: int
