"""Editions, readers, keys and relays for the tests of mail."""

from __future__ import annotations

import datetime
import ipaddress
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.hashes import SHA256

from channels.email import channel
from channels.email.options import Account
from channels.email.sending import Mailer
from publisher.channel import SLOTS, Addressee, Format, Json, Outcome, Payload, Rendered, Section, Target, slot

HTML = (
    '<!doctype html><html lang="en"><body><p>Your code: {code}</p>'
    "<p>ETH deposits stop at 02:00 UTC = 10:00 (UTC+8).</p>"
    '<p><a href="{url}">Read on example.com</a></p>'
    '<p><a href="{unsubscribe}">Unsubscribe</a> <a href="{preferences}">Preferences</a></p></body></html>'
)
TEXT = "ETH deposits stop at 02:00 UTC.\n\n{url}\n\nUnsubscribe: {unsubscribe}\n"


def rendered(
    subject: str = "ETH wallet maintenance - 3 Dec 2026", html: str | None = None, text: str | None = None
) -> Rendered:
    return {
        "subject": Section(Format.PLAIN, subject),
        "html": Section(Format.EMAIL_HTML, with_slots(HTML) if html is None else html),
        "text": Section(Format.PLAIN, with_slots(TEXT) if text is None else text),
    }


def with_slots(text: str) -> str:
    return text.format(
        code=slot("recipient.anti_phishing_code"),
        url=slot("url"),
        unsubscribe=slot("recipient.unsubscribe_url"),
        preferences=slot("recipient.preferences_url"),
    )


def target(address: str = "news@mail.example.com", locale: str = "en-US", **options: Json) -> Target:
    settings: dict[str, Json] = {"from_name": "Example Exchange", "dkim": False, **options}
    return Target("mail-main", "email", "relay", address, locale, settings)


def edition(sections: Rendered | None = None, to: Target | None = None) -> Payload:
    to = to or target()
    return Payload(to, tuple(channel.composer.compose(sections or rendered(), to)))


def message_of(payload: Payload) -> str:
    return str(payload.parts[0].content["message"])


def slots(number: int = 1, /, **changed: str) -> Mapping[str, str]:
    values = {
        "reference": "ANN-2026-00042",
        "url": "https://example.com/en-US/ANN-2026-00042",
        "published_at": "2026-12-03T02:00:00Z",
        "date": "Thu, 03 Dec 2026 02:00:00 +0000",
        "postponed_to": "3 Dec 2026, 10:00 (UTC+8; 02:00 UTC)",
        **{name: kind.sample for name, kind in SLOTS.items() if name.startswith("event.")},
        "message_id": f"<m{number}.r1@mail.example.com>",
        "recipient.anti_phishing_code": f"code{number:04d}",
        "recipient.unsubscribe_url": f"https://example.com/u/{number:032x}?l=news",
        "recipient.preferences_url": f"https://example.com/p/{number:032x}",
        "recipient.letter_url": f"https://example.com/c/{number:032x}",
    }
    return {**values, **{name.replace("__", "."): value for name, value in changed.items()}}


def readers(count: int = 1) -> list[Addressee]:
    return [Addressee(number, f"reader{number}@example.net", slots(number)) for number in range(1, count + 1)]


def account(port: int, **settings: object) -> Account:
    usual = {"host": "127.0.0.1", "port": port, "tls": "none", "timeout": 5, "final_timeout": 5, "connections": 3}
    return Account.model_validate({**usual, **settings})


async def send(
    mailer: Mailer, group: Iterable[Addressee], payload: Payload | None = None, *, urgent: bool = False
) -> dict[int, Outcome]:
    """Recipient -> outcome; fails when a recipient is answered twice."""
    outcomes: dict[int, Outcome] = {}
    async for recipient_id, outcome in mailer.send_group(payload or edition(), group, urgent=urgent):
        assert recipient_id not in outcomes
        outcomes[recipient_id] = outcome
    return outcomes


@cache
def rsa_key(bits: int = 2048) -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=bits)


def pem(key: rsa.RSAPrivateKey) -> str:
    encoded = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return encoded.decode()


def certificate(folder: Path, name: str = "127.0.0.1") -> tuple[Path, Path]:
    """(certificate, key) of a relay that vouches for itself, as PEM files."""
    key = rsa_key()
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "relay.example.com")])
    now = datetime.datetime.now(datetime.UTC)
    signed = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(name))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, SHA256())
    )
    certificate_file, key_file = folder / "relay.crt", folder / "relay.key"
    certificate_file.write_bytes(signed.public_bytes(serialization.Encoding.PEM))
    key_file.write_text(pem(key))
    return certificate_file, key_file
