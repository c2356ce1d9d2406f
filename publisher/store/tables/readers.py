"""Readers: who they are, what they want, what they agreed to, and what they must not get."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Index, String, Table, Text

from publisher.store.tables.columns import Key, UtcTime, metadata

subscriber = Table(
    "subscriber",
    metadata,
    Column("id", Key, primary_key=True),
    Column("address", String(254), nullable=False),
    Column("address_key", String(254), nullable=False, unique=True),
    Column("locale", String(35), nullable=False),
    Column("zone", String(64)),
    Column("jurisdiction", String(2)),
    Column("state", String(16), nullable=False),
    Column("anti_phishing_code", Text),
    Column("created_at", UtcTime, nullable=False),
    Column("updated_at", UtcTime, nullable=False),
)
"""`address_key` is the address with its domain in lower case, compared as a whole in lower case. `jurisdiction` is
a code of ISO 3166, null when nobody knows; `zone` is of the IANA list, null for a reader who never chose one.
`anti_phishing_code` is encrypted. An erased subscriber keeps the row: `address` is then empty and `address_key` the
keyed hash that is in `suppression` too."""
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


consent = Table(
    "consent",
    metadata,
    Column("id", Key, primary_key=True),
    Column("subscriber_id", ForeignKey("subscriber.id"), nullable=False),
    Column("at", UtcTime, nullable=False),
    Column("act", String(16), nullable=False),
    Column("source", String(64), nullable=False),
    Column("wording", String(64)),
    Column("origin", String(200)),
    Column("agreed_at", UtcTime),
    Column("kinds", Text, nullable=False),
    Column("network_hash", String(64)),
)
"""What a reader agreed to or took back, never changed afterwards. `act`: asked, confirmed, changed, unsubscribed,
imported, added, erased; `source`: page, mail, import, staff; `wording`: the version of the words they saw; `origin`
and `agreed_at`: where and when they agreed, as the list says that they came with;
`network_hash`: a keyed hash of the network address that they came from."""
Index("ix_consent_subscriber", consent.c.subscriber_id)
