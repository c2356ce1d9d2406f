"""Checksums against the vectors of their own specifications."""

from __future__ import annotations

import pytest

from publisher.release.lint.addresses import MOST, check_on, in_text
from publisher.release.lint.addresses.bech32 import Encoding, decode, is_segwit
from publisher.release.lint.addresses.chains import eip55
from publisher.release.lint.addresses.keccak import keccak_256

# The Keccak team's known answers (before FIPS 202); the last fills more than one block.
KECCAK = {
    b"": "c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470",
    b"abc": "4e03657aea45a94fc7d47ba826c8d667c0d1e6e33a64a036ec44f58fa12d6c45",
    b"The quick brown fox jumps over the lazy dog": "4d741b6f1eb29cb2a9b9911c82f56fa8d73b04959d3d9d222895df6c0b28aa15",
}
EIP55 = (
    "0x52908400098527886E0F7030069857D2E4169EE7",
    "0xde709f2102306220921060314715629080e2fb77",
    "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed",
    "0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359",
    "0xdbF03B407c01E7cD3CBea99509d93f8DDDC8C6FB",
    "0xD1220A0cf47c7B9Be7A2E6BA89F429762e7b9aDb",
)
SEGWIT = (
    "BC1QW508D6QEJXTDG4Y5R3ZARVARY0C5XW7KV8F3T4",
    "bc1pw508d6qejxtdg4y5r3zarvary0c5xw7kw508d6qejxtdg4y5r3zarvary0c5xw7kt5nd6y",
    "BC1SW50QGDZ25J",
    "bc1zw508d6qejxtdg4y5r3zarvaryvaxxpcs",
    "bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqzk5jj0",
)
NO_SEGWIT = (
    "bc1p38j9r5y49hruaue7wxjce0updqjuyyx0kh56v8s25huc6995vvpql3jow4",  # a character that is not of the alphabet
    "BC130XLXVLHEMJA6C4DQV22UAPCTQUPFHLXM9H8Z3K2E72Q4K9HCZ7VQ7ZWS8R",  # version 17
    "bc1pw5dgrnzv",  # a program of one byte
    "BC1QR508D6QEJXTDG4Y5R3ZARVARYV98GJ9P",  # version 0 with 16 bytes
    "bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqzk5jj1",
    "bc1q0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqh2y7hd",  # Bech32m where Bech32 belongs
    "bc1gmk9yu",  # empty
)


@pytest.mark.parametrize("data", KECCAK)
def test_keccak(data: bytes) -> None:
    assert keccak_256(data).hex() == KECCAK[data]


@pytest.mark.parametrize("address", EIP55)
def test_the_checksum_of_eip_55(address: str) -> None:
    assert eip55(address.lower()) == address
    assert check_on("Ethereum", address) is None


@pytest.mark.parametrize("address", SEGWIT)
def test_witness_programs(address: str) -> None:
    assert is_segwit(address, "bc")


@pytest.mark.parametrize("address", NO_SEGWIT)
def test_broken_witness_programs(address: str) -> None:
    assert not is_segwit(address, "bc")


@pytest.mark.parametrize(
    "text", ["A12UEL5L", "a12uel5l", "?1ezyfcl", "split1checkupstagehandshakeupstreamerranterredcaperred2y9e3w"]
)
def test_bech32(text: str) -> None:
    decoded = decode(text)

    assert decoded is not None
    assert decoded.encoding is Encoding.BECH32


@pytest.mark.parametrize(
    "text", ["A1LQFN3A", "a1lqfn3a", "?1v759aa", "split1checkupstagehandshakeupstreamerranterredcaperredlc445v"]
)
def test_bech32m(text: str) -> None:
    decoded = decode(text)

    assert decoded is not None
    assert decoded.encoding is Encoding.BECH32M


@pytest.mark.parametrize(
    "network, address",
    [
        ("Bitcoin", "1BvBMSEYstWetqTFn5Au4m4GFg7xJaNVN2"),
        ("bitcoin network", "3J98t1WpEZ73CNmQviecrnyiWrnqRhWNLy"),
        ("TRON", "TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t"),
        ("Solana", "EPjFWdd5AufqSSqeM2qN1xzybapC8G4wEGGkZwyTDt1v"),
        ("A network that nobody checks", "whatever-it-writes"),
    ],
)
def test_right_addresses(network: str, address: str) -> None:
    assert check_on(network, address) is None
    assert list(in_text(f"send to {address}, please")) == []


@pytest.mark.parametrize(
    "network, address, code",
    [
        ("Ethereum", "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAee", "address.checksum"),
        ("Ethereum", "0x5aaeb6053f3e94c9b9a09f33669435e7ef1beaed", "address.no_checksum"),
        ("Ethereum", "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAe", "address.length"),
        ("Ethereum", "TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t", "address.network"),
        ("Solana", "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed", "address.network"),
        ("TRON", "TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6u", "address.checksum"),
        ("Bitcoin", "1BvBMSEYstWetqTFn5Au4m4GFg7xJaNVN3", "address.checksum"),
        ("Bitcoin", "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t5", "address.checksum"),
        ("Solana", "jFWdd5AufqSSqeM2qN1xzybapC8G4wEGGkZwyTDt1v", "address.length"),
    ],
)
def test_wrong_addresses(network: str, address: str, code: str) -> None:
    problem = check_on(network, address)

    assert problem is not None
    assert problem.code == code


@pytest.mark.parametrize(
    "text",
    [
        "The block 0x52908400098527886e0f7030069857d2e4169ee752908400098527886e0f7030069857d2 has 64 digits.",
        "Commit 1b4f0e9851971998e732078544c96b36c3d01cedf7caa332359d6f1d83567014 is released.",
        "Order 12345678901234567890123456789012 was filled.",
        "TRANSFERSBETWEENACCOUNTSAREDELAYED",
    ],
)
def test_what_is_no_address(text: str) -> None:
    assert list(in_text(text)) == []


def test_more_addresses_than_are_checked() -> None:
    text = " ".join(f"0x{number:040d}" for number in range(MOST + 2))

    [*_, (_, last)] = in_text(text)

    assert last.code == "address.many"
