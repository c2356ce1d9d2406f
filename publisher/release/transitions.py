"""The one way to change the state of a release; delivery and schedule call it inside their own transaction."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from publisher.release.release import Release, Transaction
from publisher.release.states import ReleaseState, step


class Overtaken(RuntimeError):
    """Somebody else changed the release first; read it again."""


async def move(
    tx: Transaction, release: Release, after: ReleaseState, *, at: datetime, actor: str, reason: str
) -> Release:
    """The release in its new state, with a row of history; raises IllegalTransition or Overtaken."""
    step(release.state, after)
    if not await tx.set_release_state(release.id, release.state, after):
        raise Overtaken(f"release {release.id} is no longer {release.state}")
    await tx.add_transition("release", release.id, release.state, after, at, actor, reason)
    return replace(release, state=after)
