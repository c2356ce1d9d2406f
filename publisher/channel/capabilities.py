"""What a network allows, as data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from publisher.channel.payload import Format


class Unit(StrEnum):
    WEIGHTED = "weighted"
    UTF16 = "utf16"
    BYTES = "bytes"


@dataclass(frozen=True, slots=True)
class Limit:
    unit: Unit
    maximum: int


@dataclass(frozen=True, slots=True)
class Rate:
    """At most `count` sends in any `seconds`."""

    count: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What the network allows; data for `check`, pacing, waves and the fallbacks of corrections."""

    sections: Mapping[str, Format]
    """The sections the composer wants rendered, and their formats."""
    limits: Mapping[str, Limit] = field(default_factory=dict)
    wave: int = 2
    """1 site, 2 posts, 3 mail."""
    amends: bool = False
    amend_within: float | None = None
    """Seconds after sending; None means no limit."""
    when_kept: str = "What is out stays as it is."
    """What becomes of what is out where it cannot be amended: a sentence for staff, before they approve."""
    follow_ups: int | None = None
    """How many posts may follow the first one of an announcement; None: as many as its stages ask for."""
    reposts: bool = False
    """Where it cannot be amended: whether what is dangerously wrong is posted anew, and the first post deleted."""
    follows: bool = False
    """Whether those who got the first copy can be sent a second one, which corrects or withdraws it."""
    retracts: bool = False
    repeatable: bool = False
    """True when sending the same part twice has the effect of sending it once (then a crash is simply repeated)."""
    probes: bool = False
    links_to_site: bool = True
    """Waits for the website (at most `link_wait`) because what it sends links there."""
    legal_footer: bool = False
    """Whether the law wants to see in each message who answers for it."""
    gateable: bool = False
    """Whether something between it and its readers can keep some regions out: then a destination may be `gated`."""
    account_rate: Rate | None = None
    target_rate: Rate | None = None
