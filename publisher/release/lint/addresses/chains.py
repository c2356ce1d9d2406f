"""Which networks write addresses in which form, and what is wrong with one."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from publisher.release.lint.addresses import base58, bech32
from publisher.release.lint.addresses.keccak import keccak_256


@dataclass(frozen=True, slots=True)
class Problem:
    """`code` is one of `lint.codes`."""

    code: str
    message: str
    fix: str


Check = Callable[[str], Problem | None]

_COPY = "copy the address again from the project's own page or from a block explorer"
_BTC_VERSIONS, _TRON_VERSION = (0x00, 0x05), 0x41
_SOLANA_BYTES = 32


@lru_cache(maxsize=4096)
def eip55(address: str) -> str:
    """The address with the capitals that are its checksum (EIP-55)."""
    digits = address[2:].lower()
    digest = keccak_256(digits.encode()).hex()
    return "0x" + "".join(
        char.upper() if int(bit, 16) >= 8 else char for char, bit in zip(digits, digest, strict=False)
    )


def ethereum(address: str) -> Problem | None:
    """0x and 40 hexadecimal digits; the capitals are a checksum."""
    digits = address[2:]
    if not re.fullmatch("0x[0-9A-Fa-f]{40}", address):
        message = f"has {len(digits)} characters after 0x, not 40 hexadecimal digits"
        return Problem("address.length", message, _COPY)
    if eip55(address) == address:
        return None
    if digits in (digits.lower(), digits.upper()):
        return Problem("address.no_checksum", "is written without its checksum", f"write `{eip55(address)}`")
    return Problem("address.checksum", "has a wrong checksum (EIP-55): a digit is wrong", _COPY)


def tron(address: str) -> Problem | None:
    """Base58 with a checksum; 21 bytes that begin with 0x41."""
    payload = base58.checked(address)
    if payload is None:
        return _broken("base58check")
    right = len(payload) == 21 and payload[0] == _TRON_VERSION
    return None if right else _foreign("TRON")


def bitcoin(address: str) -> Problem | None:
    """Base58 with a checksum (P2PKH, P2SH) or a witness program (BIP 173, BIP 350)."""
    if address.lower().startswith("bc1"):
        return None if bech32.is_segwit(address, "bc") else _broken("bech32")
    payload = base58.checked(address)
    if payload is None:
        return _broken("base58check")
    return None if len(payload) == 21 and payload[0] in _BTC_VERSIONS else _foreign("Bitcoin")


def solana(address: str) -> Problem | None:
    """Base58 of 32 bytes; it has no checksum."""
    data = base58.decoded(address)
    if data is None:
        return Problem("address.length", "has a character that base58 does not have (0, O, I or l)", _COPY)
    if len(data) != _SOLANA_BYTES:
        return Problem("address.length", f"stands for {len(data)} bytes; Solana's have {_SOLANA_BYTES}", _COPY)
    return None


def any_bech32(address: str) -> Problem | None:
    """Any prefix; Cardano's addresses are longer than BIP 173 allows."""
    if address.lower().startswith("bc1"):
        return bitcoin(address)
    return None if bech32.decode(address, longest=128) else _broken("bech32")


def _broken(what: str) -> Problem:
    return Problem("address.checksum", f"has a wrong checksum ({what}): a character is wrong or missing", _COPY)


def _foreign(network: str) -> Problem:
    return Problem("address.network", f"is not an address of {network}", "name the network that the address belongs to")


@dataclass(frozen=True, slots=True)
class Form:
    """How addresses of a family of networks look, and how one is checked."""

    shape: re.Pattern[str]
    check: Check


ETHEREUM = Form(re.compile("0x[0-9A-Za-z]+"), ethereum)
TRON = Form(re.compile("T[0-9A-Za-z]{30,36}"), tron)
BITCOIN = Form(re.compile("(?:[13][0-9A-Za-z]{24,36}|(?i:bc1)[0-9A-Za-z]{8,87})"), bitcoin)
SOLANA = Form(re.compile("(?!0x)[0-9A-Za-z]{32,44}"), solana)

NETWORKS: Mapping[str, Form] = {
    **dict.fromkeys(
        (
            *("ethereum", "eth", "erc20", "bnb smart chain", "bsc", "bep20", "polygon", "arbitrum", "arbitrum one"),
            *("optimism", "op mainnet", "base", "avalanche", "avalanche c-chain", "linea", "scroll", "zksync era"),
        ),
        ETHEREUM,
    ),
    **dict.fromkeys(("tron", "trx", "trc20"), TRON),
    **dict.fromkeys(("bitcoin", "btc"), BITCOIN),
    **dict.fromkeys(("solana", "sol", "spl"), SOLANA),
}
"""Networks by their name in lower case. One that is not here is not checked: its form is not known."""


def check_on(network: str, address: str) -> Problem | None:
    """What is wrong with `address` as one of `network`; None also for a network whose form is not known."""
    form = NETWORKS.get(network_key(network))
    if form is None:
        return None
    return form.check(address) if form.shape.fullmatch(address) else _foreign(network)


def network_key(network: str) -> str:
    """The name as `NETWORKS` has it."""
    return network.lower().removesuffix(" network").strip()
