"""Announcements, their revisions, and the releases that people approve."""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    UniqueConstraint,
    false,
)

from publisher.store.tables.columns import Key, UtcTime, metadata

announcement = Table(
    "announcement",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("kind", String(32), nullable=False),
    Column("reference", String(16), unique=True),
    Column("created_at", UtcTime, nullable=False),
    Column("first_published_at", UtcTime),
)

revision = Table(
    "revision",
    metadata,
    Column("id", Key, primary_key=True),
    Column("announcement_id", ForeignKey("announcement.id"), nullable=False),
    Column("number", Integer, nullable=False),
    Column("state", String(20), nullable=False),
    Column("source", Text, nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("title", Text, nullable=False),
    Column("author", String(100), nullable=False),
    Column("created_at", UtcTime, nullable=False),
    UniqueConstraint("announcement_id", "number"),
)
"""`source` is `Revision.to_json()`; `title` is that of the first locale, rendered, for lists."""

picture = Table(
    "picture",
    metadata,
    Column("sha256", String(64), primary_key=True),
    Column("media_type", String(16), nullable=False),
    Column("content", LargeBinary, nullable=False),
    Column("created_at", UtcTime, nullable=False),
)
"""What revisions show, once for all that show it; `sha256` is that of `content`."""

release = Table(
    "release",
    metadata,
    Column("id", Key, primary_key=True),
    Column("revision_id", ForeignKey("revision.id"), nullable=False),
    Column("announcement_id", ForeignKey("announcement.id"), nullable=False),
    Column("state", String(20), nullable=False),
    Column("root_hash", String(64), nullable=False),
    Column("common_hash", String(64), nullable=False),
    Column("common", Text, nullable=False),
    Column("policy", Text, nullable=False),
    Column("audience", Text, nullable=False),
    Column("publish_at", UtcTime, nullable=False),
    Column("window_start", UtcTime, nullable=False),
    Column("local_time", String(32), nullable=False),
    Column("fold", Integer, nullable=False),
    Column("time_zone", String(64), nullable=False),
    Column("walls", Text, nullable=False),
    Column("window_seconds", Integer, nullable=False),
    Column("submitted_by", String(100), nullable=False),
    Column("created_at", UtcTime, nullable=False),
    Column("published_at", UtcTime),
    Column("urgent", Boolean, nullable=False, server_default=false()),
)
"""`common` is the canonical JSON that `common_hash` covers; `policy` is the kind's policy as data, frozen with it.
`fold` says which of two `local_time` is; `walls` has the wall clocks of the facts, and the table of zones asked."""
Index("ix_release_due", release.c.state, release.c.publish_at)
Index("ix_release_announcement", release.c.announcement_id)

review = Table(
    "review",
    metadata,
    Column("release_id", ForeignKey("release.id"), primary_key=True),
    Column("due_at", UtcTime, nullable=False),
    Column("alarmed_at", UtcTime),
    Column("done_at", UtcTime),
    Column("person", String(100)),
    Column("note", Text),
)
"""A look that is owed at what those on duty published alone."""

release_locale = Table(
    "release_locale",
    metadata,
    Column("release_id", ForeignKey("release.id"), primary_key=True),
    Column("locale", String(35), primary_key=True),
    Column("sha256", String(64), nullable=False),
)

edition = Table(
    "edition",
    metadata,
    Column("id", Key, primary_key=True),
    Column("release_id", ForeignKey("release.id"), nullable=False),
    Column("stage", String(32), nullable=False),
    Column("operation", String(8), nullable=False),
    Column("channel", String(32), nullable=False),
    Column("destination", String(64), nullable=False),
    Column("locale", String(35), nullable=False),
    Column("payload", Text, nullable=False),
    Column("sha256", String(64), nullable=False),
    UniqueConstraint("release_id", "stage", "operation", "destination", "locale"),
)
"""`payload` is `Payload.to_json()`: the bytes that were approved."""

signature = Table(
    "signature",
    metadata,
    Column("id", Key, primary_key=True),
    Column("announcement_id", String(64), nullable=False),
    Column("locale", String(35), nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("person", String(100), nullable=False),
    Column("at", UtcTime, nullable=False),
)
"""Append-only. Translators sign before the announcement is first submitted, so its row need not be there yet."""
Index("ix_signature_announcement", signature.c.announcement_id)

approval = Table(
    "approval",
    metadata,
    Column("id", Key, primary_key=True),
    Column("announcement_id", ForeignKey("announcement.id"), nullable=False),
    Column("release_id", ForeignKey("release.id"), nullable=False),
    Column("person", String(100), nullable=False),
    Column("group", String(32), nullable=False),
    Column("common_hash", String(64), nullable=False),
    Column("locale_hashes", Text, nullable=False),
    Column("at", UtcTime, nullable=False),
    UniqueConstraint("release_id", "person"),
)
"""`locale_hashes` is JSON, locale -> hash: what this person took responsibility for."""
Index("ix_approval_announcement", approval.c.announcement_id)
