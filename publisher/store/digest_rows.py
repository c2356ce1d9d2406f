"""The queries of digests: readers are put aside by signature, so that a million are grouped without a row of Python."""

from __future__ import annotations

import json
import sys
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from sqlalchemy import (
    ColumnElement,
    Integer,
    RowMapping,
    Select,
    and_,
    case,
    func,
    insert,
    literal,
    null,
    or_,
    select,
    text,
    true,
    update,
)
from sqlalchemy.schema import CreateTable, DropTable

from publisher.channel import Regions
from publisher.content.kinds.kind import Unconfirmed
from publisher.delivery.states import RecipientState
from publisher.mailing.digests.listing import Held, Item, What
from publisher.mailing.digests.transaction import Bundle, NewRun, Said, Signing
from publisher.mailing.subscribers import SubscriberState
from publisher.release.freeze import sha256
from publisher.rendering.edition import DIGEST
from publisher.store import tables as t
from publisher.store.bare import later
from publisher.store.counters import raised
from publisher.store.digest_items import ITEMS, newest_item
from publisher.store.digest_missed_rows import DigestMissedRows
from publisher.store.digest_run_rows import DigestRunRows
from publisher.store.digest_run_rows import due as due_at
from publisher.store.digest_signature import signature
from publisher.store.freezing import know_sizes
from publisher.store.group_rows import OPEN
from publisher.store.lists import among
from publisher.store.prepared import Prepared
from publisher.store.tables.columns import microseconds
from publisher.wall_time import rfc3339

s, w, i, due, said = t.subscriber.c, t.subscription.c, t.digest_item.c, t.digest_due.c, t.digest_said.c

TURN = "digest_turn"
"""The counter that runs lock."""


def _is_new() -> Select[tuple[bool]]:
    """Whether digests are told of the announcement at all, and not of this yet."""
    e = t.edition.c
    told = select(e.id).join(t.release, t.release.c.id == e.release_id)
    told = told.where(t.release.c.announcement_id == later("announcement"), e.operation == DIGEST)
    item = (i.release_id == later("release"), i.stage == later("stage"), i.occasion == later("occasion"))
    return select(and_(told.exists(), ~select(i.number).where(*item).exists()))


_IS_NEW = Prepared(lambda _: _is_new())


class DigestRows(DigestRunRows, DigestMissedRows):
    """Implements `publisher.mailing.digests.transaction.Transaction`."""

    # --- items

    async def add_digest_item(
        self, announcement_id: str, release_id: int, stage: str, what: str, occasion: str, at: datetime
    ) -> bool:
        item = {"release": release_id, "stage": stage, "occasion": occasion}
        if not await _IS_NEW.scalar(self.connection, announcement=announcement_id, **item):
            return False
        row = {"announcement_id": announcement_id, "release_id": release_id, "stage": stage, "what": what}
        number = await raised(self.connection, ITEMS)
        await self.connection.execute(insert(t.digest_item).values(number=number, occasion=occasion, at=at, **row))
        return True

    async def last_digest_item(self) -> int:
        # Whoever adds one holds the counter until it is committed: what can be read of it is complete.
        return await newest_item(self.connection)

    async def turn_of_digests(self) -> None:
        await raised(self.connection, TURN, 0)

    async def digest_items(self, after: int, releases: Collection[int] = ()) -> Sequence[Item]:
        of_them = among(self.connection, i.release_id, releases)
        concerned = select(i.announcement_id).where(or_(i.number > after, of_them) if releases else i.number > after)
        joined = t.digest_item.join(t.release, t.release.c.id == i.release_id)
        joined = joined.join(t.announcement, t.announcement.c.id == i.announcement_id)
        query = select(t.digest_item, t.announcement.c.kind, t.release.c.common, t.release.c.policy).select_from(joined)
        rows = (await self.connection.execute(query.where(i.announcement_id.in_(concerned)))).mappings().all()
        locales = await self._locales_of({row["release_id"] for row in rows})
        held = await self._held(concerned)
        return [_item(row, locales, held) for row in rows]

    async def _held(self, announcements: Select[tuple[str]]) -> Mapping[tuple[str, str, str], Held]:
        """What each walk of theirs said of the event; an item is of the walk whose occasion it has."""
        k, r = t.walk.c, t.release.c
        query = select(r.announcement_id, k.stage, k.at, k.starts_at, k.ends_at, k.because)
        query = query.join(t.release, r.id == k.release_id).where(r.announcement_id.in_(announcements))
        rows = (await self.connection.execute(query)).all()
        return {
            (name, stage, rfc3339(at)): Held(_written(starts_at), _written(ends_at), because)
            for name, stage, at, starts_at, ends_at, because in rows
        }

    async def _locales_of(self, releases: Collection[int]) -> Mapping[int, frozenset[str]]:
        e = t.edition.c
        found: dict[int, set[str]] = {}
        query = select(e.release_id, e.locale).where(e.operation == DIGEST, e.release_id.in_(sorted(releases)))
        for release_id, locale in (await self.connection.execute(query)).all():
            found.setdefault(release_id, set()).add(locale)
        return {release_id: frozenset(locales) for release_id, locales in found.items()}

    # --- readers

    async def digest_work(self, now: datetime) -> tuple[bool, bool]:
        unplanned = select(s.id).where(s.next_digest_at == t.EPOCH).exists()
        row = (await self.connection.execute(select(unplanned, select(s.id).where(due_at(now)).exists()))).one()
        return bool(row[0]), bool(row[1])

    async def oldest_digest_mark(self, now: datetime) -> int:
        # Of a choice that was changed, what is owed begins before the marks.
        marks = select(func.min(s.digest_through), func.min(s.weekly_through)).where(due_at(now))
        owed = select(func.min(w.since)).where(w.owed_through.is_not(None))
        digest, weekly = (await self.connection.execute(marks)).one()
        since = await self.connection.scalar(owed)
        return min((int(each) for each in (digest, weekly, since) if each is not None), default=sys.maxsize)

    async def gather_due(self, now: datetime, signing: Signing) -> int:
        return await self._gather(due_at(now), signing)

    async def gather_unplanned(self, signing: Signing) -> int:
        return await self._gather(s.next_digest_at == t.EPOCH, signing)

    async def signature_of(self, subscriber_id: int, signing: Signing) -> str | None:
        active = and_(s.id == subscriber_id, s.state == SubscriberState.ACTIVE)
        written = await self._signature(signing)
        found: str | None = await self.connection.scalar(select(written).where(active))
        return found

    async def _signature(self, signing: Signing) -> ColumnElement[str]:
        m, d = t.mailing.c, t.delivery.c
        claimed = [claim.release_id for claim in signing.claims]
        query = select(d.release_id, m.id).join_from(t.delivery, t.mailing, m.delivery_id == d.id)
        query = query.where(m.segment_id.is_(None), among(self.connection, d.release_id, claimed))
        rows = (await self.connection.execute(query)).all() if claimed else ()
        mailings = {release_id: [row.id for row in rows if row.release_id == release_id] for release_id in claimed}
        return signature(signing, mailings)

    async def _gather(self, which: ColumnElement[bool], signing: Signing) -> int:
        theirs = and_(which, s.state == SubscriberState.ACTIVE)
        if not await self.connection.scalar(select(select(s.id).where(theirs).exists())):
            return 0
        await know_sizes(self.connection, t.subscriber)
        await self.connection.execute(CreateTable(t.digest_due))
        source = select(s.id, s.address, await self._signature(signing)).where(theirs)
        columns = ["subscriber_id", "address", "signature"]
        return await self._rows(insert(t.digest_due).from_select(columns, source.order_by(s.id)))

    async def digest_signatures(self) -> Mapping[str, int]:
        query = select(due.signature, func.count()).group_by(due.signature)
        return dict((await self.connection.execute(query)).all())

    async def settle_digests(self, *, done: bool) -> None:
        theirs = and_(due.subscriber_id == s.id, said.signature == due.signature)
        # Who changed their wishes meanwhile is looked at again.
        next_at = case((s.next_digest_at == t.EPOCH, s.next_digest_at), else_=said.next_at) if done else said.next_at
        values = {"last_digest_on": said.last_on, "next_digest_at": next_at}
        if done:
            values |= {"digest_through": said.through, "weekly_through": said.through_weekly}
            await self._settle_owed()
            await self.settle_missed_digests()
        # Else SQLite looks each subscriber up among the few that are due, in every run.
        named = s.id.in_(select(due.subscriber_id)) if self.connection.dialect.name == "sqlite" else true()
        await self.connection.execute(update(t.subscriber).where(theirs, named).values(values))
        for table in (t.digest_due, t.digest_said):
            await self.connection.execute(DropTable(table))

    async def _settle_owed(self) -> None:
        had = select(due.subscriber_id)
        owed = update(t.subscription).where(w.owed_through.is_not(None), w.subscriber_id.in_(had))
        await self.connection.execute(owed.values(since=w.owed_through, owed_through=null()))

    async def follow_signatures(self, told: Mapping[str, Said], first: Sequence[int] = ()) -> None:
        await self.connection.execute(CreateTable(t.digest_said))
        rows = [
            {
                "signature": signature,
                "position": None if each.place is None else first[each.place],
                "through": each.through,
                "through_weekly": each.through_weekly,
                "last_on": each.last_on.isoformat() if each.last_on else None,
                "next_at": None if each.next_at is None else microseconds(each.next_at),
                "keeps_missed": each.keeps_missed,
            }
            for signature, each in told.items()
        ]
        if rows:
            await self.connection.execute(insert(t.digest_said), rows)
        if self.connection.dialect.name == "postgresql":
            for name in (t.digest_due.name, t.digest_said.name):
                await self.connection.execute(text(f"ANALYZE {name}"))

    # --- a run

    async def save_run(self, new: NewRun, due_readers: int) -> int:
        row = {name: getattr(new, name) for name in ("destination", "account", "at", "deadline", "through", "layout")}
        statement = insert(t.digest_run).values(due=due_readers, **row)
        return await self._key_of(statement.returning(t.digest_run.c.id))

    async def save_digests(
        self, run_id: int, new: NewRun, bundles: Sequence[Bundle], size: int
    ) -> tuple[int, list[int]]:
        mailing_id = await self._save_digest(run_id, new)
        return mailing_id, await self._save_bundles(mailing_id, new, bundles, size)

    async def _save_digest(self, run_id: int, new: NewRun) -> int:
        statement = insert(t.mailing).values(
            digest_run_id=run_id,
            mail_class=new.mail_class,
            unconfirmed=Unconfirmed.PARK,
            audience=0,
            frozen_at=new.at,
        )
        return await self._key_of(statement.returning(t.mailing.c.id))

    async def _save_bundles(self, mailing_id: int, new: NewRun, bundles: Sequence[Bundle], size: int) -> list[int]:
        first, shared = list[int](), {"mailing_id": mailing_id, "state": OPEN, "lane": new.lane}
        position = 0
        for bundle in bundles:
            payload = bundle.payload.to_json()
            kept = insert(t.payload).values(mailing_id=mailing_id, payload=payload, sha256=sha256(payload))
            payload_id = await self._key_of(kept.returning(t.payload.c.id))
            whose = {"payload_id": payload_id, "readers": bundle.readers, "group": bundle.group}
            await self.connection.execute(insert(t.digest_payload).values(whose))
            listed = [{"release_id": each, "payload_id": payload_id} for each in bundle.releases]
            await self.connection.execute(insert(t.digest_told), listed)
            first.append(position)
            places = range(position, position := position + -(-bundle.readers // size))
            times = {"run_at": new.at, "deadline": new.deadline}
            rows = [{**shared, **times, "payload_id": payload_id, "position": place} for place in places]
            await self.connection.execute(insert(t.batch), rows)
        return first

    async def freeze_digests(self, mailing_id: int, size: int, at: datetime) -> int:
        b = t.batch.c
        number = func.row_number(type_=Integer()).over(partition_by=said.position, order_by=due.subscriber_id)
        joined = t.digest_due.join(t.digest_said, said.signature == due.signature)
        position = (said.position + (number - 1) // size).label("position")
        numbered = select(due.subscriber_id, due.address, position).select_from(joined)
        wanted = numbered.where(said.position.is_not(None)).subquery()
        values = (literal(mailing_id), b.id, wanted.c.subscriber_id, wanted.c.address)
        source = select(*values, literal(RecipientState.QUEUED.value)).join_from(
            wanted, t.batch, and_(b.mailing_id == mailing_id, b.position == wanted.c.position)
        )
        columns = ["mailing_id", "batch_id", "person_id", "address", "state"]
        # A batch's readers side by side: else each of them is on a page of its own, which is written twice for them.
        made = insert(t.recipient).from_select(columns, source.order_by(wanted.c.position, wanted.c.subscriber_id))
        audience = await self._rows(made)
        ended = {} if audience else {"finished_at": at}
        await self._rows(update(t.mailing).where(t.mailing.c.id == mailing_id).values(audience=audience, **ended))
        return audience


def _written(moment: datetime | None) -> str:
    return rfc3339(moment) if moment else ""


def _item(row: RowMapping, locales: Mapping[int, frozenset[str]], walks: Mapping[tuple[str, str, str], Held]) -> Item:
    regions = Regions.of(json.loads(row["common"])["revision"]["regions"])
    of_it = locales.get(row["release_id"], frozenset())
    named = (row["number"], row["announcement_id"], row["release_id"], row["kind"], row["stage"])
    correction = json.loads(row["policy"]).get("correction") or {}
    held = walks.get((row["announcement_id"], row["stage"], row["occasion"]))
    return Item(*named, What(row["what"]), of_it, regions, mailed=bool(correction.get("dangerous")), held=held)
