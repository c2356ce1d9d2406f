"""The queries of the mailing step."""

from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncConnection


class MailingRows:
    """Implements the queries that the mailing step declares."""

    connection: AsyncConnection
