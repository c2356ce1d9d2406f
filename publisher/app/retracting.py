"""What is out is taken back: from the stored revision, whatever has become of its folder."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from dataclasses import replace

from publisher.app import App
from publisher.content.correction import Correction
from publisher.content.pictures import PictureError, PictureFile, verified
from publisher.content.source.stored import restored
from publisher.delivery import stop
from publisher.release import approval, segments
from publisher.release.approval import Refused
from publisher.release.prepare import Prepared, prepare
from publisher.release.release import Transaction
from publisher.release.states import ReleaseState

WAIT = 30.0
"""Seconds for what is under way to end."""
_LOOK = 0.25


async def stop_publishing(app: App, release_id: int, token: str, reason: str) -> None:
    """Cancels what is still going out of the announcement, and waits for what is under way to end.

    Anybody may stop: what is half sent must not become whole while others decide about the rest. Raises Refused when
    something has not ended after `WAIT` seconds, for nobody knows yet who has it.
    """
    async with app.store.begin() as tx:
        person = await approval.authenticate(tx, token)
        announcement_id = (await tx.release(release_id)).announcement_id
        publishing = await tx.releases(announcement_id=announcement_id, states=[ReleaseState.PUBLISHING])
        for release in publishing:
            if not (await tx.release(release.id)).policy.correction:
                await stop.cancel(tx, release.id, at=app.clock.now(), actor=person.name, reason=reason)
    for release in publishing:
        await _end_of(app, release.id)


async def _end_of(app: App, release_id: int) -> None:
    try:
        async with asyncio.timeout(WAIT):
            while await _is_publishing(app, release_id):  # noqa: ASYNC110 other processes end it
                await asyncio.sleep(_LOOK)
    except TimeoutError:
        raise Refused(
            f"nothing more of release {release_id} begins to be sent, and what had begun has not ended: publisher show "
            f"{release_id} tells what; repeat this when it has"
        ) from None


async def _is_publishing(app: App, release_id: int) -> bool:
    async with app.store.read() as tx:
        return (await tx.release(release_id)).state is ReleaseState.PUBLISHING


async def prepare_retraction(app: App, release_id: int, correction: Correction) -> Prepared:
    """The editions that take back what readers have of the announcement; raises Refused, LookupError."""
    now, kinds = app.clock.now(), app.kinds
    async with app.store.read() as tx:
        release = await tx.release(release_id)
        standing = await tx.standing(release.announcement_id)
        have = [known for known in standing if known.is_anywhere]
        source = have[-1].source if have else (await tx.revision(release.revision_id)).source
        revision = restored(source, kinds[release.policy.kind])
        if revision is None:
            raise Refused(f"release {release_id} cannot be read any more: its kind has changed since")
        revision = replace(revision, pictures=await _pictures(tx, source))
        bound = await segments.bound(tx, revision, standing, now, app.settings.mailing.stale_after)
    return prepare(
        revision,
        app.destinations.targets(revision.destinations, sorted(revision.texts)),
        app.renderer,
        now=now,
        accidents=bound.findings,
        standing=standing,
        snapshot=bound.snapshot,
        correction=correction,
    )


async def _pictures(tx: Transaction, source: str) -> Mapping[str, PictureFile]:
    """Those of a stored revision, by the names in its texts."""
    named: Mapping[str, str] = json.loads(source)["pictures"]
    found = {name: await tx.picture(sha256) for name, sha256 in named.items()}
    if lost := [name for name, content in found.items() if content is None]:
        raise Refused(f"the stored picture {lost[0]} is gone or damaged; restore it from a back-up")
    try:
        return {name: verified(content) for name, content in found.items() if content is not None}
    except PictureError as error:
        raise Refused(f"a stored picture {error}") from error
