"""The machine's time is set back and forward by an hour under a running desk: nothing twice, nothing silently lost."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest

from publisher.app import App
from tests.acceptance import opening
from tests.acceptance.desk import Desk
from tests.acceptance.test_stages import HERE, dated

LIBRARY = next(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"), None)
HOUR = 3600

pytestmark = pytest.mark.skipif(LIBRARY is None, reason="libfaketime is not installed (Debian: faketime)")


@dataclass(frozen=True)
class Machine:
    """The wall clock that the desk's processes see; what measures how long something takes is left alone."""

    file: Path

    def shift(self, seconds: int) -> None:
        self.file.write_text(f"{seconds:+d}s\n", encoding="utf-8")


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Machine:
    machine = Machine(tmp_path_factory.mktemp("machine") / "shift")
    machine.shift(0)
    return machine


@pytest.fixture(scope="module")
def desk(machine: Machine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    faked = {
        "LD_PRELOAD": str(LIBRARY),
        "FAKETIME_TIMESTAMP_FILE": str(machine.file),
        "FAKETIME_NO_CACHE": "1",
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
    }
    with opening.desk(tmp_path_factory.mktemp("jumps") / "desk", environment=faked) as running:
        yield running


def told(desk: Desk, word: str) -> Counter[tuple[str, str, str]]:
    """How often each network got each thing: what was done, to whom, in which words."""
    found: Counter[tuple[str, str, str]] = Counter()
    for channel in ("telegram", "x", "email"):
        for each in desk.arrivals(channel, word):
            said = each.get("letter", {}).get("subject") or str(each.get("parameters"))
            found[str(each["action"]), str(each["target"]), said] += 1
    return found


def test_an_hour_back_and_forward(desk: Desk, machine: Machine) -> None:
    desk.add_readers(["jumps"])
    starts_at = (desk.now() + timedelta(minutes=90)).astimezone(HERE).replace(second=0, microsecond=0)
    works = desk.publish(dated(desk, "Avocet", starts_at))
    reminded = lambda: any("Starts in 1 hour" in said for _, _, said in told(desk, "Avocet"))  # noqa: E731
    desk.pass_time((starts_at - timedelta(minutes=59) - desk.now()).total_seconds())
    desk.wait_until(reminded, "no reminder", hurry=1)
    desk.wait_until(lambda: desk.state(works) == "published", "the reminder did not end", hurry=1)
    later = desk.scheduled(desk.announcement("maintenance", "Bittern", after=20))

    machine.shift(-HOUR)
    desk.wait_until(lambda: "seconds=-3600" in desk.log(), "the jump back was not told")
    machine.shift(0)
    desk.wait_until(lambda: "seconds=3600" in desk.log(), "the return was not told")
    before = desk.state(later), told(desk, "Bittern")
    machine.shift(HOUR)
    desk.wait_until(lambda: desk.log().count("seconds=3600") == 2, "the jump forward was not told")
    desk.wait_until(lambda: "In progress" in page(desk, works), "Avocet did not start", hurry=1)
    desk.wait_until(lambda: desk.state(later) == "published", "Bittern was forgotten", hurry=1)
    desk.wait_until(lambda: desk.state(works) == "published", "Avocet did not end", hurry=1)

    assert before == ("scheduled", Counter())
    for word in ("Avocet", "Bittern"):
        assert told(desk, word)
        assert {what: times for what, times in told(desk, word).items() if times > 1} == {}
    assert "41 min late" in reason(desk, later) or "40 min late" in reason(desk, later)


def page(desk: Desk, release: int) -> str:
    url = next(line.url for line in desk.lines(release) if line.channel == "website" and line.locale == "en-US")
    return desk.site(url).text.partition("</article>")[0]


def reason(desk: Desk, release: int) -> str:
    """What the history says of its publication."""

    async def act(app: App) -> str:
        async with app.store.read() as tx:
            rows = await tx.history("release", [release])
        return next(row.reason for row in rows if row.after == "publishing")

    return desk.do(act)
