"""What the release step keeps, and the queries it needs of a transaction."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from publisher.channel import Regions
from publisher.release import expectation, snapshot
from publisher.release.policy import Policy
from publisher.release.scope import Standing
from publisher.release.states import ReleaseState, RevisionState


@dataclass(frozen=True, slots=True)
class StoredRevision:
    """A revision as the store keeps it; `source` is `Revision.to_json()`."""

    id: int
    announcement_id: str
    number: int
    state: RevisionState
    source: str
    sha256: str
    title: str
    author: str


@dataclass(frozen=True, slots=True)
class Release:
    """Frozen editions with an audience and a window; what people approve."""

    id: int
    revision_id: int
    announcement_id: str
    state: ReleaseState
    root_hash: str
    common_hash: str
    locale_hashes: Mapping[str, str]
    common: str
    policy: Policy
    audience: str
    publish_at: datetime
    """When it goes out; may have been moved inside the window."""
    window_start: datetime
    """The approved `publish_at`."""
    local_time: str
    fold: int
    """0 for the earlier, 1 for the later of two moments at which the clocks show `local_time`; else 0."""
    time_zone: str
    walls: str
    """JSON of `release.walls`."""
    window: timedelta
    submitted_by: str
    published_at: datetime | None
    author: str
    title: str
    reference: str | None

    @property
    def regions(self) -> Regions:
        """Where it may be read, as approved."""
        return Regions.of(json.loads(self.common)["revision"]["regions"])

    @property
    def snapshot(self) -> str:
        """The SHA-256 of the snapshot of its segment, as approved; empty when it is not for a segment."""
        return str(json.loads(self.common).get("snapshot", ""))

    @property
    def deadline(self) -> datetime:
        """UTC; nothing of the release is first sent after it."""
        end = self.window_start + self.window
        return min(end, self.policy.expires) if self.policy.expires else end


@dataclass(frozen=True, slots=True)
class NewRelease:
    """A release about to be stored."""

    revision_id: int
    announcement_id: str
    root_hash: str
    common_hash: str
    locale_hashes: Mapping[str, str]
    common: str
    policy: Policy
    audience: str
    publish_at: datetime
    local_time: str
    fold: int
    """0 for the earlier, 1 for the later of two moments at which the clocks show `local_time`; else 0."""
    time_zone: str
    walls: str
    """JSON of `release.walls`."""
    window: timedelta
    submitted_by: str


@dataclass(frozen=True, slots=True)
class Told:
    """A destination that is told a stage, in whatever languages."""

    release_id: int
    stage: str
    operation: str
    channel: str
    destination: str


@dataclass(frozen=True, slots=True)
class FrozenEdition(Told):
    """An edition as stored: `payload` is the canonical JSON that was approved."""

    id: int
    locale: str
    payload: str
    sha256: str


@dataclass(frozen=True, slots=True)
class Approval:
    """What one person took responsibility for, as a member of one group."""

    release_id: int
    person: str
    group: str
    common_hash: str
    locale_hashes: Mapping[str, str]
    at: datetime


@dataclass(frozen=True, slots=True)
class AskedReview:
    """A look that is owed at what those on duty published alone."""

    release_id: int
    due_at: datetime
    alarmed_at: datetime | None
    done_at: datetime | None
    person: str | None


@dataclass(frozen=True, slots=True)
class Person:
    """A member of staff."""

    name: str
    groups: frozenset[str]
    disabled: bool = False


@dataclass(frozen=True, slots=True)
class Signature:
    """That a translator answers for the words of a machine's draft."""

    announcement_id: str
    locale: str
    sha256: str
    """Of the words."""
    person: str
    at: datetime


class Transaction(snapshot.Transaction, expectation.Transaction, Protocol):
    """The queries of the release step."""

    async def add_transition(
        self, entity: str, entity_id: int, before: str | None, after: str, at: datetime, actor: str, reason: str
    ) -> None:
        """Appends to the history."""

    async def save_announcement(self, announcement_id: str, kind: str, at: datetime) -> None:
        """Makes the announcement known; nothing when it is already."""

    async def newest_revision(self, announcement_id: str) -> StoredRevision | None: ...

    async def save_revision(
        self, announcement_id: str, number: int, source: str, sha256: str, title: str, author: str, at: datetime
    ) -> int:
        """The new row's id; state `draft`."""

    async def save_picture(self, sha256: str, media_type: str, content: bytes, at: datetime) -> None:
        """One that is there already, damaged or not, is replaced."""

    async def picture(self, sha256: str) -> bytes | None:
        """None when it is not there, or is not what its name says: then it must not be shown."""

    async def set_revision_state(self, revision_id: int, before: RevisionState, after: RevisionState) -> bool:
        """False when somebody else moved it first."""

    async def revision(self, revision_id: int) -> StoredRevision: ...

    async def authors(self, announcement_id: str) -> frozenset[str]:
        """Everybody who wrote one of its revisions."""

    async def save_release(self, release: NewRelease, at: datetime) -> int:
        """The new row's id; state `in_review`."""

    async def save_editions(
        self, release_id: int, editions: Sequence[tuple[str, str, str, str, str, str, str]]
    ) -> None:
        """Rows of (stage, operation, channel, destination, locale, payload, sha256)."""

    async def standing(self, announcement_id: str) -> Sequence[Standing]:
        """What each destination has of it in each language, where anything was ever tried."""

    async def release(self, release_id: int) -> Release:
        """Raises LookupError."""

    async def releases(
        self,
        *,
        announcement_id: str | None = None,
        announcement_ids: Collection[str] | None = None,
        ids: Collection[int] | None = None,
        states: Sequence[ReleaseState] | None = None,
        saying: str | None = None,
    ) -> Sequence[Release]:
        """Newest first; `saying`: of announcements of which a release has a fact of that name."""

    async def move_publish_at(self, release_id: int, publish_at: datetime, local: datetime) -> None:
        """`local` is what the clocks of its zone show at `publish_at`."""

    async def shift_release(self, release_id: int, by: timedelta) -> None:
        """Its `publish_at` and its window, with the wall clock unchanged."""

    async def save_walls(self, release_id: int, walls: str) -> None: ...

    async def due_releases(self, now: datetime, limit: int) -> Sequence[int]:
        """Scheduled ones whose publish_at has come, oldest first."""

    async def set_release_state(self, release_id: int, before: ReleaseState, after: ReleaseState) -> bool:
        """False when somebody else moved it first."""

    async def editions(self, release_id: int) -> Sequence[FrozenEdition]: ...

    async def edition(self, edition_id: int) -> FrozenEdition: ...

    async def who_is_told(self, release_ids: Collection[int]) -> Sequence[Told]:
        """Whom the editions of these releases are for."""

    async def save_approval(self, announcement_id: str, approval: Approval) -> None: ...

    async def approvals(self, announcement_id: str) -> Sequence[Approval]:
        """Those of all its releases, oldest first."""

    async def save_signature(self, signature: Signature) -> None: ...

    async def signatures(self, announcement_id: str) -> Sequence[Signature]:
        """Oldest first."""

    async def ask_review(self, release_id: int, due_at: datetime) -> None: ...

    async def review_of(self, release_id: int) -> AskedReview | None: ...

    async def open_reviews(self) -> Sequence[AskedReview]:
        """Those not done, the most urgent first."""

    async def review_alarmed(self, release_id: int, at: datetime) -> bool:
        """False when that was noted before."""

    async def end_review(self, release_id: int, person: str, note: str, at: datetime) -> bool:
        """False when it was done before."""

    async def person(self, name: str) -> Person | None: ...

    async def person_by_token(self, token_hash: bytes) -> Person | None: ...

    async def give_reference(self, announcement_id: str, year: int) -> str:
        """The announcement's reference, taking the year's next number when it has none."""

    async def set_published_at(self, release_id: int, announcement_id: str, at: datetime) -> None:
        """Also the announcement's first publication when it has none."""
