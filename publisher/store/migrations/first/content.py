"""What staff write, who answers for it, and what the installation keeps of itself."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from publisher.store.migrations.first.columns import KEY


def create() -> None:
    _instance()
    _announcements()
    _releases()
    _editions()


def _instance() -> None:
    op.create_table(
        "clock_offset",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("microseconds", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_clock_offset_one_row")),
        sa.PrimaryKeyConstraint("id", name="pk_clock_offset"),
    )
    op.create_table(
        "counter",
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("value", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_counter"),
    )
    op.create_table(
        "control",
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("set_at", sa.BigInteger(), nullable=False),
        sa.Column("actor", sa.String(length=100), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_control"),
    )
    op.create_table(
        "transition",
        sa.Column("id", KEY, nullable=False),
        sa.Column("entity", sa.String(length=16), nullable=False),
        sa.Column("entity_id", KEY, nullable=False),
        sa.Column("before", sa.String(length=20)),
        sa.Column("after", sa.String(length=20), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("actor", sa.String(length=100), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_transition"),
    )
    op.create_index("ix_transition_entity", "transition", ["entity", "entity_id"])
    op.create_table(
        "person",
        sa.Column("id", KEY, nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("groups", sa.Text(), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(length=32)),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("disabled_at", sa.BigInteger()),
        sa.PrimaryKeyConstraint("id", name="pk_person"),
        sa.UniqueConstraint("name", name="uq_person_name"),
        sa.UniqueConstraint("token_hash", name="uq_person_token_hash"),
    )


def _announcements() -> None:
    op.create_table(
        "announcement",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("reference", sa.String(length=16)),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("first_published_at", sa.BigInteger()),
        sa.PrimaryKeyConstraint("id", name="pk_announcement"),
        sa.UniqueConstraint("reference", name="uq_announcement_reference"),
    )
    op.create_table(
        "revision",
        sa.Column("id", KEY, nullable=False),
        sa.Column("announcement_id", sa.String(length=64), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("author", sa.String(length=100), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["announcement_id"], ["announcement.id"], name="fk_revision_announcement_id"),
        sa.PrimaryKeyConstraint("id", name="pk_revision"),
        sa.UniqueConstraint("announcement_id", "number", name="uq_revision_announcement_id_number"),
    )
    op.create_table(
        "picture",
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("media_type", sa.String(length=16), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("sha256", name="pk_picture"),
    )


def _releases() -> None:
    op.create_table(
        "release",
        sa.Column("id", KEY, nullable=False),
        sa.Column("revision_id", KEY, nullable=False),
        sa.Column("announcement_id", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("root_hash", sa.String(length=64), nullable=False),
        sa.Column("common_hash", sa.String(length=64), nullable=False),
        sa.Column("common", sa.Text(), nullable=False),
        sa.Column("policy", sa.Text(), nullable=False),
        sa.Column("audience", sa.Text(), nullable=False),
        sa.Column("publish_at", sa.BigInteger(), nullable=False),
        sa.Column("window_start", sa.BigInteger(), nullable=False),
        sa.Column("local_time", sa.String(length=32), nullable=False),
        sa.Column("fold", sa.Integer(), nullable=False),
        sa.Column("time_zone", sa.String(length=64), nullable=False),
        sa.Column("walls", sa.Text(), nullable=False),
        sa.Column("window_seconds", sa.Integer(), nullable=False),
        sa.Column("submitted_by", sa.String(length=100), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("published_at", sa.BigInteger()),
        sa.Column("urgent", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.ForeignKeyConstraint(["announcement_id"], ["announcement.id"], name="fk_release_announcement_id"),
        sa.ForeignKeyConstraint(["revision_id"], ["revision.id"], name="fk_release_revision_id"),
        sa.PrimaryKeyConstraint("id", name="pk_release"),
    )
    op.create_index("ix_release_announcement", "release", ["announcement_id"])
    op.create_index("ix_release_due", "release", ["state", "publish_at"])
    op.create_table(
        "review",
        sa.Column("release_id", KEY, nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=False),
        sa.Column("alarmed_at", sa.BigInteger()),
        sa.Column("done_at", sa.BigInteger()),
        sa.Column("person", sa.String(length=100)),
        sa.Column("note", sa.Text()),
        sa.ForeignKeyConstraint(["release_id"], ["release.id"], name="fk_review_release_id"),
        sa.PrimaryKeyConstraint("release_id", name="pk_review"),
    )
    op.create_table(
        "release_locale",
        sa.Column("release_id", KEY, nullable=False),
        sa.Column("locale", sa.String(length=35), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["release_id"], ["release.id"], name="fk_release_locale_release_id"),
        sa.PrimaryKeyConstraint("release_id", "locale", name="pk_release_locale"),
    )


def _editions() -> None:
    op.create_table(
        "edition",
        sa.Column("id", KEY, nullable=False),
        sa.Column("release_id", KEY, nullable=False),
        sa.Column("stage", sa.String(length=32), nullable=False),
        sa.Column("operation", sa.String(length=8), nullable=False),
        sa.Column("channel", sa.String(length=32), nullable=False),
        sa.Column("destination", sa.String(length=64), nullable=False),
        sa.Column("locale", sa.String(length=35), nullable=False),
        sa.Column("payload", sa.Text(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["release_id"], ["release.id"], name="fk_edition_release_id"),
        sa.PrimaryKeyConstraint("id", name="pk_edition"),
        sa.UniqueConstraint(
            "release_id",
            "stage",
            "operation",
            "destination",
            "locale",
            name="uq_edition_release_id_stage_operation_destination_locale",
        ),
    )
    op.create_table(
        "signature",
        sa.Column("id", KEY, nullable=False),
        sa.Column("announcement_id", sa.String(length=64), nullable=False),
        sa.Column("locale", sa.String(length=35), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("person", sa.String(length=100), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_signature"),
    )
    op.create_index("ix_signature_announcement", "signature", ["announcement_id"])
    op.create_table(
        "approval",
        sa.Column("id", KEY, nullable=False),
        sa.Column("announcement_id", sa.String(length=64), nullable=False),
        sa.Column("release_id", KEY, nullable=False),
        sa.Column("person", sa.String(length=100), nullable=False),
        sa.Column("group", sa.String(length=32), nullable=False),
        sa.Column("common_hash", sa.String(length=64), nullable=False),
        sa.Column("locale_hashes", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["announcement_id"], ["announcement.id"], name="fk_approval_announcement_id"),
        sa.ForeignKeyConstraint(["release_id"], ["release.id"], name="fk_approval_release_id"),
        sa.PrimaryKeyConstraint("id", name="pk_approval"),
        sa.UniqueConstraint("release_id", "person", name="uq_approval_release_id_person"),
    )
    op.create_index("ix_approval_announcement", "approval", ["announcement_id"])
