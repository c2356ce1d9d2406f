"""What each reader is sent."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from publisher.store.migrations.first.columns import KEY


def create() -> None:
    _mailings()
    _batches()


def _mailings() -> None:
    op.create_table(
        "mailing",
        sa.Column("id", KEY, nullable=False),
        sa.Column("delivery_id", KEY),
        sa.Column("digest_run_id", KEY),
        sa.Column("segment_id", KEY),
        sa.Column("mail_class", sa.String(length=16), nullable=False),
        sa.Column("unconfirmed", sa.String(length=16), nullable=False),
        sa.Column("resend_until", sa.BigInteger()),
        sa.Column("audience", sa.BigInteger(), nullable=False),
        sa.Column("left_out_elsewhere", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("left_out_unknown", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("canary", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("go_at", sa.BigInteger()),
        sa.Column("frozen_at", sa.BigInteger(), nullable=False),
        sa.Column("finished_at", sa.BigInteger()),
        sa.CheckConstraint("(delivery_id IS NULL) <> (digest_run_id IS NULL)", name=op.f("ck_mailing_one_origin")),
        sa.ForeignKeyConstraint(["delivery_id"], ["delivery.id"], name="fk_mailing_delivery_id"),
        sa.ForeignKeyConstraint(["digest_run_id"], ["digest_run.id"], name="fk_mailing_digest_run_id"),
        sa.ForeignKeyConstraint(["segment_id"], ["segment.id"], name="fk_mailing_segment_id"),
        sa.PrimaryKeyConstraint("id", name="pk_mailing"),
        sa.UniqueConstraint("delivery_id", name="uq_mailing_delivery_id"),
        sa.UniqueConstraint("digest_run_id", name="uq_mailing_digest_run_id"),
    )
    op.create_table(
        "payload",
        sa.Column("id", KEY, nullable=False),
        sa.Column("mailing_id", KEY, nullable=False),
        sa.Column("payload", sa.Text(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["mailing_id"], ["mailing.id"], name="fk_payload_mailing_id"),
        sa.PrimaryKeyConstraint("id", name="pk_payload"),
    )


def _batches() -> None:
    op.create_table(
        "batch",
        sa.Column("id", KEY, nullable=False),
        sa.Column("mailing_id", KEY, nullable=False),
        sa.Column("payload_id", KEY, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("lane", sa.String(length=8), nullable=False),
        sa.Column("run_at", sa.BigInteger(), nullable=False),
        sa.Column("deadline", sa.BigInteger(), nullable=False),
        sa.Column("lease_owner", sa.String(length=64)),
        sa.Column("lease_until", sa.BigInteger()),
        sa.Column("fence", sa.BigInteger(), server_default="0", nullable=False),
        sa.ForeignKeyConstraint(["mailing_id"], ["mailing.id"], name="fk_batch_mailing_id"),
        sa.ForeignKeyConstraint(["payload_id"], ["payload.id"], name="fk_batch_payload_id"),
        sa.PrimaryKeyConstraint("id", name="pk_batch"),
        sa.UniqueConstraint("mailing_id", "position", name="uq_batch_mailing_id_position"),
    )
    op.create_index("ix_batch_due", "batch", ["lane", "state", "run_at"])
    op.create_table(
        "recipient",
        sa.Column("id", KEY, nullable=False),
        sa.Column("mailing_id", KEY, nullable=False),
        sa.Column("batch_id", KEY, nullable=False),
        sa.Column("person_id", KEY, nullable=False),
        sa.Column("address", sa.String(length=254), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("resends", sa.Integer(), server_default="0", nullable=False),
        sa.Column("run_at", sa.BigInteger()),
        sa.Column("tried_at", sa.BigInteger()),
        sa.Column("ended_at", sa.BigInteger()),
        sa.Column("reason", sa.Text()),
        sa.PrimaryKeyConstraint("id", name="pk_recipient"),
        sa.UniqueConstraint("mailing_id", "person_id", name="uq_recipient_mailing_id_person_id"),
    )
    op.create_index("ix_recipient_batch", "recipient", ["batch_id", "state"])
