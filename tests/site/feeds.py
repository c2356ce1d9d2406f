"""Reads feeds as other people's programs do."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import feedparser  # type: ignore[import-untyped]
import pytest


@dataclass(frozen=True)
class Read:
    """An entry as feedparser, a program that is not ours, understood it."""

    id: str
    link: str
    title: str
    published: str
    updated: str
    """Empty in RSS, which has no such thing."""
    summary: str
    html: str
    kind: str


def entries(data: bytes) -> list[Read]:
    """The entries of a feed that must be well-formed."""
    feed = feedparser.parse(data, sanitize_html=False)
    assert not feed.bozo, feed.get("bozo_exception")
    return [_read(entry) for entry in feed.entries]


def _read(entry: Any) -> Read:
    changed = entry.updated if "updated" in entry.keys() else ""  # noqa: SIM118 `in entry` would answer for `published`
    html, kind = entry.content[0].value, entry.tags[0].term
    return Read(entry.id, entry.link, entry.title, entry.published, changed, entry.summary, html, kind)


def validate(files: list[Path]) -> None:
    """Checks files against the RELAX NG of RFC 4287, appendix B; skips where `jing` is not installed."""
    if shutil.which("jing") is None:
        pytest.skip("jing is not installed (Debian: jing)")
    schema = Path(__file__).with_name("atom.rnc")
    run = subprocess.run(["jing", "-c", schema, *files], check=False, capture_output=True, text=True)
    assert run.returncode == 0, run.stdout
