"""MJML -> HTML for mail, through mrml (Rust)."""

from __future__ import annotations

import re

import mjml

# mrml writes attributes with Rust's escapes: a backslash comes out doubled, a private-use character (our slot markers)
# as `\u{e000}`. Such characters travel as this spelling of a character reference, which nothing else produces;
# letters that are known to arrive, Chinese above all, stay as they are.
_SAFE = r"\n\x20-\x5b\x5d-\x7e\xa1-\xac\xae-\u02ff\u2010-\u2027\u2190-\u21ff\u3001-\u3029\u4e00-\u9fff\uff01-\uff5e"
_UNSAFE = re.compile(f"[^{_SAFE}]")
_TRAVELLING = re.compile("&#x00([0-9A-F]{6});")


def email_html(source: str) -> str:
    """The complete HTML document for an MJML document; raises ValueError for MJML that is not well-formed."""
    travelling = _UNSAFE.sub(lambda found: f"&#x00{ord(found[0]):06X};", source)
    # Without `fonts={}` mrml links web fonts: a request to a stranger for every reader who opens the mail.
    html = mjml.mjml2html(travelling, fonts={})
    return _TRAVELLING.sub(lambda found: _arrived(int(found[1], 16), found[0]), html)


def _arrived(point: int, reference: str) -> str:
    return chr(point) if _UNSAFE.match(chr(point)) else reference
