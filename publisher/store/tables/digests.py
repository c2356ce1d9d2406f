"""Digests: what there is to list, the runs that send it, and the layouts that people approved."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from publisher.store.tables.columns import Key, UtcTime, metadata

digest_item = Table(
    "digest_item",
    metadata,
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("announcement_id", ForeignKey("announcement.id"), nullable=False),
    Column("release_id", ForeignKey("release.id"), nullable=False),
    Column("stage", String(32), nullable=False),
    Column("what", String(16), nullable=False),
    Column("occasion", String(32), nullable=False),
    Column("at", UtcTime, nullable=False),
    UniqueConstraint("release_id", "stage", "occasion"),
)
"""Append-only, numbered without gaps in the order of commit. `what`: new, translated, corrected, changed, retracted;
`occasion` is the time that its deliveries say, so that a stage that is walked twice is two items."""
Index("ix_digest_item_announcement", digest_item.c.announcement_id, digest_item.c.number)

digest_layout = Table(
    "digest_layout",
    metadata,
    Column("sha256", String(64), primary_key=True),
    Column("person", String(100), nullable=False),
    Column("at", UtcTime, nullable=False),
)
"""The versions of templates and fixed words that somebody took responsibility for."""

digest_run = Table(
    "digest_run",
    metadata,
    Column("id", Key, primary_key=True),
    Column("destination", String(64), nullable=False),
    Column("account", String(64), nullable=False),
    Column("at", UtcTime, nullable=False),
    Column("deadline", UtcTime, nullable=False),
    Column("through", BigInteger, nullable=False),
    Column("due", BigInteger, nullable=False),
    Column("layout", String(64), nullable=False),
    UniqueConstraint("destination", "at"),
)
"""Readers whose hour had come by `at`: `due` of them, with the items up to `through`. Who had nothing to read is in no
row; the others are the recipients of its mailing."""

digest_payload = Table(
    "digest_payload",
    metadata,
    Column("payload_id", ForeignKey("payload.id"), primary_key=True),
    Column("readers", BigInteger, nullable=False),
    Column("group", Text, nullable=False),
)
"""The readers of a run who get the same; `group` is JSON: language, zone, day, and what is listed in which order."""

digest_told = Table(
    "digest_told",
    metadata,
    Column("release_id", ForeignKey("release.id"), primary_key=True),
    Column("payload_id", ForeignKey("payload.id"), primary_key=True),
)
"""Which releases a payload of a run lists: for those who must hear at once that what it says of one is wrong."""

digest_missed = Table(
    "digest_missed",
    metadata,
    Column("subscriber_id", ForeignKey("subscriber.id"), primary_key=True),
    Column("payload_id", ForeignKey("payload.id"), primary_key=True),
    Column("only_weekly", Boolean, nullable=False),
)
"""Readers whom a digest certainly did not reach: their next one tells again what it listed. `only_weekly` once one has
told what is daily."""

scratch = MetaData()

digest_due = Table(
    "digest_due",
    scratch,
    Column("subscriber_id", Key, primary_key=True, autoincrement=False),
    Column("address", String(254), nullable=False),
    Column("signature", Text, nullable=False),
    prefixes=["TEMPORARY"],
)
"""Of one transaction: readers, each with everything that decides what they get."""

digest_said = Table(
    "digest_said",
    scratch,
    Column("signature", Text, primary_key=True),
    Column("position", Integer),
    Column("through", BigInteger),
    Column("through_weekly", BigInteger),
    Column("keeps_missed", Boolean),
    Column("last_on", String(10)),
    Column("next_at", BigInteger),
    prefixes=["TEMPORARY"],
)
"""Of one transaction: what follows for the readers of a signature. `position` is that of their first batch, null for
nothing."""
