"""Files of pictures, as authors and cameras write them."""

from __future__ import annotations

import io

from PIL import Image

from publisher.channel import Picture
from publisher.content.pictures import PictureFile, verified

PLACE = "somewhere private"
"""What a camera notes beside the pixels."""


def drawn(format: str = "PNG", size: tuple[int, int] = (64, 48), *, mode: str = "RGB", **options: object) -> bytes:
    """A picture of two colours; `options` are those of Pillow's `save`."""
    image = Image.new(mode, size)
    image.paste(Image.new(mode, (size[0] // 2, size[1]), "white" if mode != "RGBA" else (255, 0, 0, 128)))
    written = io.BytesIO()
    image.save(written, format, **options)
    return written.getvalue()


def photograph(orientation: int = 1, size: tuple[int, int] = (64, 48)) -> bytes:
    """A JPEG with a camera's notes: where it was, and how to turn it."""
    notes = Image.Exif()
    notes[0x010E], notes[0x0112] = PLACE, orientation
    return drawn("JPEG", size, exif=notes, comment=PLACE.encode())


def picture(size: tuple[int, int] = (64, 48)) -> PictureFile:
    return verified(drawn(size=size))


def listed(file: PictureFile, alt: str = "A chart") -> Picture:
    """As a part names it."""
    return Picture(
        sha256=file.sha256,
        media_type=file.media_type,
        width=file.width,
        height=file.height,
        alt=alt,
        url=f"https://example.com/pictures/{file.sha256}.png",
    )
