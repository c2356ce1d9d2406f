"""Announcements that should not meet in time: a listing opens while its wallets are down, two come at once. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from pydantic import ValidationError

from publisher.content.kinds.kind import Facts, Kind
from publisher.delivery.planned import moments
from publisher.delivery.stages import Event as Times
from publisher.release.policy import Policy
from publisher.wall_time import in_utc

APART = timedelta(hours=1)
"""Between two announcements about one asset: sooner, readers take the second for a correction of the first."""


@dataclass(frozen=True, slots=True)
class Event:
    """What is known of the time of one announcement, whichever of its releases holds."""

    announcement_id: str
    name: str
    """How staff find it: `release 12 "Aurora is listed"`."""
    kind: str
    assets: frozenset[str]
    publish_at: datetime | None = None
    """When its next publication comes; None once it is out."""
    stops: bool = False
    """Whether services of its assets stop from `starts_at` to `ends_at`."""
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    """None until further notice."""
    opens: Mapping[str, datetime] = field(default_factory=dict)
    """Stage -> when what it tells takes place."""


def event_of(
    announcement_id: str, name: str, facts: Facts | None, policy: Policy, times: Times, publish_at: datetime | None
) -> Event:
    """`facts` is None where the kind, changed since, cannot read them any more: then nothing is said of its assets."""
    stops = any(planned.moves_with == "end" for planned in policy.stages) and _impaired(facts)
    reminders = {planned.stage for planned in policy.stages if planned.good_for or planned.moves_with != "start"}
    opens = {stage: at for stage, at in moments(policy, times) if stage not in reminders}
    assets = frozenset(facts.tickers if facts else ())
    return Event(announcement_id, name, policy.kind, assets, publish_at, stops, times.starts_at, times.ends_at, opens)


def facts_of(common: str, kind: Kind) -> Facts | None:
    """Of a release's approved `common`."""
    try:
        return kind.facts.model_validate_json(json.dumps(json.loads(common)["revision"]["facts"]))
    except (ValidationError, KeyError):
        return None


def conflicts(one: Event, others: Iterable[Event]) -> Iterator[str]:
    """A sentence for each of `others` that `one` should not meet."""
    for other in others:
        shared = sorted(one.assets & other.assets)
        if not shared or other.announcement_id == one.announcement_id:
            continue
        assets = ", ".join(shared)
        for stage, at in _falls_into(one, other):
            yield f"{stage} ({in_utc(at)}) comes while {assets} is down: {other.name}, {_span(other)}"
        for stage, at in _falls_into(other, one):
            yield f"{assets} is down when {other.name} has {stage} ({in_utc(at)})"
        if one.publish_at and other.publish_at and abs(one.publish_at - other.publish_at) < APART:
            yield f"{other.name} is about {assets} as well, and goes out at {in_utc(other.publish_at)}"


def _falls_into(opening: Event, stop: Event) -> Sequence[tuple[str, datetime]]:
    if not stop.stops or stop.starts_at is None:
        return ()
    ends_at = stop.ends_at
    return [
        (stage, at)
        for stage, at in sorted(opening.opens.items(), key=lambda each: each[1])
        if stop.starts_at <= at and (ends_at is None or at < ends_at)
    ]


def _span(event: Event) -> str:
    assert event.starts_at is not None
    until = f"to {in_utc(event.ends_at)}" if event.ends_at else "until further notice"
    return f"{in_utc(event.starts_at)} {until}"


def _impaired(facts: Facts | None) -> bool:
    services = getattr(facts, "services", ())
    impacts = services.values() if isinstance(services, Mapping) else services
    return any(impact.value != "unaffected" for impact in impacts)
