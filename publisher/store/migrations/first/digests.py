"""Digests: items, runs and approved layouts."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from publisher.store.migrations.first.columns import KEY


def create() -> None:
    _items()
    _runs()


def _items() -> None:
    op.create_table(
        "digest_item",
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("announcement_id", sa.String(length=64), nullable=False),
        sa.Column("release_id", KEY, nullable=False),
        sa.Column("stage", sa.String(length=32), nullable=False),
        sa.Column("what", sa.String(length=16), nullable=False),
        sa.Column("occasion", sa.String(length=32), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["announcement_id"], ["announcement.id"], name="fk_digest_item_announcement_id"),
        sa.ForeignKeyConstraint(["release_id"], ["release.id"], name="fk_digest_item_release_id"),
        sa.PrimaryKeyConstraint("number", name="pk_digest_item"),
        sa.UniqueConstraint("release_id", "stage", "occasion", name="uq_digest_item_release_id_stage_occasion"),
    )
    op.create_index("ix_digest_item_announcement", "digest_item", ["announcement_id", "number"])


def _runs() -> None:
    op.create_table(
        "digest_layout",
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("person", sa.String(length=100), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("sha256", name="pk_digest_layout"),
    )
    op.create_table(
        "digest_run",
        sa.Column("id", KEY, nullable=False),
        sa.Column("destination", sa.String(length=64), nullable=False),
        sa.Column("account", sa.String(length=64), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("deadline", sa.BigInteger(), nullable=False),
        sa.Column("through", sa.BigInteger(), nullable=False),
        sa.Column("due", sa.BigInteger(), nullable=False),
        sa.Column("layout", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_digest_run"),
        sa.UniqueConstraint("destination", "at", name="uq_digest_run_destination_at"),
    )


def create_payloads() -> None:
    op.create_table(
        "digest_payload",
        sa.Column("payload_id", KEY, nullable=False),
        sa.Column("readers", sa.BigInteger(), nullable=False),
        sa.Column("group", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["payload_id"], ["payload.id"], name="fk_digest_payload_payload_id"),
        sa.PrimaryKeyConstraint("payload_id", name="pk_digest_payload"),
    )
    op.create_table(
        "digest_told",
        sa.Column("release_id", KEY, nullable=False),
        sa.Column("payload_id", KEY, nullable=False),
        sa.ForeignKeyConstraint(["release_id"], ["release.id"], name="fk_digest_told_release_id"),
        sa.ForeignKeyConstraint(["payload_id"], ["payload.id"], name="fk_digest_told_payload_id"),
        sa.PrimaryKeyConstraint("release_id", "payload_id", name="pk_digest_told"),
    )
    op.create_table(
        "digest_missed",
        sa.Column("subscriber_id", KEY, nullable=False),
        sa.Column("payload_id", KEY, nullable=False),
        sa.Column("only_weekly", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["subscriber_id"], ["subscriber.id"], name="fk_digest_missed_subscriber_id"),
        sa.ForeignKeyConstraint(["payload_id"], ["payload.id"], name="fk_digest_missed_payload_id"),
        sa.PrimaryKeyConstraint("subscriber_id", "payload_id", name="pk_digest_missed"),
    )
