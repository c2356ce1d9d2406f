"""Hours in which a place is left alone, on the wall clock of a zone; they may cross midnight. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

from publisher.wall_time import Skipped, resolve, wall_clock, zone

_WRITTEN = re.compile(r"([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-3]):([0-5]\d)")


@dataclass(frozen=True, slots=True)
class QuietHours:
    """From `begins` until `ends`, every day."""

    begins: time
    ends: time
    time_zone: str

    @classmethod
    def of(cls, written: str, time_zone: str) -> QuietHours:
        """`22:00-07:00`; raises ValueError with what to write instead, UnknownZone."""
        found = _WRITTEN.fullmatch(written)
        if found is None or found[1] + found[2] == found[3] + found[4]:
            raise ValueError("write when they begin and end, such as 22:00-07:00")
        return cls(time.fromisoformat(written[:5]), time.fromisoformat(written[6:]), zone(time_zone).key)

    def until(self, moment: datetime) -> datetime | None:
        """UTC; when the quiet ends that `moment` lies in, None when it lies in none.

        Where the clocks jump over the end it is the first moment after, where they show it twice the later.
        """
        local = wall_clock(moment, self.time_zone)
        now, over_midnight = local.time(), self.begins > self.ends
        quiet = now >= self.begins or now < self.ends if over_midnight else self.begins <= now < self.ends
        if not quiet:
            return None
        day = local.date() + timedelta(days=1) if over_midnight and now >= self.begins else local.date()
        try:
            return resolve(datetime.combine(day, self.ends), self.time_zone, fold=1)
        except Skipped as gap:
            return gap.after.astimezone(UTC)

    def __str__(self) -> str:
        return f"{self.begins:%H:%M} to {self.ends:%H:%M} {self.time_zone}"
