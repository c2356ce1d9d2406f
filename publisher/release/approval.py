"""The use cases of review: submit, approve, return, void. Each is one transaction of the caller."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import structlog

from publisher.content.announcement import Revision
from publisher.content.correction import Correction
from publisher.release import coverage
from publisher.release.freeze import Frozen, freeze
from publisher.release.policy import Policy, policy_of
from publisher.release.release import Approval, NewRelease, Person, Release, StoredRevision, Transaction
from publisher.release.scope import Form
from publisher.release.states import ReleaseState, RevisionState
from publisher.release.transitions import move
from publisher.release.walls import walls_of
from publisher.rendering.edition import Edition
from publisher.wall_time import wall_clock

log = structlog.get_logger(__name__)

_REPLACEABLE = (
    ReleaseState.IN_REVIEW,
    ReleaseState.APPROVED,
    ReleaseState.SCHEDULED,
    ReleaseState.HELD,
)
_OPEN = (*_REPLACEABLE, ReleaseState.PUBLISHING)
_COMPLETE = "every approval is there"


class Refused(ValueError):
    """The act is not allowed; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Review:
    """Where a release stands after an act."""

    release: Release
    lacking: coverage.Missing


def token_hash(token: str) -> bytes:
    """What the store keeps of a personal token (256 random bits, so a plain SHA-256 is enough)."""
    return hashlib.sha256(token.strip().encode()).digest()


def new_token() -> str:
    """A fresh personal token; the prefix lets secret scanners recognise a leaked one."""
    return f"publisher_{secrets.token_urlsafe(32)}"


async def authenticate(tx: Transaction, token: str) -> Person:
    """The person who owns `token`; raises Refused."""
    person = await tx.person_by_token(token_hash(token))
    if person is None or person.disabled:
        raise Refused("this token belongs to nobody; ask for a new one: publisher person token NAME")
    return person


async def submit(
    tx: Transaction,
    revision: Revision,
    editions: Sequence[Edition],
    *,
    title: str,
    author: Person,
    at: datetime,
    reason: str = "submitted",
    form: Form = Form.FIRST,
    snapshot: str = "",
    correction: Correction | None = None,
) -> Review:
    """Stores the revision (the same source again is the same revision), freezes its editions and asks for review.

    Releases of the announcement that are not public yet become void; approvals that still cover a language carry over.
    Of a published announcement the editions are those of `scope.scope_of`, which names the `form`. `snapshot` is
    the hash of the segment's members, of a release that is for a segment. `correction` is what readers are told of it.
    """
    await _refuse_first_of_published(tx, revision.announcement_id, form)
    stored = await _store_revision(tx, revision, title, author, at)
    for picture in revision.pictures.values():
        await tx.save_picture(picture.sha256, picture.media_type, picture.content, at)
    policy = policy_of(revision, form, correction)
    frozen = freeze(revision, policy, editions, snapshot)
    await _void_older(tx, revision.announcement_id, frozen, author, at)
    release_id = await tx.save_release(_new_release(revision, stored, frozen, policy, author, at), at)
    await tx.save_editions(
        release_id,
        [
            (e.stage, e.operation, e.channel, e.destination, e.locale, e.payload.to_json(), e.payload.sha256)
            for e in editions
        ],
    )
    await tx.add_transition("release", release_id, None, ReleaseState.IN_REVIEW, at, author.name, reason)
    return await _conclude(tx, await tx.release(release_id), at, author.name)


def _new_release(
    revision: Revision, stored: StoredRevision, frozen: Frozen, policy: Policy, author: Person, at: datetime
) -> NewRelease:
    schedule = revision.schedule
    publish_at, local = schedule.at, schedule.local
    if policy.form is not Form.FIRST and publish_at < at:
        # The announcement's own hour has passed with its first publication: what follows goes out when it is ready.
        publish_at, local = at, wall_clock(at, schedule.time_zone)
    return NewRelease(
        revision_id=stored.id,
        announcement_id=revision.announcement_id,
        root_hash=frozen.root_hash,
        common_hash=frozen.common_hash,
        locale_hashes=frozen.locale_hashes,
        common=frozen.common,
        policy=policy,
        audience=revision.audience.who,
        publish_at=publish_at,
        local_time=local.isoformat(),
        fold=wall_clock(publish_at, schedule.time_zone).fold,
        time_zone=schedule.time_zone,
        walls=walls_of(revision),
        window=schedule.window,
        submitted_by=author.name,
    )


async def _refuse_first_of_published(tx: Transaction, announcement_id: str, form: Form) -> None:
    have = [known for known in await tx.standing(announcement_id) if known.there] if form is Form.FIRST else []
    if have:
        raise Refused(f"it has been published meanwhile, to {have[0].destination} ({have[0].locale}); submit again")


async def _store_revision(
    tx: Transaction, revision: Revision, title: str, author: Person, at: datetime
) -> StoredRevision:
    await tx.save_announcement(revision.announcement_id, revision.kind.name, at)
    newest = await tx.newest_revision(revision.announcement_id)
    if newest is None or newest.sha256 != revision.sha256:
        if newest is not None and newest.state is not RevisionState.SUPERSEDED:
            await _set_revision(tx, newest, RevisionState.SUPERSEDED, at, author.name, "edited")
        number = newest.number + 1 if newest else 1
        source, digest = revision.to_json(), revision.sha256
        revision_id = await tx.save_revision(revision.announcement_id, number, source, digest, title, author.name, at)
        await tx.add_transition("revision", revision_id, None, RevisionState.DRAFT, at, author.name, "saved")
        newest = await tx.revision(revision_id)
    if newest.state is RevisionState.DRAFT:
        await _set_revision(tx, newest, RevisionState.IN_REVIEW, at, author.name, "submitted")
    return await tx.revision(newest.id)


async def _set_revision(
    tx: Transaction, revision: StoredRevision, after: RevisionState, at: datetime, actor: str, reason: str
) -> None:
    if not await tx.set_revision_state(revision.id, revision.state, after):
        raise Refused(f"revision {revision.number} was changed by somebody else meanwhile; look again and repeat")
    await tx.add_transition("revision", revision.id, revision.state, after, at, actor, reason)


async def _is_sending(tx: Transaction, announcement_id: str) -> bool:
    """Whether anything is under way but first copies that wait for quiet hours: these give way to another text."""
    standing = await tx.standing(announcement_id)
    return not standing or any(known.open and not known.gives_way for known in standing)


async def _void_older(tx: Transaction, announcement_id: str, frozen: Frozen, author: Person, at: datetime) -> None:
    for release in await tx.releases(announcement_id=announcement_id):
        if release.state is ReleaseState.PUBLISHING and await _is_sending(tx, announcement_id):
            raise Refused(f"{release.title!r} is being published right now; submit again when it has ended")
        if release.state in _REPLACEABLE:
            if release.root_hash == frozen.root_hash and at < release.deadline:
                raise Refused(f"this very release is already {release.state}; nothing has changed since")
            await move(
                tx, release, ReleaseState.VOID, at=at, actor=author.name, reason="a newer revision was submitted"
            )


async def approve(
    tx: Transaction, release_id: int, person: Person, *, root_hash: str, at: datetime, break_glass: str = ""
) -> Review:
    """Records that `person` approves exactly `root_hash`; when nothing lacks any more the release is approved.

    `break_glass` is the reason why this person approves alone, for kinds that allow it; an alarm tells the others.
    Raises Refused for authors, for people in no group that is asked, and when the release is not what they looked at.
    """
    release = await tx.release(release_id)
    if release.state is not ReleaseState.IN_REVIEW:
        raise Refused(f"release {release_id} is {release.state}; only a release in review can be approved")
    if release.root_hash != root_hash:
        raise Refused(
            f"release {release_id} has the hash {release.root_hash[:12]}, not {root_hash[:12]}: "
            "it is not what you looked at; preview it again"
        )
    if person.name in await authors_of(tx, release):
        raise Refused(f"{person.name} wrote this announcement; the author never counts as an approver")
    group = coverage.group_for(person, await lacking(tx, release), release.policy.approvals)
    if group is None:
        raise Refused(f"{person.name} is in none of the groups asked: {', '.join(release.policy.approvals)}")
    if any(a.release_id == release_id and a.person == person.name for a in await tx.approvals(release.announcement_id)):
        raise Refused(f"{person.name} has approved release {release_id} already")
    if break_glass:
        group = _broken_glass(release, person, break_glass)
    approval = Approval(release_id, person.name, group, release.common_hash, release.locale_hashes, at)
    await tx.save_approval(release.announcement_id, approval)
    reason = f"break-glass, approved by one person: {break_glass}" if break_glass else _COMPLETE
    return await _conclude(tx, release, at, person.name, reason)


def _broken_glass(release: Release, person: Person, reason: str) -> str:
    """The group of an approval that suffices alone; raises Refused."""
    if not release.policy.break_glass:
        raise Refused(f"a {release.policy.kind} cannot be approved by one person alone; approve it without break-glass")
    log.critical("approved by one person", action="break_glass", release=release.id, person=person.name, reason=reason)
    return coverage.BREAK_GLASS


async def return_for_changes(tx: Transaction, release_id: int, person: Person, *, reason: str, at: datetime) -> Release:
    """Sends the release back to its author with a reason."""
    release = await tx.release(release_id)
    if release.state is not ReleaseState.IN_REVIEW:
        raise Refused(f"release {release_id} is {release.state}; only a release in review can be returned")
    revision = await tx.revision(release.revision_id)
    await _set_revision(tx, revision, RevisionState.DRAFT, at, person.name, reason)
    return await move(tx, release, ReleaseState.RETURNED, at=at, actor=person.name, reason=reason)


async def lacking(tx: Transaction, release: Release) -> coverage.Missing:
    """What the release still lacks, with everybody's rights as they are now."""
    approvals = await tx.approvals(release.announcement_id)
    return coverage.missing(
        release.policy.approvals,
        release.common_hash,
        release.locale_hashes,
        approvals,
        await _people(tx, approvals),
        await authors_of(tx, release),
    )


async def wanted(tx: Transaction, release: Release) -> str:
    """What is still wanted of people, in words: approvals, or a second look before it is out; empty for nothing."""
    if release.state not in _OPEN:
        return ""
    if still := await lacking(tx, release):
        return coverage.sentence(still)
    alone = [a.person for a in await tx.approvals(release.announcement_id) if _stands_alone(a, release)]
    return f"a second look: {alone[-1]} approved it alone" if alone else ""


def _stands_alone(approval: Approval, release: Release) -> bool:
    return approval.group == coverage.BREAK_GLASS and approval.common_hash == release.common_hash


async def authors_of(tx: Transaction, release: Release) -> frozenset[str]:
    """Everybody who wrote a revision of the announcement or submitted the release."""
    return frozenset({release.author, release.submitted_by}) | await tx.authors(release.announcement_id)


async def _people(tx: Transaction, approvals: Sequence[Approval]) -> Mapping[str, Person]:
    found = [await tx.person(name) for name in {approval.person for approval in approvals}]
    return {person.name: person for person in found if person is not None}


async def _conclude(tx: Transaction, release: Release, at: datetime, actor: str, reason: str = _COMPLETE) -> Review:
    still = await lacking(tx, release)
    if still or not release.policy.approvals:
        return Review(release, still)
    revision = await tx.revision(release.revision_id)
    if revision.state is RevisionState.IN_REVIEW:
        await _set_revision(tx, revision, RevisionState.APPROVED, at, actor, reason)
    release = await move(tx, release, ReleaseState.APPROVED, at=at, actor=actor, reason=reason)
    return Review(release, still)
