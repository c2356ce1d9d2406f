"""What those on duty published alone is looked at afterwards, by somebody else, within the time that its kind gives."""

from __future__ import annotations

from datetime import datetime

import structlog

from publisher.content.kinds.kind import REVIEWERS
from publisher.release.approval import Refused, authors_of
from publisher.release.release import Person, Release, Transaction
from publisher.transaction import Begin
from publisher.wall_time import in_utc

log = structlog.get_logger(__name__)

_REVIEW = "review"
"""The entity of its history; the number is that of the release."""


async def ask(tx: Transaction, release: Release, at: datetime, actor: str) -> None:
    """Asks for the look when the release is published, where its policy wants one."""
    within = release.policy.review_within
    if within is not None:
        await tx.ask_review(release.id, at + within)
        reason = f"by {REVIEWERS}, until {in_utc(at + within)}"
        await tx.add_transition(_REVIEW, release.id, None, "asked", at, actor, reason)


async def done(tx: Transaction, release_id: int, person: Person, *, note: str, at: datetime) -> None:
    """Notes that `person` has looked, and what they say; raises Refused when nobody asked, or for whom it cannot be."""
    release, asked = await tx.release(release_id), await tx.review_of(release_id)
    if asked is None:
        raise Refused(f"release {release_id} ({release.state}) needs no review")
    if asked.done_at is not None:
        raise Refused(f"release {release_id} was reviewed by {asked.person} at {in_utc(asked.done_at)}")
    if not note.strip():
        raise Refused("say in a few words what you found")
    approvers = {approval.person for approval in await tx.approvals(release.announcement_id)}
    if person.name in approvers | await authors_of(tx, release):
        raise Refused(f"{person.name} wrote or approved it; somebody else must look at it")
    if REVIEWERS not in person.groups:
        raise Refused(f"{person.name} is not in {REVIEWERS}")
    await tx.end_review(release_id, person.name, note.strip(), at)
    await tx.add_transition(_REVIEW, release_id, "asked", "done", at, person.name, note.strip())


async def raise_overdue(begin: Begin[Transaction], now: datetime) -> int:
    """An alarm, once, for each look that is owed and late; how many."""
    async with begin() as tx:
        late = [each for each in await tx.open_reviews() if each.alarmed_at is None and each.due_at <= now]
        for each in late:
            await tx.review_alarmed(each.release_id, now)
    for each in late:
        log.critical("not reviewed", action="review_overdue", release=each.release_id, due=in_utc(each.due_at))
    return len(late)
