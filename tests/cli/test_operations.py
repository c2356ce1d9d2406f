"""What docs/operations.md promises whoever is on duty."""

from __future__ import annotations

import re
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

from publisher.delivery.states import DeliveryState
from publisher.release.states import ReleaseState
from tests.cli.desk import Desk
from tests.cli.test_help import NAMES

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")


def test_a_back_up_is_restored_with_everything_stopped(desk: Desk, tmp_path: Path) -> None:
    release = desk.approved()
    file, kept = desk.root / "publisher.sqlite3", tmp_path / "backup.sqlite3"
    [command] = re.findall(r'^\$ sqlite3 desk/publisher\.sqlite3 "(VACUUM INTO .*)"$', PAGE, re.MULTILINE)
    with closing(sqlite3.connect(file)) as database:
        database.execute(command.replace("backup.sqlite3", str(kept)))
    desk.as_("alice", "publish", release)

    for lost in desk.root.glob("publisher.sqlite3*"):
        lost.unlink()
    shutil.copy(kept, file)
    desk.as_("erin", "stop", "--reason", "restored a back-up")

    assert desk.state(release) == "approved"
    assert desk("status").out.startswith("Stopped: everything, by erin")


def test_every_state_of_a_delivery_and_a_release_is_explained() -> None:
    assert not [state for state in (*DeliveryState, *ReleaseState) if f"`{state}`" not in PAGE]


def test_every_event_of_the_log_is_explained() -> None:
    sources = [*(ROOT / "publisher").rglob("*.py"), *(ROOT / "channels").rglob("*.py")]
    actions = {name for path in sources for name in re.findall(r'action="([a-z_]+)"', path.read_text(encoding="utf-8"))}

    assert "worker_died" in actions
    assert not sorted(action for action in actions if f"`{action}`" not in PAGE)


def test_every_command_it_names_exists() -> None:
    named = set(re.findall(r"`publisher ([a-z-]+)", PAGE))

    assert named <= {name.split()[0] for name in NAMES}
