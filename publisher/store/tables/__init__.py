"""Every table."""

from publisher.store.tables.columns import EPOCH, Key, UtcTime, metadata
from publisher.store.tables.deliveries import callback, delivery, pause, pin, planned_stage, preflight, receipt, walk
from publisher.store.tables.digests import (
    digest_due,
    digest_item,
    digest_layout,
    digest_missed,
    digest_payload,
    digest_run,
    digest_said,
    digest_told,
)
from publisher.store.tables.instance import clock_offset, control, counter, person, transition
from publisher.store.tables.letters import letter, request_count, sign_up
from publisher.store.tables.mailings import batch, mailing, payload, recipient
from publisher.store.tables.readers import consent, subscriber, subscription, suppression
from publisher.store.tables.releases import (
    announcement,
    approval,
    edition,
    picture,
    release,
    release_locale,
    review,
    revision,
    signature,
)
from publisher.store.tables.search import FULL_TEXT, is_ours, search_document
from publisher.store.tables.segments import expected_readers, segment, segment_member

__all__ = [
    "EPOCH",
    "FULL_TEXT",
    "Key",
    "UtcTime",
    "announcement",
    "approval",
    "batch",
    "callback",
    "clock_offset",
    "consent",
    "control",
    "counter",
    "delivery",
    "digest_due",
    "digest_item",
    "digest_layout",
    "digest_missed",
    "digest_payload",
    "digest_run",
    "digest_said",
    "digest_told",
    "edition",
    "expected_readers",
    "is_ours",
    "letter",
    "mailing",
    "metadata",
    "pause",
    "payload",
    "person",
    "picture",
    "pin",
    "planned_stage",
    "preflight",
    "receipt",
    "recipient",
    "release",
    "release_locale",
    "request_count",
    "review",
    "revision",
    "search_document",
    "segment",
    "segment_member",
    "sign_up",
    "signature",
    "subscriber",
    "subscription",
    "suppression",
    "transition",
    "walk",
]
