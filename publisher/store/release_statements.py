"""What is asked and told of every release, prepared."""

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger, Select, insert, select, update

from publisher.release.states import ReleaseState
from publisher.store import tables as t
from publisher.store.bare import later, listed
from publisher.store.prepared import Prepared


def releases() -> Select[Any]:
    """With what is shown of its revision and its announcement."""
    return (
        select(t.release, t.revision.c.author, t.revision.c.title, t.announcement.c.reference)
        .join(t.revision, t.revision.c.id == t.release.c.revision_id)
        .join(t.announcement, t.announcement.c.id == t.release.c.announcement_id)
    )


RELEASE = Prepared(lambda _: releases().where(t.release.c.id == later("release")))
LOCALES = Prepared(
    lambda dialect: select(t.release_locale).where(t.release_locale.c.release_id.in_(listed(dialect, BigInteger())))
)
DUE = Prepared(
    lambda _: (
        select(t.release.c.id)
        .where(t.release.c.state == ReleaseState.SCHEDULED, t.release.c.publish_at <= later("now"))
        .order_by(t.release.c.publish_at, t.release.c.id)
        .limit(later("most", BigInteger()))
    )
)
SET_STATE = Prepared(
    lambda _: (
        update(t.release)
        .where(t.release.c.id == later("release"), t.release.c.state == later("old"))
        .values(state=later("new"))
    )
)
EDITIONS = Prepared(
    lambda _: select(t.edition).where(t.edition.c.release_id == later("release")).order_by(t.edition.c.id)
)
EDITION = Prepared(lambda _: select(t.edition).where(t.edition.c.id == later("edition")))
REFERENCE = Prepared(lambda _: select(t.announcement.c.reference).where(t.announcement.c.id == later("announcement")))
GIVE_REFERENCE = Prepared(
    lambda _: update(t.announcement).where(t.announcement.c.id == later("announcement")).values(reference=later("new"))
)
PUBLISHED = Prepared(
    lambda _: update(t.release).where(t.release.c.id == later("release")).values(published_at=later("moment"))
)
FIRST_PUBLISHED = Prepared(
    lambda _: (
        update(t.announcement)
        .where(t.announcement.c.id == later("announcement"), t.announcement.c.first_published_at.is_(None))
        .values(first_published_at=later("moment"))
    )
)
APPROVALS = Prepared(
    lambda _: select(t.approval).where(t.approval.c.announcement_id == later("announcement")).order_by(t.approval.c.id)
)
TRANSITION = Prepared(
    lambda _: insert(t.transition), ("entity", "entity_id", "before", "after", "at", "actor", "reason")
)
