"""A picture of an author's, verified: it can be shown everywhere, and says nothing but what is seen.

PNG and JPEG keep their pixels and lose everything else (where and with what it was taken, comments, what follows the
picture). WebP, which old mail programs do not show, and a photograph that only a note turns become one of the two.
"""

from __future__ import annotations

import hashlib
import io
import re
import struct
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final, Literal, TypeAlias

from PIL import Image, ImageOps

MAX_BYTES = 5_000_000
"""What X takes; Telegram takes twice as much."""
MIN_SIDE, MAX_SIDE, MAX_PIXELS, MAX_RATIO = 16, 4096, 10_000_000, 20
"""Telegram refuses what is more than twenty times as long as wide."""

MediaType: TypeAlias = Literal["image/png", "image/jpeg"]
PNG: Final = "image/png"
JPEG: Final = "image/jpeg"

_PNG_START, _JPEG_START = b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff"
_PNG_SEEN = frozenset({b"IHDR", b"PLTE", b"tRNS", b"gAMA", b"cHRM", b"sRGB", b"IDAT", b"IEND"})
"""The chunks that decide what is seen (W3C PNG, 11)."""
_JFIF = b"\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00"
_NEXT_MARKER = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")
_MODES = frozenset({"1", "L", "LA", "P", "PA", "RGB", "RGBA", "I", "I;16", "La", "RGBa"})
_ORIENTATION = 0x0112


class PictureError(ValueError):
    """A file that cannot be published; `fix` says what to do."""

    def __init__(self, message: str, fix: str) -> None:
        super().__init__(message)
        self.fix = fix


@dataclass(frozen=True)
class PictureFile:
    """A verified picture: the bytes that every channel shows."""

    media_type: MediaType
    width: int
    height: int
    content: bytes = field(repr=False)

    @cached_property
    def sha256(self) -> str:
        """Hex digest of `content`: the picture's name."""
        return hashlib.sha256(self.content).hexdigest()


def verified(data: bytes) -> PictureFile:
    """The picture in a file's bytes; raises PictureError."""
    if len(data) > MAX_BYTES:
        raise PictureError(f"has {len(data):,} bytes, more than {MAX_BYTES:,}", "export it smaller")
    if data.startswith(_PNG_START):
        return _decoded(PNG, b"".join(_png(data)))
    if data.startswith(_JPEG_START):
        return _upright(data) or _decoded(JPEG, b"".join(_jpeg(data)))
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return _written_anew(_opened("WEBP", data))
    raise PictureError("is not a PNG, JPEG or WebP picture", "export it as PNG or JPEG")


def _decoded(media_type: MediaType, content: bytes) -> PictureFile:
    """Every pixel was read: a file that is cut off or broken inside is found here, not by a reader."""
    image = _opened("PNG" if media_type == PNG else "JPEG", content)
    return PictureFile(media_type, *image.size, content)


def _upright(data: bytes) -> PictureFile | None:
    """A photograph whose camera noted how to turn it, turned; None for one that stands as it is."""
    image = _opened("JPEG", data)
    if image.getexif().get(_ORIENTATION, 1) == 1:
        return None
    return _written_anew(ImageOps.exif_transpose(image))


def _written_anew(image: Image.Image) -> PictureFile:
    """As PNG where something shows through, else as JPEG; raises PictureError."""
    media_type: MediaType = PNG if image.has_transparency_data else JPEG
    plain = Image.new("RGBA" if media_type == PNG else "RGB", image.size)
    plain.paste(image.convert(plain.mode))  # onto a fresh one: `save` would copy what the file says beside its pixels
    written = io.BytesIO()
    plain.save(written, "PNG" if media_type == PNG else "JPEG", quality=90, optimize=True)
    return verified(written.getvalue())


def _opened(format: str, data: bytes) -> Image.Image:
    """Decoded whole, after its size has been judged; raises PictureError."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # `_judge` is stricter
            image = Image.open(io.BytesIO(data), formats=(format,))
            _judge(image)
            image.load()
    except PictureError:
        raise
    except Exception as error:  # decoders raise whatever a hostile file makes of them
        raise PictureError("is damaged", "export it again") from error
    return image


def _judge(image: Image.Image) -> None:
    width, height = image.size
    if max(width, height) > MAX_SIDE or min(width, height) < MIN_SIDE:
        fix = f"export it with {MIN_SIDE} to {MAX_SIDE} pixels on each side"
        raise PictureError(f"has {width} x {height} pixels", fix)
    if width * height > MAX_PIXELS:
        raise PictureError(f"has {width * height:,} pixels", f"export it with {MAX_PIXELS:,} pixels at most")
    if max(width, height) > MAX_RATIO * min(width, height):
        fix = f"cut it: the longer side may be {MAX_RATIO} times the shorter one"
        raise PictureError(f"has {width} x {height} pixels: too narrow for Telegram", fix)
    if getattr(image, "n_frames", 1) > 1:
        raise PictureError("moves", "export one still picture")
    if image.mode not in _MODES:
        raise PictureError(f"has the colours of a printing press ({image.mode})", "export it in RGB")


def _png(data: bytes) -> Iterator[bytes]:
    """The file without the chunks that are not seen; what follows its end is dropped."""
    yield _PNG_START
    at, kind = len(_PNG_START), b""
    while kind != b"IEND":
        head = data[at : at + 8]
        if len(head) < 8:
            raise PictureError("is cut off", "copy it again")
        length, kind = struct.unpack(">I4s", head)
        if kind == b"acTL":
            raise PictureError("moves", "export one still picture")
        chunk = data[at : at + 12 + length]
        if len(chunk) < 12 + length:
            raise PictureError("is cut off", "copy it again")
        if kind in _PNG_SEEN:
            yield chunk
        at += 12 + length


def _jpeg(data: bytes) -> Iterator[bytes]:
    """The file without application data and comments; what follows its end is dropped. Source: ITU-T T.81, B.1."""
    yield _JPEG_START[:2]
    if data[2:4] == _JFIF[:2]:
        yield _JFIF  # without the thumbnail that it may carry
    at = 2
    while (marker := data[at + 1 : at + 2]) != b"\xd9":
        if data[at : at + 1] != b"\xff" or len(data) < at + 4:
            raise PictureError("is cut off or damaged", "export it again")
        end = at + 2 + int(struct.unpack(">H", data[at + 2 : at + 4])[0])
        if marker == b"\xda":  # a scan has no length: it ends where the next marker begins
            following = _NEXT_MARKER.search(data, end)
            end = following.start() if following else len(data)
        if not (b"\xe0" <= marker <= b"\xef" or marker == b"\xfe") or marker == b"\xee":
            yield data[at:end]
        at = end
    yield b"\xff\xd9"
