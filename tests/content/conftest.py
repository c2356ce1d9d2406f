"""One sample folder per kind."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.content.folders import Folder


@pytest.fixture
def maintenance(tmp_path: Path) -> Folder:
    return Folder.of("maintenance", tmp_path / "maintenance")


@pytest.fixture
def listing(tmp_path: Path) -> Folder:
    return Folder.of("listing", tmp_path / "listing")


@pytest.fixture
def rule_change(tmp_path: Path) -> Folder:
    return Folder.of("rule_change", tmp_path / "rule_change")


@pytest.fixture
def risk_warning(tmp_path: Path) -> Folder:
    return Folder.of("risk_warning", tmp_path / "risk_warning")
