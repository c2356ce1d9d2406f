"""A text that a machine translated: marked in its own file, so that nobody takes it for a person's."""

from __future__ import annotations

import re

MARKER = "<!-- machine draft: needs a translator -->"
"""What stands in the first line of such a file."""

_MARKED = re.compile(r"^[ \t]*<!--\s*machine[ -]draft\b[^\n]*$", re.IGNORECASE | re.MULTILINE)


def unmarked(source: str) -> tuple[str, bool]:
    """The text without the marker, its lines numbered as before, and whether there was one: anywhere, however spelt."""
    text, found = _MARKED.subn("", source)
    return text, found > 0
