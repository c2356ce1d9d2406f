"""What publisher.toml may say of how fast mail goes out."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Annotated

from pydantic import BaseModel, Field


class ProviderSettings(BaseModel, extra="forbid", frozen=True):
    domains: Sequence[Annotated[str, Field(pattern=r"^[a-z0-9-]+(\.[a-z0-9-]+)+$")]] = ()
    """Whose mailboxes it runs, in lower case; a provider that Publisher knows keeps its own when there are none."""
    per_second: float | None = Field(None, gt=0, le=100_000)
    per_hour: float | None = Field(None, gt=0)
    """Messages; with both, the slower of the two holds."""


class WarmUpSettings(BaseModel, extra="forbid", frozen=True):
    start: date
    """Its first day (UTC)."""
    first_day: int = Field(ge=1)
    """Messages on that day."""
    growth: float = Field(1.5, gt=1, le=5)
    """How many times as many every day."""
    days: int = Field(21, ge=1, le=90)
    """After so many there is no limit."""
