"""What is kept of stages: those to come, those that were walked, and what holds of an event's time since."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Event:
    """What holds now of the time of what was announced, UTC; None where nobody knows, or where it has no such time."""

    starts_at: datetime | None = None
    ends_at: datetime | None = None
    extension: int = 0
    """How often its end was put off."""
    because: str = ""
    """Why it was changed last: one of `publisher.content.kinds.kind.REASONS`."""


class PlannedState(StrEnum):
    """What becomes of a stage that the clock is to walk."""

    DUE = "due"
    HELD = "held"
    WALKED = "walked"
    SKIPPED = "skipped"
    WITHDRAWN = "withdrawn"


TO_COME = (PlannedState.DUE, PlannedState.HELD)


class Hand(StrEnum):
    """What a person has done to a planned stage; it stays so as long as the event's time does."""

    NONE = ""
    MOVED = "moved"
    HELD = "held"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class PlannedStage:
    """A stage of an announcement at an instant; one row for each."""

    id: int
    announcement_id: str
    release_id: int
    """The release whose facts say so."""
    stage: str
    due_at: datetime
    state: PlannedState
    reason: str
    ended_at: datetime | None = None
    hand: Hand = Hand.NONE
    moved_from: datetime | None = None
    """When it was planned for before a person moved it."""

    @property
    def planned_for(self) -> datetime:
        """The instant that follows from the facts."""
        return self.moved_from or self.due_at


@dataclass(frozen=True, slots=True)
class Walk:
    """One walk of a stage of a release that was published before: who made its deliveries, when and why."""

    release_id: int
    stage: str
    at: datetime
    actor: str
    reason: str
    new_time: datetime | None = None
    """UTC; of a postponement whose new time is known; of what is posted again, which time it is."""
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    extension: int = 0
    because: str = ""

    @property
    def event(self) -> Event:
        """What holds from this walk on."""
        return Event(self.starts_at, self.ends_at, self.extension, self.because)


class Transaction(Protocol):
    """The queries of stages."""

    async def save_walk(self, walk: Walk) -> None: ...

    async def walks(self, release_id: int, stage: str) -> Sequence[Walk]:
        """Oldest first."""

    async def last_walk(self, announcement_id: str) -> Walk | None:
        """Of any of its releases."""

    async def last_walks(self, announcement_ids: Collection[str]) -> Mapping[str, Walk]:
        """The same for many, by announcement; without those of which nothing was walked."""

    async def posts(self, announcement_id: str, destination: str, locale: str) -> int:
        """How many new messages of it were sent there, or will be."""

    async def plan_stage(self, new: PlannedStage) -> None:
        """Its `id` is ignored. The database refuses a second one of the same announcement, stage and instant."""

    async def planned_stages(
        self, announcement_id: str | None = None, states: Sequence[PlannedState] | None = None
    ) -> Sequence[PlannedStage]:
        """Of one announcement or of all, by their time."""

    async def due_stages(self, now: datetime, limit: int) -> Sequence[str]:
        """The announcements that the clock must look at, longest due first."""

    async def change_stage(
        self, planned: PlannedStage, state: PlannedState, *, at: datetime, reason: str, release_id: int | None = None
    ) -> None:
        """Ends it, or lets it be due again, for another release if one is named."""

    async def put_stage(self, planned: PlannedStage) -> None:
        """Stores every field of a row that is known by its id; the clock looks at it at its `due_at`."""

    async def look_again(self, planned: PlannedStage, look_at: datetime, reason: str) -> None:
        """Leaves it due."""
