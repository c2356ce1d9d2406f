"""The queries of the delivery step."""

from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncConnection


class DeliveryRows:
    """Implements the queries that the delivery step declares."""

    connection: AsyncConnection
