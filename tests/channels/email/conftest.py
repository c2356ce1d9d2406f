"""A certificate for the relay of the tests."""

from __future__ import annotations

import ssl
from pathlib import Path

import pytest

from tests.channels.email.builders import certificate


@pytest.fixture(scope="session")
def relay_certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, ssl.SSLContext]:
    """(what a client must trust, what the relay shows)."""
    certificate_file, key_file = certificate(tmp_path_factory.mktemp("relay"))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate_file, key_file)
    return certificate_file, context
