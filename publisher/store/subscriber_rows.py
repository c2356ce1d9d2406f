"""The queries of the subscribers step."""

from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncConnection


class SubscriberRows:
    """Implements the queries that the subscribers step declares."""

    connection: AsyncConnection
