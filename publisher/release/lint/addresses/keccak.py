"""Keccak-256 as Ethereum uses it: the padding from before FIPS 202, which `hashlib.sha3_256` does not have.

Source: The Keccak reference 3.0; the permutation is that of FIPS 202, section 3.
"""

from __future__ import annotations

_RATE, _LANES, _BITS = 136, 25, 64
_MASK = (1 << _BITS) - 1


def keccak_256(data: bytes) -> bytes:
    """The 32 bytes of the digest."""
    state = [0] * _LANES
    padded = bytearray(data + b"\x01" + bytes(-(len(data) + 1) % _RATE))
    padded[-1] |= 0x80
    for start in range(0, len(padded), _RATE):
        for lane in range(_RATE // 8):
            state[lane] ^= int.from_bytes(padded[start + lane * 8 : start + lane * 8 + 8], "little")
        state = _permuted(state)
    return b"".join(lane.to_bytes(8, "little") for lane in state[:4])


def _permuted(state: list[int]) -> list[int]:
    """Keccak-f[1600]: 24 rounds of theta, rho and pi, chi, iota."""
    for constant in _ROUND_CONSTANTS:
        columns = [state[x] ^ state[x + 5] ^ state[x + 10] ^ state[x + 15] ^ state[x + 20] for x in range(5)]
        parity = [columns[(x - 1) % 5] ^ _rotated(columns[(x + 1) % 5], 1) for x in range(5)]
        moved = [0] * _LANES
        for lane in range(_LANES):
            x, y = lane % 5, lane // 5
            moved[y + 5 * ((2 * x + 3 * y) % 5)] = _rotated(state[lane] ^ parity[x], _ROTATIONS[lane])
        state = [moved[lane] ^ (~moved[_right(lane, 1)] & moved[_right(lane, 2)] & _MASK) for lane in range(_LANES)]
        state[0] ^= constant
    return state


def _right(lane: int, by: int) -> int:
    return lane // 5 * 5 + (lane + by) % 5


def _rotated(lane: int, by: int) -> int:
    return (lane << by | lane >> (_BITS - by)) & _MASK


def _rotations() -> list[int]:
    """Rho: the offsets along the path that pi walks."""
    offsets, x, y = [0] * _LANES, 1, 0
    for step in range(24):
        offsets[x + 5 * y] = (step + 1) * (step + 2) // 2 % _BITS
        x, y = y, (2 * x + 3 * y) % 5
    return offsets


def _round_constants() -> list[int]:
    """Iota: bits of a linear feedback shift register, x^8 + x^6 + x^5 + x^4 + 1."""
    constants, register = [], 1
    for _ in range(24):
        constant = 0
        for bit in range(7):
            constant |= (register & 1) << ((1 << bit) - 1)
            register = register << 1 ^ (0x171 if register & 0x80 else 0)
        constants.append(constant)
    return constants


_ROTATIONS, _ROUND_CONSTANTS = _rotations(), _round_constants()
