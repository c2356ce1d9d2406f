"""One row of a segment: its fields checked, or the reason why it cannot be taken."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from hashlib import blake2b

from publisher.mailing.addresses import read_address
from publisher.mailing.intake.fields import read_jurisdiction, read_locale
from publisher.mailing.intake.rows import Problem
from publisher.wall_time import zone

COLUMNS = ("external_id", "address", "locale", "zone", "jurisdiction")

_EXTERNAL_ID = re.compile(r"[!-~]{1,128}")


@dataclass(frozen=True, slots=True)
class Member:
    """A customer as the operator's own system knows them."""

    external_id: str
    address: str
    locale: str
    zone: str | None = None
    jurisdiction: str | None = None
    """A code of ISO 3166; None when nobody knows."""

    @property
    def canonical(self) -> str:
        """The row as it enters the snapshot's hash: the five fields between tabs, and a line feed."""
        cells = (self.external_id, self.address, self.locale, self.zone or "", self.jurisdiction or "")
        return "\t".join(cells) + "\n"


def person_id(segment: str, external_id: str) -> int:
    """The number of a customer in every snapshot of a segment: 63 bits, so that two of a million never share one."""
    return int.from_bytes(blake2b(f"{segment}\n{external_id}".encode(), digest_size=8).digest(), "big") >> 1


def read_member(line: int, fields: Mapping[str, str]) -> Member | Problem:
    """`fields`: those of COLUMNS, as somebody wrote them; the last three may be empty or absent."""
    values: dict[str, str | None] = {}
    for name, check in _CHECKS.items():
        try:
            values[name] = check(fields.get(name, ""))
        except ValueError as error:
            return Problem(line, name, str(error))
    return Member(
        str(values["external_id"]),
        str(values["address"]),
        str(values["locale"]),
        values["zone"],
        values["jurisdiction"],
    )


def _external_id(text: str) -> str:
    text = text.strip()
    if not text:
        raise ValueError("is empty; it is what your own system calls the customer")
    if not _EXTERNAL_ID.fullmatch(text):
        raise ValueError("has spaces, letters beyond ASCII or more than 128 characters")
    return text


def _zone(text: str) -> str | None:
    text = text.strip()
    try:
        return zone(text).key if text else None
    except ValueError:
        raise ValueError(f"is {text!a}, which is not an IANA zone such as Asia/Singapore") from None


_CHECKS: Mapping[str, Callable[[str], str | None]] = {
    "external_id": _external_id,
    "address": read_address,
    "locale": read_locale,
    "zone": _zone,
    "jurisdiction": read_jurisdiction,
}
