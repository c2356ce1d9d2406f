"""A release becomes deliveries: all of them, with the change of its state, in the caller's one transaction."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from publisher.channel import Capabilities, Payload
from publisher.delivery.engine.port import Lane
from publisher.delivery.states import DeliveryState
from publisher.delivery.transaction import NewDelivery, Transaction
from publisher.delivery.transitions import PUBLISHER
from publisher.release import transitions, waves
from publisher.release.release import FrozenEdition, Release
from publisher.release.scope import Form
from publisher.release.states import ReleaseState

ANNOUNCE = "announce"
"""The stage of every first publication and of every correction that is on time."""


class NotPublishable(RuntimeError):
    """The release cannot become deliveries now; the message says why, for staff."""


@dataclass(frozen=True, slots=True)
class Outlet:
    """What publishing needs to know of this installation."""

    site_url: str
    """Base of every public URL; no slash at the end."""
    capabilities: Callable[[str], Capabilities]
    """Of a channel, by its name."""
    link_wait: timedelta = timedelta(seconds=60)
    """How long what links to the site waits for it."""

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
    editions = await _chosen(tx, release, stage)
    await _refuse_open(tx, release, editions)
    moved = await transitions.move(tx, release, ReleaseState.PUBLISHING, at=at, actor=actor, reason=reason)
    reference = await tx.give_reference(release.announcement_id, at.year)
    await tx.set_published_at(release.id, release.announcement_id, at)
    moved = replace(moved, reference=reference, published_at=at)
    site = any(outlet.capabilities(edition.channel).wave == waves.SITE for edition in editions)
    return [await _save(tx, _delivery(moved, edition, outlet, site), at, actor) for edition in editions]


async def _chosen(tx: Transaction, release: Release, stage: str) -> Sequence[FrozenEdition]:
    """One edition for each destination and locale: it corrects where something is published, else it publishes."""
    places: dict[tuple[str, str], dict[str, FrozenEdition]] = defaultdict(dict)
    for edition in await tx.editions(release.id):
        if edition.stage == stage:
            places[edition.destination, edition.locale][edition.operation] = edition
    if not places:
        raise NotPublishable(f"release {release.id} has no edition for the stage {stage!r}; submit it again")
    return [await _fitting(tx, release, place, found) for place, found in places.items()]


async def _fitting(
    tx: Transaction, release: Release, place: tuple[str, str], editions: Mapping[str, FrozenEdition]
) -> FrozenEdition:
    there = await tx.published_receipts(release.announcement_id, *place)
    if there and editions.keys() == {"publish"} and release.policy.form is not Form.FIRST:
        raise NotPublishable(f"{place[0]} ({place[1]}) has the announcement meanwhile; submit this release again")
    wanted = ("amend", "publish", "retract") if there else ("publish", "amend", "retract")
    return next(editions[operation] for operation in wanted if operation in editions)


async def _refuse_open(tx: Transaction, release: Release, editions: Sequence[FrozenEdition]) -> None:
    wanted = {(edition.destination, edition.locale) for edition in editions}
    for delivery in await tx.open_deliveries(release.announcement_id):
        if (delivery.destination, delivery.locale) in wanted:
            raise NotPublishable(
                f"{delivery.name} of release {delivery.release_id} is still {delivery.state}; "
                "resolve or cancel it, then let this release go on"
            )


def _delivery(release: Release, edition: FrozenEdition, outlet: Outlet, site: bool) -> NewDelivery:
    capabilities = outlet.capabilities(edition.channel)
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
        lane=_lane(release, capabilities.wave),
        run_at=_opening(release, capabilities, outlet, site),
        deadline=release.deadline,
        slots=slots_of(release, edition.locale, outlet),
    )


def _opening(release: Release, capabilities: Capabilities, outlet: Outlet, site: bool) -> datetime:
    published = _published(release)
    wait = waves.link_wait(urgent=release.policy.urgent, configured=outlet.link_wait)
    waits = site and capabilities.links_to_site
    return waves.opening(capabilities.wave, None if waits else published, published, wait)


def slots_of(release: Release, locale: str, outlet: Outlet) -> Mapping[str, str]:
    """The values that a published release gives to its slots in one language."""
    reference = release.reference or ""
    published = f"{_published(release):%Y-%m-%dT%H:%M:%SZ}"
    return {"reference": reference, "url": outlet.url(locale, reference), "published_at": published}


def _published(release: Release) -> datetime:
    assert release.published_at is not None
    return release.published_at


def _lane(release: Release, wave: int) -> Lane:
    if release.policy.urgent:
        return Lane.URGENT
    return Lane.BULK if wave == waves.MAIL else Lane.NORMAL


async def _save(tx: Transaction, new: NewDelivery, at: datetime, actor: str) -> int:
    delivery_id = await tx.save_delivery(new, at)
    reason = f"{new.operation} {new.stage}/{new.destination}/{new.locale}"
    await tx.add_transition("delivery", delivery_id, None, DeliveryState.QUEUED, at, actor, reason)
    return delivery_id
