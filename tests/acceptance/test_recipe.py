"""docs/how-to-add-a-channel.md, followed literally, adds a channel that keeps the contract."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
RECIPE = (ROOT / "docs" / "how-to-add-a-channel.md").read_text(encoding="utf-8")
FILES: dict[str, str] = dict(re.findall(r"```\w+ (\S+)\n(.*?)```", RECIPE, re.DOTALL))


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A copy of this checkout with the recipe's files in place."""
    skipped = shutil.ignore_patterns("__pycache__", "golden")
    for folder in ("publisher", "channels", "templates", "tests"):
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=skipped)
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    for path, text in FILES.items():
        (tmp_path / path).write_text(text, encoding="utf-8")
    return tmp_path


def test_the_recipe_has_at_most_four_files() -> None:
    assert set(FILES) == {
        "channels/board.py",
        "templates/_default/board.text.j2",
        "tests/channels/test_board.py",
        "publisher.toml",
    }


def test_the_new_channel_inherits_and_passes_the_suite(checkout: Path) -> None:
    done = _python(checkout, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests/channels/test_board.py")

    assert done.returncode == 0, done.stdout
    assert int(re.findall(r"(\d+) passed", done.stdout)[0]) >= 14


def test_the_new_channel_is_rendered_and_checked(checkout: Path) -> None:
    settings = (ROOT / "publisher" / "settings" / "commented.toml").read_text(encoding="utf-8")
    settings = settings.replace('"x-main"]', '"x-main", "lobby"]')
    workspace = checkout / "desk"
    _publisher(checkout, "init", "--workspace", str(workspace))
    (workspace / "publisher.toml").write_text(settings + FILES["publisher.toml"], encoding="utf-8")
    _publisher(checkout, "new", "maintenance", str(checkout / "draft"))

    done = _publisher(checkout, "preview", str(checkout / "draft"), "--workspace", str(workspace))

    assert "lobby" in Path(done.stdout.strip().splitlines()[-1]).read_text(encoding="utf-8")


def _publisher(checkout: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    done = _python(checkout, "-m", "publisher.cli", *arguments)
    assert done.returncode == 0, done.stdout + done.stderr
    return done


def _python(checkout: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, *arguments], cwd=checkout, capture_output=True, text=True, check=False)
