"""security.txt as RFC 9116 reads."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from publisher.site.security_txt import Security, write
from tests.site.samples import LOCALES, NOW

CONTACT = Security(["mailto:security@example.com", "https://example.com/report"])
URL = "https://example.com/.well-known/security.txt"


def fields(written: bytes) -> list[tuple[str, str]]:
    return [(name, value) for name, _, value in (line.partition(": ") for line in written.decode().splitlines())]


def test_contacts_keep_their_order_and_what_is_not_set_is_not_said() -> None:
    assert fields(write(CONTACT, URL, LOCALES, NOW)) == [
        ("Contact", "mailto:security@example.com"),
        ("Contact", "https://example.com/report"),
        ("Expires", "2027-11-01T00:00:00Z"),
        ("Preferred-Languages", "en, zh"),
        ("Canonical", URL),
    ]


@pytest.mark.parametrize("month", range(1, 13))
def test_it_expires_within_a_year_and_not_soon(month: int) -> None:
    now = datetime(2026, month, 28, 23, tzinfo=UTC)
    expires = datetime.fromisoformat(dict(fields(write(CONTACT, URL, LOCALES, now)))["Expires"])
    assert timedelta(days=300) < expires - now < timedelta(days=365)


def test_an_address_without_tls_is_not_canonical() -> None:
    assert "Canonical" not in dict(fields(write(CONTACT, "http://127.0.0.1/security.txt", LOCALES, NOW)))


def test_the_site_has_it(root: Path) -> None:
    assert (root / ".well-known/security.txt").read_text().startswith("Contact: mailto:security@example.com\n")
