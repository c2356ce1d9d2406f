"""Every table."""

from publisher.store.tables.columns import EPOCH, Key, UtcTime, metadata
from publisher.store.tables.deliveries import callback, delivery, pause, receipt, walk
from publisher.store.tables.instance import clock_offset, control, counter, person, transition
from publisher.store.tables.mailings import batch, mailing, payload, recipient, subscriber, subscription, suppression
from publisher.store.tables.releases import announcement, approval, edition, release, release_locale, revision

__all__ = [
    "EPOCH",
    "Key",
    "UtcTime",
    "announcement",
    "approval",
    "batch",
    "callback",
    "clock_offset",
    "control",
    "counter",
    "delivery",
    "edition",
    "mailing",
    "metadata",
    "pause",
    "payload",
    "person",
    "receipt",
    "recipient",
    "release",
    "release_locale",
    "revision",
    "subscriber",
    "subscription",
    "suppression",
    "transition",
    "walk",
]
