"""One line of what goes out when."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime

from publisher.wall_time import in_zone, wall_clock


@dataclass(frozen=True, slots=True)
class Coming:
    """One thing that will go out, is owed to readers, or ends."""

    at: datetime
    what: str
    """`first publication`, `revision` and so on; the name of a stage; `digest`; `update`, `ja-JP`, `pin ends`."""
    title: str
    kind: str = ""
    release_id: int | None = None
    announcement_id: str = ""
    time_zone: str = "UTC"
    """The announcement's own."""
    state: str = "scheduled"
    """`scheduled`, `held`; `planned` for what follows by itself, such as a stage of what is not public yet; `promised`
    or `overdue` for what a person has to do."""
    places: tuple[str, ...] = ()
    """The destinations concerned."""
    why: str = ""
    """Why it is held, or elsewhere than planned."""
    conflicts: tuple[str, ...] = ()
    waits: tuple[str, ...] = ()
    """Where it comes later, because of quiet hours."""

    @property
    def local(self) -> datetime:
        """What the clocks of its zone show then."""
        return wall_clock(self.at, self.time_zone)

    @property
    def here(self) -> str:
        """The same for people, with its zone."""
        return in_zone(self.at, self.time_zone)

    def to_json(self) -> dict[str, object]:
        return {**asdict(self), "at": self.at.isoformat(), "local": self.local.isoformat()}
