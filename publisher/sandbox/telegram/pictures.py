"""The size of a picture, read from its first bytes."""

from __future__ import annotations

import struct

from publisher.sandbox.telegram.parameters import BadRequest

MAX_BYTES = 10_000_000
_START_OF_FRAME = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}


def size(content: bytes) -> tuple[int, int]:
    """Width and height in pixels of a PNG or JPEG; raises BadRequest for what Telegram would refuse as a photo."""
    if len(content) > MAX_BYTES:
        raise BadRequest("file is too big")
    if content.startswith(b"\x89PNG\r\n\x1a\n") and len(content) >= 24:
        width, height = struct.unpack(">II", content[16:24])
    elif content.startswith(b"\xff\xd8"):
        width, height = _jpeg(content)
    else:
        raise BadRequest("IMAGE_PROCESS_FAILED")
    if not width or not height or width + height > 10_000 or max(width, height) > 20 * min(width, height):
        raise BadRequest("PHOTO_INVALID_DIMENSIONS")
    return width, height


def _jpeg(content: bytes) -> tuple[int, int]:
    at = 2
    while at + 9 <= len(content) and content[at] == 0xFF:
        if content[at + 1] in _START_OF_FRAME:
            height, width = struct.unpack(">HH", content[at + 5 : at + 9])
            return width, height
        at += 2 + struct.unpack(">H", content[at + 2 : at + 4])[0]
    raise BadRequest("IMAGE_PROCESS_FAILED")
