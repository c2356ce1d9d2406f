"""The states of a delivery and of a recipient, and every way from one to another.

`docs/life-cycle.md` draws this table; a test keeps them equal.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum


class DeliveryState(StrEnum):
    """Where one edition to one destination stands."""

    QUEUED = "queued"
    SENDING = "sending"
    WAITING = "waiting"
    PARTIAL = "partial"
    HELD = "held"
    DELIVERED = "delivered"
    REJECTED = "rejected"
    UNCONFIRMED = "unconfirmed"
    EXPIRED = "expired"
    CANCELLED = "cancelled"
    OVERTAKEN = "overtaken"


class RecipientState(StrEnum):
    """Where one message to one reader stands. `delivered` means: accepted by the relay."""

    QUEUED = "queued"
    SENDING = "sending"
    WAITING = "waiting"
    DELIVERED = "delivered"
    REJECTED = "rejected"
    UNCONFIRMED = "unconfirmed"
    SUPPRESSED = "suppressed"
    EXPIRED = "expired"
    CANCELLED = "cancelled"
    BOUNCED = "bounced"
    COMPLAINED = "complained"
    DROPPED = "dropped"


D, R = DeliveryState, RecipientState

TRANSITIONS: Mapping[DeliveryState, Mapping[DeliveryState, str]] = {
    D.QUEUED: {
        D.SENDING: "claimed; committed before the network call, so that a crash leaves a trace",
        D.HELD: "the gate refused: release held, kill switch, hash mismatch, target disabled",
        D.EXPIRED: "its deadline passed before anything was sent",
        D.CANCELLED: "a person cancelled the release",
        D.OVERTAKEN: "a later stage, or a correction in quiet hours, says it at the same place without this one",
    },
    D.SENDING: {
        D.DELIVERED: "the network answered yes for every part",
        D.WAITING: "the network said not now, and certainly took nothing",
        D.PARTIAL: "some parts are out with their receipts, the rest goes on from the first unsent part",
        D.REJECTED: "the network said no for good",
        D.UNCONFIRMED: "nobody can tell whether the network has it",
        D.QUEUED: "after a crash, only where a repeat has the effect of one (the website, a fan-out)",
        D.HELD: "the gate refused the next part of a thread, or a mailing would reach others than people approved",
    },
    D.WAITING: {
        D.SENDING: "its time has come",
        D.HELD: "the gate refused",
        D.EXPIRED: "the next try would be past its deadline",
        D.CANCELLED: "a person cancelled the release",
        D.OVERTAKEN: "a later stage is told at the same place",
    },
    D.PARTIAL: {
        D.SENDING: "goes on at the first unsent part",
        D.REJECTED: "the network refuses the rest: the thread stopped at part k of n",
    },
    D.HELD: {
        D.QUEUED: "a person released it",
        D.CANCELLED: "a person cancelled the release",
        D.OVERTAKEN: "a later stage is told at the same place",
    },
    D.UNCONFIRMED: {
        D.DELIVERED: "read back, or a person saw it there",
        D.QUEUED: "read back and absent, or a person decided to send again",
        D.REJECTED: "a person decided to leave it",
        D.PARTIAL: "the doubtful part was read back, others are still unsent",
    },
    D.DELIVERED: {},
    D.REJECTED: {D.DELIVERED: "a mailing that nobody got was resent by a person, and reached somebody"},
    D.EXPIRED: {},
    D.CANCELLED: {},
    D.OVERTAKEN: {},
}

RECIPIENT_TRANSITIONS: Mapping[RecipientState, Mapping[RecipientState, str]] = {
    R.QUEUED: {
        R.SENDING: "intent, committed before the network call",
        R.SUPPRESSED: "unsubscribed or never to be mailed, seen when the group was formed",
        R.EXPIRED: "the deadline passed",
        R.CANCELLED: "a person cancelled the mailing",
    },
    R.SENDING: {
        R.DELIVERED: "the relay accepted the message",
        R.WAITING: "the relay said not now; nothing was taken",
        R.REJECTED: "the relay refused this message for good",
        R.UNCONFIRMED: "the connection was lost after the message and before the answer, or the worker died meanwhile",
    },
    R.WAITING: {
        R.SENDING: "its time has come",
        R.SUPPRESSED: "unsubscribed while waiting",
        R.EXPIRED: "the deadline passed",
        R.CANCELLED: "a person cancelled the mailing",
    },
    R.UNCONFIRMED: {
        R.QUEUED: "the kind's policy resends once, or a person does; same Message-ID, counted in the row",
        R.DELIVERED: "a person found it accepted in the relay's log",
        R.BOUNCED: "a bounce proves that it was sent",
        R.DROPPED: "a person decided to leave it",
    },
    R.DELIVERED: {
        R.BOUNCED: "the mailbox provider returned it later",
        R.COMPLAINED: "the reader reported it",
    },
    R.REJECTED: {R.QUEUED: "a person resends to those who did not get it"},
    R.SUPPRESSED: {},
    R.EXPIRED: {},
    R.CANCELLED: {},
    R.BOUNCED: {},
    R.COMPLAINED: {},
    R.DROPPED: {},
}

OPEN: frozenset[DeliveryState] = frozenset({D.QUEUED, D.SENDING, D.WAITING, D.PARTIAL, D.HELD, D.UNCONFIRMED})
"""An announcement has at most one open operation per destination and locale: the store's unique index."""


def is_asleep(operation: str, state: DeliveryState, attempts: int, quiet_until: datetime | None) -> bool:
    """Whether it is a first copy of which nothing was sent, because its place is left alone for some hours."""
    return operation == "publish" and state is D.QUEUED and not attempts and quiet_until is not None


class IllegalTransition(RuntimeError):
    """A change of state that the table does not know: a bug, never a user's mistake."""


def step(before: DeliveryState, after: DeliveryState) -> DeliveryState:
    """`after`, or IllegalTransition."""
    if after not in TRANSITIONS[before]:
        raise IllegalTransition(f"a delivery cannot go from {before} to {after}")
    return after
