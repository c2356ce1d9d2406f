"""The wall clocks behind a release's instants: what was meant, kept beside what it was worked out to.

Governments change their zones. Without what was meant nobody could tell, with a newer table, which instants are wrong.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from importlib import metadata

from publisher.content.announcement import Revision
from publisher.release.release import Release
from publisher.wall_time import Skipped, as_shown, in_utc, resolve, wall_clock

TABLE = metadata.version("tzdata")
"""The rules of zones that are installed."""
_SECOND = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Moved:
    """A wall-clock time that another instant belongs to by now."""

    name: str
    """`publish_at`, or the fact's name."""
    local: datetime
    before: datetime
    after: datetime | None
    """None when the clocks jump over that time now."""

    @property
    def sentence(self) -> str:
        now = f"is {in_utc(self.after)}" if self.after else "does not exist"
        return f"{self.name} {as_shown(self.local)} {now}, and was {in_utc(self.before)}"


def walls_of(revision: Revision) -> str:
    """JSON: the table that was asked, and of its facts' and repetitions' times wall clock, fold and instant."""
    times, time_zone = {}, revision.schedule.time_zone
    again = [(f"repeat.{each.number}", each.at) for each in revision.repeats]
    for name, moment in (*_times(revision.facts.model_dump()), *again):
        local = wall_clock(moment, time_zone)
        times[name] = [local.isoformat(), local.fold, moment.isoformat()]
    return json.dumps({"table": TABLE, "times": times}, sort_keys=True, separators=(",", ":"))


def table_of(release: Release) -> str:
    """Whose rules its instants follow."""
    return str(json.loads(release.walls)["table"])


def moved(release: Release) -> Sequence[Moved]:
    """Which of its times mean another instant by the table that is installed. Pure."""
    times = [("publish_at", datetime.fromisoformat(release.local_time), release.fold, release.publish_at)]
    for name, (local, fold, instant) in json.loads(release.walls)["times"].items():
        times.append((name, datetime.fromisoformat(local), fold, datetime.fromisoformat(instant)))
    found = [Moved(name, local, before, _now(local, fold, release.time_zone)) for name, local, fold, before in times]
    # A wall clock is kept to the second; what goes out at once has an instant that is finer.
    return [each for each in found if each.after is None or not timedelta(0) <= each.before - each.after < _SECOND]


def known(release: Release, times: Sequence[Moved]) -> str:
    """Its walls with what was told of `times`, so that it is not told again."""
    walls = json.loads(release.walls)
    for each in times:
        if each.after is not None and each.name in walls["times"]:
            walls["times"][each.name][2] = each.after.isoformat()
    return json.dumps(walls | {"table": TABLE}, sort_keys=True, separators=(",", ":"))


def _now(local: datetime, fold: int, time_zone: str) -> datetime | None:
    try:
        return resolve(local, time_zone, fold=fold)
    except Skipped:
        return None


def _times(facts: object, name: str = "") -> Iterator[tuple[str, datetime]]:
    if isinstance(facts, datetime):
        yield name, facts
    elif isinstance(facts, Mapping):
        for key, value in facts.items():
            yield from _times(value, f"{name}.{key}" if name else str(key))
    elif isinstance(facts, list | tuple):
        for number, value in enumerate(facts, start=1):
            yield from _times(value, f"{name}.{number}")
