"""Snapshots of segments: taken whole or not at all, named by their hash, gone when their time is over."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

from publisher.mailing.erasure import erase
from publisher.mailing.segments.rows import person_id, read_member
from publisher.mailing.segments.snapshots import LONGEST_TAKING, SegmentError, delete, purge
from publisher.mailing.segments.taking import Telling, take
from publisher.store import tables as t
from publisher.store.transaction import Store
from tests.mailing.builders import HASHING
from tests.mailing.segments.files import AT, NEW, snapshot_of, taken, written

TWO = ["b,b@example.com,zh_cn,Asia/Shanghai,SG", "a,A@Example.com,,,"]


async def members(store: Store) -> int:
    async with store.read() as tx:
        return int((await tx.connection.execute(select(func.count()).select_from(t.segment_member))).scalar_one())


async def rows(store: Store) -> int:
    async with store.read() as tx:
        return int((await tx.connection.execute(select(func.count()).select_from(t.segment))).scalar_one())


async def test_a_snapshot_has_the_hash_that_its_owner_can_compute(store: Store, tmp_path: Path) -> None:
    done, said = await taken(store, written(tmp_path, TWO))

    lines = ["a\tA@example.com\ten-US\t\t\n", "b\tb@example.com\tzh-CN\tAsia/Shanghai\tSG\n"]
    assert not said
    assert done.snapshot is not None
    assert (done.snapshot.count, done.snapshot.sha256) == (2, hashlib.sha256("".join(lines).encode()).hexdigest())
    assert (done.snapshot.taken_at, done.snapshot.delete_at) == (NEW.taken_at, AT + NEW.keep)


async def test_the_order_of_the_rows_does_not_matter(store: Store, tmp_path: Path) -> None:
    ids = [f"{letter}{number}" for letter in "aBz_-" for number in (10, 9, 1)]
    first = await snapshot_of(store, tmp_path, [f"{each} {each}@example.com en-US" for each in ids])
    second = await snapshot_of(store, tmp_path, [f"{each} {each}@example.com en-US" for each in ids[::-1]], segment="x")
    assert first == second


async def test_taking_the_same_again_changes_nothing(store: Store, tmp_path: Path) -> None:
    path = written(tmp_path, TWO)
    first, _ = await taken(store, path)

    again, _ = await taken(store, path, at=AT + timedelta(hours=1))

    assert again.known
    assert again.snapshot == first.snapshot
    assert (await rows(store), await members(store)) == (1, 2)


async def test_the_newest_snapshot_is_the_segment(store: Store, tmp_path: Path) -> None:
    await taken(store, written(tmp_path, TWO))
    newer, _ = await taken(store, written(tmp_path, TWO[:1]), replace(NEW, taken_at=AT))

    async with store.read() as tx:
        assert await tx.newest_snapshot("holders-eth") == newer.snapshot
        assert [each.count for each in await tx.snapshots("holders-eth")] == [1, 2]


async def test_a_segment_never_goes_back(store: Store, tmp_path: Path) -> None:
    await taken(store, written(tmp_path, TWO))
    with pytest.raises(SegmentError, match="there is a newer snapshot: holders-eth of 2026-12-01 00:00 UTC"):
        await taken(store, written(tmp_path, TWO[:1]), replace(NEW, taken_at=NEW.taken_at - timedelta(seconds=1)))
    assert await rows(store) == 1


async def test_one_bad_row_stops_everything_and_is_named(store: Store, tmp_path: Path) -> None:
    bad = ["c,no address,en-US,,", ",d@example.com,,,", "e,e@example.com,,Mars/Base,", "f,f@example.com,,,XX"]

    done, said = await taken(store, written(tmp_path, [*TWO, *bad]))

    assert (done.snapshot, done.refused, await rows(store)) == (None, 4, 0)
    assert [line.split(" ")[:3] for line in said] == [
        ["line", "4:", "address"],
        ["line", "5:", "external_id"],
        ["line", "6:", "zone"],
        ["line", "7:", "jurisdiction"],
    ]


async def test_good_rows_are_taken_without_the_bad_where_that_is_allowed(store: Store, tmp_path: Path) -> None:
    done, said = await taken(store, written(tmp_path, [*TWO, "c,no address,en-US,,"]), skip_bad=True)
    assert done.snapshot is not None
    assert (done.snapshot.count, done.refused, len(said)) == (2, 1, 1)


async def test_a_dry_run_stores_nothing(store: Store, tmp_path: Path) -> None:
    done, _ = await taken(store, written(tmp_path, TWO), dry_run=True)
    assert (done.snapshot, done.stored, await rows(store)) == (None, 2, 0)


async def test_an_address_or_customer_counts_once(store: Store, tmp_path: Path) -> None:
    done, said = await taken(store, written(tmp_path, [*TWO, "c,B@EXAMPLE.com,,,", "a,other@example.com,,,"]))
    assert done.snapshot is not None
    assert (done.snapshot.count, done.shared) == (2, 2)
    assert [line.partition(":")[0] for line in said] == ["line 4", "line 5"]


async def test_a_file_without_a_row_is_no_segment(store: Store, tmp_path: Path) -> None:
    with pytest.raises(SegmentError, match="at least one member"):
        await taken(store, written(tmp_path, []))
    assert await rows(store) == 0


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"segment": "Holders of ETH"}, "small letters"),
        ({"taken_at": AT + timedelta(hours=1)}, "still to come"),
        ({"legal_basis": " "}, "legal basis"),
        ({"legal_basis": "contract\nof 2026"}, "one line"),
        ({"keep": timedelta(0)}, "1 to 3650 days"),
    ],
)
async def test_a_snapshot_says_what_it_must(
    store: Store, tmp_path: Path, changes: dict[str, object], said: str
) -> None:
    with pytest.raises(SegmentError, match=said):
        await taken(store, written(tmp_path, TWO), replace(NEW, **changes))  # type: ignore[arg-type]


async def test_members_are_deleted_when_their_time_is_over_and_the_header_stays(store: Store, tmp_path: Path) -> None:
    done, _ = await taken(store, written(tmp_path, TWO))
    over = AT + NEW.keep

    assert await purge(store.begin, store.read, over - timedelta(seconds=1)) == 0
    assert await members(store) == 2
    assert await purge(store.begin, store.read, over) == 1

    assert await members(store) == 0
    async with store.read() as tx:
        kept = await tx.newest_snapshot("holders-eth")
    assert done.snapshot is not None
    assert kept == replace(done.snapshot, deleted_at=over, deleted_why="its time was over")
    assert await purge(store.begin, store.read, over) == 0


async def test_members_are_deleted_when_somebody_asks(store: Store, tmp_path: Path) -> None:
    await taken(store, written(tmp_path, TWO))
    [gone] = await delete(store.begin, "holders-eth", AT, "asked by the privacy office")
    assert gone.count == 2
    assert await members(store) == 0
    with pytest.raises(SegmentError, match="no snapshot of 'holders-eth' with members"):
        await delete(store.begin, "holders-eth", AT, "again")


async def test_what_a_program_that_died_left_behind_is_nobodys_and_goes(store: Store, tmp_path: Path) -> None:
    died = KeyError("the power went")

    def die(done: int, size: int) -> None:
        raise died

    path = written(tmp_path, TWO)
    async with store.begin() as tx:
        left = await tx.add_snapshot(NEW, AT)
        await tx.add_members(
            left,
            NEW.segment,
            [m for m in [read_member(1, {"external_id": "a", "address": "a@b.co"})] if not hasattr(m, "reason")],
        )
    async with store.read() as tx:
        assert await tx.newest_snapshot(NEW.segment) is None
    with pytest.raises(KeyError):
        await take(
            store.begin, store.read, path, NEW, at=AT, hashing=HASHING, telling=Telling(print, die), skip_bad=True
        )

    assert await purge(store.begin, store.read, AT + LONGEST_TAKING) == 2

    assert (await rows(store), await members(store)) == (0, 0)


def test_the_same_customer_is_the_same_person_in_every_snapshot() -> None:
    assert person_id("holders-eth", "4711") == person_id("holders-eth", "4711") < 2**63
    assert len({person_id("holders-eth", "4711"), person_id("vip", "4711"), person_id("holders-eth", "4712")}) == 3


async def test_who_was_erased_is_taken_out_and_never_taken_again(store: Store, tmp_path: Path) -> None:
    first, _ = await taken(store, written(tmp_path, ["c1,a@example.com,en-US,,", "c2,b@example.com,en-US,,"]))
    assert first.stored == 2

    done = await store.run(lambda tx: erase(tx, HASHING, "a@example.com", AT))
    again, said = await taken(
        store,
        written(tmp_path, ["c1,A@example.com,en-US,,", "c2,b@example.com,en-US,,", "c3,c@example.com,en-US,,"]),
        replace(NEW, taken_at=NEW.taken_at + timedelta(minutes=1)),
        at=AT + timedelta(minutes=1),
    )

    assert done.memberships == 1
    assert (again.stored, again.erased) == (2, 1)
    assert said == ["line 2: address was erased: nobody writes there any more"]
