"""Whatever users can get wrong ends with a sentence that says what, where and how to fix it, never with a traceback."""

from __future__ import annotations

import os
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from tests.cli.desk import Desk, copied, publisher

COMMAND = (sys.executable, "-m", "publisher.cli")


@pytest.fixture(scope="module")
def unchanged(made_once: Desk, tmp_path_factory: pytest.TempPathFactory) -> Desk:
    """For tests that change nothing."""
    return copied(made_once, tmp_path_factory.mktemp("unchanged") / "desk")


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("new", "maintenence", "folder"), "there is no kind 'maintenence'; the kinds are maintenance"),
        (("new", "notice", "folder", "--locale", "fr-FR"), "notice has no sample in fr-FR; it has en-US, zh-CN, ar"),
        (("check", "nowhere"), "there is no announcement.toml"),
        (("preview", "nowhere"), "there is no announcement.toml"),
        (("subscribers", "import", "nowhere.csv"), "cannot read nowhere.csv"),
        (("subscribers", "add", "nobody"), "address: has no @"),
        (("subscribers", "add", "ada@readers.example", "--kind", "wire"), "unknown kind"),
        (("show", "77"), "there is no release 77"),
        (("mailing", "missing", "77"), "there is no release 77"),
        (("person", "token", "nobody"), "there is nobody called nobody"),
        (("person", "disable", "nobody"), "there is nobody called nobody"),
        (("person", "add", "alice", "-g", "authors"), "alice is known already"),
        (("person", "add", " ", "-g", "authors"), "a name that can be read"),
        (("stop", "--destination", "mars", "-r", "x", "--token-file", "{erin}"), "there is no destination 'mars'"),
        (("stop", "--account", "mars", "-r", "x", "--token-file", "{erin}"), "there is no account 'mars'"),
        (("stop", "--account", "bot", "--destination", "x-main", "-r", "x"), "not both"),
        (("go", "-r", "x", "--token-file", "{erin}"), "everything is not stopped"),
        (("approve", "77", "--hash", "0" * 12, "--token-file", "{erin}"), "there is no release 77"),
        (("hold", "77", "-r", "x", "--token-file", "{erin}"), "there is no release 77"),
        (("hold", "77", "-r", "", "--token-file", "{erin}"), "--reason is empty: say why in a few words"),
        (("stop", "-r", " ", "--token-file", "{erin}"), "--reason is empty: say why in a few words"),
        (("segments", "delete", "holders", "-r", ""), "--reason is empty: say why in a few words"),
        (("resolve", "77", "--as", "leave", "-r", "x", "--token-file", "{erin}"), "there is no delivery 77"),
        (("publish", "77", "--token-file", "nowhere"), "cannot read the token file nowhere: No such file"),
        (("publish", "77", "--token-file", "{empty}"), "is empty"),
        (("publish", "77", "--token-file", "{binary}"), "it is not text"),
        (("publish", "77", "--token-file", "{wrong}"), "this token belongs to nobody"),
    ],
    ids=lambda value: " ".join(value[:2]) if isinstance(value, tuple) else "",
)
def test_a_mistake_in_a_command(unchanged: Desk, arguments: tuple[str, ...], says: str, tmp_path: Path) -> None:
    files = {name: tmp_path / name for name in ("empty", "binary", "wrong")}
    files["empty"].touch()
    files["binary"].write_bytes(b"\xff\xfe\x00")
    files["wrong"].write_text("publisher_wrong", encoding="utf-8")
    given = [argument.format(erin=unchanged.root / "erin.token", **files) for argument in arguments]
    if given[0] != "new":
        given += ["--workspace", str(unchanged.root)]

    said = publisher(*given)

    assert said.code == 1
    assert says in said.err


@pytest.mark.parametrize(
    "arguments",
    [
        ("frob",),
        ("status", "--frob"),
        ("show", "twelve"),
        ("approve", "1"),
        ("resolve", "1", "--as", "maybe", "-r", "x"),
    ],
    ids=" ".join,
)
def test_a_command_line_that_cannot_be_understood_has_a_code_of_its_own(arguments: tuple[str, ...]) -> None:
    assert publisher(*arguments).code == 2


def test_no_workspace(tmp_path: Path) -> None:
    said = publisher("status", "--workspace", tmp_path / "nowhere")

    assert said.code == 1
    assert "there is no publisher.toml here" in said.err
    assert "publisher init" in said.err


def test_a_lost_database_is_never_replaced_by_an_empty_one(desk: Desk) -> None:
    (desk.root / "publisher.sqlite3").unlink()

    for command in ("status", "run", "doctor"):
        said = desk.tried(command)
        assert said.code == 1
        assert "restore your back-up" in said.err
    assert not (desk.root / "publisher.sqlite3").exists()


def truncated(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:5000])


def overwritten(file: Path) -> None:
    file.write_bytes(os.urandom(5000))


def emptied(file: Path) -> None:
    file.write_bytes(b"")


@pytest.mark.parametrize(
    ("damage", "says"),
    [(truncated, "damaged"), (overwritten, "not a SQLite database"), (emptied, "older schema")],
    ids=["truncated", "overwritten", "emptied"],
)
def test_a_damaged_database(desk: Desk, damage: Callable[[Path], None], says: str) -> None:
    damage(desk.root / "publisher.sqlite3")

    ended = subprocess.run([*COMMAND, "status", "-w", str(desk.root)], capture_output=True, text=True, check=False)

    assert ended.returncode == 1
    [sentence] = ended.stderr.splitlines()
    assert says in sentence


def test_a_database_of_a_newer_version(desk: Desk) -> None:
    with closing(sqlite3.connect(desk.root / "publisher.sqlite3")) as database, database:
        database.execute("UPDATE alembic_version SET version_num = '9999'")

    said = desk.tried("status")

    assert said.code == 1
    assert "a newer version" in said.err


def test_a_server_that_is_not_there(desk: Desk) -> None:
    desk.setting(r'^url = "sqlite.*$', 'url = "postgresql://nobody@127.0.0.1:1/nothing"')

    said = desk.tried("status")

    assert said.code == 1
    assert "the database cannot be reached" in said.err


def test_a_secret_that_cannot_be_read_stops_run_before_anything_listens(desk: Desk) -> None:
    (desk.root / "secrets/telegram.token").unlink()

    said = desk.tried("run")

    assert (said.code, said.out) == (1, "")
    assert "publisher.toml:" in said.err
    assert "cannot read secrets/telegram.token" in said.err


def test_no_key_for_readers_links(desk: Desk) -> None:
    (desk.root / "secrets/token.key").unlink()

    said = desk.tried("run")

    assert said.code == 1
    assert "PUBLISHER_TOKEN_KEY" in said.err


@pytest.mark.parametrize(("setting", "says"), [("public_port", "or web.public_port"), ("page_port", "in [sandbox]")])
def test_a_port_that_is_taken(desk: Desk, setting: str, says: str) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        desk.setting(rf"^{setting} = .*$", f"{setting} = {taken.getsockname()[1]}")
        said = desk.tried("run")

    assert said.code == 1
    assert "Address already in use" in said.err
    assert says in said.err


def test_a_demo_never_removes_a_workspace_that_is_not_its_own(desk: Desk) -> None:
    said = publisher("demo", "--once", "--workspace", desk.root)

    assert said.code == 1
    assert "is not a demo's" in said.err
    assert (desk.root / "publisher.toml").exists()


def test_a_terminal_that_knows_ascii_only(desk: Desk) -> None:
    desk.setting('^name = "Example Exchange"$', 'name = "示例交易所"')
    folder = desk.announcement()
    (folder / "zh-CN.md").write_text("# 错误\n", encoding="utf-8")
    environment = {**os.environ, "PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"}

    for option in ((), ("--json",)):
        ended = subprocess.run(
            [*COMMAND, "check", str(folder), "-w", str(desk.root), *option],
            capture_output=True,
            env=environment,
            check=False,
        )
        assert ended.returncode == 1
        assert b"Traceback" not in ended.stderr


def test_what_is_piped_is_neither_folded_nor_coloured(desk: Desk) -> None:
    release = desk.submitted()

    rows = [line for line in desk("show", release).out.splitlines() if line.startswith("announce/")]

    assert len(rows) == 7
    assert all(len(row.split()[-1]) == 64 for row in rows)


def test_whoever_stops_reading_ends_the_command_quietly(desk: Desk) -> None:
    desk.submitted()
    shell = f"{sys.executable} -m publisher.cli show 1 -w {desk.root} | true"

    ended = subprocess.run(["bash", "-c", shell], capture_output=True, text=True, check=False)

    assert ended.stderr == ""
