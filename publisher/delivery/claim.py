"""A delivery as a worker holds it: its parts, and what is known of those that are out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import structlog

from publisher.channel import Part, Payload, Receipt, SlotError, fill
from publisher.delivery.outcomes import Attempt
from publisher.delivery.transaction import Delivery, Transaction

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Claim:
    """The right to send the first part that has no receipt yet."""

    delivery: Delivery
    parts: tuple[Part, ...]
    receipts: tuple[Receipt, ...]
    """Of the parts already sent."""
    there: tuple[Receipt, ...]
    """What a correction or a retraction is about."""
    pictures: Mapping[str, bytes] = field(default_factory=dict, repr=False)
    """Those of the next part; one that is lost is not among them."""

    @property
    def part(self) -> Part | None:
        """None when nothing is left to send."""
        return self.parts[len(self.receipts)] if len(self.receipts) < len(self.parts) else None

    @property
    def act(self) -> str:
        """What is done with the next part: `publish`, `amend` or `retract`."""
        return (self.part.act if self.part else "") or self.delivery.operation

    @property
    def attempt(self) -> Attempt:
        sent, delivery = len(self.receipts), self.delivery
        return Attempt(sent, len(self.parts), delivery.attempts - sent, delivery.deadline)

    def fill(self, part: Part) -> Part:
        """`part` with its slots and pictures filled in; raises SlotError."""
        if lost := [name for name in part.picture_names if name not in self.pictures]:
            raise SlotError(f"the stored picture {lost[0][:12]} is gone, or its hash differs")
        # The first part of a correction answers what stood there before.
        previous = [receipt.ids[0] for receipt in (self.receipts[-1:] or self.there[:1]) if receipt.ids]
        slots = {**self.delivery.slots, **({"previous.id": previous[0]} if previous else {})}
        content = {key: fill(value, slots) for key, value in part.content.items()}
        return replace(part, content=content, pictures=self.pictures)


async def claimed(tx: Transaction, delivery_id: int) -> Claim:
    """The delivery with everything that sending or reading back its next part needs."""
    claim = await held(tx, await tx.delivery(delivery_id))
    return replace(claim, pictures=await _pictures(tx, claim.part))


async def held(tx: Transaction, delivery: Delivery) -> Claim:
    """The same without the pictures: enough to know what is to be done next."""
    edition, receipts = await tx.edition(delivery.edition_id), await tx.receipts(delivery.id)
    return Claim(delivery, _parts(edition.payload), tuple(receipts), tuple(await _there(tx, delivery)))


async def _pictures(tx: Transaction, part: Part | None) -> Mapping[str, bytes]:
    found = {name: await tx.picture(name) for name in (part.picture_names if part else ())}
    return {name: content for name, content in found.items() if content is not None}


async def _there(tx: Transaction, delivery: Delivery) -> Sequence[Receipt]:
    if delivery.operation == "publish":
        return ()
    place = (delivery.announcement_id, delivery.destination, delivery.locale)
    return await tx.published_receipts(*place, before=delivery.id)


def _parts(payload: str) -> tuple[Part, ...]:
    """None for a payload that nobody can read; what that means is decided where it would be sent."""
    try:
        return Payload.from_json(payload).parts
    except (ValueError, KeyError, TypeError) as error:
        log.error("a stored payload cannot be read", action="payload_unreadable", error=repr(error))
        return ()
