"""What is asked and told of every delivery, prepared."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import BigInteger, Null, Select, String, and_, func, insert, null, select, update

from publisher.delivery.engine.port import Lane
from publisher.delivery.states import OPEN, DeliveryState
from publisher.store import tables as t
from publisher.store.bare import later, listed
from publisher.store.database import lease_clock
from publisher.store.insert_or import insert_of
from publisher.store.prepared import Prepared

d, r, p = t.delivery.c, t.receipt.c, t.pause.c


AS_IT_IS = (
    "release_id", "edition_id", "announcement_id", "channel", "destination", "account", "locale", "operation", "stage",
    "wave", "run_at", "deadline", "walked_at", "quiet_until",
)  # fmt: skip


def _select() -> Select[Any]:
    leased = func.coalesce(d.lease_until > lease_clock(), False).label("leased")
    return select(t.delivery, leased)


_NO_LEASE: Mapping[str, Null] = {"lease_owner": null(), "lease_until": null()}
_UNCHANGED = and_(d.id == later("delivery"), d.state == later("old_state"), d.fence == later("fence"))
_CLAIMED = and_(
    d.id == later("delivery"),
    d.fence == later("fence"),
    d.state == DeliveryState.SENDING,
    d.lease_owner.is_not(None),
)
_LEASE_END = lease_clock() + later("length", BigInteger())
_OF_IT = d.id == later("delivery")

DELIVERY = Prepared(lambda _: _select().where(_OF_IT))
DELIVERIES = Prepared(lambda _: _select().where(d.release_id == later("release")).order_by(d.wave, d.id))
OPEN_DELIVERIES = Prepared(
    lambda _: _select().where(d.announcement_id == later("announcement"), d.state.in_(OPEN)).order_by(d.id)
)
HELD = Prepared(lambda _: _select().where(d.lane.in_(Lane), d.state == DeliveryState.HELD).order_by(d.id))
LOCK_ITS_RELEASE = Prepared(
    lambda _: (
        select(t.release.c.id)
        .where(t.release.c.id == select(d.release_id).where(_OF_IT).scalar_subquery())
        .with_for_update()
    )
)
LOCK = Prepared(lambda _: _select().where(_OF_IT).with_for_update())
SAVE = Prepared(lambda _: insert(t.delivery).returning(d.id), (*AS_IT_IS, "lane", "slots", "state", "updated_at"))
SET_STATE = Prepared(
    lambda _: (
        update(t.delivery)
        .where(_UNCHANGED)
        .values(
            state=later("new_state"),
            run_at=later("new_run_at"),
            reason=later("new_reason"),
            updated_at=later("moment"),
            **_NO_LEASE,
        )
    )
)
CLAIM = Prepared(
    lambda _: (
        update(t.delivery)
        .where(_UNCHANGED)
        .values(
            state=DeliveryState.SENDING,
            lease_owner=later("owner"),
            lease_until=_LEASE_END,
            fence=d.fence + 1,
            attempts=d.attempts + 1,
            first_tried_at=later("first"),
            updated_at=later("moment"),
        )
    )
)
HOLDS = Prepared(lambda _: select(d.id).where(_CLAIMED, d.lease_until > lease_clock()))
RENEW = Prepared(lambda _: update(t.delivery).where(_CLAIMED).values(lease_until=_LEASE_END))
HAND_OVER = Prepared(lambda _: update(t.delivery).where(_CLAIMED).values(**_NO_LEASE))
RECEIPTS = Prepared(
    lambda _: select(r.part, r.ids, r.url).where(r.delivery_id == later("delivery")).order_by(r.position)
)
SAVE_RECEIPT = Prepared(lambda _: insert(t.receipt), ("delivery_id", "position", "part", "ids", "url", "at", "act"))
PUBLISHED = Prepared(
    lambda _: (
        select(d.id, d.operation, r.act, r.part, r.ids, r.url)
        .join(t.receipt, r.delivery_id == d.id)
        .where(
            d.announcement_id == later("announcement"),
            d.destination == later("destination"),
            d.locale == later("locale"),
            d.id < later("before"),
        )
        .order_by(d.id, r.position)
    )
)
STOPS = Prepared(
    lambda dialect: select(t.control).where(t.control.c.name.in_(listed(dialect, String()))).order_by(t.control.c.name)
)
PAUSES = Prepared(
    # In one order, so that two workers cannot wait for each other.
    lambda dialect: select(p.key, p.until).where(p.key.in_(listed(dialect, String()))).order_by(p.key).with_for_update()
)
NO_PAUSE = Prepared(lambda dialect: insert_of(dialect, t.pause).on_conflict_do_nothing(), ("key", "until"))
SET_PAUSE = Prepared(
    lambda dialect: insert_of(dialect, t.pause).on_conflict_do_update(
        index_elements=["key"], set_={"until": insert_of(dialect, t.pause).excluded.until}
    ),
    ("key", "until"),
)
