"""A relay that refuses somebody their digest: the next one tells what it did, and no other does."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from publisher.app import App
from publisher.mailing.intake.rows import Reader
from publisher.mailing.subscribers import save
from publisher.rendering.digest import layout_hash
from tests.acceptance import opening
from tests.acceptance.desk import Desk

READER, NEIGHBOUR = "plover@readers.example", "dunlin@readers.example"
CHANGES = {"# [digests]\n# destination": "[digests]\ndestination"}


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    with opening.desk(tmp_path_factory.mktemp("lost") / "desk", CHANGES) as running:
        yield running


def subscribe(desk: Desk) -> None:
    readers = [
        Reader(address, "en-US", frozenset({"listing"}), zone="UTC", frequency="daily")
        for address in (READER, NEIGHBOUR)
    ]

    async def act(app: App) -> None:
        async with app.store.begin() as tx:
            await save(tx, readers, app.clock.now(), hashing=app.hashing)
            await tx.approve_layout(layout_hash(app.templates), "erin", app.clock.now())

    desk.do(act)


def states(desk: Desk) -> list[tuple[str, str]]:
    """What the books say of each digest."""
    digests = "SELECT id FROM mailing WHERE digest_run_id IS NOT NULL"
    return desk.rows(f"SELECT address, state FROM recipient WHERE mailing_id IN ({digests}) ORDER BY id", {})


def next_nine(desk: Desk, digests: int) -> None:
    """Until that many digests have ended."""
    now = desk.now()
    nine = now.replace(hour=9, minute=0, second=1, microsecond=0)
    desk.pass_time((nine + timedelta(days=1 if now >= nine else 0) - now).total_seconds())

    def ended() -> bool:
        found = [state for _, state in states(desk)]
        return len(found) == digests and {"queued", "waiting", "sending"}.isdisjoint(found)

    desk.wait_until(ended, "the digests did not end", hurry=1)


def got(desk: Desk, address: str, *words: str) -> list[list[str]]:
    """Of each of somebody's mails the words that are in it."""
    mails = [mail for mail in desk.arrivals("email") if mail["target"] == address]
    return [[word for word in words if word in str(mail)] for mail in mails]


def test_what_the_relay_refused_is_in_the_next_digest_and_in_no_other(desk: Desk) -> None:
    subscribe(desk)
    desk.publish(desk.announcement("listing", "Whimbrel"))
    desk.fault("email", "error", stage="dot", target=READER, times=1, code=554)
    next_nine(desk, 2)
    assert sorted(states(desk)) == [(NEIGHBOUR, "delivered"), (READER, "rejected")]
    desk.publish(desk.announcement("listing", "Turnstone"))

    next_nine(desk, 4)
    desk.publish(desk.announcement("listing", "Sanderling"))
    next_nine(desk, 6)

    words = ("Whimbrel", "Turnstone", "Sanderling")
    assert got(desk, READER, *words) == [["Whimbrel", "Turnstone"], ["Sanderling"]]
    assert got(desk, NEIGHBOUR, *words) == [["Whimbrel"], ["Turnstone"], ["Sanderling"]]
