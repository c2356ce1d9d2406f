"""Addresses of readers: what is accepted, and when two are the same."""

from __future__ import annotations

import re
import unicodedata

import idna

MAX_BYTES = 254
"""RFC 5321 section 4.5.3.1.3: a path of 256 with its angle brackets."""
MAX_LOCAL = 64
"""Bytes, RFC 5321 section 4.5.3.1.1."""

_LOCAL = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
_LABEL = r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
_DOMAIN = re.compile(rf"({_LABEL}\.)+[a-z]([a-z0-9-]{{0,61}}[a-z0-9])?")
_PLAIN = re.compile(rf"{_LOCAL.pattern}@{_DOMAIN.pattern}")
_WRITTEN = frozenset({"Ll", "Lm", "Lo", "Lt", "Lu", "Mc", "Mn", "Nd"})
"""Letters, the marks on them, and decimal digits."""
_WIDE: dict[int, int | str] = {ord("\u3000"): " ", **{wide: wide - 0xFEE0 for wide in range(0xFF01, 0xFF5F)}}
"""What an East Asian keyboard types for ASCII while it is set to full width."""
_DOTLESS = {"gmail.com": "gmail.com", "googlemail.com": "gmail.com"}
"""Domains under which dots before the @ mean nothing, and what they are the same as."""
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


class AddressError(ValueError):
    """An address that we cannot write to; the message says why."""


def read_address(text: str) -> str:
    """The address as it is stored and sent to: domain in lower case and in its ASCII form (RFC 5891).

    The part before the @ may have letters and digits of any script (RFC 6531), then in lower case and NFC, so that all
    spellings are one. It is unquoted: quoting and comments are how one address is made to look like another. Raises
    AddressError. Characters of full width are read as the plain ones, and a dot at the end of the domain is left out.
    """
    text = text.strip(" ")
    if len(text) <= MAX_BYTES and _PLAIN.fullmatch(text) and text.index("@") <= MAX_LOCAL and "xn--" not in text:
        return text
    return _read_carefully(text)


def address_key(address: str) -> str:
    """What two spellings of one address have in common.

    The part before the @ is compared without case too: no provider in use tells two readers apart by it, and an
    unsubscribe must hold for every spelling.
    """
    return address.lower()


def mailbox_key(address: str) -> str:
    """Where it may arrive, as far as anybody can tell: for limits, which must hold for every way to write a mailbox.

    Takes more together than `address_key`: `name+anything@` arrives where `name@` does, Gmail reads over dots, and a
    provider may fold letters that look alike. Never for what somebody has or gave up.
    """
    local, _, domain = address_key(address).rpartition("@")
    local = unicodedata.normalize("NFKC", local).casefold().partition("+")[0]
    if domain in _DOTLESS:
        local, domain = local.replace(".", ""), _DOTLESS[domain]
    return f"{local}@{domain}"


def _read_carefully(text: str) -> str:
    """The same, for addresses that need converting or a reason why not."""
    text = text.translate(_WIDE).strip(" ")
    if not text:
        raise AddressError("is empty")
    if _CONTROL.search(text):
        raise AddressError("contains a control character (a line break, tab or NUL)")
    local, at, domain = text.rpartition("@")
    if not at:
        raise AddressError("has no @")
    if not local.isascii():
        local = unicodedata.normalize("NFC", local.lower())
    problem = _local_problem(local)
    if problem:
        raise AddressError(problem)
    address = f"{local}@{_ascii_domain(domain)}"
    if len(address.encode()) > MAX_BYTES:
        raise AddressError(f"is {len(address.encode())} bytes long; at most {MAX_BYTES} can be mailed to")
    return address


def _local_problem(local: str) -> str:
    if not local:
        return "has nothing before the @"
    if strange := [each for each in local if not each.isascii() and unicodedata.category(each) not in _WRITTEN]:
        return (
            f"has a character before the @ that is no letter or digit, U+{ord(strange[0]):04X}; type the address anew"
        )
    if set(local) & set('"()<>,;:\\[]@ '):
        return "has quotes, brackets, spaces, commas or a second @ before the @; write the bare address"
    if len(local.encode()) > MAX_LOCAL:
        return f"has more than {MAX_LOCAL} bytes before the @"
    if not _LOCAL.fullmatch("".join(each if each.isascii() else "x" for each in local)):
        return "has a dot at an edge, or two in a row, before the @"
    return ""


def _ascii_domain(domain: str) -> str:
    try:
        ascii_form = idna.encode(domain, uts46=True).decode().lower().removesuffix(".") if domain else ""
    except (idna.IDNAError, UnicodeError) as error:
        raise AddressError(f"has a domain that cannot exist: {error}") from error
    if "." not in ascii_form:
        raise AddressError("has no full domain after the @, such as example.com")
    if not _DOMAIN.fullmatch(ascii_form):
        raise AddressError("has a domain that cannot exist; write one such as example.com")
    return ascii_form
