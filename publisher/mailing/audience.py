"""Whom a mailing is for: which readers' locales it serves, and whose subscriptions count."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Protocol

from publisher.channel import Regions, Target
from publisher.content.announcement import Audience
from publisher.content.kinds.kind import FALLBACK_LOCALE, MailClass
from publisher.mailing.digests.listing import at_once
from publisher.mailing.transaction import Readership
from publisher.release.policy import Policy
from publisher.release.release import Release
from publisher.release.scope import Form
from publisher.rendering.edition import FOLLOW

EVERYBODY = "all"


class AudienceError(ValueError):
    """A release that asks for readers it must not have; its approval should have been refused."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What a release says of its readers."""

    announcement_id: str
    release_id: int
    """0 for one that is not submitted yet."""
    audience: Audience
    policy: Policy
    regions: Regions
    snapshot: str
    """The hash of its segment's members; empty for subscribers."""

    @classmethod
    def by(cls, release: Release) -> Asked:
        """What a stored release says."""
        audience = Audience(release.audience)
        policy, regions = release.policy, release.regions
        return cls(release.announcement_id, release.id, audience, policy, regions, release.snapshot)


class Placed(Protocol):
    """An edition, or the delivery of one: for which readers of the release."""

    @property
    def destination(self) -> str: ...
    @property
    def stage(self) -> str: ...
    @property
    def operation(self) -> str: ...


def readership(
    asked: Asked, order: Placed, locales: Collection[str], target: Target, snapshot_id: int | None = None
) -> Readership:
    """The readers whom what is sent to `target` is for, in these locales; raises AudienceError.

    Everybody, whatever they chose, is for mandatory mail only. Members of a segment are meant by their snapshot.
    """
    everybody, mail_class = asked.audience.who == EVERYBODY, asked.policy.mail_class
    if everybody and mail_class is not MailClass.MANDATORY:
        raise AudienceError(f"release {asked.release_id} is {mail_class} mail and cannot go to everybody")
    kind = None if everybody or snapshot_id is not None else asked.policy.kind
    # Nobody can give up what a mandatory announcement becomes.
    chosen = order.operation == FOLLOW and mail_class is not MailClass.MANDATORY
    return Readership(
        announcement_id=asked.announcement_id,
        release_id=asked.release_id,
        destination=order.destination,
        stage=order.stage,
        operation=order.operation,
        mail_class=mail_class,
        locales=locales,
        kind=kind,
        at_once=at_once(mail_class, urgent=asked.policy.urgent),
        only_new=asked.policy.form is not Form.FIRST and order.operation == "publish",
        only_earlier=order.operation != "publish",
        regions=[where for where in (asked.regions, target.jurisdictions) if where is not None],
        snapshot_id=snapshot_id,
        follow=asked.policy.mailed(order.stage) if chosen else None,
        digested=order.operation == "amend" and asked.policy.corrects_danger,
    )


def served(locale: str, available: Collection[str], readers: Iterable[str]) -> frozenset[str]:
    """The locales of readers who read the mailing in `locale`, when the release has `available` ones."""
    return frozenset(theirs for theirs in readers if locale_for(theirs, available) == locale)


def locale_for(wanted: str, available: Collection[str]) -> str | None:
    """What a reader of `wanted` gets: their own language, else English, else nothing from this destination."""
    return next((locale for locale in (wanted, FALLBACK_LOCALE) if locale in available), None)
