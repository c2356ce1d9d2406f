"""The states of a revision and of a release, and every way from one to another."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum


class RevisionState(StrEnum):
    DRAFT = "draft"
    IN_REVIEW = "in_review"
    APPROVED = "approved"
    SUPERSEDED = "superseded"


class ReleaseState(StrEnum):
    IN_REVIEW = "in_review"
    RETURNED = "returned"
    APPROVED = "approved"
    SCHEDULED = "scheduled"
    HELD = "held"
    PUBLISHING = "publishing"
    PUBLISHED = "published"
    PARTLY_PUBLISHED = "partly_published"
    CANCELLED = "cancelled"
    VOID = "void"


V, S = RevisionState, ReleaseState

REVISION_TRANSITIONS: Mapping[RevisionState, Mapping[RevisionState, str]] = {
    V.DRAFT: {V.IN_REVIEW: "submitted", V.SUPERSEDED: "edited"},
    V.IN_REVIEW: {V.APPROVED: "every approval is there", V.DRAFT: "returned by a reviewer", V.SUPERSEDED: "edited"},
    V.APPROVED: {V.SUPERSEDED: "edited"},
    V.SUPERSEDED: {},
}

TRANSITIONS: Mapping[ReleaseState, Mapping[ReleaseState, str]] = {
    S.IN_REVIEW: {
        S.APPROVED: "every approval that the kind asks for is there, for this very hash",
        S.RETURNED: "a reviewer wants it changed",
        S.VOID: "a newer revision was submitted",
    },
    S.APPROVED: {
        S.SCHEDULED: "put on the clock",
        S.CANCELLED: "a person stopped it",
        S.VOID: "a newer revision was submitted",
    },
    S.SCHEDULED: {
        S.HELD: "a person or the late policy stopped it for now",
        S.PUBLISHING: "its time has come and every check holds",
        S.CANCELLED: "a person stopped it",
        S.VOID: "a newer revision was submitted",
    },
    S.HELD: {
        S.SCHEDULED: "a person let it go on",
        S.CANCELLED: "a person stopped it",
        S.VOID: "a newer revision was submitted",
    },
    S.PUBLISHING: {
        S.PUBLISHED: "every delivery is delivered",
        S.PARTLY_PUBLISHED: "every delivery has ended, not all of them delivered",
        S.VOID: "every first copy still waited for quiet hours when a later release took its place: nobody has read it",
    },
    S.PARTLY_PUBLISHED: {
        S.PUBLISHED: "what was missing arrived later",
        S.PUBLISHING: "a person sends what is missing, or walks a stage",
    },
    S.PUBLISHED: {S.PUBLISHING: "one of its stages is walked: a postponement"},
    S.RETURNED: {},
    S.CANCELLED: {},
    S.VOID: {},
}


class IllegalTransition(RuntimeError):
    """A change of state that the table does not know: a bug, never a user's mistake."""


def step(before: ReleaseState, after: ReleaseState) -> ReleaseState:
    """`after`, or IllegalTransition."""
    if after not in TRANSITIONS[before]:
        raise IllegalTransition(f"a release cannot go from {before} to {after}")
    return after
