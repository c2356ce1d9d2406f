"""How many readers each mailing of a release would have, and until when it lasts, for whoever approves it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from publisher.app.pacing import pacing
from publisher.channel import Finding, Payload, Target
from publisher.content.announcement import Revision
from publisher.content.source.stored import restored
from publisher.delivery.publish import ANNOUNCE
from publisher.mailing.audience import Asked
from publisher.mailing.drift import expect
from publisher.mailing.forecast import Forecast, forecast, readers_of
from publisher.mailing.meant import SegmentGone, Spoken
from publisher.release.approval import Refused
from publisher.release.expectation import Expected
from publisher.release.policy import policy_of
from publisher.release.prepare import Prepared
from publisher.release.release import Release
from publisher.release.states import ReleaseState
from publisher.rendering.edition import DIGEST, FOLLOW

if TYPE_CHECKING:
    from publisher.app import App
    from publisher.store.transaction import SqlTransaction


_TO_COME = (ReleaseState.IN_REVIEW, ReleaseState.APPROVED, ReleaseState.SCHEDULED, ReleaseState.HELD)


async def counted(app: App, prepared: Prepared) -> Sequence[Expected]:
    """The readers there are now. For a snapshot that only reads: nobody who writes must wait for a count of millions.

    Raises Refused when the members of its segment are gone.
    """
    # Whom a stage will be mailed follows from whom the announcement has reached by then.
    sent = [edition for edition in prepared.editions if edition.operation not in (DIGEST, FOLLOW)]
    mails = [(e, e.payload.target) for e in sent if _is_mail(app, e.channel)]
    async with app.store.read() as tx:
        try:
            return await expect(tx, _asked(prepared), mails)
        except SegmentGone as gone:
            raise Refused(str(gone)) from gone


async def too_late(app: App, prepared: Prepared) -> Sequence[Finding]:
    """An error when the last reader would get the mail after the event has started.

    What is urgent goes out all the same: late is better than never. So does what follows a publication.
    """
    revision = prepared.revision
    starts = _starts_at(revision)
    mails = [(e, e.payload.target) for e in prepared.editions if _is_mail(app, e.channel) and e.stage == ANNOUNCE]
    if starts is None or revision.kind.urgent or prepared.correction or not mails:
        return []
    async with app.store.read() as tx:
        begins = max(revision.schedule.at, app.clock.now())
        return (await _forecast(app, tx, _asked(prepared), mails, begins)).check(starts)


async def foreseen(
    app: App, tx: SqlTransaction, release: Release, begins: datetime
) -> tuple[Forecast, Sequence[Finding]]:
    """The same of a release as it is stored, if it begins then; raises SegmentGone."""
    stored = [e for e in await tx.editions(release.id) if _is_mail(app, e.channel) and e.stage == ANNOUNCE]
    mails = [(edition, Payload.from_json(edition.payload).target) for edition in stored]
    found = await _forecast(app, tx, Asked.by(release), mails, begins)
    revision = restored((await tx.revision(release.revision_id)).source, app.kind(release.policy.kind))
    if revision is None or release.policy.urgent or release.policy.correction:
        return found, ()
    return found, found.check(_starts_at(revision))


async def until_when(app: App, tx: SqlTransaction, release: Release) -> Sequence[str]:
    """How long the mail of a release lasts that is still to be published; nothing for one without mail, or too late."""
    if release.state not in _TO_COME:
        return []
    try:
        found, _ = await foreseen(app, tx, release, max(release.publish_at, app.clock.now()))
    except SegmentGone as gone:
        return [str(gone)]
    return [found.sentence] if found.readers else []


async def _forecast(
    app: App, tx: SqlTransaction, asked: Asked, mails: Sequence[tuple[Spoken, Target]], begins: datetime
) -> Forecast:
    readers = await readers_of(tx, asked, mails)
    rate = app.settings.mailing.rate
    return await forecast(tx, readers, begins, pacing(app.destinations), rate, app.clock.now())


def _asked(prepared: Prepared) -> Asked:
    revision, policy = prepared.revision, policy_of(prepared.revision, prepared.form, prepared.correction)
    return Asked(revision.announcement_id, 0, revision.audience, policy, revision.regions, prepared.snapshot_sha256)


def _is_mail(app: App, channel: str) -> bool:
    return app.registry[channel].connect_mailing is not None


def _starts_at(revision: Revision) -> datetime | None:
    """The instant that it is about, when it has one."""
    moment, facts = revision.kind.moment, revision.facts
    if moment is not None:
        return moment(facts)
    named = getattr(facts, "starts_at", None)
    return named if isinstance(named, datetime) else None
