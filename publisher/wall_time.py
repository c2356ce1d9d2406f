"""Wall-clock time: zones, gaps, folds, and the injected clock."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Protocol
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError


class Clock(Protocol):
    """The only source of "now" for everything that is scheduled or shown."""

    def now(self) -> datetime:
        """Aware, UTC."""

    async def sleep(self, seconds: float) -> None:
        """Returns after `seconds` of this clock's time."""


class WallTimeError(ValueError):
    """A local time that does not name exactly one instant; the message says how to fix it."""


def zone(name: str) -> ZoneInfo:
    """The IANA zone; raises WallTimeError for an unknown name."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise WallTimeError(f"unknown time zone {name!r}; use an IANA name such as Asia/Singapore") from error


def resolve(local: datetime, zone_name: str, *, fold: int | None = None) -> datetime:
    """The UTC instant of a naive wall-clock time in a zone.

    Raises WallTimeError when the clock skips that time (a gap), and when it shows it twice and `fold`
    (0 the earlier, 1 the later) does not choose.
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
        raise WallTimeError(
            f"{local:%Y-%m-%d %H:%M} does not exist in {zone_name}: the clocks jump over it; "
            f"use {before:%H:%M} before or {after:%H:%M} after the jump"
        )
    if fold is None:
        raise WallTimeError(
            f"{local:%Y-%m-%d %H:%M} happens twice in {zone_name}: add `fold = 0` for the earlier "
            f"({earlier:%z}) or `fold = 1` for the later ({later:%z})"
        )
    return (later if fold else earlier).astimezone(UTC)


def _skipped(moment: datetime) -> bool:
    there_and_back = moment.astimezone(UTC).astimezone(moment.tzinfo)
    return there_and_back.replace(tzinfo=None) != moment.replace(tzinfo=None)
