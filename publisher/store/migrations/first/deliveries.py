"""Deliveries and what proves them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from publisher.store.migrations.first.columns import KEY


def create() -> None:
    _deliveries()
    _receipts()
    _walks()
    _planned_stages()


def _deliveries() -> None:
    op.create_table(
        "delivery",
        sa.Column("id", KEY, nullable=False),
        sa.Column("release_id", KEY, nullable=False),
        sa.Column("edition_id", KEY, nullable=False),
        sa.Column("announcement_id", sa.String(length=64), nullable=False),
        sa.Column("channel", sa.String(length=32), nullable=False),
        sa.Column("destination", sa.String(length=64), nullable=False),
        sa.Column("account", sa.String(length=64), nullable=False),
        sa.Column("locale", sa.String(length=35), nullable=False),
        sa.Column("operation", sa.String(length=8), nullable=False),
        sa.Column("stage", sa.String(length=32), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("wave", sa.Integer(), nullable=False),
        sa.Column("lane", sa.String(length=8), nullable=False),
        sa.Column("run_at", sa.BigInteger(), nullable=False),
        sa.Column("deadline", sa.BigInteger(), nullable=False),
        sa.Column("lease_owner", sa.String(length=64)),
        sa.Column("lease_until", sa.BigInteger()),
        sa.Column("fence", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("resends", sa.Integer(), server_default="0", nullable=False),
        sa.Column("first_tried_at", sa.BigInteger()),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.Column("slots", sa.Text(), nullable=False),
        sa.Column("walked_at", sa.BigInteger()),
        sa.Column("quiet_until", sa.BigInteger()),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "operation IN ('publish', 'amend', 'retract', 'follow')", name=op.f("ck_delivery_operation")
        ),
        sa.ForeignKeyConstraint(["announcement_id"], ["announcement.id"], name="fk_delivery_announcement_id"),
        sa.ForeignKeyConstraint(["edition_id"], ["edition.id"], name="fk_delivery_edition_id"),
        sa.ForeignKeyConstraint(["release_id"], ["release.id"], name="fk_delivery_release_id"),
        sa.PrimaryKeyConstraint("id", name="pk_delivery"),
    )
    op.create_index("ix_delivery_announcement", "delivery", ["announcement_id"])
    op.create_index("ix_delivery_due", "delivery", ["lane", "state", "run_at"])
    op.create_index("ix_delivery_release", "delivery", ["release_id"])
    op.create_index(
        "uq_delivery_open",
        "delivery",
        ["announcement_id", "destination", "locale"],
        unique=True,
        sqlite_where=sa.text("state IN ('held', 'partial', 'queued', 'sending', 'unconfirmed', 'waiting')"),
        postgresql_where=sa.text("state IN ('held', 'partial', 'queued', 'sending', 'unconfirmed', 'waiting')"),
    )


def _receipts() -> None:
    op.create_table(
        "receipt",
        sa.Column("delivery_id", KEY, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("part", sa.String(length=32), nullable=False),
        sa.Column("ids", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("act", sa.String(length=8), nullable=False),
        sa.ForeignKeyConstraint(["delivery_id"], ["delivery.id"], name="fk_receipt_delivery_id"),
        sa.PrimaryKeyConstraint("delivery_id", "position", name="pk_receipt"),
    )
    op.create_index("ix_receipt_ids", "receipt", ["ids"])
    op.create_index("ix_receipt_part", "receipt", ["part", "delivery_id"])
    op.create_table(
        "pin",
        sa.Column("delivery_id", KEY, nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("try_at", sa.BigInteger()),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.ForeignKeyConstraint(["delivery_id"], ["delivery.id"], name="fk_pin_delivery_id"),
        sa.PrimaryKeyConstraint("delivery_id", name="pk_pin"),
    )
    op.create_table(
        "callback",
        sa.Column("delivery_id", KEY, nullable=False),
        sa.Column("callback_id", sa.String(length=200), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("told", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["delivery_id"], ["delivery.id"], name="fk_callback_delivery_id"),
        sa.PrimaryKeyConstraint("delivery_id", "callback_id", name="pk_callback"),
    )
    op.create_table(
        "preflight",
        sa.Column("release_id", KEY, nullable=False),
        sa.Column("publish_at", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("findings", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["release_id"], ["release.id"], name="fk_preflight_release_id"),
        sa.PrimaryKeyConstraint("release_id", "publish_at", name="pk_preflight"),
    )
    op.create_table(
        "pause",
        sa.Column("key", sa.String(length=340), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_pause"),
    )


def _walks() -> None:
    op.create_table(
        "walk",
        sa.Column("id", KEY, nullable=False),
        sa.Column("release_id", KEY, nullable=False),
        sa.Column("stage", sa.String(length=32), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("actor", sa.String(length=100), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("new_time", sa.BigInteger()),
        sa.Column("starts_at", sa.BigInteger()),
        sa.Column("ends_at", sa.BigInteger()),
        sa.Column("extension", sa.Integer(), nullable=False),
        sa.Column("because", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(["release_id"], ["release.id"], name="fk_walk_release_id"),
        sa.PrimaryKeyConstraint("id", name="pk_walk"),
    )
    op.create_index("ix_walk_release", "walk", ["release_id", "stage"])


def _planned_stages() -> None:
    op.create_table(
        "planned_stage",
        sa.Column("id", KEY, nullable=False),
        sa.Column("announcement_id", sa.String(length=64), nullable=False),
        sa.Column("release_id", KEY, nullable=False),
        sa.Column("stage", sa.String(length=32), nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=False),
        sa.Column("look_at", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("ended_at", sa.BigInteger()),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("hand", sa.String(length=16), nullable=False),
        sa.Column("moved_from", sa.BigInteger()),
        sa.ForeignKeyConstraint(["announcement_id"], ["announcement.id"], name="fk_planned_stage_announcement_id"),
        sa.ForeignKeyConstraint(["release_id"], ["release.id"], name="fk_planned_stage_release_id"),
        sa.PrimaryKeyConstraint("id", name="pk_planned_stage"),
        sa.UniqueConstraint("announcement_id", "stage", "due_at", name="uq_planned_stage_announcement_id_stage_due_at"),
    )
    op.create_index(
        "ix_planned_stage_due",
        "planned_stage",
        ["look_at"],
        sqlite_where=sa.text("state = 'due'"),
        postgresql_where=sa.text("state = 'due'"),
    )
