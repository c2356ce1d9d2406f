"""Wall-clock time: zones, gaps, folds, and the injected clock."""

from __future__ import annotations

import zoneinfo
from datetime import UTC, datetime
from difflib import get_close_matches
from functools import cache, lru_cache
from typing import Protocol
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

# The pinned table of zones, never the system's: that one may be years old, and then announcements go out an hour off.
zoneinfo.reset_tzpath(to=())
ZoneInfo.clear_cache()


LONGEST = 64
"""Characters of a zone's name that is looked for among those there are."""


class Clock(Protocol):
    """The only source of "now" for everything that is scheduled or shown."""

    def now(self) -> datetime:
        """Aware, UTC."""


class WallTimeError(ValueError):
    """A local time that does not name exactly one instant; the message says how to fix it."""


class UnknownZone(WallTimeError):
    """A name that is no IANA zone."""


class Skipped(WallTimeError):
    """The clocks jump over it; `before` and `after` are the times on both sides of the jump, as far away as asked."""

    def __init__(self, local: datetime, before: datetime, after: datetime) -> None:
        self.before, self.after = before, after
        super().__init__(
            f"{local:%Y-%m-%d %H:%M} does not exist in {after.tzinfo}: the clocks jump over it; "
            f"use {before:%H:%M} before or {after:%H:%M} after the jump"
        )


class Ambiguous(WallTimeError):
    """The clocks show it twice; `earlier` and `later` are the two."""

    def __init__(self, local: datetime, earlier: datetime, later: datetime) -> None:
        self.earlier, self.later = earlier, later
        super().__init__(
            f"{local:%Y-%m-%d %H:%M} happens twice in {later.tzinfo}: choose the earlier ({earlier:%z}) with "
            f"fold 0 or the later ({later:%z}) with fold 1"
        )


@lru_cache(maxsize=1_024)
def zone(name: str) -> ZoneInfo:
    """The IANA zone; raises UnknownZone.

    Kept, for zoneinfo holds on to eight: a run of digests reads six hundred, and found each file anew for each reader.
    """
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise UnknownZone(f"unknown time zone {name!r}; {instead_of(name)}") from error


@cache
def zone_list() -> frozenset[str]:
    """Every name of the IANA list, old ones too."""
    return frozenset(zoneinfo.available_timezones())


def instead_of(name: str) -> str:
    """What to write for a name that is no zone."""
    # UTC+8 is not nearly UTC, and GMT+8 not nearly GMT+0: of fixed offsets none is proposed.
    places = [each for each in zone_list() if "/" in each and not each.startswith("Etc/")]
    near = get_close_matches(name[:LONGEST], places, 1, cutoff=0.8)
    return f"did you mean {near[0]}?" if near else "use an IANA name such as Asia/Singapore"


def resolve(local: datetime, zone_name: str, *, fold: int | None = None) -> datetime:
    """The UTC instant of a naive wall-clock time in a zone.

    Raises Skipped when the clock jumps over that time (a gap), Ambiguous when it shows it twice and `fold`
    (0 the earlier, 1 the later) does not choose, WallTimeError when it has an offset already.
    """
    if local.tzinfo is not None:
        raise WallTimeError(f"{local.isoformat()} already has an offset; write the wall clock and name the zone")
    here = zone(zone_name)
    earlier = local.replace(tzinfo=here, fold=0)
    later = local.replace(tzinfo=here, fold=1)
    if earlier.utcoffset() == later.utcoffset():
        return earlier.astimezone(UTC)
    if _skipped(earlier):
        before, after = (moment.astimezone(UTC).astimezone(here) for moment in (later, earlier))
        raise Skipped(local, before, after)
    if fold is None:
        raise Ambiguous(local, earlier, later)
    return (later if fold else earlier).astimezone(UTC)


def is_twice(local: datetime, zone_name: str) -> bool:
    """Whether the clocks of a zone show a naive time twice; raises UnknownZone."""
    earlier, later = (local.replace(tzinfo=zone(zone_name), fold=fold) for fold in (0, 1))
    return earlier.utcoffset() != later.utcoffset() and not _skipped(earlier)


def wall_clock(moment: datetime, zone_name: str) -> datetime:
    """What the clocks of a zone show at `moment`, to the second; naive. Raises UnknownZone."""
    return moment.astimezone(zone(zone_name)).replace(tzinfo=None, microsecond=0)


def in_utc(moment: datetime, *, seconds: bool = False, named: bool = True) -> str:
    """How staff read an instant; `named` is False only below a heading that names UTC."""
    shown = f"{moment.astimezone(UTC):%Y-%m-%d %H:%M}" + (f":{moment.second:02}" if seconds else "")
    return f"{shown} UTC" if named else shown


def as_shown(local: datetime) -> str:
    """What a clock shows, naive; its zone must stand beside it."""
    return f"{local:%Y-%m-%d %H:%M}"


def in_zone(moment: datetime, zone_name: str) -> str:
    """The same on the clocks of a zone, which is named; raises UnknownZone."""
    return f"{as_shown(wall_clock(moment, zone_name))} {zone_name}"


def rfc3339(moment: datetime) -> str:
    """How programs read an instant: UTC, to the second (RFC 3339 section 5.6)."""
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def _skipped(moment: datetime) -> bool:
    there_and_back = moment.astimezone(UTC).astimezone(moment.tzinfo)
    return there_and_back.replace(tzinfo=None) != moment.replace(tzinfo=None)
