"""What staff must know of a release that follows a publication."""

from __future__ import annotations

from collections.abc import Sequence

from publisher.app import App
from publisher.content.announcement import Audience
from publisher.content.correction import Correction
from publisher.content.source.stored import restored
from publisher.release.release import Release, Transaction
from publisher.release.scope import Form, Said, kept, left


def form(release: Release) -> str:
    """In words: `supplement: ja-JP`."""
    languages = ", ".join(release.locale_hashes)
    return f"{release.policy.form.named}: {languages}{_why(release.policy.correction)}"


def _why(correction: Correction | None) -> str:
    if correction is None:
        return ""
    severity = ", dangerous: posted anew and mailed at once" if correction.dangerous else ""
    return f" ({correction.act}, because: {correction.because}{severity})"


async def keeping(app: App, tx: Transaction, release: Release) -> Sequence[str]:
    """The places whose readers keep a text that the release no longer says, a sentence for each."""
    newest = (await tx.releases(announcement_id=release.announcement_id))[0]
    if release.policy.form is not Form.REVISION or newest.id != release.id:
        return ()
    revision = restored((await tx.revision(release.revision_id)).source, app.kind(release.policy.kind))
    if revision is None:
        return ()
    have = [known for known in await tx.standing(release.announcement_id) if known.there]
    targets = app.destinations.targets(revision.destinations, sorted(revision.texts))
    able, now = app.renderer.capabilities, app.clock.now()
    keeps = left(Said(revision), have, targets, able, now, release.policy.correction)
    found = [kept(known, able, now) for known in keeps]
    return [f"{finding.message}. {finding.fix}" for finding in found]


async def of_segment(tx: Transaction, release: Release) -> Sequence[str]:
    """For whose members it is, and on which legal basis; nothing when it is for subscribers."""
    name = Audience(release.audience).segment
    snapshot = await tx.snapshot(name, release.snapshot) if name else None
    if snapshot is None:
        return [f"for segment {name}, of which the approved snapshot is gone"] if name else []
    kept = f"kept until {snapshot.delete_at:%Y-%m-%d}" if snapshot.deleted_at is None else "deleted since"
    return [f"for the members of {snapshot.name} ({snapshot.count:,}), {kept}; legal basis: {snapshot.legal_basis}"]
