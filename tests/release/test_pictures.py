"""A picture is part of what was approved: its name stands in the payload, its bytes are looked at before every send."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import delete, update
from sqlalchemy.sql.base import Executable

from publisher.channel import PICTURES
from publisher.content.pictures import PictureFile
from publisher.release.approval import submit
from publisher.release.verify import refusal
from publisher.rendering.edition import Edition
from publisher.store import tables
from publisher.store.transaction import SqlTransaction, Store
from tests.pictures import listed, picture
from tests.release.builders import NOON, approved, editions, revision, staff, submitted, targets

PICTURE = picture()


async def test_the_approved_one_may_go(store: Store) -> None:
    async with store.begin() as tx:
        release_id, edition_id = await approved_with(tx, PICTURE)

        assert await refusal(tx, release_id, edition_id, targets()) is None


@pytest.mark.parametrize("act", [update(tables.picture).values(content=b"another"), delete(tables.picture)])
async def test_one_that_was_exchanged_or_lost_is_refused(store: Store, act: Executable) -> None:
    async with store.begin() as tx:
        release_id, edition_id = await approved_with(tx, PICTURE)
        await tx.connection.execute(act)

        reason = await refusal(tx, release_id, edition_id, targets())
    assert reason is not None
    assert reason.startswith(f"the stored picture {PICTURE.sha256[:12]} is not the one that was approved")


async def test_submitting_it_again_mends_it(store: Store) -> None:
    async with store.begin() as tx:
        await approved_with(tx, PICTURE)
        await tx.connection.execute(update(tables.picture).values(content=b"another"))
        await submitted(tx, replace(revision(id="a-two"), pictures={"a.png": PICTURE}))

        assert await tx.picture(PICTURE.sha256) == PICTURE.content


async def approved_with(tx: SqlTransaction, shown: PictureFile) -> tuple[int, int]:
    """The ids of a release that shows a picture, approved, and of its first edition."""
    of = replace(revision(), pictures={"a.png": shown})
    author = await staff(tx, "alice", ["authors"])
    posts = [with_picture(edition, shown) for edition in editions(of)]
    review = await submit(tx, of, posts, title="Maintenance", author=author, at=NOON)
    review = await approved(tx, review, "erin", ["editors"])
    return review.release.id, (await tx.editions(review.release.id))[0].id


def with_picture(edition: Edition, shown: PictureFile) -> Edition:
    [part] = edition.payload.parts
    content = {**part.content, PICTURES: [listed(shown).model_dump()]}
    return replace(edition, payload=replace(edition.payload, parts=(replace(part, content=content),)))
