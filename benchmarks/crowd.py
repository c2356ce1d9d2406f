"""Many readers at once: rows made by the database itself, a million in seconds."""

from __future__ import annotations

from sqlalchemy import text

from publisher.store.transaction import Store

NUMBERS = {
    "sqlite": "WITH RECURSIVE numbers(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM numbers WHERE n + 1 < :count)",
    "postgresql": "WITH numbers AS (SELECT generate_series(0, CAST(:count AS BIGINT) - 1) AS n)",
}
_SUBSCRIBERS = """
INSERT INTO subscriber (id, address, address_key, locale, state, created_at, updated_at)
{numbers} SELECT n + 1, 'reader' || n || '@example.net', 'reader' || n || '@example.net', 'en-US', 'active', 0, 0
FROM numbers
"""
_SUBSCRIPTIONS = """
INSERT INTO subscription (subscriber_id, kind, frequency) SELECT id, 'maintenance', 'instant' FROM subscriber
"""
_SUPPRESSED = """
INSERT INTO suppression (address_key, mail_class, reason, at)
SELECT address_key, 'promotional', 'unsubscribed', 0 FROM subscriber WHERE id % 50 = 0
"""


async def gather(store: Store, count: int) -> None:
    """`count` active readers of maintenance in English; one in fifty takes no promotional mail."""
    async with store.begin() as tx:
        numbers = NUMBERS[tx.connection.dialect.name]
        await tx.connection.execute(text(_SUBSCRIBERS.format(numbers=numbers)), {"count": count})
        await tx.connection.execute(text(_SUBSCRIPTIONS))
        await tx.connection.execute(text(_SUPPRESSED))
