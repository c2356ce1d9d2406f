"""`publisher segments`, as an operator uses it."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from tests.cli.desk import Desk

ROWS = "external_id,address,locale,zone,jurisdiction\n4711,a@example.com,zh-CN,,SG\n4712,b@example.com,,,\n"
BASIS = ("--legal-basis", "contract, terms 4.2", "--keep", 30)
TAKEN = ("--taken-at", "2026-01-02T08:00:00+08:00")


def file_of(folder: Path, text: str = ROWS) -> Path:
    path = folder / "holders.csv"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_snapshot_is_taken_listed_shown_and_deleted(desk: Desk, tmp_path: Path) -> None:
    said = desk("segments", "import", "holders-eth", file_of(tmp_path), *TAKEN, *BASIS)
    assert said.out.startswith("holders-eth of 2026-01-02 00:00 UTC (")
    assert "is taken; members: 2, kept until " in said.out

    assert "is there already" in desk("segments", "import", "holders-eth", file_of(tmp_path), *TAKEN, *BASIS).out

    [listed] = desk("segments", "list", "--json").json
    assert (listed["segment"], listed["members"], listed["legal_basis"]) == ("holders-eth", 2, "contract, terms 4.2")
    assert listed["sha256"] in desk("segments", "show", "holders-eth").out

    gone = desk("segments", "delete", "holders-eth", "--reason", "asked for")
    assert gone.out.startswith("the members of holders-eth of 2026-01-02")
    assert "deleted since" in desk("segments", "list").out
    [kept] = desk("segments", "show", "holders-eth", "--json").json
    assert (kept["members"], kept["sha256"], kept["deleted_why"]) == (2, listed["sha256"], "asked for")


def test_a_dry_run_only_counts(desk: Desk, tmp_path: Path) -> None:
    said = desk("segments", "import", "holders-eth", file_of(tmp_path), *TAKEN, *BASIS, "--dry-run")
    assert said.out == "rows that can be taken: 2; that cannot: 0\n"
    assert desk("segments", "list", "--json").json == []


def test_a_dry_run_ends_as_the_import_would(desk: Desk, tmp_path: Path) -> None:
    bad = file_of(tmp_path, ROWS + "4713,nobody,,,\n")
    said = desk.tried("segments", "import", "holders-eth", bad, *TAKEN, *BASIS, "--dry-run")
    assert (said.code, said.out) == (1, "rows that can be taken: 2; that cannot: 1\n")
    assert "nothing would be stored; correct the rows above, or use --skip-bad" in said.err
    assert "" not in said.err.splitlines()
    desk("segments", "import", "holders-eth", bad, *TAKEN, *BASIS, "--dry-run", "--skip-bad")


def test_a_bad_row_is_named_and_nothing_is_stored(desk: Desk, tmp_path: Path) -> None:
    said = desk.tried("segments", "import", "holders-eth", file_of(tmp_path, ROWS + "4713,nobody,,,\n"), *TAKEN, *BASIS)
    assert said.code == 1
    assert "holders.csv: line 4: address has no @" in said.err
    assert "nothing was stored" in said.err


def test_a_file_of_something_else_is_told_shortly(desk: Desk, tmp_path: Path) -> None:
    path = file_of(tmp_path, "address\n" + "".join(f"a{number}@example.com\n" for number in range(500)))
    said = desk.tried("segments", "import", "holders-eth", path, *TAKEN, *BASIS)
    assert said.err.count("holders.csv: ") == 101
    assert "external_id is empty; it is what your own system calls the customer" in said.err


def test_mistakes_on_the_command_line_are_told(desk: Desk, tmp_path: Path) -> None:
    path = file_of(tmp_path)
    for arguments, why in [
        (("--taken-at", "yesterday", *BASIS), "'yesterday' is no time"),
        (("--taken-at", "2026-01-02T08:00:00", *BASIS), "does not say where; add Z"),
        ((*TAKEN, "--legal-basis", "", "--keep", 30), "legal basis"),
        ((*TAKEN, "--legal-basis", "contract", "--keep", 0), "1 to 3650 days"),
    ]:
        said = desk.tried("segments", "import", "holders-eth", path, *arguments)
        assert (said.code, why in said.err) == (1, True), said.err
    assert "there is no segment 'vip'" in desk.tried("segments", "show", "vip").err
    assert "no snapshot of 'vip'" in desk.tried("segments", "delete", "vip", "--reason", "x").err


def test_an_announcement_for_a_segment_is_submitted_shown_and_bound_to_its_snapshot(desk: Desk, tmp_path: Path) -> None:
    folder = desk.announcement()
    header = folder / "announcement.toml"
    text = header.read_text(encoding="utf-8")
    header.write_text(text.replace("[facts]", 'audience = "segment:holders-eth"\n\n[facts]', 1), encoding="utf-8")

    assert "there is no segment 'holders-eth' (segment.unknown)" in desk.tried("check", folder).err
    taken = ("--taken-at", f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}")
    desk("segments", "import", "holders-eth", file_of(tmp_path), *taken, *BASIS)
    [snapshot] = desk("segments", "show", "holders-eth", "--json").json
    release = desk.as_("alice", "submit", folder, "--json").json["release"]

    shown = desk("show", release, "--json").json
    counted = {each["mailing"]: each["expected"] for each in shown["readers"]}
    assert counted == {"newsletter/en-US": 1, "newsletter/zh-CN": 1}
    assert f"({snapshot['sha256'][:12]})" in shown["segment"][0]
    assert "legal basis: contract, terms 4.2" in desk("show", release).out
    page = desk.root / "preview.html"
    desk("preview", folder, "--out", page)
    assert "not because of a subscription. Legal basis: contract, terms 4.2" in page.read_text(encoding="utf-8")
    assert "no mailing of release 1 waits for a go" in desk.refused("erin", "mailing", "go", release, "--reason", "x")


def test_a_pull_needs_a_place_a_secret_and_an_address_that_may_be_asked(desk: Desk) -> None:
    assert "has no [segments.vip] to pull from; there are: none" in desk.tried("segments", "pull", "vip").err
    settings = desk.root / "publisher.toml"
    table = '\n[segments.vip]\nurl = "http://127.0.0.1:9/vip"\nlegal_basis = "contract"\nkeep = 30\n'
    settings.write_text(settings.read_text(encoding="utf-8") + table, encoding="utf-8")
    assert (
        "set PUBLISHER_SECRET__SEGMENTS__VIP, or secret_file in [segments.vip]"
        in desk.tried("segments", "pull", "vip").err
    )
    desk.setting('^url = "http://127.0.0.1:9/vip"', 'secret_file = "vip.secret"\nurl = "http://127.0.0.1:9/vip"')
    (desk.root / "vip.secret").write_text("whsec_" + "QUJD" * 10, encoding="utf-8")
    assert "segment vip was not pulled: it cannot be reached" in desk.tried("segments", "pull", "vip").err
    desk.setting('^url = "http://127.0.0.1:9/vip"', 'url = "http://customers.example.com/vip"')
    said = desk.tried("segments", "pull", "vip")
    assert (said.code, "http:// is for this machine only" in said.err) == (1, True)
