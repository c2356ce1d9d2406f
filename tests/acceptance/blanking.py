"""What arrived, with exactly the slots blanked."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping

from publisher.channel import SLOT_MARKER, slot_value

Values = Mapping[str, set[str]]
"""Slot -> every value that stood in its places."""


def blanked(approved: str, arrived: str, read: Callable[[str], str] = str) -> tuple[str, Values]:
    """`arrived` with its slots blanked, and what filled them; unchanged where it is not what was approved.

    `read` undoes the encoding of a value inside the text. Raises SlotError for a value outside its slot's type.
    """
    constants, names = SLOT_MARKER.split(approved)[::2], SLOT_MARKER.findall(approved)
    markers = [found[0] for found in SLOT_MARKER.finditer(approved)]
    if not arrived.startswith(constants[0]):
        return arrived, {}
    values: dict[str, set[str]] = defaultdict(set)
    position, pieces = len(constants[0]), [constants[0]]
    for name, marker, constant in zip(names, markers, constants[1:], strict=True):
        # No slot's type admits the markup that follows it, so the first place where that stands is the right one.
        end = arrived.find(constant, position) if constant else len(arrived)
        if end < 0:
            return arrived, {}
        value = read(arrived[position:end])
        values[name].add(slot_value(name, {name: value}))
        pieces += [marker, constant]
        position = end + len(constant)
    return "".join(pieces) + arrived[position:], values
