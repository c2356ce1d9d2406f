"""kill -9 of the real worker: every reader is in one known state, and every second copy was in doubt before."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator

import pytest

from publisher.mailing.ledger import Timing
from tests.acceptance.desk import Desk

pytestmark = pytest.mark.kill

READERS = 300
IN_FLIGHT = Timing().window
"""The readers of one group: as many may be in doubt after one kill."""


@pytest.fixture
def crowd(desk: Desk) -> Iterator[None]:
    with desk.crowd("many", READERS):
        yield


@pytest.mark.usefixtures("crowd")
def test_killed_while_it_mails_and_posts(desk: Desk) -> None:
    """One mailing of a kind whose doubtful mails are sent once more, one of a kind that leaves them to a person."""
    desk.fault("email", "slow", target="many*", seconds=0.1)
    mailings = {kind: desk.scheduled(desk.announcement(kind, f"Halved{kind}")) for kind in ENDS}
    before = desk.total("email")
    for release in mailings.values():
        desk.due(release)
    desk.wait_until(lambda: desk.total("email") > before + READERS / 4, "no mail came", hurry=1)
    for channel, post in (("telegram", "sendMessage"), ("x", "POST /2/tweets")):
        desk.fault(channel, "slow", stage=post, seconds=1.4, times=1)
    posts = desk.scheduled(desk.announcement("maintenance", "Struck", to="posts"))
    desk.due(posts)
    desk.wait_until(lambda: sending(desk, posts) == {"telegram", "x"}, "the posts never began", hurry=1)

    desk.kill_worker()
    came = desk.total("email") - before
    lines = {line.destination: line for line in desk.settled(posts, hurry=1).values() if line.locale == "en-US"}
    desk.settled(*mailings.values(), hurry=1)

    assert {name: line.state for name, line in lines.items()} == POSTS_END
    assert "unconfirmed" in desk.history(lines["x-main"].id)
    assert (len(desk.arrivals("x", "Struck")), len(desk.arrivals("telegram", "Struck"))) == (1, 0)
    assert READERS / 4 < came < 2 * READERS
    mails = desk.arrivals("email", "Halved")
    for kind, release in mailings.items():
        copies = Counter(mail["target"] for mail in mails if f"Halved{kind}" in mail["letter"]["subject"])
        tally = account(desk, release, copies, ENDS[kind])
        print(f"\n{kind}: killed after {came} mails; {dict(tally)}")  # noqa: T201 - a zero counts only with its trials


def sending(desk: Desk, release: int) -> set[str]:
    return {line.channel for line in desk.lines(release) if line.state == "sending"}


POSTS_END = {"website": "delivered", "x-main": "delivered", "telegram-en": "unconfirmed"}
"""X is read back; a bot cannot look, so a person must."""
ENDS = {"maintenance": ("delivered",), "listing": ("delivered", "unconfirmed")}
"""What readers of each kind end as."""


def account(desk: Desk, release: int, copies: Counter[str], ends: Collection[str]) -> Counter[str]:
    """How many readers are in which state, after every number has been compared with what really arrived."""
    tally: Counter[str] = Counter()
    for line in desk.lines(release):
        recipients = desk.recipients(line.id)
        if line.channel == "email":
            assert len(recipients) == desk.audience(line.id)
        for address, recipient in recipients.items():
            assert recipient.state in ends
            assert recipient.state != "delivered" or copies[address] >= 1, f"{address} is lost"
            assert copies[address] <= 1 + recipient.resends, f"{address} was doubled without having been in doubt"
            tally[recipient.state] += 1
            tally["sent a second time"] += recipient.resends
            tally["doubled"] += copies[address] > 1
    assert tally["delivered"] + tally["unconfirmed"] >= READERS
    assert tally["unconfirmed"] + tally["sent a second time"] <= IN_FLIGHT
    assert tally["doubled"] <= tally["sent a second time"]
    return tally
