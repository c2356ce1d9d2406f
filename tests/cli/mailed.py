"""A desk whose first release is being mailed to a dozen readers: some have it, one was refused, the rest is queued."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from pathlib import Path

from sqlalchemy import insert, select, update

from publisher.app import opened
from publisher.delivery.states import DeliveryState, RecipientState
from publisher.mailing.canary import NONE, Canary
from publisher.mailing.fan_out import MailingFanOut
from publisher.schedule.due import run_due
from publisher.store import tables as t
from publisher.store.transaction import SqlTransaction
from tests.cli.desk import Desk, made

READERS = 12
FULL = "550 5.2.2 mailbox full"
R = RecipientState
BEGUN: Mapping[RecipientState, int] = {R.DELIVERED: 3, R.REJECTED: 1}
DONE: Mapping[RecipientState, int] = {R.DELIVERED: 10, R.REJECTED: 2}


def mailed(folder: Path, canary: Canary = NONE, ended: Mapping[RecipientState, int] = BEGUN) -> Desk:
    """Mailing 1; readers in order are `ended` as told. When that is all of them the mailing is over."""
    desk, file = made(folder / "desk"), folder / "readers.csv"
    addresses = "".join(f"{address(number)},en-US,*\n" for number in range(READERS))
    file.write_text("address,locale,kinds\n" + addresses, encoding="utf-8")
    desk("subscribers", "import", file, "--source", "settings")
    desk.as_("alice", "publish", desk.approved())
    asyncio.run(_begin(desk, canary, ended))
    return desk


def address(number: int) -> str:
    return f"reader{number:02}@example.com"


def sent_again(desk: Desk, number: int) -> None:
    """The first of the readers got it twice."""
    asyncio.run(_send_again(desk, [address(each) for each in range(number)]))


def add_finished(desk: Desk, number: int) -> None:
    """So many mailings came after the first one, and are over."""
    asyncio.run(_add_finished(desk, number))


async def _send_again(desk: Desk, addresses: Sequence[str]) -> None:
    twice = update(t.recipient).where(t.recipient.c.address.in_(addresses)).values(resends=1)
    async with opened(desk.root) as app, app.store.begin() as tx:
        await tx.connection.execute(twice)


async def _add_finished(desk: Desk, number: int) -> None:
    async with opened(desk.root) as app, app.store.begin() as tx:
        mailing = dict((await tx.connection.execute(select(t.mailing))).mappings().one())
        of_it = select(t.delivery).where(t.delivery.c.id == mailing["delivery_id"])
        delivery = dict((await tx.connection.execute(of_it)).mappings().one())
        del mailing["id"], delivery["id"]
        over = {**mailing, "finished_at": app.clock.now()}
        for _ in range(number):
            row = insert(t.delivery).values(**{**delivery, "state": DeliveryState.DELIVERED}).returning(t.delivery.c.id)
            delivery_id = (await tx.connection.execute(row)).scalar_one()
            await tx.connection.execute(insert(t.mailing).values(**{**over, "delivery_id": delivery_id}))


async def _begin(desk: Desk, canary: Canary, ended: Mapping[RecipientState, int]) -> None:
    async with opened(desk.root) as app:
        await run_due(app.store.begin, app.clock, app.outlet)
        async with app.store.begin() as tx:
            d = t.delivery.c
            english = select(d.id).where(d.channel == "email", d.locale == "en-US")
            delivery_id = int((await tx.connection.execute(english)).scalar_one())
            sending = update(t.delivery).where(d.id == delivery_id).values(state=DeliveryState.SENDING)
            await tx.connection.execute(sending)
            mailing_id = await MailingFanOut(app.clock, canary=canary).start(tx, delivery_id)
            assert mailing_id is not None
            await _end(tx, ended)
            if sum(ended.values()) == READERS:
                await tx.connection.execute(update(t.batch).values(state="done"))
                await tx.finish_mailing(mailing_id, app.clock.now())


async def _end(tx: SqlTransaction, ended: Mapping[RecipientState, int]) -> None:
    states = [state for state, count in ended.items() for _ in range(count)]
    for number, state in enumerate(states):
        told = {"state": state, "reason": None if state is R.DELIVERED else FULL}
        row = update(t.recipient).where(t.recipient.c.address == address(number))
        await tx.connection.execute(row.values(**told))
