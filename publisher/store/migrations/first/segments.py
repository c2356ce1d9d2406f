"""Audiences that the operator supplies."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from publisher.store.migrations.first.columns import KEY


def create() -> None:
    _snapshots()
    _members()
    _expectations()


def _snapshots() -> None:
    op.create_table(
        "segment",
        sa.Column("id", KEY, nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("taken_at", sa.BigInteger(), nullable=False),
        sa.Column("received_at", sa.BigInteger(), nullable=False),
        sa.Column("source", sa.String(length=8), nullable=False),
        sa.Column("legal_basis", sa.Text(), nullable=False),
        sa.Column("members", sa.BigInteger()),
        sa.Column("sha256", sa.String(length=64)),
        sa.Column("delete_at", sa.BigInteger(), nullable=False),
        sa.Column("deleted_at", sa.BigInteger()),
        sa.Column("deleted_why", sa.Text()),
        sa.PrimaryKeyConstraint("id", name="pk_segment"),
    )
    op.create_index("ix_segment_name", "segment", ["name", "taken_at"])


def _members() -> None:
    bytewise = sa.String(length=128, collation="C").with_variant(sa.String(length=128), "sqlite")
    op.create_table(
        "segment_member",
        sa.Column("segment_id", KEY, nullable=False),
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("external_id", bytewise, nullable=False),
        sa.Column("address", sa.String(length=254), nullable=False),
        sa.Column("address_key", sa.String(length=254), nullable=False),
        sa.Column("locale", sa.String(length=35), nullable=False),
        sa.Column("zone", sa.String(length=64)),
        sa.Column("jurisdiction", sa.String(length=2)),
        sa.ForeignKeyConstraint(["segment_id"], ["segment.id"], name="fk_segment_member_segment_id"),
        sa.PrimaryKeyConstraint("segment_id", "id", name="pk_segment_member"),
        sa.UniqueConstraint("segment_id", "external_id", name="uq_segment_member_segment_id_external_id"),
        sa.UniqueConstraint("segment_id", "address_key", name="uq_segment_member_segment_id_address_key"),
    )
    op.create_index("ix_segment_member_address", "segment_member", ["address_key"])


def _expectations() -> None:
    op.create_table(
        "expected_readers",
        sa.Column("release_id", KEY, nullable=False),
        sa.Column("destination", sa.String(length=64), nullable=False),
        sa.Column("locale", sa.String(length=35), nullable=False),
        sa.Column("operation", sa.String(length=16), nullable=False),
        sa.Column("readers", sa.BigInteger(), nullable=False),
        sa.Column("found", sa.BigInteger()),
        sa.ForeignKeyConstraint(["release_id"], ["release.id"], name="fk_expected_readers_release_id"),
        sa.PrimaryKeyConstraint("release_id", "destination", "locale", "operation", name="pk_expected_readers"),
    )
