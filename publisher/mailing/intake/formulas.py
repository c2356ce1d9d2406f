"""Cells that a spreadsheet would run: marked when they are written, unmarked when they are read."""

from __future__ import annotations

MARK = "'"
_RUN = ("=", "+", "-", "@", "\t", "\r", "\n", "\0")
_MARKED = (MARK, *_RUN)


def harmless(cell: str) -> str:
    """The cell, with a mark before what a spreadsheet takes for a formula (OWASP, CSV injection)."""
    return MARK + cell if cell.startswith(_MARKED) else cell


def as_written(cell: str) -> str:
    """What `harmless` was given."""
    return cell[1:] if cell[:1] == MARK and cell.startswith(_MARKED, 1) else cell
