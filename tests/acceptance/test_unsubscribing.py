"""Unsubscribing as mailbox providers do it (RFC 8058), and mails that another verifier accepts."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from email.utils import parseaddr
from typing import Any

import dkim  # type: ignore[import-untyped]
import httpx
import pytest
from cryptography.hazmat.primitives import serialization

from tests.acceptance.conftest import Published
from tests.acceptance.desk import SITE, Desk

READERS = ("clicker", "client", "looker", "prober", "waverer", "bystander")


def mails(desk: Desk, kind: str, word: str) -> Mapping[str, Mapping[str, Any]]:
    """Publishes one more announcement; reader -> the mail of it."""
    desk.publish(desk.announcement(kind, word, to="mail", after=1))
    return {mail["target"].partition("@")[0]: mail for mail in desk.arrivals("email", word)}


@dataclass(frozen=True)
class Story:
    """A mail to everybody, what each reader did with its link, and who got the next mails."""

    first: Mapping[str, Mapping[str, Any]]
    answers: Mapping[str, httpx.Response]
    second: Collection[str]
    mandatory: Collection[str]


@pytest.fixture(scope="module")
def story(open_desk: Desk) -> Story:
    open_desk.add_readers(READERS)
    first = mails(open_desk, "maintenance", "Before")
    links = {reader: link(first[reader]) for reader in READERS}
    site, _, token = links["bystander"].rpartition("/")
    forged = f"{site}/{'B' if token[0] == 'A' else 'A'}{token[1:]}"
    answers = {
        "clicker": open_desk.site(links["clicker"], "POST", data=ONE_CLICK),
        "client": open_desk.site(links["client"], "POST", files={"List-Unsubscribe": (None, "One-Click")}),
        "looker": open_desk.site(links["looker"], "GET"),
        "prober": open_desk.site(links["prober"], "HEAD"),
        "waverer": open_desk.site(links["waverer"], "POST", data={"List-Unsubscribe": "maybe"}),
        "bystander": open_desk.site(forged, "POST", data=ONE_CLICK),
    }
    second = mails(open_desk, "maintenance", "After")
    return Story(first, answers, second, mails(open_desk, "risk_warning", "AFTERALL"))


ONE_CLICK = {"List-Unsubscribe": "One-Click"}


def header(mail: Mapping[str, Any], name: str) -> str:
    """Its only field of that name."""
    [value] = [value for field, value in mail["letter"]["headers"] if field.lower() == name.lower()]
    return str(value)


def link(mail: Mapping[str, Any]) -> str:
    """The address in List-Unsubscribe."""
    [address] = re.findall(r"<(https://[^>]+)>", header(mail, "List-Unsubscribe"))
    return str(address)


@pytest.mark.parametrize("reader", ["clicker", "client"])
def test_one_click_stops_the_next_mail(story: Story, reader: str) -> None:
    answer = story.answers[reader]

    assert (answer.status_code, answer.headers.get("location"), answer.headers.get("set-cookie")) == (200, None, None)
    assert reader in story.first
    assert reader not in story.second


@pytest.mark.parametrize(("reader", "status"), [("looker", 200), ("prober", 200), ("waverer", 400)])
def test_looking_changes_nothing(story: Story, reader: str, status: int) -> None:
    assert story.answers[reader].status_code == status
    assert reader in story.second


def test_a_token_that_is_not_ours_changes_nothing_and_tells_nothing(story: Story) -> None:
    assert story.answers["bystander"].content == story.answers["clicker"].content
    assert "bystander" in story.second


def test_a_reader_who_left_still_gets_what_is_mandatory(story: Story) -> None:
    assert set(READERS) <= set(story.mandatory)
    assert set(story.first) - set(story.second) == {"clicker", "client"}


# --- what mailbox providers look at ---------------------------------------------------------------------------


def test_every_mail_verifies_and_covers_both_unsubscribe_fields(published: Published) -> None:
    record = dkim_record(published.desk)
    found = published.desk.arrivals("email", "ANN-2026-")

    assert len(found) >= 16
    for mail in found:
        verifier = dkim.DKIM(mail["raw"].encode("latin-1"))
        assert verifier.verify(
            dnsfunc=lambda name, timeout=5: record if name == b"news._domainkey.example.com." else b""
        )
        covered = {name.lower() for name in verifier.include_headers}
        assert {b"from", b"subject", b"list-unsubscribe", b"list-unsubscribe-post"} <= covered
        assert parseaddr(header(mail, "From"))[1].endswith("@" + verifier.domain.decode()), "not aligned (DMARC)"


def test_a_changed_mail_does_not_verify(published: Published) -> None:
    record = dkim_record(published.desk)
    raw = published.desk.arrivals("email", "ANN-2026-")[0]["raw"].encode("latin-1")
    changed = raw.replace(b"List-Unsubscribe: <https://news", b"List-Unsubscribe: <https://evil")

    assert changed != raw
    assert not dkim.verify(changed, dnsfunc=lambda name, timeout=5: record)


def test_the_unsubscribe_fields_are_those_of_the_standard(published: Published) -> None:
    found = published.desk.arrivals("email", "ANN-2026-")
    for mail in found:
        assert header(mail, "List-Unsubscribe-Post") == "List-Unsubscribe=One-Click"
        assert re.fullmatch(rf"{SITE}/u/[A-Za-z0-9_-]{{22,}}", link(mail))
        assert re.fullmatch(r"<[a-z0-9.-]+>", header(mail, "List-Id"))
        assert header(mail, "Auto-Submitted") == "auto-generated"
    assert len({link(mail) for mail in found}) < len(found) == len({header(mail, "Message-ID") for mail in found})


def dkim_record(desk: Desk) -> bytes:
    """What the domain's owner would publish in the DNS."""
    pem = (desk.workspace / "secrets" / "dkim.pem").read_bytes()
    public = serialization.load_pem_private_key(pem, None).public_key()
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    return b"v=DKIM1; k=rsa; p=" + b64encode(public.public_bytes(serialization.Encoding.DER, form))
