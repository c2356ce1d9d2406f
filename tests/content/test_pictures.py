"""Pictures of authors: what is published of them, and what is refused."""

from __future__ import annotations

import io
from collections.abc import Callable
from contextlib import suppress

import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from publisher.content.document import images
from publisher.content.pictures import MAX_BYTES, MAX_SIDE, PictureError, verified
from tests.content.folders import EN, ZH, Folder
from tests.pictures import PLACE, drawn, photograph


def noted_png() -> bytes:
    notes = PngInfo()
    notes.add_text("Comment", PLACE)
    return drawn("PNG", pnginfo=notes)


def pixels(data: bytes) -> bytes:
    return Image.open(io.BytesIO(data)).convert("RGB").tobytes()


@pytest.mark.parametrize("file", [noted_png(), photograph(), drawn("JPEG", progressive=True, comment=PLACE.encode())])
def test_pixels_stay_and_everything_else_goes(file: bytes) -> None:
    picture = verified(file + b"<script>" + PLACE.encode())

    assert PLACE.encode() not in picture.content
    assert b"script" not in picture.content
    assert pixels(picture.content) == pixels(file)


def test_the_same_file_is_always_the_same_picture() -> None:
    assert verified(noted_png()).sha256 == verified(drawn()).sha256 == verified(verified(drawn()).content).sha256


def test_a_photograph_is_turned_as_its_camera_noted() -> None:
    picture = verified(photograph(orientation=6, size=(64, 48)))

    assert (picture.width, picture.height) == (48, 64)
    assert PLACE.encode() not in picture.content


@pytest.mark.parametrize(("mode", "becomes"), [("RGB", "image/jpeg"), ("RGBA", "image/png")])
def test_webp_becomes_what_every_mail_program_shows(mode: str, becomes: str) -> None:
    picture = verified(drawn("WEBP", mode=mode))

    assert picture.media_type == becomes
    assert (picture.width, picture.height) == (64, 48)


def several(format: str) -> bytes:
    frames = [Image.new("RGB", (64, 48), colour) for colour in ("red", "blue")]
    written = io.BytesIO()
    frames[0].save(written, format, save_all=True, append_images=frames[1:])
    return written.getvalue()


@pytest.mark.parametrize(
    ("file", "said"),
    [
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "not a PNG, JPEG or WebP"),
        (drawn("GIF"), "not a PNG, JPEG or WebP"),
        (b"", "not a PNG, JPEG or WebP"),
        (drawn()[:-20], "cut off"),
        (drawn("JPEG")[:-200], "damaged"),
        (drawn("WEBP")[:-20], "damaged"),
        (b"\x89PNG\r\n\x1a\n" + bytes(100), "cut off"),
        (b"\xff\xd8\xff" + bytes(100), "damaged"),
        (drawn(size=(5000, 20)), "5000 x 20"),
        (drawn(size=(4000, 4000)), "16,000,000 pixels"),
        (drawn(size=(8, 8)), "8 x 8"),
        (drawn(size=(400, 17)), "too narrow"),
        (drawn("JPEG", mode="CMYK"), "printing press"),
        (several("PNG"), "moves"),
        (several("WEBP"), "moves"),
        (bytes(MAX_BYTES + 1), "more than 5,000,000"),
    ],
    ids=range(16),
)
def test_what_some_channel_could_not_show_is_refused(file: bytes, said: str) -> None:
    with pytest.raises(PictureError, match=said) as refused:
        verified(file)

    assert refused.value.fix


def test_no_broken_byte_brings_down_the_reader() -> None:
    for make in (drawn, photograph):
        whole: Callable[[], bytes] = make
        for at in range(3, len(whole()), 7):
            data = bytearray(whole())
            data[at] ^= 0xFF
            with suppress(PictureError):
                assert verified(bytes(data)).width <= MAX_SIDE


# --- in a folder


def test_languages_share_a_picture_and_describe_it_in_their_own_words(maintenance: Folder) -> None:
    maintenance.write("chart.png", drawn())
    maintenance.append(EN, "\n![A chart](chart.png)\n").append(ZH, "\n![图表](chart.png)\n")

    revision = maintenance.revision()

    assert list(revision.pictures) == ["chart.png"]
    assert revision.pictures["chart.png"].sha256 in revision.to_json()


def test_a_description_over_two_lines_keeps_its_words_apart(maintenance: Folder) -> None:
    maintenance.write("chart.png", drawn())
    maintenance.append(EN, "\n![A chart of\n`ETH` *prices*](chart.png)\n").append(ZH, "\n![价格\n图表](chart.png)\n")

    texts = maintenance.revision().texts
    alts = [image.alt for locale in ("en-US", "zh-CN") for image in images(texts[locale].document.blocks)]
    assert alts == ["A chart of ETH prices", "价格图表"]


def test_another_picture_under_the_same_name_is_another_revision(maintenance: Folder) -> None:
    before = maintenance.write("chart.png", drawn()).append(EN, "\n![A chart](chart.png)\n").revision().sha256

    assert maintenance.write("chart.png", drawn(size=(65, 48))).revision().sha256 != before


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("https://example.com/a.png", "is not in the announcement's folder"),
        ("../a.png", "is not in the announcement's folder"),
        ("a.svg", "has no format that every channel shows"),
        ("a.png", "is damaged"),
    ],
)
def test_a_wrong_one_is_named_with_its_line(maintenance: Folder, source: str, said: str) -> None:
    damaged = drawn()[:60] + bytes(40) + drawn()[100:]
    error = maintenance.write("a.png", damaged).append(EN, f"\n![A chart]({source})\n").error()

    assert (error.code, error.place) == ("image", maintenance.place(EN, source))
    assert error.message == f"the image `{source}` {said}"


def test_nine_pictures_are_one_too_many(maintenance: Folder) -> None:
    for number in range(9):
        maintenance.write(f"{number}.png", drawn()).append(EN, f"\n![Step {number}]({number}.png)\n")

    assert "one too many" in maintenance.error().message


def test_a_description_longer_than_x_takes(maintenance: Folder) -> None:
    error = maintenance.write("a.png", drawn()).append(EN, f"\n![{'a' * 1001}](a.png)\n").error()

    assert (error.code, error.place) == ("image_alt", maintenance.place(EN, "a.png"))
