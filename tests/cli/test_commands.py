"""Every command, used as its help says."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from publisher.app import opened
from publisher.content.kinds import KINDS
from publisher.delivery import transitions
from publisher.delivery.states import DeliveryState
from publisher.schedule.due import run_due
from tests.cli.desk import Desk, publisher


def test_init_makes_what_a_workspace_needs_and_never_overwrites_it(tmp_path: Path) -> None:
    first = publisher("init", "--workspace", tmp_path / "desk")
    keys = (tmp_path / "desk/secrets/dkim.pem").read_bytes()
    (tmp_path / "desk/secrets/token.key").unlink()

    again = publisher("init", "--workspace", tmp_path / "desk")

    assert "publisher.sqlite3" in first.out
    assert again.out.splitlines()[0] == f"made {tmp_path}/desk/secrets/token.key"
    assert (tmp_path / "desk/secrets/dkim.pem").read_bytes() == keys
    assert publisher("init", "--workspace", tmp_path / "desk").out == "nothing is missing\n"


def test_secrets_are_for_their_owner_only(desk: Desk) -> None:
    modes = {path.name: path.stat().st_mode & 0o077 for path in (desk.root / "secrets").iterdir()}

    assert modes
    assert not any(modes.values())


@pytest.mark.parametrize("kind", list(KINDS))
def test_what_new_writes_can_be_checked_and_previewed(desk: Desk, kind: str) -> None:
    folder = desk.root / "announcements" / kind
    assert publisher("new", kind, folder).code == 0

    ready = desk("check", folder)
    page = Path(desk("preview", folder).out.strip())

    assert "ready" in ready.out
    assert "telegram-zh" in page.read_text(encoding="utf-8")


def test_new_writes_more_languages(desk: Desk) -> None:
    folder = desk.root / "announcements" / "languages"

    said = publisher("new", "listing", folder, "--locale", "ar", "--locale", "ja-JP")

    assert said.code == 0
    assert {path.name for path in folder.glob("*.md")} == {"en-US.md", "zh-CN.md", "ar.md", "ja-JP.md"}
    assert "ready" in desk("check", folder).out


def test_check_names_file_line_and_fix_and_stores_nothing(desk: Desk) -> None:
    folder = desk.announcement()
    file = folder / "announcement.toml"
    file.write_text(file.read_text(encoding="utf-8").replace("[facts]\n", "[facts]\nnetwrok = 1\n"), encoding="utf-8")

    said = desk.tried("check", folder)
    found = desk.tried("check", folder, "--json").json

    line = next(n for n, text in enumerate(file.read_text(encoding="utf-8").splitlines(), 1) if "netwrok" in text)
    assert (said.code, f"announcement.toml:{line}:1: error" in said.err, "network" in said.err) == (1, True, True)
    assert (found["ok"], found["findings"][0]["line"]) == (False, line)
    assert desk("status", "--json").json["releases"] == []


def test_from_a_folder_to_the_clock(desk: Desk) -> None:
    folder = desk.announcement()

    submitted = desk.as_("alice", "submit", folder)
    waiting = desk("status").out
    approved = desk.as_("erin", "approve", 1, "--hash", desk.hash(1)[:12])
    scheduled = desk.as_("alice", "publish", 1)

    assert "waits for 1 more of editors" in submitted.out
    assert "in_review" in waiting
    assert "is approved" in approved.out
    assert "is scheduled" in scheduled.out
    assert desk.state(1) == "scheduled"


def test_the_author_does_not_approve(desk: Desk) -> None:
    release = desk.submitted()

    assert "the author never counts" in desk.refused("alice", "approve", release, "--hash", desk.hash(release))
    assert desk.state(release) == "in_review"


@pytest.mark.parametrize(
    ("seen", "says"), [("abc", "at least 12 digits"), ("abcdefabcdef", "it is not what you looked at")]
)
def test_only_what_was_looked_at_is_approved(desk: Desk, seen: str, says: str) -> None:
    release = desk.submitted()

    assert says in desk.refused("erin", "approve", release, "--hash", seen)
    assert desk.state(release) == "in_review"


def test_a_release_is_returned_with_a_reason(desk: Desk) -> None:
    release = desk.submitted()

    assert "is returned" in desk.as_("erin", "return", release, "--reason", "the end is missing").out
    assert desk("show", release, "--json").json["history"][-1]["reason"] == "the end is missing"


def test_another_time_must_be_inside_the_window(desk: Desk) -> None:
    release = desk.approved()

    refusal = desk.refused("alice", "publish", release, "--at", "2020-01-01 00:00")

    assert "outside the approved window" in refusal
    assert desk.state(release) == "approved"


def test_another_time_that_the_clocks_show_twice_is_chosen(desk: Desk) -> None:
    folder = desk.announcement()
    file = folder / "announcement.toml"
    file.write_text(file.read_text(encoding="utf-8").replace("Asia/Singapore", "Europe/Berlin"), encoding="utf-8")
    release = desk.approved(folder)
    twice = ("publish", release, "--at", "2020-10-25 02:30")

    assert "happens twice in Europe/Berlin" in desk.refused("alice", *twice)
    assert "2020-10-25 00:30 UTC is outside" in desk.refused("alice", *twice, "--fold", "0")
    assert "2020-10-25 01:30 UTC is outside" in desk.refused("alice", *twice, "--fold", "1")


def test_a_release_is_held_goes_on_and_is_cancelled(desk: Desk) -> None:
    release = desk.approved()
    desk.as_("alice", "publish", release)

    desk.as_("erin", "hold", release, "--reason", "postponed")
    held = desk.state(release)
    desk.as_("alice", "resume", release)
    resumed = desk.state(release)
    desk.as_("erin", "cancel", release, "--reason", "called off")

    assert (held, resumed, desk.state(release)) == ("held", "scheduled", "cancelled")


@pytest.mark.parametrize(
    ("place", "words"),
    [
        ((), "everything"),
        (("--destination", "x-main"), "destination x-main"),
        (("--account", "bot"), "account bot"),
    ],
)
def test_the_kill_switch_is_seen_by_everybody_until_it_is_released(
    desk: Desk, place: tuple[str, ...], words: str
) -> None:
    stopped = desk.as_("erin", "stop", *place, "--reason", "the token leaked")
    seen = desk("status")
    twice = desk.refused("alice", "stop", *place, "--reason", "again")
    gone = desk.as_("alice", "go", *place, "--reason", "a new token")

    assert stopped.out.startswith(f"{words} is stopped")
    assert "by erin" in seen.out
    assert "the token leaked" in seen.out
    assert "stopped already, by erin: the token leaked" in twice
    assert gone.out.startswith(f"{words} goes on")
    assert desk("status", "--json").json["stops"] == []


def test_what_a_stop_held_goes_out_again(desk: Desk) -> None:
    release = desk.approved()
    desk.as_("alice", "publish", release)
    deliveries = published(desk, release)
    move(desk, deliveries["x-main"], DeliveryState.HELD)
    desk.as_("erin", "stop", "--destination", "x-main", "--reason", "looking")

    assert "1 held deliveries are queued again" in desk.as_("erin", "go", "--destination", "x-main", "-r", "fine").out


@pytest.mark.parametrize(
    ("resolution", "ids", "state"),
    [("delivered", ("--id", "1234"), "delivered"), ("resend", (), "queued"), ("leave", (), "rejected")],
)
def test_a_person_ends_the_doubt(desk: Desk, resolution: str, ids: tuple[str, ...], state: str) -> None:
    release = desk.approved()
    desk.as_("alice", "publish", release)
    delivery = published(desk, release)["x-main"]
    move(desk, delivery, DeliveryState.SENDING, DeliveryState.UNCONFIRMED)

    asked = desk("status").out
    said = desk.as_("erin", "resolve", delivery, "--as", resolution, *ids, "--reason", "looked at the timeline")

    assert f"publisher resolve {delivery}" in asked
    assert said.out == f"delivery {delivery} is {state}\n"
    assert desk("show", release, "--json").json["history"][-1]["who"] == "erin"


def test_only_doubt_is_resolved(desk: Desk) -> None:
    release = desk.approved()
    desk.as_("alice", "publish", release)
    delivery = published(desk, release)["website"]

    assert "not unconfirmed" in desk.refused("erin", "resolve", delivery, "--as", "leave", "-r", "x")
    refusal = desk.refused("erin", "resolve", delivery, "--as", "leave", "--id", "7", "-r", "x")
    assert "--as delivered only" in refusal


def test_people_are_known_by_their_newest_token_until_they_are_disabled(desk: Desk) -> None:
    old = (desk.root / "alice.token").read_text(encoding="utf-8")
    new = desk("person", "token", "alice").out
    folder = desk.announcement()

    assert "belongs to nobody" in desk.refused("alice", "submit", folder)
    assert desk("submit", folder, "--token-file", "-", stdin=new).code == 0
    desk("person", "disable", "alice")
    assert desk.tried("submit", folder, "--token-file", "-", stdin=new).code == 1
    assert old != new
    assert desk("person", "list", "--json").json == [
        {"name": "alice", "groups": "authors", "state": "disabled"},
        {"name": "erin", "groups": "editors", "state": "active"},
    ]


def test_a_group_that_looks_mistyped_is_asked_about(desk: Desk) -> None:
    said = desk("person", "add", "dora", "--group", "editor")

    assert "did you mean editors?" in said.err
    assert said.out.startswith("publisher_")


def test_subscribers_come_one_by_one_or_from_a_file(desk: Desk, tmp_path: Path) -> None:
    file = tmp_path / "readers.csv"
    file.write_text("address,locale,kinds\nben@readers.example,zh-CN,*\nnot an address,en-US,*\n", encoding="utf-8")

    one = desk("subscribers", "add", "ada@readers.example")
    refused = desk.tried("subscribers", "import", file, "--source", "settings")
    imported = desk.tried("subscribers", "import", file, "--source", "settings", "--skip-bad", "--json")

    assert one.out == "1 added, 0 updated, 0 unchanged\n"
    assert (refused.code, "line 3" in refused.err, "nothing was stored" in refused.err) == (1, True, True)
    assert (imported.json["added"], imported.json["refused"]) == (1, 1)
    assert desk("subscribers", "list", "--json").json == {"en-US": 1, "zh-CN": 1}


def test_a_list_goes_out_and_comes_back(desk: Desk, tmp_path: Path) -> None:
    file, out, bad = tmp_path / "list.csv", tmp_path / "out.csv", tmp_path / "bad.csv"
    file.write_bytes("Mail;kinds;Name\nben@readers.example;listing:daily;Änne\nnobody;*;x\n".encode("cp1252"))
    given = ("--encoding", "cp1252", "--map", "Mail=address", "--report", bad)

    nowhere = desk.tried("subscribers", "import", file, *given)
    taken = desk("subscribers", "import", file, *given, "--source", "fair", "--skip-bad")
    went = desk("subscribers", "export", out)
    back = desk("subscribers", "import", out)

    assert (nowhere.code, f"rows in {bad}" in nowhere.err) == (1, True)
    assert "1 added, 0 updated, 0 unchanged; rows refused: 1" in taken.out
    assert "left out, because no column is called so: name" in taken.out
    assert bad.read_text().splitlines()[1:] == ["3,address,has no @"]
    assert went.out.startswith("1 readers are in")
    assert back.out == "0 added, 0 updated, 1 unchanged\n"


@pytest.mark.parametrize(("typed", "said"), [("address", "write it as THEIRS=OURS"), ("a=b", "ours are address")])
def test_a_column_is_mapped_to_one_of_ours(desk: Desk, tmp_path: Path, typed: str, said: str) -> None:
    assert said in desk.tried("subscribers", "import", tmp_path / "list.csv", "--map", typed).err


def test_nobody_missed_what_was_not_mailed(desk: Desk) -> None:
    assert desk("mailing", "missing", desk.submitted()).err == "nobody missed it\n"


def test_doctor_finds_a_new_workspace_well(desk: Desk) -> None:
    checks = desk("doctor", "--json").json

    assert all(check["ok"] for check in checks)
    assert "Database" in desk("doctor").out


def published(desk: Desk, release: int) -> dict[str, int]:
    """Destination -> one of its deliveries, after the clock has published what is due. Nobody sends them."""

    async def work() -> dict[str, int]:
        async with opened(desk.root) as app:
            await run_due(app.store.begin, app.clock, app.outlet)
            async with app.store.read() as tx:
                return {line.destination: line.id for line in await tx.delivery_lines([release])}

    return asyncio.run(work())


def move(desk: Desk, delivery: int, *states: DeliveryState) -> None:
    """Takes a delivery through states as a worker would."""

    async def work() -> None:
        async with opened(desk.root) as app, app.store.begin() as tx:
            for state in states:
                locked = await tx.lock_delivery(delivery)
                await transitions.move(tx, locked, state, at=app.clock.now(), reason="for a test")

    asyncio.run(work())
