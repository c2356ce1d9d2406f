"""What publisher.toml may say about mail to many: who may subscribe, how fast it goes, and who looks first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Annotated, Literal

from pydantic import Field

from publisher.settings.table import NAMES, Seconds, Table


class Subscribing(Table):
    destination: str = ""
    """The e-mail destination whose account and sender write to those who subscribe; empty: nobody can on the pages."""
    frequencies: Annotated[Sequence[Literal["instant", "daily", "weekly"]], NAMES] = ("instant",)
    """How often a reader may choose to hear of a kind."""
    per_network: int = Field(20, ge=1)
    """Requests from one network (a /24 or /64) in an hour; more of them write to nobody."""
    per_hour: int = Field(2_000, ge=1)
    """Letters to subscribe or to come to the preferences in an hour, all together."""


class ProviderSettings(Table):
    domains: Sequence[Annotated[str, Field(pattern=r"^[a-z0-9-]+(\.[a-z0-9-]+)+$")]] = ()
    """Whose mailboxes it runs, in lower case; a provider that Publisher knows keeps its own when there are none."""
    per_second: float | None = Field(None, gt=0, le=100_000)
    per_hour: float | None = Field(None, gt=0)
    """Messages; with both, the slower of the two holds."""


class Mailing(Table):
    drift: float = Field(0.2, ge=0, le=100)
    """How far the number of a mailing's readers may be from the one that people approved before it is held; 0.2 is a
    fifth."""
    stale_after: Seconds = timedelta(days=7)
    """How old a segment's newest snapshot may be before a new announcement warns of it, in seconds."""
    providers: Mapping[Annotated[str, Field(pattern="^[a-z0-9][a-z0-9-]{0,31}$")], ProviderSettings] = {}
    """How fast mailbox providers take mail, beyond and instead of those that Publisher knows."""
    canary: float = Field(0.01, ge=0, le=1)
    """Which share of a large audience gets it first; 0 for none. A thousand readers at the most."""
    canary_from: int = Field(10_000, ge=1)
    """The smallest audience that is large."""
    canary_wait: Seconds | None = None
    """After so many seconds the rest follows by itself, unless too many were refused; left out, a person says so."""
    refusals: float = Field(0.05, gt=0, le=1)
    """Which share of the last messages may be refused before a mailing is paused; 1 never pauses."""
    refusals_of: int = Field(200, ge=20, le=100_000)
    """How many messages that are."""


class WarmUpSettings(Table):
    start: date
    """Its first day (UTC)."""
    first_day: int = Field(ge=1)
    """Messages on that day."""
    growth: float = Field(1.5, gt=1, le=5)
    """How many times as many every day."""
    days: int = Field(21, ge=1, le=90)
    """After so many there is no limit."""
