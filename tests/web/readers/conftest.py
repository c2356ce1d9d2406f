"""A workspace that was made once, and served for each test."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from publisher.app import opened
from tests.cli.desk import Desk, copied, made
from tests.web.readers.desk import Pages, serving


@pytest.fixture(scope="module")
def made_once(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    return made(tmp_path_factory.mktemp("made") / "desk")


@pytest.fixture
async def pages(made_once: Desk, tmp_path: Path) -> AsyncIterator[Pages]:
    desk = copied(made_once, tmp_path / "desk")
    async with opened(desk.root) as app, serving(app) as pages:
        yield pages
