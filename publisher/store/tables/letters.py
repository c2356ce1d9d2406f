"""Letters to one reader, the requests that lead to them, and what limits them."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Index, Integer, String, Table, Text

from publisher.store.tables.columns import Key, UtcTime, metadata

sign_up = Table(
    "sign_up",
    metadata,
    Column("id", Key, primary_key=True),
    Column("purpose", String(16), nullable=False),
    Column("address", String(254), nullable=False),
    Column("locale", String(35), nullable=False),
    Column("wish", Text, nullable=False),
    Column("wording", String(64)),
    Column("network_hash", String(64), nullable=False),
    Column("at", UtcTime, nullable=False),
)
"""What somebody asked for on a page, until the worker has looked at it. `wish` is JSON: kinds, and zone."""

letter = Table(
    "letter",
    metadata,
    Column("id", Key, primary_key=True),
    Column("purpose", String(16), nullable=False),
    Column("subscriber_id", ForeignKey("subscriber.id"), nullable=False),
    Column("mailbox_hash", String(64), nullable=False),
    Column("locale", String(35), nullable=False),
    Column("wish", Text, nullable=False),
    Column("wording", String(64)),
    Column("network_hash", String(64), nullable=False),
    Column("asked_at", UtcTime, nullable=False),
    Column("state", String(16), nullable=False),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("token_hash", String(64), unique=True),
    Column("run_at", UtcTime),
    Column("tried_at", UtcTime),
    Column("ended_at", UtcTime),
    Column("used_at", UtcTime),
    Column("reason", Text),
)
"""`state` is one of a recipient's; `token_hash` is of the link in the message that was sent last."""
Index("ix_letter_mailbox", letter.c.mailbox_hash, letter.c.asked_at)
Index("ix_letter_state", letter.c.state, letter.c.run_at)

request_count = Table(
    "request_count",
    metadata,
    Column("counted", String(64), primary_key=True),
    Column("hour", UtcTime, primary_key=True),
    Column("count", Integer, nullable=False),
)
"""Requests of an hour from a network (its hash), and letters of an hour to everybody (`letters`)."""
