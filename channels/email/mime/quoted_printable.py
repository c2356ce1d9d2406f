"""Quoted-printable (RFC 2045 section 6.7), with every slot on a line of its own.

Soft line breaks keep a slot apart from the text around it, so it can be filled without encoding the text again.
No line starts with a dot, so SMTP needs no dot-stuffing and a filled slot cannot end the message; none starts with
`From `, which old mail stores change to `>From `, breaking the signature.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from publisher.channel import SLOT_MARKER, slot

SOFT_BREAK = "=\r\n"
_ROW = 73  # two more for an escaped first or last character, one for the soft break: 76


class _Tokens(dict[int, str]):
    """Code point -> how it is written."""

    def __missing__(self, code: int) -> str:
        self[code] = token = "".join(f"={byte:02X}" for byte in chr(code).encode())
        return token


_TOKENS = _Tokens({code: chr(code) for code in (0x09, *range(0x20, 0x7F)) if code != ord("=")})


def encode(text: str) -> str:
    """`text` (lines end with a line feed) with CRLF and rows of at most 76 characters; markers are left as they are."""
    return "\r\n".join(SOFT_BREAK.join(_rows_of_line(line)) for line in text.split("\n"))


def encode_value(value: str) -> str:
    """The value of a slot, as the rows that replace its marker in an encoded text."""
    return SOFT_BREAK.join(_close(_rows(value)))


def _rows_of_line(line: str) -> Sequence[str]:
    rows: list[str] = []
    for index, piece in enumerate(SLOT_MARKER.split(line)):
        rows.extend([slot(piece)] if index % 2 else _rows(piece))
    return _close(rows)


def _close(rows: Sequence[str] | Iterator[str]) -> Sequence[str]:
    """A blank before a hard line break would be lost on the way."""
    *before, last = list(rows) or [""]
    if last.endswith((" ", "\t")):
        last = f"{last[:-1]}={ord(last[-1]):02X}"
    return [*before, last]


def _rows(text: str) -> Iterator[str]:
    written = text.translate(_TOKENS)
    start = 0
    while start < len(written):
        end = _row_end(written, start + _ROW)
        yield _guarded(written[start:end])
        start = end


def _row_end(written: str, end: int) -> int:
    """The last place at or before `end` that cuts neither an escape nor a character."""
    if end >= len(written):
        return len(written)
    end -= next((back for back in (1, 2) if written[end - back] == "="), 0)
    while written[end] == "=" and written[end + 1] in "89AB":
        end -= 3
    return end


def _guarded(row: str) -> str:
    if row.startswith((".", "From ")):
        return f"={ord(row[0]):02X}{row[1:]}"
    return row
