"""A ledger that keeps no books: what a mailing would cost if nobody had to know who got it."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from datetime import timedelta

from publisher.channel import Delivered, Payload
from publisher.content.kinds.kind import MailClass, Unconfirmed
from publisher.delivery.engine.port import Lane
from publisher.delivery.states import DeliveryState
from publisher.delivery.transaction import Delivery
from publisher.mailing.fan_out import BATCH
from publisher.mailing.ledger import Held, Ledger
from publisher.mailing.origin import of_delivery
from publisher.mailing.results import Answer
from publisher.mailing.transaction import Batch, Mailing, Recipient
from publisher.store.database import Database
from publisher.store.transaction import Store
from tests.mailing.builders import NOON, ManualClock, everything_holds

MAILING = Mailing(1, 1, MailClass.SERVICE, Unconfirmed.PARK, None, 0, None)
DELIVERY = Delivery(
    id=1,
    release_id=1,
    edition_id=1,
    announcement_id="announcement",
    channel="email",
    destination="mail",
    account="relay",
    locale="en-US",
    operation="publish",
    stage="announce",
    wave=3,
    lane=Lane.BULK,
    run_at=NOON,
    deadline=NOON + timedelta(days=1),
    slots={"reference": "ANN-2026-00042", "url": "https://example.com/en-US/ANN-2026-00042"},
    state=DeliveryState.SENDING,
    lease_owner=None,
    leased=False,
    fence=1,
    attempts=1,
    resends=0,
    first_tried_at=NOON,
    reason="",
    updated_at=NOON,
)


class Forgetful(Ledger):
    """Hands out readers by their number; a batch's id is the number of its first reader."""

    def __init__(self, payload: Payload, readers: int) -> None:
        super().__init__(Store(Database("sqlite:///never-opened.db")).begin, ManualClock(), "bench", everything_holds)
        self._payload = payload
        self._readers = readers
        self.delivered = 0

    async def claim(self, batch_id: int) -> Held | None:
        numbers = range(batch_id, min(batch_id + BATCH, self._readers))
        queue = deque(Recipient(n, n, f"reader{n}@example.net", 0) for n in numbers)
        batch = Batch(batch_id, MAILING, "", "", 1, DELIVERY.deadline)
        return Held(batch, of_delivery(DELIVERY), self._payload, queue, ())

    async def next_group(self, held: Held, answers: Sequence[Answer], *, go_on: bool = True) -> Sequence[Recipient]:
        self.delivered += sum(isinstance(answer.outcome, Delivered) for answer in answers)
        return self._take(held, NOON)

    async def keep(self, held: Held) -> bool:
        return True
