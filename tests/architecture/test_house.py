"""The rules of the house that no other tool checks."""

from __future__ import annotations

import ast
import re
import statistics
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SOURCES = sorted(
    path
    for folder in ("publisher", "channels")
    for path in (ROOT / folder).rglob("*.py")
    if "migrations" not in path.parts
)
TESTS = sorted((ROOT / "tests").rglob("*.py"))


def functions(path: Path) -> Iterator[tuple[str, int]]:
    """Name and lines of body of every function, the docstring left out."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            body = node.body[1:] if ast.get_docstring(node) and len(node.body) > 1 else node.body
            yield node.name, (node.end_lineno or 0) - body[0].lineno + 1


def test_functions_are_small() -> None:
    lengths = sorted(length for path in SOURCES for _, length in functions(path))

    assert statistics.median(lengths) <= 8
    assert lengths[int(len(lengths) * 0.9)] <= 25


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_modules_are_small(path: Path) -> None:
    assert path.read_text(encoding="utf-8").count("\n") <= 330


def test_no_room_is_called_after_nothing() -> None:
    vague = {"utils", "util", "helpers", "helper", "manager", "base", "common", "misc"}

    assert not [path for path in SOURCES if path.stem in vague or vague & set(path.parent.parts)]


def test_no_test_patches_an_import_path() -> None:
    patching = re.compile(r"mock\.patch|mocker\.patch|monkeypatch\.setattr\(\s*[\"']")

    found = [
        path.name for path in TESTS if path != Path(__file__) and patching.search(path.read_text(encoding="utf-8"))
    ]
    assert not found


OF_THEIR_OWN = {
    "publisher/wall_time.py",
    "publisher/rendering/locale.py",  # how readers of a language write times
    "publisher/delivery/quiet.py",  # hours of no day
    "publisher/content/source/times.py",  # two hours of one day, on the author's own clock
    "publisher/sandbox/x/posts.py",  # as the network writes them
}
"""Modules that write times in a way that nothing else does."""


def test_one_place_writes_times() -> None:
    written = re.compile(r"\{[^{}]*:[^{}]*%H|strftime")

    found = {str(path.relative_to(ROOT)) for path in SOURCES if written.search(path.read_text(encoding="utf-8"))}
    assert found - OF_THEIR_OWN == set()


def test_nothing_is_left_for_later() -> None:
    unfinished = re.compile(r"\b(TODO|FIXME|XXX)\b|NotImplementedError")

    assert not [path.name for path in SOURCES if unfinished.search(path.read_text(encoding="utf-8"))]
