"""A night in which a place is left alone: what waits, what does not, and what was wrong before anybody was told."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from publisher.content.correction import Act, Correction
from tests.acceptance import opening
from tests.acceptance.desk import Desk
from tests.acceptance.test_what_follows import change
from tests.cli.desk import publisher

NIGHT = 'quiet_hours = "08:00-12:00"\ntime_zone = "Asia/Singapore"\n'
"""The desk opens at 09:00 in Singapore."""
SINCE_NINE = 3 * 3600


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    left_alone = {
        f"[destinations.{name}]\n": f"[destinations.{name}]\n{NIGHT}" for name in ("newsletter", "telegram-en")
    }
    with opening.desk(tmp_path_factory.mktemp("night") / "desk", left_alone) as running:
        yield running


def waiting(desk: Desk, release: int) -> set[tuple[str, str]]:
    return {(line.destination, line.locale) for line in desk.unfinished(release)}


def test_a_whole_night(desk: Desk) -> None:
    folder = desk.announcement("maintenance", "Dotterel")
    review = desk.submit(folder)
    shown = publisher("show", review.release.id, "--workspace", desk.workspace).out
    first = desk.on_the_clock(review)
    desk.due(first)
    quiet = {("newsletter", "en-US"), ("newsletter", "zh-CN"), ("telegram-en", "en-US")}
    desk.wait_until(lambda: waiting(desk, first) == quiet, "something else is late", hurry=2)

    change(folder, "en-US.md", "You do not need to do anything.", "Nothing is asked of you.")
    second = desk.on_the_clock(desk.submit(folder, Correction.of(Act.CORRECT, "wrong_text")))
    desk.due(second)
    desk.wait_until(lambda: waiting(desk, second) < quiet, "the correction is late", hurry=2)
    left = waiting(desk, first), waiting(desk, second)
    by_night = len(desk.arrivals("email", "Dotterel")), posts(desk)
    desk.pass_time(SINCE_NINE)
    lines = desk.settled(first, second, hurry=2)

    assert "telegram-en is left alone until 2026-12-01 04:00 UTC (2026-12-01 12:00 Asia/Singapore)" in shown
    assert left == ({("newsletter", "zh-CN")}, {("newsletter", "en-US"), ("telegram-en", "en-US")})
    assert by_night == (0, [])
    assert len(posts(desk)) == 1
    letters = [mail["letter"]["text"] for mail in desk.arrivals("email", "Dotterel")]
    assert len(letters) == 4
    assert sum("Nothing is asked of you." in letter for letter in letters) == 2
    assert not any("You do not need to do anything." in letter for letter in letters)
    assert desk.state(first) == desk.state(second) == "published"
    assert {line.state for line in lines.values()} <= {"delivered", "overtaken"}


def posts(desk: Desk) -> list[str]:
    """What the English channel was sent about it."""
    sent = [each for each in desk.arrivals("telegram", "Dotterel") if each["target"] == "@example_exchange"]
    return [str(each["parameters"]["text"]) for each in sent]
