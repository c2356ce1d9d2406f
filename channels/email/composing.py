"""One mail per edition: the whole message as ASCII text in which only slots are open."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from functools import lru_cache

from channels.email.checking import findings
from channels.email.mime.headers import field, mailbox_field, text_field
from channels.email.mime.quoted_printable import encode
from channels.email.options import Options
from publisher.channel import (
    Capabilities,
    Finding,
    Format,
    Limit,
    Part,
    Parts,
    Rendered,
    Target,
    Unit,
    record_of,
    slot,
)

CAPABILITIES = Capabilities(
    sections={"subject": Format.PLAIN, "html": Format.EMAIL_HTML, "text": Format.PLAIN, "record": Format.JSON},
    limits={"subject": Limit(Unit.UTF16, 255), "html": Limit(Unit.BYTES, 100_000)},
    wave=3,
    legal_footer=True,
    follows=True,
    when_kept="Nobody is mailed again; the mail links to the page, which has the new text.",
)


class MailComposer:
    """Sections subject, html and text -> one part, `message`."""

    capabilities = CAPABILITIES

    def compose(self, rendered: Rendered, target: Target) -> Parts:
        """`content`: the message (RFC 5322, CRLF, 7-bit) and the envelope sender, empty for the account's own."""
        options = Options.model_validate(target.options)
        text, html = (_lines(rendered, name) for name in ("text", "html"))
        boundary = _boundary(text, html)
        message = f"{_header(rendered, target, options, boundary)}\r\n{_body(text, html, boundary)}"
        return (Part("message", {"message": message, "envelope_sender": options.envelope_sender or ""}),)

    def check(self, parts: Parts) -> Sequence[Finding]:
        return [finding for part in parts for finding in findings(part, self.capabilities.limits)]


def _header(rendered: Rendered, target: Target, options: Options, boundary: str) -> str:
    subject = rendered["subject"].text if "subject" in rendered else ""
    record, list_id = record_of(rendered), options.list_id or target.address.replace("@", ".")
    unsubscribe = f"<{slot('recipient.unsubscribe_url')}>"
    if options.unsubscribe_mailto:
        unsubscribe += f", <mailto:{options.unsubscribe_mailto}>"
    fields = [
        field("DKIM-Signature", slot("dkim")) if options.dkim else "",
        field("Date", slot("date")),
        field("Message-ID", slot("message_id")),
        mailbox_field("From", options.from_name, target.address),
        # The same in every mail of an announcement, and the id of none: programs that never saw it thread by it.
        field("References", f"<{record.id}@{list_id}>") if record else "",
        field("To", slot("recipient.address")),
        field("Reply-To", options.reply_to) if options.reply_to else "",
        text_field("Subject", subject),
        field("MIME-Version", "1.0"),
        f'Content-Type: multipart/alternative;\r\n boundary="{boundary}"\r\n',
        field("Content-Language", target.locale),
        field("List-Id", f"<{list_id}>"),
        field("List-Unsubscribe", unsubscribe),
        field("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"),
        field("Auto-Submitted", "auto-generated"),
    ]
    return "".join(fields)


@lru_cache(maxsize=64)  # an announcement goes to several destinations with the same text, and is checked after that
def _body(text: str, html: str, boundary: str) -> str:
    """The richest part last (RFC 2046 section 5.1.4)."""
    parts = [
        f"--{boundary}\r\n"
        f"Content-Type: text/{subtype}; charset=utf-8\r\n"
        "Content-Transfer-Encoding: quoted-printable\r\n"
        f"\r\n{encode(content)}\r\n"
        for subtype, content in (("plain", text), ("html", html))
    ]
    return "".join(parts) + f"--{boundary}--\r\n"


def _lines(rendered: Rendered, section: str) -> str:
    text = rendered[section].text if section in rendered else ""
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _boundary(*contents: str) -> str:
    """The same for the same text, so that bytes change only with content; `=_` never occurs in quoted-printable."""
    return "=_" + hashlib.sha256("\0".join(contents).encode()).hexdigest()[:32]
