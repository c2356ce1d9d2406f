"""The queries about pinned messages."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, RowMapping, Select, and_, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from publisher.channel import EARLIER, PIN, Payload, Receipt
from publisher.delivery.pins import Pin, PinState
from publisher.delivery.states import DeliveryState
from publisher.delivery.transaction import FailedPin
from publisher.store import tables as t
from publisher.store.insert_or import upsert

d, r = t.delivery.c, t.receipt.c

_ENDED = (DeliveryState.DELIVERED, DeliveryState.REJECTED)
"""A withdrawal that the network refused is one all the same: what was withdrawn must not stand at the top."""


class PinRows:
    """Implements `publisher.delivery.pins.PinTransaction`."""

    connection: AsyncConnection

    async def pins(self) -> Sequence[Pin]:
        rows = (await self.connection.execute(_asking().where(_not_over()))).mappings().all()
        return [_pin(row, replaced=await self._is_replaced(row), amended=await self._amended(row)) for row in rows]

    async def _is_replaced(self, row: RowMapping) -> bool:
        withdrawn = and_(d.operation == "retract", d.state.in_(_ENDED))
        # A post beside it, such as a reminder or an answer, asks for no pin of its own and takes no place.
        takes_it = or_(and_(r.part == PIN, r.act == "publish"), r.part == EARLIER)
        followed = select(r.delivery_id).where(r.delivery_id == d.id, takes_it).exists()
        later = select(d.id).where(_later(row), withdrawn | followed).limit(1)
        return (await self.connection.scalar(later)) is not None

    async def _amended(self, row: RowMapping) -> Payload | None:
        """As the message reads since it was amended last: a correction may change until when it stays."""
        amended = and_(_later(row), d.operation == "amend", d.state == DeliveryState.DELIVERED)
        query = select(t.edition.c.payload).join(t.delivery, d.edition_id == t.edition.c.id).where(amended)
        newest: str | None = await self.connection.scalar(query.order_by(d.id.desc()).limit(1))
        return Payload.from_json(newest) if newest else None

    async def save_pin(
        self, delivery_id: int, state: PinState, at: datetime, *, try_at: datetime | None = None, reason: str = ""
    ) -> None:
        row = {"delivery_id": delivery_id, "state": state, "at": at, "try_at": try_at, "reason": reason}
        await self.connection.execute(upsert(self.connection, t.pin, row, key="delivery_id"))

    async def failed_pins(self) -> Sequence[FailedPin]:
        joined = t.pin.join(t.delivery, d.id == t.pin.c.delivery_id).join(t.release, t.release.c.id == d.release_id)
        joined = joined.join(t.revision, t.revision.c.id == t.release.c.revision_id)
        columns = (d.release_id, t.revision.c.title, d.destination, t.pin.c.reason)
        query = select(*columns).select_from(joined).where(t.pin.c.reason != "", t.pin.c.state != PinState.OVER)
        return [FailedPin(*row) for row in (await self.connection.execute(query.order_by(d.id))).all()]


def _asking() -> Select[Any]:
    """Every new message with a part that asks for it; the message is the part before that."""
    wish = t.receipt.alias("wish")
    asks = and_(wish.c.delivery_id == d.id, wish.c.part == PIN, wish.c.act == "publish")
    joined = t.delivery.join(wish, asks)
    message = and_(r.delivery_id == d.id, r.position == wish.c.position - 1, r.act == "publish")
    joined = joined.join(t.receipt, message)
    joined = joined.join(t.edition, t.edition.c.id == d.edition_id).outerjoin(t.pin, t.pin.c.delivery_id == d.id)
    mine = (d.id, d.announcement_id, d.destination, d.locale, d.account, t.edition.c.payload)
    columns = (*mine, r.part, r.ids, r.url, r.at, t.pin.c.state.label("pin_state"), t.pin.c.try_at)
    return select(*columns).select_from(joined).order_by(d.id)


def _not_over() -> ColumnElement[bool]:
    return t.pin.c.state.is_(None) | (t.pin.c.state != PinState.OVER)


def _later(row: RowMapping) -> ColumnElement[bool]:
    same = and_(d.announcement_id == row["announcement_id"], d.destination == row["destination"])
    return and_(same, d.locale == row["locale"], d.id > row["id"])


def _pin(row: RowMapping, *, replaced: bool, amended: Payload | None) -> Pin:
    first = Payload.from_json(row["payload"])
    parts = [part for payload in (first, amended) if payload for part in payload.parts if part.name == PIN]
    return Pin(
        delivery_id=row["id"],
        destination=row["destination"],
        account=row["account"],
        target=first.target,
        part=parts[-1],
        message=Receipt(row["part"], tuple(json.loads(row["ids"])), row["url"]),
        sent_at=row["at"],
        replaced=replaced,
        state=PinState(row["pin_state"] or PinState.WAITING),
        try_at=row["try_at"],
    )
