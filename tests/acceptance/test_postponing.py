"""A maintenance is put off while everybody knows of it: one command, and every channel says so within a minute."""

from __future__ import annotations

import time

from tests.acceptance.desk import Desk
from tests.cli.desk import publisher


def test_one_command_reaches_every_channel_in_under_a_minute(desk: Desk) -> None:
    release = desk.publish(desk.announcement("maintenance", "Kestrel"))
    token = desk.workspace / "erin.token"
    token.write_text(desk.tokens["erin"])
    before = {channel: len(desk.arrivals(channel, "Kestrel")) for channel in ("telegram", "x", "email")}

    started = time.monotonic()
    to = ("--to", "2026-12-30T10:00", "--reason", "the network moved its upgrade")
    said = publisher("postpone", release, *to, "--token-file", token, "--workspace", desk.workspace)
    assert said.code == 0, said.err
    desk.wait_until(lambda: desk.state(release) == "published", "the postponement did not end")
    took = time.monotonic() - started

    new_time = "30 Dec 2026, 10:00 (UTC+8; 02:00 UTC)"
    news = {channel: desk.arrivals(channel, "Kestrel")[count:] for channel, count in before.items()}
    assert {channel: len(each) for channel, each in news.items()} == {"telegram": 2, "x": 1, "email": before["email"]}
    posts = [str(each["parameters"]["text"]) for each in (*news["telegram"], *news["x"])]
    assert all(new_time in post or "2026年12月30日 10:00" in post for post in posts)
    english = [mail["letter"] for mail in news["email"] if "Postponed" in mail["letter"]["subject"]]
    assert english
    assert all(new_time in letter["text"] and new_time in letter["html"] for letter in english)
    page, calendar = (desk.site(desk.lines(release)[0].url + suffix).text for suffix in ("", ".ics"))
    assert (new_time in page, "As announced before" in page, 'class="state postponed"' in page) == (True, True, True)
    assert ("DTSTART:20261230T020000Z" in calendar, "STATUS:CANCELLED" in calendar) == (True, False)
    assert took < 60
