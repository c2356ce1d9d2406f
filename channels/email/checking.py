"""What a relay, a mail client or a one-click button would refuse or mangle, found in the frozen message itself."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from email import message_from_string, policy
from email.headerregistry import AddressHeader
from email.message import EmailMessage

from channels.email.message import MalformedTemplateError, Template
from channels.email.options import ADDRESS
from publisher.channel import SLOT_MARKER, SLOTS, Finding, Limit, Part, Severity

SUBJECT_SHOWN = 78
SUBJECT_SLOTS = frozenset({"reference", "published_at"})
_FIELDS = (
    "DKIM-Signature",
    "Date",
    "Message-ID",
    "References",
    "From",
    "To",
    "Reply-To",
    "Subject",
    "MIME-Version",
    "Content-Type",
    "Content-Language",
    "List-Id",
    "List-Unsubscribe",
    "List-Unsubscribe-Post",
    "Auto-Submitted",
)
_OPTIONAL = frozenset({"DKIM-Signature", "Reply-To", "References"})
_OVERRIDES = re.compile("[\u202a-\u202e]")
_RELATIVE = re.compile(
    r"""\b(?:href|src)\s*=\s*["']?(?!https?:|mailto:|tel:|cid:|data:|#|["'])([^"'\s>]+)""", re.IGNORECASE
)


def findings(part: Part, limits: Mapping[str, Limit]) -> Iterator[Finding]:
    """Everything wrong with one composed message, with slots at their greatest length."""
    message = str(part.content["message"])
    try:
        Template(message)
    except MalformedTemplateError as error:
        yield Finding("email.malformed", f"the message cannot be sent: {error}", "report this: the composer made it")
        return
    parsed = message_from_string(_filled(message), policy=policy.default)
    assert isinstance(parsed, EmailMessage)
    yield from _about_fields(parsed)
    yield from _about_sender(parsed)
    yield from _about_subject(message, str(parsed["Subject"] or ""), limits["subject"])
    yield from _about_bodies(parsed, limits["html"])


def _filled(message: str) -> str:
    return SLOT_MARKER.sub(lambda found: _longest(found[1]), message)


def _longest(name: str) -> str:
    """Recognisable, and as long as the slot may become."""
    return name.ljust(SLOTS[name].max_bytes, "x")


def _about_fields(parsed: EmailMessage) -> Iterator[Finding]:
    present = parsed.keys()
    extra = [name for name in present if name not in _FIELDS or present.count(name) > 1]
    missing = [name for name in _FIELDS if name not in present and name not in _OPTIONAL]
    if extra or missing:
        yield Finding(
            "email.header_injection",
            f"the header is not the one we write: {_listed('unexpected', extra)}{_listed('missing', missing)}",
            "remove line breaks and control characters from the subject and the destination's names",
        )


def _listed(word: str, names: Iterable[str]) -> str:
    listed = ", ".join(sorted(set(names)))
    return f"{word} {listed}; " if listed else ""


def _about_sender(parsed: EmailMessage) -> Iterator[Finding]:
    sender = parsed["From"]
    senders = sender.addresses if isinstance(sender, AddressHeader) else ()
    if len(senders) != 1 or sender.defects or not re.fullmatch(ADDRESS, senders[0].addr_spec):
        yield Finding(
            "email.from_address",
            f"From is not one plain address: {sender}",
            "set the destination's address to one such as news@example.com (international domains as xn--...)",
        )
    if _OVERRIDES.search(str(sender or "")):
        yield _override("the sender's name", "from_name of the destination")


def _about_subject(message: str, subject: str, limit: Limit) -> Iterator[Finding]:
    length = len(subject.encode("utf-16-le")) // 2
    if not subject.strip():
        yield Finding("email.subject_missing", "the subject is empty", "give the announcement a title")
    elif length > limit.maximum:
        yield Finding(
            "email.subject_too_long",
            f"the subject has {length} characters; mail clients cut it after {limit.maximum}",
            "shorten the title",
        )
    elif length > SUBJECT_SHOWN:
        yield Finding(
            "email.subject_long",
            f"the subject has {length} characters; most inboxes show fewer than {SUBJECT_SHOWN}",
            "put what matters first, or shorten the title",
            Severity.WARNING,
        )
    if _OVERRIDES.search(subject):
        yield _override("the subject", "the title")
    raw = re.search(r"^Subject:.*(?:\r\n[ \t].*)*", message, re.MULTILINE)
    strange = set(SLOT_MARKER.findall(raw[0] if raw else "")) - SUBJECT_SLOTS
    if strange:
        yield Finding(
            "email.subject_slot",
            f"the subject holds {', '.join(sorted(strange))}",
            f"only {' and '.join(sorted(SUBJECT_SLOTS))} may stand in a subject",
        )


def _override(where: str, what: str) -> Finding:
    return Finding(
        "email.direction_override",
        f"{where} holds an invisible character that reverses the order of the text",
        f"remove U+202A to U+202E from {what}",
    )


def _about_bodies(parsed: EmailMessage, limit: Limit) -> Iterator[Finding]:
    for subtype in ("plain", "html"):
        part = parsed.get_body((subtype,))
        content = part.get_content() if part is not None else ""
        assert isinstance(content, str)
        if not content.strip():
            yield Finding("email.part_missing", f"the text/{subtype} part is empty", f"render the {subtype} section")
            continue
        if _longest("recipient.unsubscribe_url") not in content:
            yield Finding(
                "email.unsubscribe_missing",
                f"the text/{subtype} part has no unsubscribe link",
                "put the slot recipient.unsubscribe_url into the template's footer",
            )
        if subtype == "html":
            yield from _about_html(content, limit)


def _about_html(html: str, limit: Limit) -> Iterator[Finding]:
    size = len(html.encode())
    if size > limit.maximum:
        yield Finding(
            "email.html_too_large",
            f"the HTML has {size} bytes; Gmail cuts it off after about {limit.maximum}, and the footer with it",
            "shorten the text and link to the website for the rest",
        )
    slots = tuple(map(_longest, SLOTS))
    for link in sorted({found for found in _RELATIVE.findall(html) if not found.startswith(slots)}):
        yield Finding("email.relative_link", f"{link} leads nowhere from a mail", "write the full https:// address")
