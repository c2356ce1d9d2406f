"""Segments: audiences that the operator supplies, one snapshot after the other."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, ForeignKey, Index, String, Table, Text, UniqueConstraint

from publisher.store.tables.columns import Key, UtcTime, metadata

segment = Table(
    "segment",
    metadata,
    Column("id", Key, primary_key=True),
    Column("name", String(64), nullable=False),
    Column("taken_at", UtcTime, nullable=False),
    Column("received_at", UtcTime, nullable=False),
    Column("source", String(8), nullable=False),
    Column("legal_basis", Text, nullable=False),
    Column("members", BigInteger),
    Column("sha256", String(64)),
    Column("delete_at", UtcTime, nullable=False),
    Column("deleted_at", UtcTime),
    Column("deleted_why", Text),
)
"""A row per snapshot, which stays when its members are deleted. `members` and `sha256` are null until all of it is
stored; until then it is nobody's audience. `source` is file or pull."""
Index("ix_segment_name", segment.c.name, segment.c.taken_at)

segment_member = Table(
    "segment_member",
    metadata,
    Column("segment_id", ForeignKey("segment.id"), primary_key=True),
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    Column("external_id", String(128, collation="C").with_variant(String(128), "sqlite"), nullable=False),
    Column("address", String(254), nullable=False),
    Column("address_key", String(254), nullable=False),
    Column("locale", String(35), nullable=False),
    Column("zone", String(64)),
    Column("jurisdiction", String(2)),
    UniqueConstraint("segment_id", "external_id"),
    UniqueConstraint("segment_id", "address_key"),
)
"""`id` is made of the segment's name and `external_id`: the same customer has the same one in every snapshot, so that
a correction knows who got the first copy. An address is there once, with whichever row came first. `external_id` is
ordered by its bytes, as the snapshot's hash wants it."""
Index("ix_segment_member_address", segment_member.c.address_key)

expected_readers = Table(
    "expected_readers",
    metadata,
    Column("release_id", ForeignKey("release.id"), primary_key=True),
    Column("destination", String(64), primary_key=True),
    Column("locale", String(35), primary_key=True),
    Column("operation", String(16), primary_key=True),
    Column("readers", BigInteger, nullable=False),
    Column("found", BigInteger),
)
"""How many readers a mailing had when its release was submitted, or when a person last let it go. `found` is how many
it would have reached at its start, while it is held because that was too far off."""
