"""The first schema."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    _instance()
    _content()
    _deliveries()
    _subscribers()
    _mailings()
    _search()


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


def _content() -> None:
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
        sa.Column("time_zone", sa.String(length=64), nullable=False),
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
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("operation IN ('publish', 'amend', 'retract')", name=op.f("ck_delivery_operation")),
        sa.ForeignKeyConstraint(["announcement_id"], ["announcement.id"], name="fk_delivery_announcement_id"),
        sa.ForeignKeyConstraint(["edition_id"], ["edition.id"], name="fk_delivery_edition_id"),
        sa.ForeignKeyConstraint(["release_id"], ["release.id"], name="fk_delivery_release_id"),
        sa.PrimaryKeyConstraint("id", name="pk_delivery"),
    )
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
    op.create_table(
        "receipt",
        sa.Column("delivery_id", KEY, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("part", sa.String(length=32), nullable=False),
        sa.Column("ids", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["delivery_id"], ["delivery.id"], name="fk_receipt_delivery_id"),
        sa.PrimaryKeyConstraint("delivery_id", "position", name="pk_receipt"),
    )
    op.create_index("ix_receipt_ids", "receipt", ["ids"])
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
        "walk",
        sa.Column("id", KEY, nullable=False),
        sa.Column("release_id", KEY, nullable=False),
        sa.Column("stage", sa.String(length=32), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("actor", sa.String(length=100), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("new_time", sa.BigInteger()),
        sa.ForeignKeyConstraint(["release_id"], ["release.id"], name="fk_walk_release_id"),
        sa.PrimaryKeyConstraint("id", name="pk_walk"),
    )
    op.create_index("ix_walk_release", "walk", ["release_id", "stage"])
    op.create_table(
        "pause",
        sa.Column("key", sa.String(length=160), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_pause"),
    )


def _subscribers() -> None:
    op.create_table(
        "subscriber",
        sa.Column("id", KEY, nullable=False),
        sa.Column("address", sa.String(length=254), nullable=False),
        sa.Column("address_key", sa.String(length=254), nullable=False),
        sa.Column("locale", sa.String(length=35), nullable=False),
        sa.Column("jurisdiction", sa.String(length=2)),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_subscriber"),
        sa.UniqueConstraint("address_key", name="uq_subscriber_address_key"),
    )
    op.create_index("ix_subscriber_locale", "subscriber", ["locale", "state"])
    op.create_table(
        "subscription",
        sa.Column("subscriber_id", KEY, nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("frequency", sa.String(length=8), nullable=False),
        sa.ForeignKeyConstraint(["subscriber_id"], ["subscriber.id"], name="fk_subscription_subscriber_id"),
        sa.PrimaryKeyConstraint("subscriber_id", "kind", name="pk_subscription"),
    )
    op.create_index("ix_subscription_kind", "subscription", ["kind", "frequency"])
    op.create_table(
        "suppression",
        sa.Column("address_key", sa.String(length=254), nullable=False),
        sa.Column("mail_class", sa.String(length=16), nullable=False),
        sa.Column("reason", sa.String(length=64), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("address_key", "mail_class", name="pk_suppression"),
    )


def _mailings() -> None:
    op.create_table(
        "mailing",
        sa.Column("id", KEY, nullable=False),
        sa.Column("delivery_id", KEY),
        sa.Column("digest_run_id", KEY),
        sa.Column("mail_class", sa.String(length=16), nullable=False),
        sa.Column("unconfirmed", sa.String(length=16), nullable=False),
        sa.Column("resend_until", sa.BigInteger()),
        sa.Column("audience", sa.BigInteger(), nullable=False),
        sa.Column("left_out_elsewhere", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("left_out_unknown", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("frozen_at", sa.BigInteger(), nullable=False),
        sa.Column("finished_at", sa.BigInteger()),
        sa.CheckConstraint("(delivery_id IS NULL) <> (digest_run_id IS NULL)", name=op.f("ck_mailing_one_origin")),
        sa.ForeignKeyConstraint(["delivery_id"], ["delivery.id"], name="fk_mailing_delivery_id"),
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
        sa.ForeignKeyConstraint(["batch_id"], ["batch.id"], name="fk_recipient_batch_id"),
        sa.PrimaryKeyConstraint("id", name="pk_recipient"),
        sa.UniqueConstraint("mailing_id", "person_id", name="uq_recipient_mailing_id_person_id"),
    )
    op.create_index("ix_recipient_batch", "recipient", ["batch_id", "state"])


def _search() -> None:
    sqlite = op.get_context().dialect.name == "sqlite"
    op.create_table(
        "search_document",
        sa.Column("id", KEY, nullable=False),
        sa.Column("locale", sa.String(length=35), nullable=False),
        sa.Column("announcement_id", sa.String(length=64), nullable=False),
        sa.Column("words", sa.Text() if sqlite else postgresql.TSVECTOR(), nullable=False),
        sa.Column("record", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_search_document"),
        sa.UniqueConstraint("locale", "announcement_id", name="uq_search_document_locale_announcement_id"),
    )
    if not sqlite:
        op.create_index("ix_search_document_words", "search_document", ["words"], postgresql_using="gin")
        return
    put = "INSERT INTO search_text (rowid, locale, words) VALUES (new.id, new.locale, new.words);"
    take = (
        "INSERT INTO search_text (search_text, rowid, locale, words) VALUES ('delete', old.id, old.locale, old.words);"
    )
    for statement in (
        "CREATE VIRTUAL TABLE search_text USING fts5 "
        "(locale, words, content = 'search_document', content_rowid = 'id', "
        "tokenize = 'unicode61 remove_diacritics 0')",
        f"CREATE TRIGGER search_text_put AFTER INSERT ON search_document BEGIN {put} END",
        f"CREATE TRIGGER search_text_take AFTER DELETE ON search_document BEGIN {take} END",
        f"CREATE TRIGGER search_text_change AFTER UPDATE ON search_document BEGIN {take} {put} END",
    ):
        op.execute(statement)
