"""What receiving systems reported of deliveries."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any, cast

from sqlalchemy import CursorResult, select
from sqlalchemy.ext.asyncio import AsyncConnection

from publisher.channel import Callback
from publisher.store import tables as t
from publisher.store.insert_or import insert_or_ignore


class CallbackRows:
    """Implements the queries of `publisher.delivery.callbacks`."""

    connection: AsyncConnection

    async def delivery_with_receipt(self, account: str, receipt: str) -> int | None:
        query = select(t.delivery.c.id).join(t.receipt, t.receipt.c.delivery_id == t.delivery.c.id)
        theirs = query.where(t.delivery.c.account == account, t.receipt.c.ids == json.dumps([receipt]))
        found: int | None = await self.connection.scalar(theirs.order_by(t.delivery.c.id.desc()).limit(1))
        return found

    async def save_callback(self, delivery_id: int, callback: Callback, at: datetime) -> bool:
        row = {"delivery_id": delivery_id, "callback_id": callback.id, "at": at, "told": callback.sentence}
        done = await self.connection.execute(insert_or_ignore(self.connection, t.callback, row))
        return cast(CursorResult[Any], done).rowcount == 1

    async def told(self, delivery_ids: Sequence[int]) -> dict[int, str]:
        """The newest report of each that has one."""
        c = t.callback.c
        query = select(c.delivery_id, c.told).where(c.delivery_id.in_(delivery_ids)).order_by(c.at, c.callback_id)
        return {row.delivery_id: row.told for row in (await self.connection.execute(query)).all()}
