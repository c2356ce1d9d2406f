"""The queries of the delivery step."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, fields
from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import ColumnElement, CursorResult, RowMapping, Select, delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql.base import Executable

from publisher.channel import Receipt
from publisher.delivery.engine.port import Lane
from publisher.delivery.stages import Walk
from publisher.delivery.states import OPEN, DeliveryState
from publisher.delivery.transaction import Delivery, NewDelivery, Stop
from publisher.store import tables as t
from publisher.store.database import lease_clock
from publisher.store.due_rows import DueRows
from publisher.store.insert_or import insert_or_ignore, upsert

d = t.delivery.c


class DeliveryRows(DueRows):
    """Implements `publisher.delivery.transaction.Transaction`, next to the queries of the release step."""

    connection: AsyncConnection

    # --- deliveries

    async def save_delivery(self, new: NewDelivery, at: datetime) -> int:
        values: dict[str, Any] = {name: getattr(new, name) for name in _AS_IT_IS} | {"lane": new.lane}
        values |= {"slots": json.dumps(dict(new.slots)), "state": DeliveryState.QUEUED, "updated_at": at}
        result = cast(CursorResult[Any], await self.connection.execute(insert(t.delivery).values(**values)))
        key = result.inserted_primary_key
        assert key is not None
        return int(key[0])

    async def delivery(self, delivery_id: int) -> Delivery:
        return await self._delivery(_select().where(d.id == delivery_id), delivery_id)

    async def deliveries(self, release_id: int) -> Sequence[Delivery]:
        return await self._deliveries(_select().where(d.release_id == release_id).order_by(d.wave, d.id))

    async def open_deliveries(self, announcement_id: str) -> Sequence[Delivery]:
        of_it = (d.announcement_id == announcement_id) & d.state.in_(OPEN)
        return await self._deliveries(_select().where(of_it).order_by(d.id))

    async def held_deliveries(self) -> Sequence[Delivery]:
        return await self._deliveries(_select().where(d.state == DeliveryState.HELD).order_by(d.id))

    async def lock_release(self, release_id: int) -> None:
        if self.connection.dialect.name != "sqlite":  # whose writers come one after the other
            await self.connection.execute(select(t.release.c.id).where(t.release.c.id == release_id).with_for_update())

    async def lock_delivery(self, delivery_id: int) -> Delivery:
        of_it = select(d.release_id).where(d.id == delivery_id).scalar_subquery()
        await self.connection.execute(select(t.release.c.id).where(t.release.c.id == of_it).with_for_update())
        return await self._delivery(_select().where(d.id == delivery_id).with_for_update(), delivery_id)

    async def set_delivery_state(
        self, delivery: Delivery, after: DeliveryState, *, run_at: datetime, reason: str, at: datetime
    ) -> bool:
        still = (d.id == delivery.id) & (d.state == delivery.state) & (d.fence == delivery.fence)
        values = {"state": after, "run_at": run_at, "reason": reason, "updated_at": at}
        return await self._one_changed(update(t.delivery).where(still).values(**values, **_NO_LEASE))

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
        free = (d.id == delivery.id) & (d.state == delivery.state) & (d.fence == delivery.fence)
        return await self._one_changed(
            update(t.delivery)
            .where(free)
            .values(
                state=DeliveryState.SENDING,
                lease_owner=owner[:64],
                lease_until=_lease_end(lease),
                fence=d.fence + 1,
                attempts=d.attempts + 1,
                first_tried_at=delivery.first_tried_at or at,
                updated_at=at,
            )
        )

    async def holds_lease(self, delivery_id: int, fence: int) -> bool:
        query = select(d.id).where(_claimed(delivery_id, fence), d.lease_until > lease_clock())
        return (await self.connection.scalar(query)) is not None

    async def renew_lease(self, delivery_id: int, fence: int, lease: timedelta) -> bool:
        ours = _claimed(delivery_id, fence)
        return await self._one_changed(update(t.delivery).where(ours).values(lease_until=_lease_end(lease)))

    async def hand_over(self, delivery_id: int, fence: int) -> bool:
        return await self._one_changed(update(t.delivery).where(_claimed(delivery_id, fence)).values(**_NO_LEASE))

    async def end_leases(self) -> int:
        held = (d.state == DeliveryState.SENDING) & (d.lease_until > lease_clock())
        ended = update(t.delivery).where(held).values(lease_until=lease_clock())
        return cast(CursorResult[Any], await self.connection.execute(ended)).rowcount

    # --- receipts

    async def receipts(self, delivery_id: int) -> Sequence[Receipt]:
        r = t.receipt.c
        query = select(r.part, r.ids, r.url).where(r.delivery_id == delivery_id).order_by(r.position)
        rows = (await self.connection.execute(query)).all()
        return [Receipt(row.part, tuple(json.loads(row.ids)), row.url) for row in rows]

    async def save_receipt(self, delivery_id: int, position: int, receipt: Receipt, at: datetime, act: str) -> None:
        row = {"part": receipt.part, "ids": json.dumps(receipt.ids), "url": receipt.url, "at": at, "act": act}
        key = {"delivery_id": delivery_id, "position": position}
        await self.connection.execute(insert(t.receipt).values(**key, **row))

    async def published_receipts(
        self, announcement_id: str, destination: str, locale: str, before: int | None = None
    ) -> Sequence[Receipt]:
        r = t.receipt.c
        query = select(d.id, d.operation, r.act, r.part, r.ids, r.url).join(t.receipt, r.delivery_id == d.id)
        query = query.where(d.announcement_id == announcement_id, d.destination == destination, d.locale == locale)
        if before is not None:
            query = query.where(d.id < before)
        there: dict[str, tuple[int, Receipt]] = {}
        for row in (await self.connection.execute(query.order_by(d.id, r.position))).all():
            if row.act == "retract":
                if there.pop(row.part, None) is None:  # everything that stood there before was taken away
                    there = {name: known for name, known in there.items() if known[0] == row.id}
            elif row.operation != "publish" or all(first == row.id for first, _ in there.values()):
                # What is published beside it, a reminder, is never what a later correction is about.
                there[row.part] = row.id, Receipt(row.part, tuple(json.loads(row.ids)), row.url)
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
        query = select(t.control).where(t.control.c.name.in_(names)).order_by(t.control.c.name)
        return [Stop(**row) for row in (await self.connection.execute(query)).mappings()]

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
            row = {"key": key, "until": t.EPOCH}
            await self.connection.execute(insert_or_ignore(self.connection, t.pause, row))
        return await self._locked_pauses(keys) if missing else found

    async def set_pause(self, key: str, until: datetime) -> None:
        await self.connection.execute(upsert(self.connection, t.pause, {"key": key, "until": until}, key="key"))

    async def pauses(self, prefix: str, now: datetime) -> Mapping[str, datetime]:
        p = t.pause.c
        query = select(p.key, p.until).where(p.key.startswith(prefix, autoescape=True), p.until > now)
        return {row.key: row.until for row in (await self.connection.execute(query.order_by(p.key))).all()}

    # --- shared by the queries above

    async def _locked_pauses(self, keys: Collection[str]) -> Mapping[str, datetime]:
        p = t.pause.c
        # In one order, so that two workers cannot wait for each other.
        query = select(p.key, p.until).where(p.key.in_(keys)).order_by(p.key).with_for_update()
        return {row.key: row.until for row in (await self.connection.execute(query)).all()}

    async def _delivery(self, query: Select[Any], delivery_id: int) -> Delivery:
        found = await self._deliveries(query)
        if not found:
            raise LookupError(f"there is no delivery {delivery_id}")
        return found[0]

    async def _deliveries(self, query: Select[Any]) -> list[Delivery]:
        return [_delivery(row) for row in (await self.connection.execute(query)).mappings()]

    async def _one_changed(self, statement: Executable) -> bool:
        return cast(CursorResult[Any], await self.connection.execute(statement)).rowcount == 1


_AS_IT_IS = (
    "release_id", "edition_id", "announcement_id", "channel", "destination", "account", "locale", "operation", "stage",
    "wave", "run_at", "deadline", "walked_at", "quiet_until",
)  # fmt: skip
_STORED = (
    "id", "lease_owner", "fence", "attempts", "resends", "first_tried_at", "reason", "updated_at",
)  # fmt: skip
_NO_LEASE: Mapping[str, None] = {"lease_owner": None, "lease_until": None}


def _select() -> Select[Any]:
    leased = func.coalesce(d.lease_until > lease_clock(), False).label("leased")
    return select(t.delivery, leased)


def _delivery(row: RowMapping) -> Delivery:
    return Delivery(
        **{name: row[name] for name in (*_AS_IT_IS, *_STORED)},
        lane=Lane(row["lane"]),
        state=DeliveryState(row["state"]),
        slots=json.loads(row["slots"]),
        leased=bool(row["leased"]),
    )


def _claimed(delivery_id: int, fence: int) -> ColumnElement[bool]:
    return (d.id == delivery_id) & (d.fence == fence) & (d.state == DeliveryState.SENDING) & d.lease_owner.is_not(None)


def _lease_end(lease: timedelta) -> ColumnElement[int]:
    return lease_clock() + lease // timedelta(microseconds=1)
