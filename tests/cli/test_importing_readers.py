"""A list of readers that is cut off goes on where it was."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

from publisher.mailing.intake.importing import PIECE
from tests.cli.desk import Desk

PIECES = 6
ROWS = PIECES * PIECE - 1


def pieces_stored(desk: Desk) -> int:
    with closing(sqlite3.connect(desk.root / "publisher.sqlite3", timeout=15)) as connection:
        [[found]] = connection.execute("SELECT coalesce(max(value), 0) FROM counter WHERE name LIKE 'import:%'")
    return int(found)


def killed_in_the_middle(desk: Desk, file: Path) -> int:
    """How many pieces were stored by then."""
    command = [sys.executable, "-m", "publisher.cli", "subscribers", "import", str(file), "--source", "settings"]
    importing = subprocess.Popen([*command, "--workspace", str(desk.root)], stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + 120
    while not pieces_stored(desk) and importing.poll() is None:
        assert time.monotonic() < deadline, "nothing was ever stored"
        time.sleep(0.005)
    importing.kill()
    importing.wait()
    return pieces_stored(desk)


def test_a_killed_import_goes_on_after_what_was_stored(desk: Desk) -> None:
    file = desk.root / "readers.csv"
    lines = "".join(f"reader{number}@example.com,en-US,listing\n" for number in range(ROWS))
    file.write_text("address,locale,kinds\n" + lines, encoding="utf-8")
    stored = killed_in_the_middle(desk, file)
    assert 0 < stored < PIECES

    said = desk("subscribers", "import", file, "--source", "settings")

    assert f"went on after the {stored * PIECE:,} rows that were stored before it was interrupted" in said.out
    assert f"{ROWS - stored * PIECE} added, 0 updated, 0 unchanged" in said.out
    assert pieces_stored(desk) == 0
    again = desk("subscribers", "import", file, "--source", "settings", "--json").json
    assert (again["added"], again["unchanged"], again["resumed"]) == (0, ROWS, 0)


def test_another_file_starts_at_its_beginning(desk: Desk) -> None:
    file = desk.root / "readers.csv"
    lines = [f"reader{number}@example.com,en-US,listing\n" for number in range(ROWS)]
    file.write_text("address,locale,kinds\n" + "".join(lines), encoding="utf-8")
    killed_in_the_middle(desk, file)

    file.write_text("address,locale,kinds\n" + "".join(lines[::-1]), encoding="utf-8")

    assert desk("subscribers", "import", file, "--source", "settings", "--json").json["resumed"] == 0


def test_a_dry_run_ends_as_the_import_would_and_says_that_nothing_was_stored(desk: Desk, tmp_path: Path) -> None:
    file = tmp_path / "readers.csv"
    file.write_text("address,kinds\nada@readers.example,*\nnobody,*\n", encoding="utf-8")
    dry = ("subscribers", "import", file, "--source", "web", "--dry-run")

    refused, skipping = desk.tried(*dry), desk(*dry, "--skip-bad")

    assert (refused.code, skipping.out) == (1, "would be: 1 added, 0 updated, 0 unchanged; rows refused: 1\n")
    assert "nothing would be stored; correct the rows above, or use --skip-bad" in refused.err
    assert desk("subscribers", "list", "--json").json == {}
