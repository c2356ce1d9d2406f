"""A workspace for each test, copied from one that was made once."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.desk import Desk, copied, made


@pytest.fixture(scope="session")
def made_once(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    return made(tmp_path_factory.mktemp("made") / "desk")


@pytest.fixture
def desk(made_once: Desk, tmp_path: Path) -> Desk:
    return copied(made_once, tmp_path / "desk")
