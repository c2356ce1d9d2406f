"""`repeat` of announcement.toml -> when the announcement comes again."""

from __future__ import annotations

from datetime import date
from typing import Annotated, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints
from pydantic.types import Strict

from publisher.channel import Finding
from publisher.content.announcement import Schedule
from publisher.content.kinds.kind import Facts, Kind
from publisher.content.recurrence import DAYS, LAST, MOST, Occurrence, Rule, Unusable, occurrences
from publisher.content.source.toml import Toml
from publisher.wall_time import as_shown

Day = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]


class RepeatTable(BaseModel):
    """How an author writes a rule."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    every: Literal["day", "week", "month"] = Field(description="what it comes again after")
    interval: Annotated[int, Strict(), Field(ge=1, le=12)] = Field(default=1, description="2 for every other one")
    on: tuple[Day, ...] = Field(default=(), description="of a week; without it the day of `publish_at`")
    day: Annotated[int, Strict(), Field(ge=1, le=28)] | Literal["last"] | None = Field(
        default=None, description='1 to 28 or "last", of a month; without it the day of `publish_at`'
    )
    weekday: Annotated[str, StringConstraints(pattern="^([1-4]|last) (mon|tue|wed|thu|fri|sat|sun)$")] | None = Field(
        default=None, description="of a month, such as `2 tue` or `last fri`"
    )
    until: Annotated[date, Strict()] | None = Field(default=None, description="the last day")
    count: Annotated[int, Strict(), Field(ge=2, le=MOST)] | None = Field(
        default=None, description="how often in all, the first included"
    )

    sample: ClassVar[object] = {"every": "week", "on": ["mon"], "count": 4}

    def rule(self) -> Rule:
        which, _, weekday = (self.weekday or "").partition(" ")
        return Rule(
            every=self.every,
            interval=self.interval,
            on=tuple(sorted(DAYS.index(day) for day in self.on)),
            day=LAST if self.day == "last" else self.day,
            weekday=(LAST if which == "last" else int(which), DAYS.index(weekday)) if self.weekday else None,
            until=self.until,
            times=self.count,
        )


def read_repeat(
    toml: Toml,
    table: RepeatTable | None,
    schedule: Schedule,
    kind: Kind | None,
    facts: Facts | None,
    findings: list[Finding],
) -> tuple[Occurrence, ...]:
    """When it comes again, the publication itself not among them; what is wrong goes to `findings`."""
    if table is None:
        return ()
    if (wrong := _wrong(table)) is not None:
        findings.append(Finding("repeat", *wrong, place=toml.value(("repeat",))))
        return ()
    try:
        _, *again = occurrences(table.rule(), schedule.local, schedule.time_zone)
    except Unusable as error:
        findings.append(Finding("repeat", str(error), error.fix, place=toml.value(("repeat",))))
        return ()
    begins = kind.publish_by(facts) if kind is not None and facts is not None and kind.publish_by else None
    if begins is not None and again[-1].at >= begins:
        message = f"it would still come on {as_shown(again[-1].local)}, when what it announces has begun"
        findings.append(Finding("repeat", message, "end it earlier", place=toml.value(("repeat",))))
    return tuple(again)


def _wrong(table: RepeatTable) -> tuple[str, str] | None:
    if table.on and table.every != "week":
        return "`on` names days of a week", 'write every = "week", or leave `on` out'
    if len(set(table.on)) < len(table.on):
        return "`on` names a day twice", "name each day once"
    if (table.day or table.weekday) and table.every != "month":
        return "`day` and `weekday` are of a month", 'write every = "month", or leave them out'
    if table.day and table.weekday:
        return "`day` and `weekday` are two rules", "write one of them"
    if table.until and table.count:
        return "`until` and `count` are two ends", "write one of them"
    return None
