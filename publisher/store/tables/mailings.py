"""Mailings, with a row for each reader of them."""

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
)

from publisher.store.tables.columns import Key, UtcTime, metadata

mailing = Table(
    "mailing",
    metadata,
    Column("id", Key, primary_key=True),
    Column("delivery_id", ForeignKey("delivery.id"), unique=True),
    Column("digest_run_id", ForeignKey("digest_run.id"), unique=True),
    Column("segment_id", ForeignKey("segment.id")),
    Column("mail_class", String(16), nullable=False),
    Column("unconfirmed", String(16), nullable=False),
    Column("resend_until", UtcTime),
    Column("audience", BigInteger, nullable=False),
    Column("left_out_elsewhere", BigInteger, nullable=False, server_default="0"),
    Column("left_out_unknown", BigInteger, nullable=False, server_default="0"),
    Column("canary", BigInteger, nullable=False, server_default="0"),
    Column("go_at", UtcTime),
    Column("frozen_at", UtcTime, nullable=False),
    Column("finished_at", UtcTime),
    CheckConstraint("(delivery_id IS NULL) <> (digest_run_id IS NULL)", name="one_origin"),
)
"""`audience` is how many rows were frozen; the identity audience = sum of states is checked before it is finished.
Who was left out because of their region is in no row: these two are all there is. With a `segment_id` the readers are
members of that snapshot, else subscribers. The first batch holds the `canary`; `go_at` is when the rest was let go."""

payload = Table(
    "payload",
    metadata,
    Column("id", Key, primary_key=True),
    Column("mailing_id", ForeignKey("mailing.id"), nullable=False),
    Column("payload", Text, nullable=False),
    Column("sha256", String(64), nullable=False),
)

batch = Table(
    "batch",
    metadata,
    Column("id", Key, primary_key=True),
    Column("mailing_id", ForeignKey("mailing.id"), nullable=False),
    Column("payload_id", ForeignKey("payload.id"), nullable=False),
    Column("position", Integer, nullable=False),
    Column("state", String(16), nullable=False),
    Column("lane", String(8), nullable=False),
    Column("run_at", UtcTime, nullable=False),
    Column("deadline", UtcTime, nullable=False),
    Column("lease_owner", String(64)),
    Column("lease_until", UtcTime),
    Column("fence", BigInteger, nullable=False, server_default="0"),
    UniqueConstraint("mailing_id", "position"),
)
"""About 500 recipients. `state` is open or done."""
Index("ix_batch_due", batch.c.lane, batch.c.state, batch.c.run_at)

recipient = Table(
    "recipient",
    metadata,
    Column("id", Key, primary_key=True),
    Column("mailing_id", Key, nullable=False),
    Column("batch_id", Key, nullable=False),
    Column("person_id", Key, nullable=False),
    Column("address", String(254), nullable=False),
    Column("state", String(16), nullable=False),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("resends", Integer, nullable=False, server_default="0"),
    Column("run_at", UtcTime),
    Column("tried_at", UtcTime),
    Column("ended_at", UtcTime),
    Column("reason", Text),
    UniqueConstraint("mailing_id", "person_id"),
)
"""A row per reader, with a copy of the address: what was sent to, even if the subscriber changes it later."""
Index("ix_recipient_batch", recipient.c.batch_id, recipient.c.state)
