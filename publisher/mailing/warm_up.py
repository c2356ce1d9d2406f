"""How much an address that nobody knows yet may send a day: providers trust a new sender only as it grows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta


@dataclass(frozen=True, slots=True)
class WarmUp:
    """A plan: `first_day` messages on `start`, `growth` times as many every day, no limit after `days` days."""

    start: date
    first_day: int
    growth: float = 1.5
    days: int = 21

    def allowance(self, day: date) -> int | None:
        """How many messages may go out on a day (UTC); None for no limit. Before the start it is the first day's."""
        number = max((day - self.start).days, 0)
        return None if number >= self.days else int(self.first_day * self.growth**number)

    def last_day(self, readers: int, today: date, sent_today: int) -> date:
        """The day on which the last of so many readers gets the mail."""
        day, left = today, readers + sent_today
        while (allowed := self.allowance(day)) is not None and left > allowed:
            left -= allowed
            day += timedelta(days=1)
        return day


def midnight(now: datetime) -> datetime:
    """When the day of `now` began (UTC)."""
    return datetime.combine(now.date(), time(), tzinfo=UTC)
