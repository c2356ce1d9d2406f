"""The book of all batches in hand: together where they come together, and none held up by another."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta

import pytest

from publisher.delivery.transaction import Stop
from publisher.mailing.book import Book
from publisher.mailing.transaction import Entered, Entry, Result
from publisher.store.transaction import SqlTransaction, Store
from tests.mailing.builders import NOON, PostOffice, R, subscribe

LEASE = timedelta(seconds=30)


@dataclass
class Counting:
    """A `Begin` that counts its transactions, and stops the first until it is told."""

    store: Store
    go: asyncio.Event = field(default_factory=asyncio.Event)
    began: asyncio.Event = field(default_factory=asyncio.Event)
    begun: int = 0

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[SqlTransaction]:
        self.begun += 1
        self.began.set()
        await self.go.wait()
        async with self.store.begin() as tx:
            yield tx


@pytest.fixture
def counting(store: Store) -> Counting:
    return Counting(store)


async def entries(office: PostOffice, count: int) -> list[Entry]:
    """The first entry of each of some batches: whom they mean to send to."""
    await subscribe(office.store, count * 3)
    office.batch_size = 3
    await office.start()
    held = [await office.ledger().claim(batch_id) for batch_id in await office.due()]
    return [
        Entry(each.batch.id, each.batch.fence, LEASE, NOON, group=list(each.queue), switches=each.switches)
        for each in held
        if each
    ]


async def all_begun(book: Book, some: list[Entry], counting: Counting) -> list[asyncio.Task[Entered]]:
    tasks = [asyncio.create_task(book.enter(entry)) for entry in some]
    await counting.began.wait()
    await asyncio.sleep(0)
    return tasks


async def test_what_comes_while_a_transaction_is_on_its_way_shares_the_next(counting: Counting) -> None:
    first, *others = await entries(PostOffice(counting.store), 5)
    book = Book(counting.begin)
    tasks = await all_begun(book, [first], counting)
    tasks += await all_begun(book, others, counting)
    counting.go.set()
    done = await asyncio.gather(*tasks)
    assert [len(entered.sending) for entered in done] == [3] * 5
    assert counting.begun == 2


async def test_of_two_claims_of_one_batch_that_are_written_together_only_the_newest_counts(counting: Counting) -> None:
    (stale,) = await entries(PostOffice(counting.store), 1)
    async with counting.store.begin() as tx:
        await tx.leave_batch(stale.batch_id, stale.fence, NOON)
        taken = await tx.claim_batch(stale.batch_id, "another worker", LEASE, NOON)
    assert taken is not None
    lost, kept = await counting.store.enter([stale, replace(stale, fence=taken.fence)])
    assert (lost, len(kept.sending)) == (Entered(kept=False), 3)


async def test_a_switch_stops_the_batches_that_have_it_and_no_other(counting: Counting) -> None:
    first, second = await entries(PostOffice(counting.store), 2)
    async with counting.store.begin() as tx:
        await tx.set_stop(Stop("only the first", NOON, "erin", "a mistake"))
    stopped, sent = await counting.store.enter([replace(first, switches=["only the first"]), second])
    assert (stopped.stopped, stopped.sending, sent.stopped, len(sent.sending)) == (True, frozenset(), False, 3)


async def test_an_entry_that_the_database_refuses_holds_up_no_other(counting: Counting) -> None:
    good, bad, late = await entries(PostOffice(counting.store), 3)
    broken = Entry(bad.batch_id, 2**70, LEASE, NOON)  # no database has such a number
    book = Book(counting.begin)
    tasks = await all_begun(book, [broken, good, late], counting)
    counting.go.set()
    refused, *done = await asyncio.gather(*tasks, return_exceptions=True)
    assert isinstance(refused, Exception)
    assert [isinstance(each, Entered) and len(each.sending) for each in done] == [3, 3]


async def test_a_cancelled_entry_keeps_its_results_and_marks_nobody(counting: Counting) -> None:
    office = PostOffice(counting.store)
    (entry,) = await entries(office, 1)
    book = Book(counting.begin)
    counting.go.set()
    await book.enter(Entry(entry.batch_id, entry.fence, LEASE, NOON, group=entry.group[:1]))
    counting.go.clear()
    results = [Result(entry.group[0].id, R.DELIVERED)]
    (task,) = await all_begun(
        book, [Entry(entry.batch_id, entry.fence, LEASE, NOON, results=results, group=entry.group[1:])], counting
    )
    task.cancel()
    counting.go.set()
    with pytest.raises(asyncio.CancelledError):
        await task
    await book.enter(Entry(entry.batch_id, entry.fence, LEASE, NOON))
    async with counting.store.read() as tx:
        assert await tx.count_recipients(1) == {R.QUEUED: 2, R.DELIVERED: 1}
