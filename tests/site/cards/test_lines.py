"""How a title is broken into lines; a letter is as wide as 1, a wide character as 2."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.site.cards.lines import ELLIPSIS, broken, fitted, shortened


def width(text: str) -> float:
    return sum(2 if ord(letter) > 0x2E80 else 1 for letter in text)


@pytest.mark.parametrize(
    ("text", "room", "lines"),
    [
        ("Wallet maintenance", 30, ["Wallet maintenance"]),
        ("Wallet maintenance", 12, ["Wallet", "maintenance"]),
        ("Wallet maintenance - 3 Dec 2026", 20, ["Wallet maintenance -", "3 Dec 2026"]),
        ("以太坊钱包维护", 8, ["以太坊钱", "包维护"]),
        ("以太坊钱，包维护", 8, ["以太坊", "钱，包维", "护"]),
        ("将上线（AURP）", 8, ["将上线", "（AURP）"]),
        ("ルーメン・ヴォ", 8, ["ルーメ", "ン・ヴォ"]),
        ("0x52908400098527886E", 8, ["0x529084", "00098527", "886E"]),
        ("", 8, []),
        ("   ", 8, []),
    ],
)
def test_lines_end_where_a_reader_expects(text: str, room: float, lines: list[str]) -> None:
    assert broken(text, room, width) == lines


@given(st.text(alphabet="ab -，（）维护あ・ع", max_size=60), st.integers(4, 30))
def test_no_line_is_too_wide_and_no_letter_is_lost(text: str, room: int) -> None:
    lines = broken(text, room, width)

    assert all(width(line) <= room for line in lines)
    assert "".join("".join(lines).split()) == "".join(text.split())


def test_the_largest_size_that_fits_is_taken() -> None:
    assert fitted("Wallet maintenance", [4, 2, 1], 40, 2, width) == (2, ["Wallet maintenance"])


def test_what_is_too_much_ends_in_an_ellipsis() -> None:
    size, lines = fitted("one two three four five six", [2, 1], 8, 2, width)

    assert (size, lines) == (1, ["one two", f"three f{ELLIPSIS}"])


@given(st.text(max_size=40), st.integers(1, 20))
def test_a_shortened_text_fits(text: str, room: int) -> None:
    assert width(shortened(text, room, width)) <= max(room, 1)
