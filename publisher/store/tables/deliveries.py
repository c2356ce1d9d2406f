"""Deliveries, what proves them, and the pauses that networks ask for."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from publisher.delivery.states import OPEN
from publisher.store.tables.columns import Key, UtcTime, metadata

delivery = Table(
    "delivery",
    metadata,
    Column("id", Key, primary_key=True),
    Column("release_id", ForeignKey("release.id"), nullable=False),
    Column("edition_id", ForeignKey("edition.id"), nullable=False),
    Column("announcement_id", ForeignKey("announcement.id"), nullable=False),
    Column("channel", String(32), nullable=False),
    Column("destination", String(64), nullable=False),
    Column("account", String(64), nullable=False),
    Column("locale", String(35), nullable=False),
    Column("operation", String(8), nullable=False),
    Column("stage", String(32), nullable=False),
    Column("state", String(20), nullable=False),
    Column("wave", Integer, nullable=False),
    Column("lane", String(8), nullable=False),
    Column("run_at", UtcTime, nullable=False),
    Column("deadline", UtcTime, nullable=False),
    Column("lease_owner", String(64)),
    Column("lease_until", UtcTime),
    Column("fence", BigInteger, nullable=False, server_default="0"),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("resends", Integer, nullable=False, server_default="0"),
    Column("first_tried_at", UtcTime),
    Column("reason", Text, nullable=False, server_default=""),
    Column("slots", Text, nullable=False),
    Column("walked_at", UtcTime),
    Column("quiet_until", UtcTime),
    Column("updated_at", UtcTime, nullable=False),
    CheckConstraint("operation IN ('publish', 'amend', 'retract', 'follow')", name="operation"),
)
"""`slots` is JSON: the values known to the release (reference, url, published_at). A lease without an owner is free.
`walked_at` is when the stage was walked that it tells, null for the publication itself;
`quiet_until` the end of the quiet hours that it waits for."""
Index("ix_delivery_announcement", delivery.c.announcement_id)
Index("ix_delivery_due", delivery.c.lane, delivery.c.state, delivery.c.run_at)
Index("ix_delivery_release", delivery.c.release_id)
_open = text("state IN ({})".format(", ".join(f"'{state}'" for state in sorted(OPEN))))
Index(
    "uq_delivery_open",
    delivery.c.announcement_id,
    delivery.c.destination,
    delivery.c.locale,
    unique=True,
    sqlite_where=_open,
    postgresql_where=_open,
)

preflight = Table(
    "preflight",
    metadata,
    Column("release_id", ForeignKey("release.id"), primary_key=True),
    Column("publish_at", UtcTime, primary_key=True),
    Column("at", UtcTime, nullable=False),
    Column("findings", Text, nullable=False),
)
"""One look at a release before its hour; `findings` is JSON, an empty list when it was ready."""

walk = Table(
    "walk",
    metadata,
    Column("id", Key, primary_key=True),
    Column("release_id", ForeignKey("release.id"), nullable=False),
    Column("stage", String(32), nullable=False),
    Column("at", UtcTime, nullable=False),
    Column("actor", String(100), nullable=False),
    Column("reason", Text, nullable=False),
    Column("new_time", UtcTime),
    Column("starts_at", UtcTime),
    Column("ends_at", UtcTime),
    Column("extension", Integer, nullable=False),
    Column("because", String(32), nullable=False),
)
"""Each time a stage of a published release was walked; `new_time` is that of a postponement, empty while not known."""
Index("ix_walk_release", walk.c.release_id, walk.c.stage)

planned_stage = Table(
    "planned_stage",
    metadata,
    Column("id", Key, primary_key=True),
    Column("announcement_id", ForeignKey("announcement.id"), nullable=False),
    Column("release_id", ForeignKey("release.id"), nullable=False),
    Column("stage", String(32), nullable=False),
    Column("due_at", UtcTime, nullable=False),
    Column("look_at", UtcTime, nullable=False),
    Column("state", String(16), nullable=False),
    Column("ended_at", UtcTime),
    Column("reason", Text, nullable=False),
    Column("hand", String(16), nullable=False),
    Column("moved_from", UtcTime),
    UniqueConstraint("announcement_id", "stage", "due_at"),
)
"""What the clock walks; `look_at` is later than `due_at` where a place was busy then. `hand` is what a person did to it
(`moved`, `held`, `skipped`; else empty), which a revision of the same times leaves; `moved_from` is its first time."""
Index(
    "ix_planned_stage_due",
    planned_stage.c.look_at,
    sqlite_where=planned_stage.c.state == "due",
    postgresql_where=planned_stage.c.state == "due",
)

receipt = Table(
    "receipt",
    metadata,
    Column("delivery_id", ForeignKey("delivery.id"), primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("part", String(32), nullable=False),
    Column("ids", Text, nullable=False),
    Column("url", Text, nullable=False),
    Column("at", UtcTime, nullable=False),
    Column("act", String(8), nullable=False),
)
Index("ix_receipt_ids", receipt.c.ids)
Index("ix_receipt_part", receipt.c.part, receipt.c.delivery_id)

pin = Table(
    "pin",
    metadata,
    Column("delivery_id", ForeignKey("delivery.id"), primary_key=True),
    Column("state", String(8), nullable=False),
    Column("at", UtcTime, nullable=False),
    Column("try_at", UtcTime),
    Column("reason", Text, nullable=False, server_default=""),
)
"""A message that asks to be pinned: waiting, pinned or over; `reason` says why the network did not do it last time."""

callback = Table(
    "callback",
    metadata,
    Column("delivery_id", ForeignKey("delivery.id"), primary_key=True),
    Column("callback_id", String(200), primary_key=True),
    Column("at", UtcTime, nullable=False),
    Column("told", Text, nullable=False),
)
"""What a receiving system reported: a push service, how many phones it reached."""

pause = Table(
    "pause",
    metadata,
    Column("key", String(340), primary_key=True),
    Column("until", UtcTime, nullable=False),
)
"""What a network told us: leave `account:NAME`, `target:NAME` or `provider:ACCOUNT:NAME` alone until then. Survives a
restart."""
