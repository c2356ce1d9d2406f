"""Ten minutes before its hour a release is looked at; a revoked token is known before anybody waits for the post."""

from __future__ import annotations

from tests.acceptance.desk import Desk
from tests.cli.desk import Said, publisher


def test_what_is_not_in_place_is_known_before_the_hour(desk: Desk) -> None:
    release = desk.scheduled(desk.announcement("maintenance", "Osprey", to="posts", after=30))
    desk.fault("telegram", "error", code=401, stage="getMe")

    desk.pass_time(21 * 60)
    alarm = f"Alarm: release {release}"
    desk.wait_until(lambda: alarm in asked(desk, "status").out, "nobody looked")

    shown = asked(desk, "show", str(release))
    assert "telegram-en" in shown.out
    assert "token" in shown.out
    assert desk.state(release) == "scheduled"
    assert desk.arrivals("telegram", "Osprey") == []

    again = asked(desk, "preflight", str(release))
    desk.no_faults()
    mended = asked(desk, "preflight", str(release))
    assert (again.code, mended.code) == (1, 0)
    assert "everything is in place" in mended.out
    assert alarm not in asked(desk, "status").out
    desk.due(release)
    assert {line.state for line in desk.settled(release, hurry=2).values()} == {"delivered"}


def asked(desk: Desk, *command: str) -> Said:
    return publisher(*command, "--workspace", desk.workspace)
