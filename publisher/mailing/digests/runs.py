"""A run: everybody whose hour has come gets what they have not had, in one transaction with the marks that say so."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

import structlog

from publisher.channel import Payload
from publisher.mailing.audience import locale_for
from publisher.mailing.digests import when
from publisher.mailing.digests.choices import Reader, read_signature
from publisher.mailing.digests.listing import Entry, Listing
from publisher.mailing.digests.press import Group, NotApproved, Press, Shelf
from publisher.mailing.digests.transaction import Bundle, NewRun, Said, Signing, Transaction
from publisher.mailing.fan_out import BATCH
from publisher.mailing.transaction import Batch
from publisher.transaction import Begin
from publisher.wall_time import zone

log = structlog.get_logger(__name__)

NOTHING = Said(None, 0, 0, None, None)


async def run_due(
    begin: Begin[Transaction], read: Begin[Transaction], press: Press, now: datetime, *, batch_size: int = BATCH
) -> int | None:
    """The run's id; None when nobody is due, or nobody has anything to read. Two clocks at once are harmless.

    Raises NotApproved; then nobody's mark has moved.
    """
    async with read() as tx:
        unplanned, due = await tx.digest_work(now)
    if unplanned:
        async with begin() as tx:
            await _plan(tx, press, now)
        async with read() as tx:
            _, due = await tx.digest_work(now)
    if not due:
        return None
    async with begin() as tx:
        # First the turn: a dangerous correction whose readers were frozen before it must be among the items.
        await tx.turn_of_digests()
        return await _run(tx, press, await tx.last_digest_item(), now, batch_size)


async def _plan(tx: Transaction, press: Press, now: datetime) -> None:
    """When those whose wishes changed are due next."""
    kinds = tuple(press.kinds)
    await tx.turn_of_digests()
    if not await tx.gather_unplanned(Signing(kinds, press.rules.always)):
        return
    said = {}
    for signature in await tx.digest_signatures():
        reader = read_signature(signature, kinds)
        after = when.last_on(reader, now)
        at = when.next_at(reader, after)
        said[signature] = replace(NOTHING, last_on=after if at else reader.last_on, next_at=at)
    await tx.follow_signatures(said)
    await tx.settle_digests(done=False)


async def _run(tx: Transaction, press: Press, through: int, now: datetime, size: int) -> int | None:
    if await tx.layout_approved(press.layout) is None:
        raise NotApproved(f"the layout {press.layout[:12]} is not approved; see publisher digest approve-layout")
    listing = await _listing(tx, press, await tx.oldest_digest_mark(now), through, of=now)
    kinds = tuple(press.kinds)
    due = await tx.gather_due(now, _signing(kinds, listing))
    if not due:
        return None
    shelf = Shelf(press.destination)
    sorting = _Sorting(tx, press, listing, shelf, now)
    for signature, readers in (await tx.digest_signatures()).items():
        await sorting.add(signature, read_signature(signature, kinds), readers)
    first, run_id = list[int](), None
    if sorting.groups:
        new = NewRun(
            destination=press.destination,
            account=press.account,
            at=now,
            deadline=now + press.window,
            through=through,
            layout=press.layout,
        )
        run_id = await tx.save_run(new, due)
        bundles = [
            Bundle(await press.print(tx, group, shelf), group.to_json(), readers, {e.release_id for e in group.entries})
            for group, readers in sorting.groups.items()
        ]
        mailing_id, first = await tx.save_digests(run_id, new, bundles, size)
    await tx.follow_signatures(sorting.said, first)
    if run_id is not None:
        audience = await tx.freeze_digests(mailing_id, size, now)
        facts = {"run": run_id, "due": due, "audience": audience, "payloads": len(sorting.groups)}
        log.info("digests start", action="digest_started", id=mailing_id, **facts)
    await tx.settle_digests(done=True)
    return run_id


async def _listing(tx: Transaction, press: Press, after: int, through: int, *, of: datetime | int) -> Listing:
    """For whoever is due at `of`, or for the subscriber of that number."""
    missed = {key: Group.from_json(text).entries for key, text in (await tx.digests_missed(of)).items()}
    releases = {entry.release_id for entries in missed.values() for entry in entries}
    return Listing(await tx.digest_items(after, releases), press.rules, through, missed)


def _signing(kinds: Sequence[str], listing: Listing) -> Signing:
    return Signing(kinds, listing.rules.always, listing.oldest_changed, bool(listing.missed), listing.claims)


class _Sorting:
    """Signatures by what their readers get."""

    def __init__(self, tx: Transaction, press: Press, listing: Listing, shelf: Shelf, now: datetime) -> None:
        self._tx, self._press, self._listing, self._shelf, self._now = tx, press, listing, shelf, now
        self._places: dict[Group, int] = {}
        self._moments: dict[Sequence[Entry], Sequence[datetime]] = {}
        self._zones: dict[tuple[Sequence[Entry], Sequence[timedelta | None]], str] = {}
        self.groups: dict[Group, int] = {}
        """Group -> how many readers."""
        self.said: dict[str, Said] = {}

    async def add(self, signature: str, reader: Reader, readers: int) -> None:
        day, after = when.day_of(reader, self._now), when.last_on(reader, self._now)
        weekly = when.is_weekly(reader, day, after)
        group = group_of(reader, day, self._now, self._listing, self._press, weekly=weekly)
        place = None
        if group is not None:
            group = replace(group, zone=await self._alike(group))
            place = self._places.setdefault(group, len(self._places))
            self.groups[group] = self.groups.get(group, 0) + readers
        through, keeps = self._listing.through, self._listing.keeps_missed(reader, weekly=weekly)
        next_at = when.next_at(reader, day, owed=False)
        self.said[signature] = Said(place, through, through if weekly else reader.marks.weekly, day, next_at, keeps)

    async def _alike(self, group: Group) -> str:
        """The first zone in which every time of the digest is the same as in the group's: they share a mail."""
        if group.entries not in self._moments:
            self._moments[group.entries] = await self._shelf.moments(self._tx, group.entries)
        here = zone(group.zone)
        offsets = tuple(moment.astimezone(here).utcoffset() for moment in self._moments[group.entries])
        return self._zones.setdefault((group.entries, offsets), group.zone)


def group_of(reader: Reader, day: date, at: datetime, listing: Listing, press: Press, *, weekly: bool) -> Group | None:
    """With whom a reader shares their digest of that day; None when there is nothing to read."""
    locale = locale_for(reader.locale, press.targets)
    entries = listing.entries(reader, weekly=weekly) if locale else ()
    return Group(locale, reader.zone or "UTC", day, at, entries) if locale and entries else None


@dataclass(frozen=True, slots=True)
class Preview:
    """What a reader would get, from what is out now."""

    group: Group
    payload: Payload


async def preview(tx: Transaction, press: Press, subscriber_id: int, day: date | None, now: datetime) -> Preview | None:
    """On `day` where they live, today when it is None. None when there is nothing for them to read; raises LookupError
    for whoever gets no digests, and NotApproved.
    """
    kinds = tuple(press.kinds)
    listing = await _listing(tx, press, 0, await tx.last_digest_item(), of=subscriber_id)
    signature = await tx.signature_of(subscriber_id, replace(_signing(kinds, listing), changed=0))
    if signature is None:
        raise LookupError("is no active subscriber")
    reader = read_signature(signature, kinds)
    day = day or when.today(reader, now)
    if when.next_at(reader, day) is None:
        raise LookupError("gets no digest: every kind comes at once, or not at all")
    at = when.hour_on(day, reader.hour, reader.zone or "UTC")
    after = reader.last_on or day - timedelta(days=1)
    weekly = when.is_weekly(reader, day, after)
    group = group_of(reader, day, at, listing, press, weekly=weekly)
    return None if group is None else Preview(group, await press.print(tx, group))


async def refusal(tx: Transaction, batch: Batch, press: Press) -> str | None:
    """Why a batch of digests must not be sent: it is put together anew from what was approved, and compared."""
    assert batch.mailing.digest_run_id is not None
    run, group = await tx.digest_run(batch.mailing.digest_run_id), Group.from_json(await tx.digest_group(batch.id))
    if await tx.layout_approved(run.layout) is None:
        return f"the layout {run.layout[:12]} is not approved"
    target = press.targets.get(group.locale)
    if (
        target is None
        or Payload(target, ()).to_json() != Payload(Payload.from_json(batch.payload).target, ()).to_json()
    ):
        return f"destination {run.destination} was changed after the digests were made"
    if run.layout != press.layout or (batch.sha256, group) in press.proved:
        return None  # newer templates than those that it was approved and made with, or looked at before
    try:
        same = (await press.print(tx, group)).to_json() == batch.payload
    except NotApproved as error:
        return str(error)
    if same:
        press.prove(batch.sha256, group)
    return None if same else "the stored digest is not what the approved fragments make"
