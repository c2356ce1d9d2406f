"""Whom a mailing is for: which readers' locales it serves, and whose subscriptions count."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from publisher.channel import Target
from publisher.content.kinds.kind import MailClass
from publisher.delivery.transaction import Delivery
from publisher.mailing.intake.fields import FALLBACK_LOCALE
from publisher.mailing.transaction import Readership
from publisher.release.release import Release
from publisher.release.scope import Form

EVERYBODY = "all"


class AudienceError(ValueError):
    """A release that asks for readers it must not have; its approval should have been refused."""


def readership(release: Release, order: Delivery, locales: Collection[str], target: Target) -> Readership:
    """The readers whom a delivery of a release to `target` is for, in these locales; raises AudienceError.

    Everybody, whatever they chose, is for mandatory mail only.
    """
    everybody = release.audience == EVERYBODY
    if everybody and release.policy.mail_class is not MailClass.MANDATORY:
        raise AudienceError(f"release {release.id} is {release.policy.mail_class} mail and cannot go to everybody")
    kind = None if everybody else release.policy.kind
    return Readership(
        announcement_id=order.announcement_id,
        release_id=order.release_id,
        destination=order.destination,
        stage=order.stage,
        operation=order.operation,
        mail_class=release.policy.mail_class,
        locales=locales,
        kind=kind,
        only_new=release.policy.form is not Form.FIRST and order.operation == "publish",
        regions=[where for where in (release.regions, target.jurisdictions) if where is not None],
    )


def served(locale: str, available: Collection[str], readers: Iterable[str]) -> frozenset[str]:
    """The locales of readers who read the mailing in `locale`, when the release has `available` ones."""
    return frozenset(theirs for theirs in readers if locale_for(theirs, available) == locale)


def locale_for(wanted: str, available: Collection[str]) -> str | None:
    """What a reader of `wanted` gets: their own language, else English, else nothing from this destination."""
    return next((locale for locale in (wanted, FALLBACK_LOCALE) if locale in available), None)
