"""Help and completion: complete, with examples, and at once."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer

from publisher.cli import cli
from tests.cli.desk import publisher

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "cli.md").read_text(encoding="utf-8")
HEAVY = (
    "asyncio",
    "sqlalchemy",
    "alembic",
    "fastapi",
    "uvicorn",
    "jinja2",
    "telegram",
    "tweepy",
    "aiosmtplib",
    "babel",
)


def commands(app: typer.Typer = cli, before: str = "") -> Iterator[tuple[str, typer.models.CommandInfo]]:
    """Every command that is shown, by its full name."""
    for command in app.registered_commands:
        if not command.hidden and command.callback is not None:
            yield before + (command.name or command.callback.__name__.replace("_", "-")), command
    for group in app.registered_groups:
        assert group.typer_instance is not None
        yield from commands(group.typer_instance, f"{group.name} ")


NAMES = [name for name, _ in commands()]


def test_the_commands() -> None:
    assert set(NAMES) == {
        *(
            "init",
            "new",
            "check",
            "preview",
            "submit",
            "amend",
            "correct",
            "retract",
            "sign",
            "approve",
            "return",
            "publish",
            "status",
            "show",
        ),
        *("postpone", "preflight", "review-done"),
        *(f"maintenance {act}" for act in ("start", "extend", "complete", "cancel", "postpone")),
        *(f"schedule {act}" for act in ("list", "move", "hold", "release", "skip")),
        *("hold", "resume", "cancel", "postpone", "stop", "go", "resolve", "run", "demo", "doctor"),
        *("site rebuild", "import feed", "import markdown"),
        *(f"person {act}" for act in ("add", "token", "disable", "list")),
        *(f"subscribers {act}" for act in ("add", "export", "import", "list", "show")),
        *(f"digest {act}" for act in ("preview", "run", "status", "approve-layout")),
        "export-person",
        "erase",
        "keys rotate",
        *(f"mailing {act}" for act in ("list", "status", "pause", "resume", "cancel", "go", "missing", "who")),
        "mailing resend-missing",
        *(f"segments {act}" for act in ("import", "pull", "list", "show", "delete")),
    }


@pytest.mark.parametrize("name", NAMES)
def test_help_says_what_it_does_and_shows_an_example(name: str) -> None:
    said = publisher(*name.split(), "--help")

    assert said.code == 0
    assert f"Example: publisher {name}" in said.out


@pytest.mark.parametrize("name", NAMES)
def test_every_command_and_option_is_in_the_manual(name: str) -> None:
    section = PAGE.partition(f"\n### `publisher {name}")[2].partition("\n### ")[0]
    said = publisher(*name.split(), "--help").out
    options = set(re.findall(r"--[a-z-]+", said)) - {"--help", "--workspace"}

    assert section, f"docs/cli.md lacks publisher {name}"
    assert not {option for option in options if option not in section}


@pytest.mark.parametrize("arguments", [("--help",), ("status", "--help"), ("person", "add", "--help")], ids=" ".join)
def test_help_loads_nothing_heavy(arguments: tuple[str, ...]) -> None:
    program = f"""
import sys
from publisher.cli import main
try:
    main({list(arguments)!r})
except SystemExit:
    print(*sorted({{name.partition(".")[0] for name in sys.modules}}), file=sys.stderr)
"""
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    loaded = set(ended.stderr.split())

    assert "typer" in loaded
    assert loaded & set(HEAVY) == set()


@pytest.mark.parametrize(
    ("words", "expected"), [("publisher st", {"status", "stop"}), ("publisher new m", {"maintenance"})]
)
def test_the_shell_completes(words: str, expected: set[str]) -> None:
    variables = {
        "_PUBLISHER_COMPLETE": "complete_bash",
        "COMP_WORDS": words,
        "COMP_CWORD": str(len(words.split()) - 1),
    }
    program = "import sys; sys.argv = ['publisher']; from publisher.cli import main; main()"

    ended = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, env={**os.environ, **variables}, check=False
    )

    assert set(ended.stdout.split()) == expected
