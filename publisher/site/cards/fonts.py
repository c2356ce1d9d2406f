"""The fonts of the cards, and how wide they set a text.

They come with the product: a card must look the same on every machine, and a missing font would draw empty boxes.
"""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files
from pathlib import Path

import uharfbuzz  # type: ignore[import-untyped]

FAMILY = "Noto Sans CJK"
_FACES = {"zh": "SC", "ja": "JP", "ko": "KR"}
"""Language -> the face of the collection that draws its characters by its readers' custom."""
_ARABIC = re.compile(r"[\u0600-\u06ff\u0750-\u077f\u08a0-\u08ff\ufb50-\ufdff\ufe70-\ufeff]")
_UNITS = 1000


def font_files() -> list[str]:
    """Latin, Vietnamese, Chinese, Japanese and Korean; Arabic."""
    return [str(_cjk()), str(_arabic())]


def families(locale: str) -> str:
    """The value of `font-family` for a locale."""
    face = _FACES.get(locale.split("-")[0], "SC")
    return f"{FAMILY} {face}, Noto Sans Arabic"


def width(text: str) -> float:
    """How wide `text` is in a size of 1."""
    return sum(_advance(run, bool(_ARABIC.search(run))) for run in re.split(rf"({_ARABIC.pattern}+)", text) if run)


@cache
def _advance(run: str, arabic: bool) -> float:
    buffer = uharfbuzz.Buffer()
    buffer.add_str(run)
    buffer.guess_segment_properties()
    uharfbuzz.shape(_font(arabic), buffer)
    advances: list[int] = [place.x_advance for place in buffer.glyph_positions or ()]
    return sum(advances) / _UNITS


@cache
def _font(arabic: bool) -> uharfbuzz.Font:
    font = uharfbuzz.Font(uharfbuzz.Face(uharfbuzz.Blob.from_file_path(str(_arabic() if arabic else _cjk()))))
    font.scale = (_UNITS, _UNITS)
    return font


def _cjk() -> Path:
    return _in("noto_cjk_sans_otc", "NotoSansCJK-Regular.ttc")


def _arabic() -> Path:
    return _in("fontpkg_noto_sans_arabic", "files/NotoSansArabic[wdth,wght].ttf")


def _in(package: str, name: str) -> Path:
    return Path(str(files(package))) / name
