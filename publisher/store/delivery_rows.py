"""The queries of the delivery step."""

from __future__ import annotations

import json
import sys
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, fields
from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import (
    CursorResult,
    delete,
    func,
    insert,
    select,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql.base import Executable

from publisher.channel import Receipt
from publisher.delivery.engine.port import Lane
from publisher.delivery.stages import Walk
from publisher.delivery.states import DeliveryState
from publisher.delivery.transaction import Delivery, NewDelivery, Stop
from publisher.store import delivery_statements as sql
from publisher.store import tables as t
from publisher.store.bare import as_list
from publisher.store.database import lease_clock
from publisher.store.due_rows import DueRows
from publisher.store.insert_or import insert_or_ignore

d, r, p = t.delivery.c, t.receipt.c, t.pause.c


class DeliveryRows(DueRows):
    """Implements `publisher.delivery.transaction.Transaction`, next to the queries of the release step."""

    connection: AsyncConnection

    # --- deliveries

    async def save_delivery(self, new: NewDelivery, at: datetime) -> int:
        values: dict[str, Any] = {name: getattr(new, name) for name in sql.AS_IT_IS} | {"lane": new.lane}
        values |= {"slots": json.dumps(dict(new.slots)), "state": DeliveryState.QUEUED, "updated_at": at}
        return int(await sql.SAVE.scalar(self.connection, **values))

    async def delivery(self, delivery_id: int) -> Delivery:
        return _found(await sql.DELIVERY.first(self.connection, delivery=delivery_id), delivery_id)

    async def deliveries(self, release_id: int) -> Sequence[Delivery]:
        return [_delivery(row) for row in await sql.DELIVERIES.rows(self.connection, release=release_id)]

    async def open_deliveries(self, announcement_id: str) -> Sequence[Delivery]:
        return [_delivery(row) for row in await sql.OPEN_DELIVERIES.rows(self.connection, announcement=announcement_id)]

    async def held_deliveries(self) -> Sequence[Delivery]:
        return [_delivery(row) for row in await sql.HELD.rows(self.connection)]

    async def lock_release(self, release_id: int) -> None:
        if self.connection.dialect.name != "sqlite":  # whose writers come one after the other
            await self.connection.execute(select(t.release.c.id).where(t.release.c.id == release_id).with_for_update())

    async def lock_delivery(self, delivery_id: int) -> Delivery:
        if self.connection.dialect.name != "sqlite":
            await sql.LOCK_ITS_RELEASE.rows(self.connection, delivery=delivery_id)
        return _found(await sql.LOCK.first(self.connection, delivery=delivery_id), delivery_id)

    async def set_delivery_state(
        self, delivery: Delivery, after: DeliveryState, *, run_at: datetime, reason: str, at: datetime
    ) -> bool:
        values = {"new_state": after, "new_run_at": run_at, "new_reason": reason, "moment": at}
        return await sql.SET_STATE.changed(self.connection, **_as_it_was(delivery), **values) == 1

    async def move_delivery(self, delivery_id: int, run_at: datetime, reason: str | None = None) -> None:
        values: dict[str, Any] = {"run_at": run_at} | ({} if reason is None else {"reason": reason})
        await self.connection.execute(update(t.delivery).where(d.id == delivery_id).values(**values))

    async def count_resend(self, delivery_id: int) -> None:
        again = update(t.delivery).where(d.id == delivery_id).values(resends=d.resends + 1)
        await self.connection.execute(again)

    async def open_wave(self, release_id: int, wave: int, run_at: datetime) -> None:
        later = (d.release_id == release_id) & (d.wave == wave) & (d.state == DeliveryState.QUEUED)
        awake = d.quiet_until.is_(None) | (d.quiet_until <= run_at)
        await self.connection.execute(
            update(t.delivery).where(later & awake & (d.attempts == 0) & (d.run_at > run_at)).values(run_at=run_at)
        )

    async def transitions_by(self, delivery_id: int, actor: str) -> int:
        history = t.transition.c
        of_it = (history.entity == "delivery") & (history.entity_id == delivery_id) & (history.actor == actor)
        return int(await self.connection.scalar(select(func.count()).where(of_it)) or 0)

    # --- leases

    async def claim_delivery(self, delivery: Delivery, owner: str, lease: timedelta, at: datetime) -> bool:
        values = {"owner": owner[:64], "length": _length(lease), "first": delivery.first_tried_at or at, "moment": at}
        return await sql.CLAIM.changed(self.connection, **_as_it_was(delivery), **values) == 1

    async def holds_lease(self, delivery_id: int, fence: int) -> bool:
        return await sql.HOLDS.first(self.connection, delivery=delivery_id, fence=fence) is not None

    async def renew_lease(self, delivery_id: int, fence: int, lease: timedelta) -> bool:
        values = {"delivery": delivery_id, "fence": fence, "length": _length(lease)}
        return await sql.RENEW.changed(self.connection, **values) == 1

    async def hand_over(self, delivery_id: int, fence: int) -> bool:
        return await sql.HAND_OVER.changed(self.connection, delivery=delivery_id, fence=fence) == 1

    async def end_leases(self) -> int:
        held = (d.state == DeliveryState.SENDING) & (d.lease_until > lease_clock())
        ended = update(t.delivery).where(held).values(lease_until=lease_clock())
        return cast(CursorResult[Any], await self.connection.execute(ended)).rowcount

    # --- receipts

    async def receipts(self, delivery_id: int) -> Sequence[Receipt]:
        return [_receipt(row) for row in await sql.RECEIPTS.rows(self.connection, delivery=delivery_id)]

    async def save_receipt(self, delivery_id: int, position: int, receipt: Receipt, at: datetime, act: str) -> None:
        row = {"part": receipt.part, "ids": json.dumps(receipt.ids), "url": receipt.url, "at": at, "act": act}
        key = {"delivery_id": delivery_id, "position": position}
        await sql.SAVE_RECEIPT.changed(self.connection, **key, **row)

    async def published_receipts(
        self, announcement_id: str, destination: str, locale: str, before: int | None = None
    ) -> Sequence[Receipt]:
        where = {"announcement": announcement_id, "destination": destination, "locale": locale}
        there: dict[str, tuple[int, Receipt]] = {}
        for row in await sql.PUBLISHED.rows(self.connection, **where, before=before or sys.maxsize):
            if row["act"] == "retract":
                if there.pop(row["part"], None) is None:  # everything that stood there before was taken away
                    there = {name: known for name, known in there.items() if known[0] == row["id"]}
            elif row["operation"] != "publish" or all(first == row["id"] for first, _ in there.values()):
                # What is published beside it, a reminder, is never what a later correction is about.
                there[row["part"]] = row["id"], _receipt(row)
        return [receipt for _, receipt in there.values()]

    # --- walks

    async def save_walk(self, walk: Walk) -> None:
        await self.connection.execute(insert(t.walk).values(**asdict(walk)))

    async def walks(self, release_id: int, stage: str) -> Sequence[Walk]:
        w = t.walk.c
        query = select(*(w[each.name] for each in fields(Walk))).where(w.release_id == release_id, w.stage == stage)
        return [Walk(**row) for row in (await self.connection.execute(query.order_by(w.id))).mappings()]

    # --- switches and pauses

    async def stops(self, names: Collection[str]) -> Sequence[Stop]:
        rows = await sql.STOPS.rows(self.connection, listed=as_list(self.connection.dialect, names))
        return [Stop(**row) for row in rows]

    async def set_stop(self, stop: Stop) -> None:
        row = {"name": stop.name, "set_at": stop.set_at, "actor": stop.actor, "reason": stop.reason}
        await self.connection.execute(insert_or_ignore(self.connection, t.control, row))

    async def clear_stop(self, name: str) -> bool:
        return await self._one_changed(delete(t.control).where(t.control.c.name == name))

    async def lock_pauses(self, keys: Collection[str]) -> Mapping[str, datetime]:
        found = await self._locked_pauses(keys)
        missing = sorted(set(keys) - set(found))
        for key in missing:
            # A row that is not there cannot be locked: two first sends at once would not see each other.
            await sql.NO_PAUSE.changed(self.connection, key=key, until=t.EPOCH)
        return await self._locked_pauses(keys) if missing else found

    async def set_pause(self, key: str, until: datetime) -> None:
        await sql.SET_PAUSE.changed(self.connection, key=key, until=until)

    async def pauses(self, prefix: str, now: datetime) -> Mapping[str, datetime]:
        query = select(p.key, p.until).where(p.key.startswith(prefix, autoescape=True), p.until > now)
        return {row.key: row.until for row in (await self.connection.execute(query.order_by(p.key))).all()}

    # --- shared by the queries above

    async def _locked_pauses(self, keys: Collection[str]) -> Mapping[str, datetime]:
        rows = await sql.PAUSES.rows(self.connection, listed=as_list(self.connection.dialect, keys))
        return {row["key"]: row["until"] for row in rows}

    async def _one_changed(self, statement: Executable) -> bool:
        return cast(CursorResult[Any], await self.connection.execute(statement)).rowcount == 1


_STORED = (
    "id", "lease_owner", "fence", "attempts", "resends", "first_tried_at", "reason", "updated_at",
)  # fmt: skip


def _found(row: Mapping[str, Any] | None, delivery_id: int) -> Delivery:
    if row is None:
        raise LookupError(f"there is no delivery {delivery_id}")
    return _delivery(row)


def _receipt(row: Mapping[str, Any]) -> Receipt:
    return Receipt(row["part"], tuple(json.loads(row["ids"])), row["url"])


def _delivery(row: Mapping[str, Any]) -> Delivery:
    return Delivery(
        **{name: row[name] for name in (*sql.AS_IT_IS, *_STORED)},
        lane=Lane(row["lane"]),
        state=DeliveryState(row["state"]),
        slots=json.loads(row["slots"]),
        leased=bool(row["leased"]),
    )


def _as_it_was(delivery: Delivery) -> Mapping[str, object]:
    return {"delivery": delivery.id, "old_state": delivery.state, "fence": delivery.fence}


def _length(lease: timedelta) -> int:
    return lease // timedelta(microseconds=1)
