"""The examples that `publisher init` writes commented out work as soon as somebody removes the `# `."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from publisher import registry
from publisher.app.destinations import Destinations
from publisher.cli.workspace import create
from publisher.content.kinds import KINDS
from publisher.settings import load

_EXAMPLE = re.compile(r"^# (\[(?!policies).*\]|(?!approvals|required_locales|late_locales)[a-z_]+ = .*)$", re.MULTILINE)


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    create(tmp_path / "desk")
    file = tmp_path / "desk" / "publisher.toml"
    file.write_text(_EXAMPLE.sub(r"\1", file.read_text(encoding="utf-8")), encoding="utf-8")
    return tmp_path / "desk"


def test_every_example_is_valid_and_finds_its_secret(workspace: Path) -> None:
    settings = load(workspace)
    destinations = Destinations(settings, registry.load(), workspace / "publisher.toml", workspace / "site")

    used = {channel for channel, _ in destinations.accounts().values()}
    assert used == set(registry.BUILT_IN)
    assert settings.sandbox is not None
    assert (settings.sandbox.webhook_port, settings.sandbox.discord_port) == (8085, 8086)
    assert {target.channel for target in destinations.all_targets().values()} == used


def test_the_reminders_of_a_kind_name_channels_that_exist() -> None:
    named = {channel for kind in KINDS.values() for stage in kind.stages for channel in stage.channels or ()}

    assert named <= set(registry.BUILT_IN)
