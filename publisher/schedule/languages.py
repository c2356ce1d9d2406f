"""The alarm for languages that should have followed a publication by now."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

import structlog

from publisher.content.kinds.kind import Kind
from publisher.release.late_languages import awaited
from publisher.release.release import Transaction
from publisher.schedule.every import Every
from publisher.transaction import Begin
from publisher.wall_time import Clock

log = structlog.get_logger(__name__)

LOOK = timedelta(minutes=1)
"""Between two looks."""


class LanguageWatch:
    """Says once, for as long as the process runs, that a language is missed."""

    def __init__(self, read: Begin[Transaction], clock: Clock, kinds: Mapping[str, Kind]) -> None:
        self._read, self._clock, self._kinds = read, clock, kinds
        self._every = Every(LOOK)
        self._told: set[tuple[str, str]] = set()

    async def look(self) -> int:
        """How many alarms it raised; nothing between two looks, and where no kind expects a language."""
        now = self._clock.now()
        if not any(kind.late_locales for kind in self._kinds.values()) or not self._every.is_due(now):
            return 0
        async with self._read() as tx:
            missed = [each for each in await awaited(tx, self._kinds, now) if each.missed]
        new = [each for each in missed if (each.release.announcement_id, each.locale) not in self._told]
        for each in new:
            self._told.add((each.release.announcement_id, each.locale))
            what = {"release": each.release.id, "locale": each.locale, "reason": each.sentence}
            log.critical("a language is missing", action="language_missing", **what)
        return len(new)
