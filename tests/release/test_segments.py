"""Which snapshot of a segment a release is for, and what an author is told of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import update

from publisher.content.announcement import Audience, Revision
from publisher.mailing.segments.snapshots import delete
from publisher.release.approval import Review, submit
from publisher.release.release import Release
from publisher.release.scope import Standing
from publisher.release.segments import Bound, bound
from publisher.release.verify import refusal
from publisher.store import tables as t
from publisher.store.transaction import Store
from tests.mailing.segments.files import AT, snapshot_of
from tests.release.builders import NOON, approved, editions, revision, staff, targets

SEGMENT = "segment:holders-eth"
FOR_HOLDERS = replace(revision(), audience=Audience(SEGMENT))
ONE = ["1 a@example.com en-US"]
WEEK = timedelta(days=7)


async def found(
    store: Store, of: Revision = FOR_HOLDERS, standing: list[Standing] | None = None, now: datetime = NOON
) -> Bound:
    async with store.read() as tx:
        return await bound(tx, of, standing or [], now, WEEK)


def codes(result: Bound) -> list[str]:
    return [finding.code for finding in result.findings]


async def asked(store: Store, snapshot: str) -> Review:
    async with store.begin() as tx:
        author, of = await staff(tx, "author", ["authors"]), FOR_HOLDERS
        return await submit(tx, of, editions(of), title="T", author=author, at=NOON, snapshot=snapshot)


async def for_holders(store: Store, snapshot: str) -> Release:
    return (await asked(store, snapshot)).release


async def test_the_newest_snapshot_is_the_one_to_approve(store: Store, tmp_path: Path) -> None:
    await snapshot_of(store, tmp_path, ONE)
    newer = await snapshot_of(store, tmp_path, [*ONE, "2 b@example.com en-US"], taken_at=AT)

    result = await found(store)

    assert result.snapshot is not None
    assert (result.snapshot.sha256, codes(result)) == (newer, [])


async def test_an_announcement_for_subscribers_has_none(store: Store) -> None:
    assert await found(store, revision()) == Bound()


async def test_a_segment_that_is_not_there_is_named_with_its_neighbour(store: Store, tmp_path: Path) -> None:
    await snapshot_of(store, tmp_path, ONE)
    result = await found(store, replace(revision(), audience=Audience("segment:holder-eth")))
    assert codes(result) == ["segment.unknown"]
    assert result.findings[0].fix.startswith("Did you mean segment:holders-eth?")


async def test_a_snapshot_whose_members_are_deleted_cannot_be_approved(store: Store, tmp_path: Path) -> None:
    await snapshot_of(store, tmp_path, ONE)
    await delete(store.begin, "holders-eth", NOON, "asked for")
    assert codes(await found(store)) == ["segment.deleted"]


async def test_a_snapshot_that_ends_before_the_window_cannot_be_approved(store: Store, tmp_path: Path) -> None:
    await snapshot_of(store, tmp_path, ONE, keep=timedelta(days=1))
    assert codes(await found(store)) == ["segment.ends"]


@pytest.mark.parametrize(("days", "said"), [(6, []), (8, ["segment.stale"])])
async def test_an_old_snapshot_is_warned_of(store: Store, tmp_path: Path, days: int, said: list[str]) -> None:
    await snapshot_of(store, tmp_path, ONE)
    assert codes(await found(store, now=AT + timedelta(days=days))) == said


async def test_what_is_published_stays_with_its_readers(store: Store, tmp_path: Path) -> None:
    first = await snapshot_of(store, tmp_path, ONE)
    release = await for_holders(store, first)
    async with store.begin() as tx:
        await tx.set_published_at(release.id, release.announcement_id, NOON)
    newer = await snapshot_of(store, tmp_path, [*ONE, "2 b@example.com en-US"], taken_at=AT)

    stays = await found(store)
    await delete(store.begin, "holders-eth", NOON, "asked for")
    later = AT + timedelta(minutes=2)
    newest = await snapshot_of(store, tmp_path, [*ONE, "3 c@example.com en-US"], taken_at=later)
    moved = await found(store)

    assert stays.snapshot is not None
    assert moved.snapshot is not None
    assert (stays.snapshot.sha256, codes(stays)) == (first, [])
    assert newer != first
    assert (moved.snapshot.sha256, codes(moved)) == (newest, ["segment.readers"])


@pytest.mark.parametrize(
    ("before", "after"), [("subscribers", SEGMENT), (SEGMENT, "subscribers"), ("segment:vip", SEGMENT)]
)
async def test_what_is_published_keeps_its_audience(store: Store, tmp_path: Path, before: str, after: str) -> None:
    await snapshot_of(store, tmp_path, ONE)
    source = replace(revision(), audience=Audience(before)).to_json()
    have = [Standing("mail", "email", "en-US", source, True, NOON)]
    result = await found(store, replace(revision(), audience=Audience(after)), have)
    assert codes(result) == ["published.audience"]


async def test_the_hash_that_people_approve_covers_the_snapshot(store: Store, tmp_path: Path) -> None:
    first = await for_holders(store, await snapshot_of(store, tmp_path, ONE))
    second = await for_holders(store, await snapshot_of(store, tmp_path, [*ONE, "2 b@example.com en-US"], taken_at=AT))
    assert first.snapshot != second.snapshot
    assert first.common_hash != second.common_hash
    assert first.locale_hashes == second.locale_hashes


async def test_another_snapshot_in_the_place_of_the_approved_one_is_refused(store: Store, tmp_path: Path) -> None:
    snapshot = await snapshot_of(store, tmp_path, ONE)
    review = await asked(store, snapshot)
    async with store.begin() as tx:
        release = (await approved(tx, review, "erin", ["editors"])).release
        edition = (await tx.editions(release.id))[0]
        assert await refusal(tx, release.id, edition.id, targets()) is None
        other = release.common.replace(snapshot, "0" * 64)
        await tx.connection.execute(update(t.release).where(t.release.c.id == release.id).values(common=other))
        assert await refusal(tx, release.id, edition.id, targets()) is not None
