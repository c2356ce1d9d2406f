"""Breaks a title into lines that fit. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence

Width = Callable[[str], float]

ELLIPSIS = "…"
_WIDE = "\u2e80-\u303f\u3040-\u30ff\u31c0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uff00-\uffef"
_CLOSING = "、。，．・：；！？）」』】》〉”’％…ー々っゃゅょッャュョァィゥェォ"
"""Never at the start of a line (JIS X 4051, GB/T 15834)."""
_OPENING = "（「『【《〈“‘"
"""Never at the end of one."""
_PIECE = re.compile(
    rf"[{_OPENING}]*(?:(?![{_OPENING}])[{_WIDE}]|[^\s{_WIDE}]+(?:\s[-–—](?=\s))?)[{_CLOSING}]*|[{_OPENING}]+|\s+"
)
"""What is not parted: a word with the dash after it, one wide character, each with its punctuation; or space."""


def fitted(text: str, sizes: Sequence[int], room: float, most: int, width: Width) -> tuple[int, list[str]]:
    """The largest of `sizes` in which `text` has at most `most` lines of `room`, and these lines.

    In the smallest size what is too much becomes an ellipsis.
    """
    for size in sizes:
        lines = broken(text, room / size, width)
        if len(lines) <= most:
            return size, lines
    kept = lines[: most - 1]
    return size, [*kept, shortened(" ".join(lines[most - 1 :]), room / size, width)]


def broken(text: str, room: float, width: Width) -> list[str]:
    """Lines no wider than `room`; a word that is wider is cut."""
    lines = [""]
    for piece in _pieces(text, room, width):
        if width((lines[-1] + piece).strip()) <= room or not lines[-1].strip():
            lines[-1] += piece
        else:
            lines.append(piece)
    return [line.strip() for line in lines if line.strip()]


def shortened(text: str, room: float, width: Width) -> str:
    """`text`, or as much of its beginning as fits before an ellipsis."""
    if width(text) <= room:
        return text
    end = len(text)
    while end and width(text[:end].rstrip() + ELLIPSIS) > room:
        end -= 1
    return text[:end].rstrip() + ELLIPSIS


def _pieces(text: str, room: float, width: Width) -> Iterator[str]:
    for piece in _PIECE.findall(text):
        while width(piece) > room:
            end = next((n for n in range(len(piece), 0, -1) if width(piece[:n]) <= room), 1)
            yield piece[:end]
            piece = piece[end:]
        yield piece
