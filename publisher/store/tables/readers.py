"""Readers: who they are, what they want, what they agreed to, and what they must not get."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, String, Table, Text, text

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
    Column("follow", String(12), nullable=False, server_default="important"),
    Column("digest_hour", Integer, nullable=False, server_default="9"),
    Column("digest_weekday", Integer, nullable=False, server_default="0"),
    Column("digest_through", BigInteger, nullable=False, server_default="0"),
    Column("weekly_through", BigInteger, nullable=False, server_default="0"),
    Column("last_digest_on", String(10)),
    Column("next_digest_at", UtcTime),
    Column("created_at", UtcTime, nullable=False),
    Column("updated_at", UtcTime, nullable=False),
)
"""`address_key` is the address with its domain in lower case, compared as a whole in lower case. `jurisdiction` is
a code of ISO 3166, null when nobody knows; `zone` is of the IANA list, null for a reader who never chose one.
`anti_phishing_code` is encrypted. An erased subscriber keeps the row: `address` is then empty and `address_key` the
keyed hash that is in `suppression` too. `follow` is announcement, important or everything.
Digests: `digest_hour` (0 to 23) and `digest_weekday` (0 is Monday) are those of the reader's zone; `digest_through` and
`weekly_through` are the last items that any digest, and a weekly one, has considered for them; `last_digest_on` is
their local date of the last one. `next_digest_at` is null for whoever gets none, and 1970 until the clock
has looked."""
Index("ix_subscriber_locale", subscriber.c.locale, subscriber.c.state)
Index("ix_subscriber_next_digest_at", subscriber.c.next_digest_at)

subscription = Table(
    "subscription",
    metadata,
    Column("subscriber_id", ForeignKey("subscriber.id"), primary_key=True),
    Column("kind", String(32), primary_key=True),
    Column("frequency", String(8), nullable=False),
    Column("since", BigInteger, nullable=False, server_default="0"),
    Column("owed_through", BigInteger),
    Column("began", BigInteger, nullable=False, server_default="0"),
)
"""In numbers of digest items: `since`, the last that needs no digest any more, because it went out otherwise; `began`,
the last before they subscribed; `owed_through`, of one who gets the kind at once now, the last that a digest owes."""
_owed = text("owed_through IS NOT NULL")
Index("ix_subscription_owed", subscription.c.subscriber_id, sqlite_where=_owed, postgresql_where=_owed)
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
