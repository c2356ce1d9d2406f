"""How long mail lasts: said before anybody approves it, and wherever people look."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from tests.cli.desk import Desk


@pytest.fixture
def desk_with_readers(desk: Desk) -> Desk:
    file = desk.root / "readers.csv"
    lines = "".join(f"reader{number}@example.com,en-US,*\n" for number in range(12))
    file.write_text("address,locale,kinds\n" + lines, encoding="utf-8")
    desk("subscribers", "import", file, "--source", "settings")
    return desk


def rate(desk: Desk, per_second: str) -> None:
    desk.setting(r"^\[mailing\](\nrate = .*)?$", f"[mailing]\nrate = {per_second}")


def test_mail_that_would_come_after_the_event_is_an_error(desk_with_readers: Desk) -> None:
    desk, folder = desk_with_readers, desk_with_readers.announcement()
    rate(desk, "0.00005")

    found = desk.tried("check", folder)

    assert found.code == 1
    assert "mail to 12 readers until about" in found.err
    assert "as configured (mailing.rate), and it is about" in found.err
    assert "Publish earlier" in found.err
    assert "was not submitted" in desk.refused("alice", "submit", folder)

    rate(desk, "100")
    release = desk.submitted(folder)
    assert "mail to 12 readers until about" in desk("show", release).out
    desk.as_("erin", "approve", release, "--hash", desk.hash(release))
    rate(desk, "0.00005")
    later = f"{datetime.now(UTC).astimezone() + timedelta(hours=1):%Y-%m-%d %H:%M}"
    assert "was not moved" in desk.refused("alice", "publish", release, "--at", later)
    moved = ("schedule", "move", release, later.replace(" ", "T"), "--reason", "later")
    assert "was not moved" in desk.refused("alice", *moved)
    assert desk.state(release) == "approved"


def test_an_account_that_warms_up_is_seen(desk_with_readers: Desk) -> None:
    desk = desk_with_readers
    today = f"{datetime.now(UTC):%Y-%m-%d}"
    desk.setting(r"^(\[accounts\.relay\])$", rf"\1\nwarm_up = {{ start = {today}, first_day = 5000 }}")

    assert "account relay is warming up, day 1 of 21: 0 of 5,000 messages sent today (UTC)" in desk("status").out
    [plan] = desk("status", "--json").json["warming_up"]
    assert (plan["account"], plan["allowed"], plan["sent"]) == ("relay", 5000, 0)
