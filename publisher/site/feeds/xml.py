"""XML that is well-formed whatever text it is given."""

from __future__ import annotations

import re
from xml.sax.saxutils import escape, quoteattr

DECLARATION = '<?xml version="1.0" encoding="utf-8"?>'
HISTORY = 'xmlns:fh="http://purl.org/syndication/history/1.0"'
"""The namespace of RFC 5005."""
_ILLEGAL = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 section 2.2 does not admit, however escaped."""


def element(name: str, content: str, attributes: str = "") -> str:
    return f"<{name}{attributes}>{text(content)}</{name}>"


def text(content: str) -> str:
    return escape(_ILLEGAL.sub("", content))


def quoted(content: str) -> str:
    """An attribute's value with its quotation marks."""
    return quoteattr(_ILLEGAL.sub("", content))
