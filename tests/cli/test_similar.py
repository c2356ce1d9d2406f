"""Two people who announce the same learn of each other before readers do."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from publisher.store.database import Database
from publisher.store.transaction import Store
from tests.cli.desk import Desk
from tests.content.folders import TOML, Folder

CODE = "announcement.similar"


def similar(desk: Desk, folder: Path) -> list[Any]:
    return [finding for finding in desk.tried("check", folder, "--json").json["findings"] if finding["code"] == CODE]


def of_bob(desk: Desk, *, due: timedelta = timedelta(days=1)) -> Path:
    desk.person("bob", "authors")
    return desk.announcement("bobs", due=due)


def test_the_other_is_named(desk: Desk) -> None:
    release = desk.submitted(desk.announcement(due=timedelta(hours=1)))

    [finding] = similar(desk, of_bob(desk))

    assert "alice announces ETH" in finding["message"]
    assert f"publisher show {release}" in finding["fix"]
    assert finding["file"].endswith(TOML)


def test_it_must_be_accepted_with_a_reason(desk: Desk) -> None:
    desk.submitted(desk.announcement(due=timedelta(hours=1)))
    folder = of_bob(desk)

    assert f"--accept {CODE}" in desk.refused("bob", "submit", folder)
    release = desk.as_("bob", "submit", folder, "--accept", CODE, "-r", "another upgrade", "--json").json["release"]

    assert f"submitted; accepted {CODE}: another upgrade" in desk("show", release).out


def test_ones_own_are_meant(desk: Desk) -> None:
    desk.submitted(desk.announcement(due=timedelta(hours=1)))

    desk.as_("alice", "submit", desk.announcement("second", due=timedelta(hours=2)))


def test_another_asset_or_network_or_month_is_another_event(desk: Desk) -> None:
    desk.submitted(desk.announcement(due=timedelta(hours=1)))
    folder = Folder(of_bob(desk))
    text = folder.text(TOML)

    assert similar(desk, folder.write(TOML, text.replace('"Ethereum"', '"TRON"')).path) == []
    assert similar(desk, folder.write(TOML, text.replace('["ETH", "USDT", "USDC"]', '["TRX"]')).path) == []
    assert similar(desk, folder.write(TOML, later(text, days=20)).path) != []
    assert similar(desk, folder.write(TOML, later(text, days=40)).path) == []


def later(text: str, *, days: int) -> str:
    def moved(found: re.Match[str]) -> str:
        return (datetime.fromisoformat(found[0]) + timedelta(days=days)).isoformat()

    return re.sub(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d", moved, text)


def test_what_was_called_off_does_not_count(desk: Desk) -> None:
    release = desk.submitted(desk.announcement(due=timedelta(hours=1)))
    desk.as_("erin", "return", release, "-r", "not now")

    assert similar(desk, of_bob(desk)) == []


async def test_both_databases_are_asked(database: Database, tmp_path: Path) -> None:
    revision = Folder.of("maintenance", tmp_path / "eth").revision()

    async with Store(database).read() as tx:
        assert await tx.near(revision) == []
