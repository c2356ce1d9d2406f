"""The first schema."""

from __future__ import annotations

from publisher.store.migrations.first import content, deliveries, digests, letters, mailings, readers, search, segments

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    content.create()
    deliveries.create()
    readers.create()
    segments.create()
    letters.create()
    digests.create()
    mailings.create()
    digests.create_payloads()
    search.create()
