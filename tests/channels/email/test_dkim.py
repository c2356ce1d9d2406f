from __future__ import annotations

import re
from base64 import b64encode
from pathlib import Path

import dkim  # type: ignore[import-untyped]
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from pydantic import SecretStr, ValidationError

from channels.email.dkim import DkimKeyError, Signer
from channels.email.message import Template
from channels.email.options import Dkim
from publisher.channel import slot_value
from tests.channels.email.builders import edition, message_of, pem, rendered, rsa_key, slots, target, with_slots

SETTINGS = Dkim(domain="example.com", selector="news2026", private_key=SecretStr(pem(rsa_key())))


def signed(text: str | None = None, number: int = 1) -> bytes:
    template = Template(message_of(edition(rendered(text=text), target(dkim=True, reply_to="help@example.com"))))
    return template.fill({**slots(number), "recipient.address": "reader@example.net"}, Signer.load(SETTINGS))


def verifies(message: bytes) -> bool:
    public = (
        rsa_key().public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    )
    record = b"v=DKIM1; k=rsa; p=" + b64encode(public)

    def lookup(name: bytes, timeout: int = 5) -> bytes:
        assert name == b"news2026._domainkey.example.com."
        return record

    return bool(dkim.verify(message, dnsfunc=lookup))


def listed(message: bytes) -> list[str]:
    found = re.search(rb"h=(.*?);", message, re.DOTALL)
    assert found is not None
    return re.sub(r"\s", "", found[1].decode()).split(":")


@pytest.mark.parametrize(
    "text", [None, "", "\n\n\n", "blank \n \n", with_slots("{unsubscribe}"), with_slots("{url}\n\n")]
)
def test_another_verifier_accepts_every_message_of_an_edition(text: str | None) -> None:
    template = Template(message_of(edition(rendered(text=text), target(dkim=True))))
    signer = Signer.load(SETTINGS)

    messages = [
        template.fill({**slots(number), "recipient.address": f"r{number}@example.net"}, signer) for number in (1, 2, 3)
    ]

    assert len(set(messages)) == 3
    assert all(verifies(message) for message in messages)


def test_both_unsubscribe_fields_are_signed_and_nobody_can_add_a_field() -> None:
    names = listed(signed())

    assert {"list-unsubscribe", "list-unsubscribe-post"} <= set(names)
    for name in ("from", "to", "subject", "date", "reply-to", "list-unsubscribe", "list-unsubscribe-post"):
        assert names.count(name) == 2


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"Subject:", b"Subject: Send your coins here\r\nSubject:"),
        (b"From:", b"From: evil@example.org\r\nFrom:"),
        (b"List-Unsubscribe: <https://example.com", b"List-Unsubscribe: <https://example.org"),
        (b"List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n", b""),
        (b"ETH deposits", b"BTC deposits"),
    ],
)
def test_a_changed_message_no_longer_verifies(old: bytes, new: bytes) -> None:
    message = signed()
    assert old in message

    assert not verifies(message.replace(old, new, 1))


def test_the_signature_fits_its_slot() -> None:
    value = re.match(rb"DKIM-Signature: (.*?)\r\n(?![ ])", signed(), re.DOTALL)

    assert value is not None
    assert slot_value("dkim", {"dkim": value[1].decode()})
    assert max(len(line) for line in value[0].split(b"\r\n")) <= 100


def test_a_key_may_come_from_a_file(tmp_path: Path) -> None:
    path = tmp_path / "dkim.pem"
    path.write_text(pem(rsa_key()))

    signer = Signer.load(Dkim(domain="example.com", selector="news2026", private_key_file=path))

    assert signer.sign(b"From: a@example.com\r\n", b"0" * 32) == Signer.load(SETTINGS).sign(
        b"From: a@example.com\r\n", b"0" * 32
    )


@pytest.mark.parametrize(
    ("private_key", "said"),
    [("not a key", "PEM"), (pem(rsa_key(1024)), "2048"), ("elliptic", "RSA of 2048")],
)
def test_a_key_that_verifiers_would_not_accept_is_refused(private_key: str, said: str) -> None:
    if private_key == "elliptic":
        encoded = ec.generate_private_key(ec.SECP256R1()).private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        private_key = encoded.decode()

    with pytest.raises(DkimKeyError, match=said):
        Signer.load(Dkim(domain="example.com", selector="s1", private_key=SecretStr(private_key)))


def test_a_key_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    path = tmp_path / "absent.pem"

    with pytest.raises(DkimKeyError, match=r"absent\.pem of example\.com: No such file"):
        Signer.load(Dkim(domain="example.com", selector="s1", private_key_file=path))


def test_exactly_one_key_is_set() -> None:
    with pytest.raises(ValidationError, match="exactly one of private_key and private_key_file"):
        Dkim(domain="example.com", selector="s1")
