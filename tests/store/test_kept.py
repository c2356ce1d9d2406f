"""No statement erases what was published: inside information must be kept for five years, and so everything is."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

STORE = Path(__file__).resolve().parents[2] / "publisher" / "store"
KEPT = frozenset({
    "announcement", "revision", "release", "release_locale", "edition", "approval", "review", "delivery", "receipt",
    "walk", "planned_stage", "transition", "picture", "signature",
})  # fmt: skip


def test_nothing_that_was_published_is_ever_deleted() -> None:
    deleted = {table for path in STORE.glob("*.py") for table in _deleted(ast.parse(path.read_text(encoding="utf-8")))}

    assert {"control", "preflight"} <= deleted  # what the look finds at all
    assert not deleted & KEPT


def _deleted(tree: ast.Module) -> Iterator[str]:
    """The table in every `delete(t.table)`, and a raw statement as a whole."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "delete":
            [table] = node.args
            yield table.attr if isinstance(table, ast.Attribute) else ast.unparse(table)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            words = node.value.lower().split()
            if words[:2] == ["delete", "from"]:
                yield words[2]
