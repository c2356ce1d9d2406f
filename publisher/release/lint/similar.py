"""Whether somebody else announces the same: another announcement of the kind, of the same asset and event, soon."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from pydantic import ValidationError

from publisher.channel import Finding, Place
from publisher.content.announcement import Revision
from publisher.content.kinds.kind import Facts
from publisher.release.lint.codes import mistake
from publisher.wall_time import in_utc

NEAR = timedelta(days=30)
"""Between the publishing times of two announcements that may be one."""

_EVENT = ("product", "scope", "event", "network")
"""Facts that tell two events of one asset apart, where both announcements have them."""


@dataclass(frozen=True, slots=True)
class Other:
    """The newest release of another announcement that was neither returned nor called off."""

    announcement_id: str
    release_id: int
    reference: str | None
    title: str
    author: str
    publish_at: datetime
    source: str
    """`Revision.to_json()`."""


def check(revision: Revision, others: Iterable[Other], place: Place, author: str = "") -> Iterator[Finding]:
    """A warning for each of `others` that tells the same event of one of its assets; `author`'s own are meant."""
    tickers = set(revision.facts.tickers)
    for other in others:
        facts = _facts(revision, other) if other.author != author else None
        if facts is None or not _same_event(revision.facts, facts):
            continue
        if both := sorted(tickers & set(facts.tickers)):
            name = other.reference or f"release {other.release_id}"
            message = (
                f"{other.author} announces {', '.join(both)} as well: {name} `{other.title}`, "
                f"{in_utc(other.publish_at)}"
            )
            fix = f"compare: publisher show {other.release_id}; one of the two may be enough"
            yield mistake("announcement.similar", message, fix, place)


def _facts(revision: Revision, other: Other) -> Facts | None:
    """None for another kind, and for facts that the kind, which may have changed since, cannot read."""
    common = json.loads(other.source)["common"]
    if common["kind"] != revision.kind.name:
        return None
    try:
        return revision.kind.facts.model_validate_json(json.dumps(common["facts"]))
    except ValidationError:
        return None


def _same_event(one: Facts, other: Facts) -> bool:
    told = ((getattr(one, name, None), getattr(other, name, None)) for name in _EVENT)
    return all(a == b for a, b in told if a is not None and b is not None)
