"""What goes out when, on the command line: the list, what contradicts, and one thing of it elsewhere or not at all."""

from __future__ import annotations

import json
import re
import sqlite3
from contextlib import closing
from datetime import timedelta
from pathlib import Path

from tests.cli.desk import Desk
from tests.content.folders import TOML, Folder


def scheduled(desk: Desk, name: str = "eth", *, due: timedelta = timedelta(hours=3)) -> int:
    """A maintenance on the clock."""
    release = desk.approved(desk.announcement(name, due=due))
    desk.as_("erin", "publish", release)
    return release


def listing(desk: Desk, opens: str) -> Path:
    """Of ETH, at a wall-clock time in Singapore."""
    folder = Folder.of("listing", desk.root / "announcements" / "opens")
    text = re.sub(r'"AUR[A-Z]*"', '"ETH"', folder.text(TOML))
    text = re.sub(r"(?m)^(deposits_at|trading_at|withdrawals_at) = .*$", rf"\1 = {opens}", text)
    folder.write(TOML, re.sub(r"(?m)^publish_at = .*$", f"publish_at = {opens}", text))
    return folder.path


def test_the_list_says_what_comes_when_in_the_zone_that_was_asked_for(desk: Desk) -> None:
    release = scheduled(desk)

    found = desk("schedule", "list", "--json").json
    said = desk("schedule", "list", "--zone", "America/New_York")

    assert [(each["what"], each["state"]) for each in found][:1] == [("first publication", "scheduled")]
    assert {"reminder_1h", "start", "complete"} <= {each["what"] for each in found if each["state"] == "planned"}
    assert [each["at"] for each in found] == sorted(each["at"] for each in found)
    assert found[0]["places"] == ["newsletter", "telegram-en", "telegram-zh", "website", "x-main"]
    assert "At (America/New_York)" in said.out
    assert f"{found[0]['local'][:16].replace('T', ' ')} Asia/Singapore" in said.out
    assert str(release) in said.out
    assert "Nothing is to go out" in desk("schedule", "list", "--to", "2026-01-02", "--from", "2026-01-01").out
    assert "unknown time zone 'Mars/Base'" in desk.tried("schedule", "list", "--zone", "Mars/Base").err


def test_a_release_is_moved_held_and_let_go_on(desk: Desk) -> None:
    release = scheduled(desk)
    [first, *_] = desk("schedule", "list", "--json").json
    later = first["local"][:14] + ("59" if first["local"][14:16] != "59" else "58")

    moved = desk.as_("erin", "schedule", "move", release, later, "--reason", "after the board")
    [there, *_] = desk("schedule", "list", "--json").json
    held = desk.as_("erin", "schedule", "hold", release, "--reason", "wait")
    [waits, *_] = desk("schedule", "list", "--json").json
    desk.as_("erin", "schedule", "release", release, "--reason", "on")

    assert f"release {release} is scheduled: " in moved.out
    assert there["local"][:16] == later
    assert f"release {release} is held" in held.out
    assert waits["state"] == "held"
    assert desk.state(release) == "scheduled"
    assert "after the board" in desk("show", release).out
    assert "outside the approved window" in desk.refused(
        "erin", "schedule", "move", release, "2031-01-01T10:00", "--reason", "much later"
    )
    assert "publisher cancel" in desk.refused("erin", "schedule", "skip", release, "--reason", "no")
    assert "its stages are planned with its publication" in desk.refused(
        "erin", "schedule", "skip", release, "--stage", "reminder_1h", "--reason", "no"
    )


def test_the_list_says_where_something_waits_for_the_morning(desk: Desk) -> None:
    always = 'account = "bot"\nquiet_hours = "00:01-00:00"\ntime_zone = "Asia/Singapore"'
    desk.setting(r'^account = "bot"', always)
    scheduled(desk)

    [first, *_] = desk("schedule", "list", "--json").json

    later = first["local"][:14] + ("59" if first["local"][14:16] != "59" else "58")
    moved = desk.as_("erin", "schedule", "move", 1, later, "--reason", "after the board")

    [said] = first["waits"]
    assert re.fullmatch(r"telegram-en is left alone until [-0-9]+ 16:00 UTC \([-0-9]+ 00:00 Asia/Singapore\)", said)
    assert desk("show", 1, "--json").json["quiet"] == [said]
    assert said in desk("show", 1).out
    assert f"release 1: {said}" in desk.tried("preflight", 1).out
    assert desk.tried("preflight", 1, "--json").json["quiet"] == [said]
    assert "release 1: telegram-en is left alone until " in moved.err
    assert said.startswith("telegram-en is left alone until ")
    assert said in desk("schedule", "list").out


def test_a_listing_during_a_maintenance_of_its_asset_is_named_before_it_is_submitted(desk: Desk) -> None:
    release = scheduled(desk)
    [start] = [each for each in desk("schedule", "list", "--json").json if each["what"] == "start"]
    folder = listing(desk, start["local"][:19])

    said = desk.tried("check", folder)
    found = json.loads(desk.tried("check", folder, "--json").out)["findings"]

    [conflict] = [
        each["message"] for each in found if each["code"] == "schedule.conflict" and "trading" in each["message"]
    ]
    assert conflict.startswith("trading_open (")
    assert f"release {release} `" in conflict
    assert "comes while ETH is down" in said.err


def test_a_stage_of_what_is_public_is_held_by_whoever_approved_it(desk: Desk) -> None:
    release = scheduled(desk)
    with closing(sqlite3.connect(desk.root / "publisher.sqlite3")) as file, file:
        # As the clock leaves it once its hour has come, without a worker in this test.
        file.execute("UPDATE release SET state = 'published', published_at = publish_at WHERE id = ?", (release,))
        file.execute(
            "INSERT INTO planned_stage (announcement_id, release_id, stage, due_at, look_at, state, reason, hand) "
            "SELECT r.announcement_id, l.id, 'reminder_1h', l.publish_at + 3600000000, l.publish_at + 3600000000, "
            "'due', '', '' FROM release l JOIN revision r ON r.id = l.revision_id WHERE l.id = ?",
            (release,),
        )

    held = desk.as_("erin", "schedule", "hold", release, "--stage", "reminder_1h", "--reason", "it may move")
    [row] = desk("schedule", "list", "--json").json
    listed = desk("schedule", "list")
    desk.as_("erin", "schedule", "release", release, "--stage", "reminder_1h", "--reason", "it takes place")
    desk.as_("erin", "schedule", "skip", release, "--stage", "reminder_1h", "--reason", "known by now")

    assert "reminder_1h of release 1 is held" in held.out
    assert (row["what"], row["state"], row["why"]) == ("reminder_1h", "held", "erin: it may move")
    assert "Release 1, reminder_1h: held: erin: it may move" in listed.out
    assert desk("schedule", "list", "--json").json == []
    assert "known by now" in desk("show", release).out
