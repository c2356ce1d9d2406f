"""Header fields, encoded and folded by us: 7-bit, CRLF, lines of at most 78 characters where the value allows it.

The standard library would write a long `List-Unsubscribe` as encoded-words, which ends one-click unsubscribing.
Sources: RFC 5322 section 2.2.3 (folding), RFC 2047 (encoded-words).
"""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Iterator, Sequence

from publisher.channel import SLOT_MARKER, SLOTS, slot

WIDTH = 78
_BREAKS = re.compile(r"[\x00-\x20\x7f-\x9f\u2028\u2029]+")
_WORD_BYTES = 42  # 56 characters of base64, 68 with =?utf-8?b? and ?=: fits beside the field's name
_PLAIN_WORD = 64
_PLAIN_NAME = 60


def one_line(text: str) -> str:
    """`text` with every run of blanks, line breaks and control characters made one space: it cannot start a field."""
    return _BREAKS.sub(" ", text).strip(" ")


def field(name: str, value: str) -> str:
    """One field whose value is already ASCII and short, or cannot be folded (a URL)."""
    return f"{name}: {one_line(value)}\r\n"


def text_field(name: str, text: str) -> str:
    """An unstructured field, such as Subject."""
    words = _words(one_line(text))
    return _folded(f"{name}:", words)


def mailbox_field(name: str, display_name: str, address: str) -> str:
    """A field with one mailbox, such as From."""
    display_name, address = one_line(display_name), one_line(address)
    if not display_name:
        return field(name, address)
    return _folded(f"{name}:", [*_phrase(display_name), f"<{address}>"])


def _words(text: str) -> Sequence[str]:
    words = text.split(" ")
    if _is_plain(text) and max(map(_width, words)) <= _PLAIN_WORD:
        return words
    return list(_encoded(text))


def _phrase(text: str) -> Sequence[str]:
    if _is_plain(text) and len(text) <= _PLAIN_NAME:
        return ['"' + re.sub(r'(["\\])', r"\\\1", text) + '"']
    return list(_encoded(text))


def _is_plain(text: str) -> bool:
    """ASCII, and nothing in it that a reader would take for an encoded-word."""
    return SLOT_MARKER.sub("", text).isascii() and "=?" not in text


def _encoded(text: str) -> Iterator[str]:
    """Encoded-words; the white space that folding puts between them is not displayed (RFC 2047 section 6.2).

    A slot gets a word of its own in Q encoding, where the characters of a reference or a time stand for themselves.
    """
    for index, piece in enumerate(SLOT_MARKER.split(text)):
        if index % 2:
            yield f"=?utf-8?q?{slot(piece)}?="
        else:
            yield from (f"=?utf-8?b?{b64encode(chunk).decode()}?=" for chunk in _chunks(piece))


def _chunks(text: str) -> Iterator[bytes]:
    """UTF-8 in chunks that never cut a character."""
    chunk = b""
    for character in text:
        encoded = character.encode()
        if len(chunk) + len(encoded) > _WORD_BYTES:
            yield chunk
            chunk = b""
        chunk += encoded
    if chunk:
        yield chunk


def _folded(line: str, words: Sequence[str]) -> str:
    lines = []
    for word in words:
        if _width(line) + 1 + _width(word) > WIDTH and line.strip():
            lines.append(line)
            line = ""
        line += f" {word}"
    return "\r\n".join([*lines, line]) + "\r\n"


def _width(text: str) -> int:
    """Characters on the line once every slot is filled to its limit."""
    return len(SLOT_MARKER.sub(lambda found: "x" * SLOTS[found[1]].max_bytes, text))
