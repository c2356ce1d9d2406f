"""Readers, what they want, what they agreed to, and what they must not get."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from publisher.store.migrations.first.columns import KEY


def create() -> None:
    _subscribers()
    _suppressions()
    _consents()


def _subscribers() -> None:
    op.create_table(
        "subscriber",
        sa.Column("id", KEY, nullable=False),
        sa.Column("address", sa.String(length=254), nullable=False),
        sa.Column("address_key", sa.String(length=254), nullable=False),
        sa.Column("locale", sa.String(length=35), nullable=False),
        sa.Column("zone", sa.String(length=64)),
        sa.Column("jurisdiction", sa.String(length=2)),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("anti_phishing_code", sa.Text()),
        sa.Column("follow", sa.String(length=12), server_default="important", nullable=False),
        sa.Column("digest_hour", sa.Integer(), server_default="9", nullable=False),
        sa.Column("digest_weekday", sa.Integer(), server_default="0", nullable=False),
        sa.Column("digest_through", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("weekly_through", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("last_digest_on", sa.String(length=10)),
        sa.Column("next_digest_at", sa.BigInteger()),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_subscriber"),
        sa.UniqueConstraint("address_key", name="uq_subscriber_address_key"),
    )
    op.create_index("ix_subscriber_locale", "subscriber", ["locale", "state"])
    op.create_index("ix_subscriber_next_digest_at", "subscriber", ["next_digest_at"])
    _subscriptions()


def _subscriptions() -> None:
    op.create_table(
        "subscription",
        sa.Column("subscriber_id", KEY, nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("frequency", sa.String(length=8), nullable=False),
        sa.Column("since", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("owed_through", sa.BigInteger()),
        sa.Column("began", sa.BigInteger(), server_default="0", nullable=False),
        sa.ForeignKeyConstraint(["subscriber_id"], ["subscriber.id"], name="fk_subscription_subscriber_id"),
        sa.PrimaryKeyConstraint("subscriber_id", "kind", name="pk_subscription"),
    )
    owed = sa.text("owed_through IS NOT NULL")
    op.create_index("ix_subscription_owed", "subscription", ["subscriber_id"], sqlite_where=owed, postgresql_where=owed)
    op.create_index("ix_subscription_kind", "subscription", ["kind", "frequency"])


def _suppressions() -> None:
    op.create_table(
        "suppression",
        sa.Column("address_key", sa.String(length=254), nullable=False),
        sa.Column("mail_class", sa.String(length=16), nullable=False),
        sa.Column("reason", sa.String(length=64), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("address_key", "mail_class", name="pk_suppression"),
    )


def _consents() -> None:
    op.create_table(
        "consent",
        sa.Column("id", KEY, nullable=False),
        sa.Column("subscriber_id", KEY, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("act", sa.String(length=16), nullable=False),
        sa.Column("source", sa.String(length=64), nullable=False),
        sa.Column("wording", sa.String(length=64)),
        sa.Column("origin", sa.String(length=200)),
        sa.Column("agreed_at", sa.BigInteger()),
        sa.Column("kinds", sa.Text(), nullable=False),
        sa.Column("network_hash", sa.String(length=64)),
        sa.ForeignKeyConstraint(["subscriber_id"], ["subscriber.id"], name="fk_consent_subscriber_id"),
        sa.PrimaryKeyConstraint("id", name="pk_consent"),
    )
    op.create_index("ix_consent_subscriber", "consent", ["subscriber_id"])
