"""What readers have of an announcement, place by place."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import ColumnElement, Select, case, false, select
from sqlalchemy.ext.asyncio import AsyncConnection

from publisher.delivery.states import OPEN, DeliveryState, is_asleep
from publisher.release.scope import Standing, Where
from publisher.rendering.edition import FOLLOW
from publisher.store import tables as t
from publisher.store.bare import later
from publisher.store.mailing_rows import GOT_IT
from publisher.store.prepared import Prepared, Row

d = t.delivery.c


class StandingRows:
    """Implements `standing` of `publisher.release.release.Transaction`."""

    connection: AsyncConnection

    async def standing(self, announcement_id: str) -> Sequence[Standing]:
        sources = await self._sources(announcement_id)
        found: dict[Where, Standing] = {}
        for row in await _TRIED.rows(self.connection, announcement=announcement_id):
            where = row["destination"], row["locale"]
            found[where] = _after(row, found.get(where), sources)
        return list(found.values())

    async def _sources(self, announcement_id: str) -> dict[int, str]:
        """By release: a revision's source is read once, however many deliveries it has."""
        rows = await _SOURCES.rows(self.connection, announcement=announcement_id)
        return {row["id"]: row["source"] for row in rows}


def _sources() -> Select[Any]:
    joined = t.release.join(t.revision, t.revision.c.id == t.release.c.revision_id)
    query = select(t.release.c.id, t.revision.c.source).select_from(joined)
    return query.where(t.release.c.announcement_id == later("announcement"))


def _tried() -> Select[Any]:
    """Every delivery in order, and whether any part of it is out."""
    out = select(t.receipt.c.delivery_id).where(t.receipt.c.delivery_id == d.id).exists().label("out")
    columns = (
        d.id,
        d.release_id,
        d.channel,
        d.destination,
        d.locale,
        d.operation,
        d.state,
        d.updated_at,
        out,
        _mailed(),
    )
    of_it = d.announcement_id == later("announcement")
    return select(*columns, d.attempts, d.quiet_until).where(of_it).order_by(d.id)


def _mailed() -> ColumnElement[bool]:
    """Whether a mailing reached somebody before a person cancelled it."""
    r = t.recipient.c
    # By batch, because an index holds the states of a batch: a million of whom nobody got it are not read.
    theirs = t.batch.join(t.mailing, t.mailing.c.id == t.batch.c.mailing_id)
    theirs = theirs.join(t.recipient, r.batch_id == t.batch.c.id)
    got_it = select(r.id).select_from(theirs).where(t.mailing.c.delivery_id == d.id, r.state.in_(GOT_IT))
    return case((d.state == DeliveryState.CANCELLED, got_it.exists()), else_=false()).label("mailed")


_SOURCES = Prepared(lambda _: _sources())
_TRIED = Prepared(lambda _: _tried())


def _is_asleep(row: Row) -> bool:
    return is_asleep(row["operation"], DeliveryState(row["state"]), row["attempts"], row["quiet_until"])


def _after(row: Row, before: Standing | None, sources: dict[int, str]) -> Standing:
    """What is there after one more delivery; a mailing has no receipt, its delivery alone tells."""
    open_now = f"delivery {row['id']} is {row['state']}" if row["state"] in OPEN else ""
    sent = row["state"] == DeliveryState.DELIVERED or (row["out"] and row["operation"] != "retract")
    known = before or Standing(
        row["destination"], row["channel"], row["locale"], sources[row["release_id"]], False, row["updated_at"]
    )
    gives_way = not known.there and _is_asleep(row) if open_now else known.gives_way
    known = replace(known, open=open_now or known.open, gives_way=gives_way)
    if row["operation"] == FOLLOW:
        return known  # the mail of a stage is not the announcement
    if row["mailed"] and row["operation"] != "retract":
        known = replace(known, in_part=True)
    if not sent:
        # What was tried last is what another text is held against: the first copy may have given way to it.
        tried_anew = row["operation"] == "publish" and not known.there
        return replace(known, source=sources[row["release_id"]]) if tried_anew else known
    if row["operation"] == "retract":
        return replace(known, there=False, in_part=False, withdrawn=True)
    return replace(known, there=True, in_part=False, withdrawn=False, source=sources[row["release_id"]])
