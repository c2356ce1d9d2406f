"""A prepared statement reads and writes what the columns mean, and says so when it is asked wrongly."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import BigInteger, insert, null, select, update

from publisher.delivery.states import DeliveryState
from publisher.store import tables as t
from publisher.store.bare import as_list, later, listed
from publisher.store.prepared import Prepared
from publisher.store.transaction import Store

NOON = datetime(2026, 12, 1, 12, 0, 0, 250, tzinfo=UTC)
p = t.pause.c

SAVE = Prepared(lambda _: insert(t.pause), ("key", "until"))
ALL = Prepared(lambda _: select(p.key, p.until).order_by(p.key))
LATE = Prepared(lambda _: select(p.key).where(p.until > later("moment")).order_by(p.key))
AFTER_NOON = Prepared(lambda _: select(p.key).where(p.until > NOON).order_by(p.key))
MOVE = Prepared(lambda _: update(t.pause).where(p.key == later("which")).values(until=later("to")))
COUNTED = Prepared(lambda dialect: select(t.counter.c.name).where(t.counter.c.value.in_(listed(dialect, BigInteger()))))


async def saved(store: Store, *keys: str) -> None:
    async with store.begin() as tx:
        for hour, key in enumerate(keys):
            await SAVE.changed(tx.connection, key=key, until=NOON + timedelta(hours=hour))


async def test_times_come_back_as_they_were_given(store: Store) -> None:
    await saved(store, "a", "b")

    async with store.read() as tx:
        rows = await ALL.rows(tx.connection)

    assert rows == [{"key": "a", "until": NOON}, {"key": "b", "until": NOON + timedelta(hours=1)}]


async def test_a_time_in_a_condition_is_compared_as_it_is_stored(store: Store) -> None:
    await saved(store, "a", "b", "c")

    async with store.read() as tx:
        later_ones = await LATE.rows(tx.connection, moment=NOON + timedelta(minutes=1))
        after_noon = await AFTER_NOON.rows(tx.connection)

    assert later_ones == after_noon == [{"key": "b"}, {"key": "c"}]


async def test_it_tells_how_many_rows_it_changed(store: Store) -> None:
    await saved(store, "a")

    async with store.begin() as tx:
        changed = [await MOVE.changed(tx.connection, which=key, to=NOON) for key in ("a", "nobody")]

    assert changed == [1, 0]


async def test_a_list_of_any_length_is_one_value(store: Store) -> None:
    async with store.begin() as tx:
        await tx.connection.execute(insert(t.counter), [{"name": f"n-{n}", "value": n} for n in range(3)])
        found = await COUNTED.rows(tx.connection, listed=as_list(tx.connection.dialect, [2, *range(10, 40_000)]))

    assert [row["name"] for row in found] == ["n-2"]


async def test_what_fails_in_a_transaction_leaves_nothing_behind(store: Store) -> None:
    async def half() -> None:
        async with store.begin() as tx:
            await SAVE.changed(tx.connection, key="a", until=NOON)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await half()

    async with store.read() as tx:
        assert await ALL.first(tx.connection) is None


async def test_a_snapshot_refuses_to_be_written(store: Store) -> None:
    with pytest.raises(Exception, match=r"read.?only"):
        async with store.read() as tx:
            await SAVE.changed(tx.connection, key="a", until=NOON)


async def test_a_naive_time_is_refused(store: Store) -> None:
    with pytest.raises(ValueError, match="naive"):
        async with store.begin() as tx:
            await SAVE.changed(tx.connection, key="a", until=datetime(2026, 1, 1))  # noqa: DTZ001


@pytest.mark.parametrize("values", [{}, {"which": "a"}, {"which": "a", "to": NOON, "more": 1}])
async def test_a_value_that_is_missing_or_too_many_is_an_error(store: Store, values: dict[str, object]) -> None:
    with pytest.raises(TypeError, match="asks for"):
        async with store.begin() as tx:
            await MOVE.changed(tx.connection, **values)


async def test_states_and_nothing_are_written_as_the_columns_want_them(store: Store) -> None:
    state = Prepared(lambda _: update(t.delivery).values(state=DeliveryState.HELD, lease_owner=null()))

    async with store.begin() as tx:
        assert await state.changed(tx.connection) == 0
