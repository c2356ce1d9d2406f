"""A mail as a reader sees it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser


@dataclass(frozen=True, slots=True)
class Letter:
    """The decoded mail; `html` and `text` are empty when it has no such part."""

    subject: str
    sender: str
    to: str
    date: str
    preheader: str
    html: str
    text: str
    headers: Sequence[tuple[str, str]]


def read(raw: bytes) -> Letter:
    """Decodes a message; what cannot be decoded is shown as replacement characters, never an error."""
    message = BytesParser(policy=policy.default).parsebytes(raw)
    html, text = _part(message, "html"), _part(message, "plain")
    return Letter(
        subject=_header(message, "Subject"),
        sender=_header(message, "From"),
        to=_header(message, "To"),
        date=_header(message, "Date"),
        preheader=_first_words(text),
        html=html,
        text=text,
        headers=_headers(raw),
    )


def _part(message: EmailMessage, subtype: str) -> str:
    part = message.get_body((subtype,))
    if part is None:
        return ""
    payload = part.get_payload(decode=True)
    if not isinstance(payload, bytes):
        return ""
    try:
        return payload.decode(part.get_content_charset("utf-8"), "replace")
    except LookupError:
        return payload.decode("utf-8", "replace")


def _header(message: EmailMessage, name: str) -> str:
    return str(message.get(name, ""))


def _headers(raw: bytes) -> list[tuple[str, str]]:
    """Names and unfolded values as they were sent, in order."""
    head = raw.partition(b"\r\n\r\n")[0].decode("utf-8", "replace")
    unfolded = re.sub(r"\r\n(?=[ \t])", "", head)
    fields = (line.partition(":") for line in unfolded.split("\r\n"))
    return [(name, value.strip()) for name, colon, value in fields if colon]


def _first_words(text: str) -> str:
    return " ".join(text.split())[:140]
