"""What is out is told to digests: in the transaction that says that readers can find it, and never before."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime

from publisher.delivery.states import OPEN, DeliveryState
from publisher.delivery.transaction import Delivery, Transaction
from publisher.release import waves
from publisher.release.release import Release

QUIET = "reminder"
"""How the stages begin that say nothing new."""
WHAT: Mapping[str, str] = {
    "first": "new",
    "supplement": "translated",
    "revision": "corrected",
    "retraction": "retracted",
}
"""By the form of the release."""


async def note(tx: Transaction, release: Release, deliveries: Sequence[Delivery], at: datetime) -> None:
    """An item for each publication and each stage that readers can find by now; harmless to repeat.

    With the website, once all of it is there; else with the first that arrived. What was never delivered is no item.
    """
    occasions: dict[tuple[str, str], list[Delivery]] = defaultdict(list)
    for delivery in deliveries:
        if not delivery.stage.startswith(QUIET):
            occasions[delivery.stage, delivery.slots.get("published_at", "")].append(delivery)
    found = {occasion: made for occasion, made in occasions.items() if _is_out(made)}
    if not found:
        return
    first = min(deliveries, key=lambda delivery: delivery.id)
    for (stage, occasion), made in found.items():
        what = _what(release, made, walked=(stage, occasion) != (first.stage, first.slots.get("published_at", "")))
        await tx.add_digest_item(release.announcement_id, release.id, stage, what, occasion, at)


async def tell(tx: Transaction, release: Release, delivery: Delivery, at: datetime) -> None:
    """The item of a delivery that its readers can find from now on; harmless to repeat."""
    occasion = delivery.slots.get("published_at", "")
    what = _what(release, [delivery], walked=False)
    await tx.add_digest_item(release.announcement_id, release.id, delivery.stage, what, occasion, at)


def _is_out(made: Sequence[Delivery]) -> bool:
    site = [delivery for delivery in made if delivery.wave == waves.SITE]
    over = all(delivery.state not in OPEN or delivery.parked for delivery in made)
    arrived = [delivery.state is DeliveryState.DELIVERED for delivery in (made if over or not site else site)]
    return any(arrived) if over or not site else all(arrived)


def _what(release: Release, made: Sequence[Delivery], *, walked: bool) -> str:
    """The one place that knows by what a retraction is seen; `walked`: after the publication itself."""
    if any(delivery.operation == "retract" for delivery in made):
        return "retracted"
    return "changed" if walked else WHAT[release.policy.form]
