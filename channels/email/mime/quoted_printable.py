"""Quoted-printable (RFC 2045 section 6.7), with every slot on a line of its own.

Soft line breaks keep a slot apart from the text around it, so it can be filled without encoding the text again.
No line starts with a dot, so SMTP needs no dot-stuffing and a filled slot cannot end the message; none starts with
`From `, which old mail stores change to `>From `, breaking the signature.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from publisher.channel import SLOT_CLOSE, SLOT_MARKER, SLOT_OPEN, slot

SOFT_BREAK = "=\r\n"
_ROW = 73  # two more for an escaped first or last character, one for the soft break: 76
_FRAGILE = re.compile(r"^\.|^F(?=rom )|[ \t](?=\r\n|\Z)", re.MULTILINE)
"""What mail servers change or drop: see above; a blank before a hard line break would be lost."""

_AS_WRITTEN = re.compile(rf"(?![.]|From )(?=.{{1,{_ROW}}}\Z)[!-<>-~](?:[ -<>-~]*[!-<>-~])?")
"""What is encoded as it stands: most values of slots."""


class _Tokens(dict[int, str]):
    """Code point -> how it is written."""

    def __missing__(self, code: int) -> str:
        self[code] = token = "".join(f"={byte:02X}" for byte in chr(code).encode())
        return token


_AS_IT_IS = {*range(0x20, 0x7F), *map(ord, ("\t", "\n", SLOT_OPEN, SLOT_CLOSE))} - {ord("=")}
_TOKENS = _Tokens({code: chr(code) for code in _AS_IT_IS})


def encode(text: str) -> str:
    """`text` (lines end with a line feed) with CRLF and rows of at most 76 characters; markers are left as they are.

    The value of a slot, encoded, replaces its marker in an encoded text.
    """
    if _AS_WRITTEN.fullmatch(text):
        return text
    lines = text.translate(_TOKENS).split("\n")
    return _FRAGILE.sub(_escaped, "\r\n".join(SOFT_BREAK.join(_rows(line)) for line in lines))


def _rows(line: str) -> list[str]:
    if SLOT_OPEN not in line:
        return list(_wrapped(line)) or [""]
    rows: list[str] = []
    for index, piece in enumerate(SLOT_MARKER.split(line)):
        rows.extend([slot(piece)] if index % 2 else _wrapped(piece))
    return rows


def _wrapped(written: str) -> Iterator[str]:
    start = 0
    while len(written) - start > _ROW:
        end = _row_end(written, start + _ROW)
        yield written[start:end]
        start = end
    if start < len(written):
        yield written[start:]


def _row_end(written: str, end: int) -> int:
    """The last place at or before `end` that cuts neither an escape nor a character."""
    if written[end - 1] == "=":
        end -= 1
    elif written[end - 2] == "=":
        end -= 2
    while written[end] == "=" and written[end + 1] in "89AB":
        end -= 3
    return end


def _escaped(found: re.Match[str]) -> str:
    return f"={ord(found[0]):02X}"
