"""The pictures that a text shows: files beside it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from publisher.channel import Finding, Place
from publisher.content.document import Image
from publisher.content.pictures import MAX_BYTES, PictureError, PictureFile, verified
from publisher.content.placeholders import nearest

MAX_PICTURES = 8
"""Of one announcement, all languages together: each is decoded whole whenever the folder is read."""
MAX_ALT = 1000
"""Characters of a description that X takes."""
_SUFFIXES = (".png", ".jpg", ".jpeg", ".webp")


def read_pictures(
    text: Path, images: Sequence[tuple[Image, Place]], pictures: dict[str, PictureFile], findings: list[Finding]
) -> None:
    """Adds to `pictures` (by file name) what the file `text` shows; whatever is wrong goes to `findings`."""
    for image, place in images:
        if len(image.alt) > MAX_ALT:
            message = f"the description of `{image.src}` has {len(image.alt):,} characters, X takes {MAX_ALT:,}"
            findings.append(Finding("image_alt", message, "say the rest in the text", place=place))
        if image.src in pictures:
            continue
        try:
            pictures[image.src] = _read(text.parent, image.src, len(pictures))
        except PictureError as error:
            code = "missing_image" if isinstance(error, _Missing) else "image"
            findings.append(Finding(code, f"the image `{image.src}` {error}", error.fix, place=place))


class _Missing(PictureError):
    """There is no such file."""


def _read(folder: Path, src: str, known: int) -> PictureFile:
    path = Path(src)
    if len(path.parts) != 1 or "\\" in src or ":" in src:
        fix = "put the file beside the text and write its name only: what is elsewhere can change after the approval"
        raise PictureError("is not in the announcement's folder", fix)
    if path.suffix.lower() not in _SUFFIXES:
        raise PictureError("has no format that every channel shows", f"use {', '.join(_SUFFIXES)}")
    file = folder / path
    if not file.is_file() or file.is_symlink():
        there = {other.name: None for other in sorted(folder.iterdir()) if other.suffix.lower() in _SUFFIXES}
        raise _Missing("is not there", nearest(src, there, "images there") if there else "put the file beside the text")
    if known >= MAX_PICTURES:
        raise PictureError(f"is one too many: an announcement has {MAX_PICTURES} at most", "leave some out")
    if (size := file.stat().st_size) > MAX_BYTES:  # before a huge file is in memory
        raise PictureError(f"has {size:,} bytes, more than {MAX_BYTES:,}", "export it smaller")
    return verified(file.read_bytes())
