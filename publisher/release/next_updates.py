"""Updates that readers were promised for an hour ("next update at"), and that have not come."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from publisher.release.release import Release, Transaction
from publisher.release.scope import Form
from publisher.release.states import ReleaseState
from publisher.wall_time import in_utc

PUBLIC = (ReleaseState.PUBLISHING, ReleaseState.PUBLISHED, ReleaseState.PARTLY_PUBLISHED)
PROMISE = "next_update_at"
"""The fact that promises."""
FORGOTTEN = timedelta(days=30)
"""So long after the hour it is no alarm any more."""


@dataclass(frozen=True, slots=True)
class Promised:
    """What an announcement says as it stands."""

    release: Release
    at: datetime

    @property
    def sentence(self) -> str:
        return (
            f"promised readers an update by {in_utc(self.at)}, and none has come: change the announcement, "
            "then publisher amend FOLDER --because news --reason WHY"
        )


async def promised(tx: Transaction) -> Sequence[Promised]:
    """Of every announcement the release that readers have, where it promises an update; the soonest first."""
    newest: dict[str, Release] = {}
    for release in await tx.releases(states=PUBLIC, saying=PROMISE):  # newest first
        if release.policy.form is not Form.SUPPLEMENT:
            newest.setdefault(release.announcement_id, release)
    found = [Promised(release, at) for release in newest.values() if (at := _promised(release)) is not None]
    return sorted(found, key=lambda each: each.at)


async def overdue(tx: Transaction, now: datetime) -> Sequence[Promised]:
    """Those whose hour has passed, and is not forgotten."""
    return [each for each in await promised(tx) if each.at <= now < each.at + FORGOTTEN]


def _promised(release: Release) -> datetime | None:
    if release.policy.form is Form.RETRACTION:
        return None
    said = json.loads(release.common)["revision"].get("facts", {}).get(PROMISE)
    return datetime.fromisoformat(said) if said else None
