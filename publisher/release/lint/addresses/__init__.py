"""Addresses of networks: found in a text and checked by their own checksums."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from publisher.release.lint.addresses import base58, bech32
from publisher.release.lint.addresses.chains import (
    NETWORKS,
    Check,
    Problem,
    any_bech32,
    bitcoin,
    check_on,
    ethereum,
    network_key,
    tron,
)

__all__ = ["MOST", "Problem", "check_on", "found", "in_text", "on_network"]

MOST = 200
"""Addresses that are looked at in one text: a checksum takes a millisecond."""

_BEFORE, _AFTER = "(?<![0-9A-Za-z_])", "(?![0-9A-Za-z_])"
_BASE58 = f"[{base58.ALPHABET}]"
_HEX = re.compile(rf"{_BEFORE}0x[0-9A-Fa-f]{{37,43}}{_AFTER}")
_TRON = re.compile(rf"{_BEFORE}T{_BASE58}{{33}}{_AFTER}")
_BITCOIN = re.compile(rf"{_BEFORE}[13]{_BASE58}{{25,33}}{_AFTER}")
_BECH32 = re.compile(
    rf"{_BEFORE}(?:[a-z]{{2,12}}1[{bech32.ALPHABET}]{{38,110}}|[A-Z]{{2,12}}1[{bech32.ALPHABET.upper()}]{{38,110}})"
    rf"{_AFTER}"
)
_BITCOIN_SEGWIT = re.compile(rf"{_BEFORE}(?i:bc1)[0-9A-Za-z]{{11,87}}{_AFTER}")
_SOLANA = re.compile(rf"{_BEFORE}{_BASE58}{{43,44}}{_AFTER}")

_SHAPES: tuple[tuple[re.Pattern[str], Check | None], ...] = (
    (_HEX, ethereum),
    (_TRON, tron),
    (_BITCOIN_SEGWIT, bitcoin),
    (_BECH32, any_bech32),
    (_BITCOIN, bitcoin),
    (_SOLANA, None),  # without a checksum: only the fact that names the network can tell
)


def found(text: str) -> Sequence[re.Match[str]]:
    """Everything in `text` that reads like an address, by place."""
    return [match for match, _ in _found(text)]


def in_text(text: str) -> Iterator[tuple[re.Match[str], Problem]]:
    """What is wrong with the first `MOST` addresses in `text`, and with there being more."""
    candidates = _found(text)
    for match, check in candidates[:MOST]:
        if check and (problem := check(match[0])):
            yield match, problem
    if len(candidates) > MOST:
        message = f"is the {MOST + 1}th address of this text, and the rest was not checked"
        yield candidates[MOST][0], Problem("address.many", message, "link to a list instead")


def on_network(network: str, address: str) -> Problem | None:
    """What is wrong with `address` on `network`; by the address's own form where the network's is not known."""
    if network_key(network) in NETWORKS:
        return check_on(network, address)
    return next((problem for _, problem in in_text(address)), None)


def _found(text: str) -> list[tuple[re.Match[str], Check | None]]:
    by_place: dict[int, tuple[re.Match[str], Check | None]] = {}
    for shape, check in _SHAPES:
        for match in _matches(shape, text):
            by_place.setdefault(match.start(), (match, check))
    return [by_place[start] for start in sorted(by_place)]


def _matches(shape: re.Pattern[str], text: str) -> Iterator[re.Match[str]]:
    return (match for match in shape.finditer(text) if shape in (_HEX, _BECH32) or _mixed(match[0]))


def _mixed(text: str) -> bool:
    """Capitals and small letters, as base58 has them and a plain hash or an order number has not."""
    return text.lower() != text != text.upper() or text[:3] in ("bc1", "BC1")
