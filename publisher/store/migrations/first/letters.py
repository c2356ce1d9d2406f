"""Letters to one reader, the requests that lead to them, and what limits them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from publisher.store.migrations.first.columns import KEY


def create() -> None:
    _requests()
    _letters()


def _requests() -> None:
    op.create_table(
        "sign_up",
        sa.Column("id", KEY, nullable=False),
        sa.Column("purpose", sa.String(length=16), nullable=False),
        sa.Column("address", sa.String(length=254), nullable=False),
        sa.Column("locale", sa.String(length=35), nullable=False),
        sa.Column("wish", sa.Text(), nullable=False),
        sa.Column("wording", sa.String(length=64)),
        sa.Column("network_hash", sa.String(length=64), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_sign_up"),
    )
    op.create_table(
        "request_count",
        sa.Column("counted", sa.String(length=64), nullable=False),
        sa.Column("hour", sa.BigInteger(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("counted", "hour", name="pk_request_count"),
    )


def _letters() -> None:
    op.create_table(
        "letter",
        sa.Column("id", KEY, nullable=False),
        sa.Column("purpose", sa.String(length=16), nullable=False),
        sa.Column("subscriber_id", KEY, nullable=False),
        sa.Column("mailbox_hash", sa.String(length=64), nullable=False),
        sa.Column("locale", sa.String(length=35), nullable=False),
        sa.Column("wish", sa.Text(), nullable=False),
        sa.Column("wording", sa.String(length=64)),
        sa.Column("network_hash", sa.String(length=64), nullable=False),
        sa.Column("asked_at", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("token_hash", sa.String(length=64)),
        sa.Column("run_at", sa.BigInteger()),
        sa.Column("tried_at", sa.BigInteger()),
        sa.Column("ended_at", sa.BigInteger()),
        sa.Column("used_at", sa.BigInteger()),
        sa.Column("reason", sa.Text()),
        sa.ForeignKeyConstraint(["subscriber_id"], ["subscriber.id"], name="fk_letter_subscriber_id"),
        sa.PrimaryKeyConstraint("id", name="pk_letter"),
        sa.UniqueConstraint("token_hash", name="uq_letter_token_hash"),
    )
    op.create_index("ix_letter_mailbox", "letter", ["mailbox_hash", "asked_at"])
    op.create_index("ix_letter_state", "letter", ["state", "run_at"])
