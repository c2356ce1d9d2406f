"""A release becomes deliveries: all of them, with the change of its state, in the caller's one transaction."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import astuple, dataclass, field, replace
from datetime import datetime, timedelta
from typing import TypeAlias

from publisher.channel import UNKNOWN, Capabilities, Payload
from publisher.content.kinds.kind import Quiet
from publisher.delivery import planned
from publisher.delivery.engine.port import Lane
from publisher.delivery.quiet import QuietHours
from publisher.delivery.stages import Walk
from publisher.delivery.states import DeliveryState
from publisher.delivery.transaction import NewDelivery, Transaction
from publisher.delivery.transitions import PUBLISHER
from publisher.delivery.transitions import move as move_delivery
from publisher.release import review, transitions, waves
from publisher.release.release import FrozenEdition, Release, Told
from publisher.release.scope import Form
from publisher.release.states import ReleaseState
from publisher.rendering.edition import FOLLOW
from publisher.wall_time import in_utc, rfc3339

ANNOUNCE = "announce"
"""The stage of every first publication and of every correction that is on time."""

WriteTime: TypeAlias = Callable[[str, str, datetime | None], str]
"""Locale, the announcement's time zone, an instant or None -> words."""


WriteEvent: TypeAlias = Callable[[str, str, datetime | None, datetime | None, str], Mapping[str, str]]
"""Locale, time zone, start, end and reason of an event -> its slots that are words."""


class NotPublishable(RuntimeError):
    """The release cannot become deliveries now; the message says why, for staff."""


@dataclass(frozen=True, slots=True)
class Outlet:
    """What publishing needs to know of this installation."""

    site_url: str
    """Base of every public URL; no slash at the end."""
    capabilities: Callable[[str], Capabilities]
    """Of a channel, by its name."""
    write_time: WriteTime
    """How readers read a time, or that it is not known yet."""
    write_event: WriteEvent
    link_wait: timedelta = timedelta(seconds=60)
    """How long what links to the site waits for it."""
    quiet: Callable[[str], QuietHours | None] = field(default=lambda name: None)
    """The hours in which a destination is left alone, by its name."""

    def url(self, locale: str, reference: str) -> str:
        """The announcement's permanent address."""
        return f"{self.site_url.rstrip('/')}/{locale}/{reference}"


async def publish(
    tx: Transaction,
    release: Release,
    outlet: Outlet,
    *,
    at: datetime,
    reason: str,
    stage: str = ANNOUNCE,
    actor: str = PUBLISHER,
) -> Sequence[int]:
    """The new deliveries' ids; the release is `publishing` and has its reference and time of publication.

    Raises NotPublishable when `stage` has no edition or an earlier operation is still open somewhere,
    Overtaken when somebody else changed the release first.
    """
    editions = await chosen(tx, release, stage)
    await _refuse_twice(tx, release, editions)
    await _make_way(tx, release, editions, at, actor)
    moved = await transitions.move(tx, release, ReleaseState.PUBLISHING, at=at, actor=actor, reason=reason)
    reference = await tx.give_reference(release.announcement_id, at.year)
    await tx.set_published_at(release.id, release.announcement_id, at)
    await review.ask(tx, release, at, actor)
    await planned.arm(tx, replace(moved, published_at=at), at)
    moved = replace(moved, reference=reference, published_at=at)
    occasion = Occasion(at, moved.deadline, moved.policy.urgent, await _in_progress(tx, moved, stage, actor, reason))
    return await make(tx, moved, editions, outlet, occasion, actor=actor)


async def _in_progress(tx: Transaction, release: Release, stage: str, actor: str, reason: str) -> Walk | None:
    """A language that follows while the event is in progress tells the end that holds by now, as a walk does."""
    if release.policy.form is not Form.SUPPLEMENT or stage == ANNOUNCE:
        return None
    assert release.published_at is not None
    _, event = await planned.holding(tx, release.announcement_id)
    walk = Walk(release.id, stage, release.published_at, actor, reason, None, *astuple(event))
    await tx.save_walk(walk)
    return walk


@dataclass(frozen=True, slots=True)
class Occasion:
    """When deliveries are made, until when they may be sent, and whether anything may wait for the site."""

    at: datetime
    deadline: datetime
    urgent: bool
    walk: Walk | None = None
    """None for a publication that tells the times of its facts."""


async def make(
    tx: Transaction,
    release: Release,
    editions: Sequence[FrozenEdition],
    outlet: Outlet,
    occasion: Occasion,
    *,
    actor: str,
) -> Sequence[int]:
    """Saves a queued delivery for each edition; their ids. The release has its reference and is `publishing`."""
    site = any(outlet.capabilities(edition.channel).wave == waves.SITE for edition in editions)
    new = [_delivery(release, edition, outlet, occasion, site=site) for edition in editions]
    return [await _save(tx, each, occasion.at, actor) for each in new]


async def chosen(tx: Transaction, release: Release, stage: str, *, walks: bool = False) -> Sequence[FrozenEdition]:
    """One edition for each destination and locale: it corrects where something is published, else it publishes.

    `walks`: the stage is mailed to those who were mailed the announcement, which a publication at that stage is not.
    """
    places: dict[tuple[str, str], dict[str, FrozenEdition]] = defaultdict(dict)
    for edition in await tx.editions(release.id):
        if edition.stage == stage and (walks or edition.operation != FOLLOW):
            places[edition.destination, edition.locale][edition.operation] = edition
    if not places:
        raise NotPublishable(f"release {release.id} has no edition for the stage {stage!r}; submit it again")
    return [await _fitting(tx, release, place, found) for place, found in places.items()]


async def _fitting(
    tx: Transaction, release: Release, place: tuple[str, str], editions: Mapping[str, FrozenEdition]
) -> FrozenEdition:
    if FOLLOW in editions:
        return editions[FOLLOW]
    there = await tx.published_receipts(release.announcement_id, *place)
    wanted = ("amend", "publish", "retract") if there else ("publish", "amend", "retract")
    return next(editions[operation] for operation in wanted if operation in editions)


async def _refuse_twice(tx: Transaction, release: Release, editions: Sequence[FrozenEdition]) -> None:
    """A first copy, while this was reviewed, may have gone out where this one would have been the first."""
    have = {known.where for known in await tx.standing(release.announcement_id) if known.there}
    for each in editions:
        if each.operation == "publish" and each.stage == ANNOUNCE and (each.destination, each.locale) in have:
            raise NotPublishable(
                f"{each.destination} ({each.locale}) has the announcement meanwhile; submit this release again"
            )


async def _make_way(
    tx: Transaction, release: Release, editions: Sequence[FrozenEdition], at: datetime, actor: str
) -> None:
    """A first copy that waits for quiet hours is never sent once this says something else; all else is refused."""
    wanted = {(edition.destination, edition.locale): edition.operation for edition in editions}
    for found in await tx.open_deliveries(release.announcement_id):
        operation = wanted.get((found.destination, found.locale))
        if operation is None:
            continue
        delivery = await tx.lock_delivery(found.id)
        if operation != "publish" or not delivery.asleep:
            raise NotPublishable(
                f"{delivery.name} of release {delivery.release_id} is still {delivery.state}; "
                "resolve or cancel it, then let this release go on"
            )
        reason = f"overtaken by release {release.id} before the quiet hours ended"
        await move_delivery(tx, delivery, DeliveryState.OVERTAKEN, at=at, actor=actor, reason=reason, replaced=True)


def quiet_until(
    release: Release, edition: Told, outlet: Outlet, opening: datetime, deadline: datetime
) -> datetime | None:
    """When the place may be disturbed again, UTC; None where nothing keeps it from that now.

    What would be too late afterwards does not wait: unsaid would be worse.
    """
    if release.policy.quiet is Quiet.IGNORE or edition.operation not in ("publish", FOLLOW):
        return None
    hours = outlet.quiet(edition.destination)
    ends = hours.until(opening) if hours else None
    return ends if ends is not None and ends < deadline else None


def _delivery(
    release: Release, edition: FrozenEdition, outlet: Outlet, occasion: Occasion, *, site: bool
) -> NewDelivery:
    capabilities = outlet.capabilities(edition.channel)
    opening = _opening(occasion, capabilities, outlet, site=site)
    quiet = quiet_until(release, edition, outlet, opening, occasion.deadline)
    return NewDelivery(
        release_id=release.id,
        edition_id=edition.id,
        announcement_id=release.announcement_id,
        channel=edition.channel,
        destination=edition.destination,
        account=Payload.from_json(edition.payload).target.account,
        locale=edition.locale,
        operation=edition.operation,
        stage=edition.stage,
        wave=capabilities.wave,
        lane=_lane(occasion, capabilities.wave),
        run_at=max(opening, quiet) if quiet else opening,
        deadline=occasion.deadline,
        slots=slots_of(release, edition.locale, outlet, occasion.walk),
        quiet_until=quiet,
        walked_at=occasion.walk.at if occasion.walk and edition.operation == FOLLOW else None,
    )


def _opening(occasion: Occasion, capabilities: Capabilities, outlet: Outlet, *, site: bool) -> datetime:
    wait = waves.link_wait(urgent=occasion.urgent, configured=outlet.link_wait)
    waits = site and capabilities.links_to_site
    return waves.opening(capabilities.wave, None if waits else occasion.at, occasion.at, wait)


def slots_of(release: Release, locale: str, outlet: Outlet, walk: Walk | None = None) -> Mapping[str, str]:
    """The values that a published release gives to its slots in one language, at its publication or on a walk."""
    reference, at = release.reference or "", walk.at if walk else release.published_at
    assert at is not None
    slots = {"reference": reference, "url": outlet.url(locale, reference), "published_at": rfc3339(at)}
    event = walk.event if walk else planned.event_of(release.policy)
    if release.policy.stages or walk is not None:
        zone = release.time_zone
        slots |= outlet.write_event(locale, zone, event.starts_at, event.ends_at, event.because)
        slots |= {"event.starts_at": _iso(event.starts_at), "event.ends_at": _iso(event.ends_at)}
        slots |= {"event.extension": str(event.extension)}
    if walk is None:
        return slots
    return slots | {"postponed_to": outlet.write_time(locale, release.time_zone, walk.new_time)}


def _iso(moment: datetime | None) -> str:
    return rfc3339(moment) if moment else UNKNOWN


def _lane(occasion: Occasion, wave: int) -> Lane:
    if occasion.urgent:
        return Lane.URGENT
    return Lane.BULK if wave == waves.MAIL else Lane.NORMAL


async def _save(tx: Transaction, new: NewDelivery, at: datetime, actor: str) -> int:
    delivery_id = await tx.save_delivery(new, at)
    reason = f"{new.operation} {new.stage}/{new.destination}/{new.locale}"
    if new.quiet_until is not None:
        reason += f"; quiet hours there until {in_utc(new.quiet_until)}"
    await tx.add_transition("delivery", delivery_id, None, DeliveryState.QUEUED, at, actor, reason)
    return delivery_id
