"""The installation itself: its clock, switches, history and staff."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
)

from publisher.store.tables.columns import Key, UtcTime, metadata

clock_offset = Table(
    "clock_offset",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("microseconds", BigInteger, nullable=False),
    CheckConstraint("id = 1", name="one_row"),
)

counter = Table(
    "counter",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("value", BigInteger, nullable=False),
)

control = Table(
    "control",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("set_at", UtcTime, nullable=False),
    Column("actor", String(100), nullable=False),
    Column("reason", Text, nullable=False),
)
"""Switches that stop things: `kill_switch`, `target:<destination>`, `account:<name>`. A row means stopped."""

transition = Table(
    "transition",
    metadata,
    Column("id", Key, primary_key=True),
    Column("entity", String(16), nullable=False),
    Column("entity_id", Key, nullable=False),
    Column("before", String(20)),
    Column("after", String(20), nullable=False),
    Column("at", UtcTime, nullable=False),
    Column("actor", String(100), nullable=False),
    Column("reason", Text, nullable=False),
    Index("ix_transition_entity", "entity", "entity_id"),
)
"""Append-only: every change of state of a revision, release, delivery and mailing."""

person = Table(
    "person",
    metadata,
    Column("id", Key, primary_key=True),
    Column("name", String(100), nullable=False, unique=True),
    Column("groups", Text, nullable=False),
    Column("token_hash", LargeBinary(32), unique=True),
    Column("created_at", UtcTime, nullable=False),
    Column("disabled_at", UtcTime),
)
"""Staff. `groups` is space-separated; `token_hash` is SHA-256 of a 256-bit random token."""
