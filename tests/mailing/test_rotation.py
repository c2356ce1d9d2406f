"""A new key takes over, whatever interrupts; what cannot be read is named and stays."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from sqlalchemy import select

from publisher.encryption import Encryption
from publisher.mailing import rotation
from publisher.mailing.codes import StoredCode, choose_code, shown
from publisher.mailing.rotation import Rotated, rotate
from publisher.store import tables as t
from publisher.store.transaction import SqlTransaction, Store
from tests.mailing.builders import NOON, subscribe

OLD, NEW, LOST = b"o" * 32, b"n" * 32, b"l" * 32


async def stored(store: Store) -> dict[int, str | None]:
    async with store.read() as tx:
        query = select(t.subscriber.c.id, t.subscriber.c.anti_phishing_code)
        return {row[0]: row[1] for row in (await tx.connection.execute(query)).all()}


async def coded(store: Store, count: int, key: bytes = OLD) -> list[int]:
    addresses = await subscribe(store, count)
    async with store.begin() as tx:
        ids = sorted(each.id for each in (await tx.subscribers_by_key(addresses)).values())
        for each in ids:
            await choose_code(tx, Encryption([key]), each, f"code{each:04}", NOON)
    return ids


async def test_the_new_key_alone_reads_everything_afterwards(store: Store) -> None:
    ids = await coded(store, 3)
    await subscribe(store, 1)

    assert await rotate(store.begin, Encryption([NEW, OLD])) == Rotated(3, 3, [])

    codes = await stored(store)
    read = [shown(Encryption([NEW]), StoredCode(each, codes[each] or "")) for each in ids]
    assert read == [f"code{each:04}" for each in ids]
    assert await rotate(store.begin, Encryption([NEW, OLD])) == Rotated(3, 0, [])


async def test_interrupted_it_goes_on_where_it_was(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    await coded(store, 5)
    monkeypatch.setattr(rotation, "PIECE", 2)
    opened = 0

    @asynccontextmanager
    async def breaking() -> AsyncIterator[SqlTransaction]:
        nonlocal opened
        opened += 1
        async with store.begin() as tx:
            yield tx
            if opened == 3:
                raise ConnectionError("the plug was pulled")

    with pytest.raises(ConnectionError):
        await rotate(breaking, Encryption([NEW, OLD]))

    assert await rotate(store.begin, Encryption([NEW, OLD])) == Rotated(5, 3, [])


async def test_what_no_key_reads_is_named_and_left_as_it_is(store: Store) -> None:
    await coded(store, 1)
    (lost,) = await coded(store, 1, LOST)
    before = (await stored(store))[lost]

    done = await rotate(store.begin, Encryption([NEW, OLD]))

    assert (done.total, done.renewed, len(done.unreadable)) == (2, 1, 1)
    assert done.unreadable[0].startswith(f"what is stored for subscriber {lost} needs the data key")
    assert (await stored(store))[lost] == before


async def test_who_chose_another_code_meanwhile_keeps_it(store: Store) -> None:
    (one,) = await coded(store, 1)
    both = Encryption([NEW, OLD])
    async with store.begin() as tx:
        (seen,) = await tx.encrypted_otherwise("anti-phishing codes", both.prefix, 0, 10)
        await choose_code(tx, both, one, "another1", NOON)
        assert not await tx.replace_encrypted("anti-phishing codes", seen, both.encrypt("code0001", seen.about))

    assert shown(both, StoredCode(one, (await stored(store))[one] or "")) == "another1"


def test_every_column_that_is_encrypted_is_rotated() -> None:
    from publisher.store.encrypted_rows import _PLACES

    kept = {place.column for place in _PLACES.values()}
    named = {column for table in t.metadata.sorted_tables for column in table.c if "code" in column.name}
    assert named <= kept
