"""Who signed which machine's draft."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict

from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from publisher.release.release import Signature
from publisher.store import tables as t

s = t.signature.c


class SignatureRows:
    """Implements the signatures of `publisher.release.release.Transaction`."""

    connection: AsyncConnection

    async def save_signature(self, signature: Signature) -> None:
        await self.connection.execute(insert(t.signature).values(**asdict(signature)))

    async def signatures(self, announcement_id: str) -> Sequence[Signature]:
        query = select(s.announcement_id, s.locale, s.sha256, s.person, s.at)
        rows = await self.connection.execute(query.where(s.announcement_id == announcement_id).order_by(s.id))
        return [Signature(**row) for row in rows.mappings()]
