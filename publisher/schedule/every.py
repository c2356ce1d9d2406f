"""Something that is looked at from time to time, whatever becomes of the wall clock."""

from __future__ import annotations

from datetime import datetime, timedelta


class Every:
    """Due once in an interval; at once after the time was set back, which would else be a silent wait."""

    def __init__(self, interval: timedelta) -> None:
        self._interval = interval
        self._last: datetime | None = None

    def is_due(self, now: datetime) -> bool:
        """Whether it is time; then the interval begins anew."""
        if self._last is not None and self._last <= now < self._last + self._interval:
            return False
        self._last = now
        return True
