"""Every table. Times are UTC microseconds since 1970 (exact and comparable in both databases), see `UtcTime`."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Dialect,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
    false,
    text,
)

from publisher.delivery.states import OPEN

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class UtcTime(TypeDecorator[datetime]):
    """An aware datetime as microseconds; refuses naive ones, which would silently mean local time."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"a naive time reached the store: {value!r}")
        return (value - EPOCH) // timedelta(microseconds=1)

    def process_result_value(self, value: int | None, dialect: Dialect) -> datetime | None:
        return None if value is None else EPOCH + timedelta(microseconds=value)


# SQLite only gives a growing key to INTEGER PRIMARY KEY; PostgreSQL wants 64 bits.
Key = BigInteger().with_variant(Integer, "sqlite")

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(column_0_N_label)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

# --- the instance --------------------------------------------------------------------------------------------

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

# --- people -----------------------------------------------------------------------------------------------------

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

# --- content and releases ------------------------------------------------------------------------------------------

announcement = Table(
    "announcement",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("kind", String(32), nullable=False),
    Column("reference", String(16), unique=True),
    Column("created_at", UtcTime, nullable=False),
    Column("first_published_at", UtcTime),
)

revision = Table(
    "revision",
    metadata,
    Column("id", Key, primary_key=True),
    Column("announcement_id", ForeignKey("announcement.id"), nullable=False),
    Column("number", Integer, nullable=False),
    Column("state", String(20), nullable=False),
    Column("source", Text, nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("title", Text, nullable=False),
    Column("author", String(100), nullable=False),
    Column("created_at", UtcTime, nullable=False),
    UniqueConstraint("announcement_id", "number"),
)
"""`source` is `Revision.to_json()`; `title` is that of the first locale, rendered, for lists."""

release = Table(
    "release",
    metadata,
    Column("id", Key, primary_key=True),
    Column("revision_id", ForeignKey("revision.id"), nullable=False),
    Column("announcement_id", ForeignKey("announcement.id"), nullable=False),
    Column("state", String(20), nullable=False),
    Column("root_hash", String(64), nullable=False),
    Column("common_hash", String(64), nullable=False),
    Column("common", Text, nullable=False),
    Column("policy", Text, nullable=False),
    Column("audience", Text, nullable=False),
    Column("publish_at", UtcTime, nullable=False),
    Column("window_start", UtcTime, nullable=False),
    Column("local_time", String(32), nullable=False),
    Column("time_zone", String(64), nullable=False),
    Column("window_seconds", Integer, nullable=False),
    Column("submitted_by", String(100), nullable=False),
    Column("created_at", UtcTime, nullable=False),
    Column("published_at", UtcTime),
    Column("urgent", Boolean, nullable=False, server_default=false()),
)
"""`common` is the canonical JSON that `common_hash` covers; `policy` is the kind's policy as data, frozen with it."""
Index("ix_release_due", release.c.state, release.c.publish_at)
Index("ix_release_announcement", release.c.announcement_id)

release_locale = Table(
    "release_locale",
    metadata,
    Column("release_id", ForeignKey("release.id"), primary_key=True),
    Column("locale", String(35), primary_key=True),
    Column("sha256", String(64), nullable=False),
)

edition = Table(
    "edition",
    metadata,
    Column("id", Key, primary_key=True),
    Column("release_id", ForeignKey("release.id"), nullable=False),
    Column("stage", String(32), nullable=False),
    Column("operation", String(8), nullable=False),
    Column("channel", String(32), nullable=False),
    Column("destination", String(64), nullable=False),
    Column("locale", String(35), nullable=False),
    Column("payload", Text, nullable=False),
    Column("sha256", String(64), nullable=False),
    UniqueConstraint("release_id", "stage", "operation", "destination", "locale"),
)
"""`payload` is `Payload.to_json()`: the bytes that were approved."""

approval = Table(
    "approval",
    metadata,
    Column("id", Key, primary_key=True),
    Column("announcement_id", ForeignKey("announcement.id"), nullable=False),
    Column("release_id", ForeignKey("release.id"), nullable=False),
    Column("person", String(100), nullable=False),
    Column("group", String(32), nullable=False),
    Column("common_hash", String(64), nullable=False),
    Column("locale_hashes", Text, nullable=False),
    Column("at", UtcTime, nullable=False),
    UniqueConstraint("release_id", "person"),
)
"""`locale_hashes` is JSON, locale -> hash: what this person took responsibility for."""

# --- deliveries --------------------------------------------------------------------------------------------------

delivery = Table(
    "delivery",
    metadata,
    Column("id", Key, primary_key=True),
    Column("release_id", ForeignKey("release.id"), nullable=False),
    Column("edition_id", ForeignKey("edition.id"), nullable=False),
    Column("announcement_id", ForeignKey("announcement.id"), nullable=False),
    Column("channel", String(32), nullable=False),
    Column("destination", String(64), nullable=False),
    Column("account", String(64), nullable=False),
    Column("locale", String(35), nullable=False),
    Column("operation", String(8), nullable=False),
    Column("stage", String(32), nullable=False),
    Column("state", String(20), nullable=False),
    Column("wave", Integer, nullable=False),
    Column("lane", String(8), nullable=False),
    Column("run_at", UtcTime, nullable=False),
    Column("deadline", UtcTime, nullable=False),
    Column("lease_owner", String(64)),
    Column("lease_until", UtcTime),
    Column("fence", BigInteger, nullable=False, server_default="0"),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("resends", Integer, nullable=False, server_default="0"),
    Column("first_tried_at", UtcTime),
    Column("reason", Text, nullable=False, server_default=""),
    Column("slots", Text, nullable=False),
    Column("updated_at", UtcTime, nullable=False),
    CheckConstraint("operation IN ('publish', 'amend', 'retract')", name="operation"),
)
"""`slots` is JSON: the values known to the release (reference, url, published_at). A lease without an owner is free."""
Index("ix_delivery_due", delivery.c.lane, delivery.c.state, delivery.c.run_at)
Index("ix_delivery_release", delivery.c.release_id)
_open = text("state IN ({})".format(", ".join(f"'{state}'" for state in sorted(OPEN))))
Index(
    "uq_delivery_open",
    delivery.c.announcement_id,
    delivery.c.destination,
    delivery.c.locale,
    unique=True,
    sqlite_where=_open,
    postgresql_where=_open,
)

receipt = Table(
    "receipt",
    metadata,
    Column("delivery_id", ForeignKey("delivery.id"), primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("part", String(32), nullable=False),
    Column("ids", Text, nullable=False),
    Column("url", Text, nullable=False),
    Column("at", UtcTime, nullable=False),
)

pause = Table(
    "pause",
    metadata,
    Column("key", String(160), primary_key=True),
    Column("until", UtcTime, nullable=False),
)
"""What a network told us: leave `account:NAME` or `target:NAME` alone until then. Survives a restart."""

# --- mailings --------------------------------------------------------------------------------------------------------

subscriber = Table(
    "subscriber",
    metadata,
    Column("id", Key, primary_key=True),
    Column("address", String(254), nullable=False),
    Column("address_key", String(254), nullable=False, unique=True),
    Column("locale", String(35), nullable=False),
    Column("state", String(16), nullable=False),
    Column("created_at", UtcTime, nullable=False),
    Column("updated_at", UtcTime, nullable=False),
)
"""`address_key` is the address with its domain in lower case, compared as a whole in lower case."""
Index("ix_subscriber_locale", subscriber.c.locale, subscriber.c.state)

subscription = Table(
    "subscription",
    metadata,
    Column("subscriber_id", ForeignKey("subscriber.id"), primary_key=True),
    Column("kind", String(32), primary_key=True),
    Column("frequency", String(8), nullable=False),
)
Index("ix_subscription_kind", subscription.c.kind, subscription.c.frequency)

suppression = Table(
    "suppression",
    metadata,
    Column("address_key", String(254), primary_key=True),
    Column("mail_class", String(16), primary_key=True),
    Column("reason", String(64), nullable=False),
    Column("at", UtcTime, nullable=False),
)
"""`mail_class` promotional, service, mandatory: a hard bounce writes all three, an unsubscribe never `mandatory`."""

mailing = Table(
    "mailing",
    metadata,
    Column("id", Key, primary_key=True),
    Column("delivery_id", ForeignKey("delivery.id"), unique=True),
    Column("digest_run_id", Key, unique=True),
    Column("mail_class", String(16), nullable=False),
    Column("unconfirmed", String(16), nullable=False),
    Column("resend_until", UtcTime),
    Column("audience", BigInteger, nullable=False),
    Column("frozen_at", UtcTime, nullable=False),
    Column("finished_at", UtcTime),
    CheckConstraint("(delivery_id IS NULL) <> (digest_run_id IS NULL)", name="one_origin"),
)
"""`audience` is how many rows were frozen; the identity audience = sum of states is checked before it is finished."""

payload = Table(
    "payload",
    metadata,
    Column("id", Key, primary_key=True),
    Column("mailing_id", ForeignKey("mailing.id"), nullable=False),
    Column("payload", Text, nullable=False),
    Column("sha256", String(64), nullable=False),
)

batch = Table(
    "batch",
    metadata,
    Column("id", Key, primary_key=True),
    Column("mailing_id", ForeignKey("mailing.id"), nullable=False),
    Column("payload_id", ForeignKey("payload.id"), nullable=False),
    Column("position", Integer, nullable=False),
    Column("state", String(16), nullable=False),
    Column("lane", String(8), nullable=False),
    Column("run_at", UtcTime, nullable=False),
    Column("deadline", UtcTime, nullable=False),
    Column("lease_owner", String(64)),
    Column("lease_until", UtcTime),
    Column("fence", BigInteger, nullable=False, server_default="0"),
    UniqueConstraint("mailing_id", "position"),
)
"""About 500 recipients. `state` is open or done."""
Index("ix_batch_due", batch.c.lane, batch.c.state, batch.c.run_at)

recipient = Table(
    "recipient",
    metadata,
    Column("id", Key, primary_key=True),
    Column("mailing_id", Key, nullable=False),
    Column("batch_id", ForeignKey("batch.id"), nullable=False),
    Column("person_id", Key, nullable=False),
    Column("address", String(254), nullable=False),
    Column("state", String(16), nullable=False),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("resends", Integer, nullable=False, server_default="0"),
    Column("run_at", UtcTime),
    Column("tried_at", UtcTime),
    Column("ended_at", UtcTime),
    Column("reason", Text),
    UniqueConstraint("mailing_id", "person_id"),
)
"""A row per reader, with a copy of the address: what was sent to, even if the subscriber changes it later."""
Index("ix_recipient_batch", recipient.c.batch_id, recipient.c.state)
