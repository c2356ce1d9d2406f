"""The picture beside a link says what the record says, and is drawn once."""

from __future__ import annotations

import struct
from html.parser import HTMLParser
from pathlib import Path

import pytest

from publisher.channel import PublishedRecord, Regions
from publisher.site.cards import fonts
from publisher.site.cards.card import HEIGHT, LINES, MARGIN, WIDTH, Cards, drawn
from publisher.site.derive import Site
from publisher.site.pages import Pages
from publisher.site.views import Gate
from tests.site import samples

LONG = "Example Exchange will adjust the margin tiers of ninety-nine perpetual contracts " * 4
ISOLATES = dict.fromkeys(map(ord, "\u2066\u2067\u2069"))


class Words(HTMLParser):
    """The texts of an SVG, in their order, and the sizes they are set in."""

    def __init__(self, svg: str) -> None:
        super().__init__()
        self.texts: list[str] = []
        self.sizes: list[int] = []
        self._inside = False
        self.feed(svg)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._inside = tag == "text"
        if self._inside:
            self.sizes.append(int(dict(attrs)["font-size"] or 0))
            self.texts.append("")

    def handle_endtag(self, tag: str) -> None:
        self._inside = False

    def handle_data(self, data: str) -> None:
        if self._inside:
            self.texts[-1] += data.translate(ISOLATES)


def cards() -> Cards:
    return Cards(samples.BRAND, samples.TEMPLATES, Pages(samples.BRAND, samples.TEMPLATES, samples.LOCALES).wordings)


def published(**changes: object) -> PublishedRecord:
    given = samples.record().model_dump() | {"published_at": samples.NOW, "updated_at": samples.NOW, "version": "v"}
    return PublishedRecord.model_validate(given | changes)


def test_every_word_is_the_records_or_the_exchanges() -> None:
    shown = published(title="A <b>bold</b> & risky title")

    found = Words(cards().svg(shown)).texts

    assert found == [
        "Example Exchange", "Maintenance", "A <b>bold</b> & risky title", "3 Dec 2026",
        "example.com · ANN-2026-00042",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("title", "locale"),
    [(LONG, "en-US"), ("x" * 400, "en-US"), ("全仓维持保证金率与杠杆档位的调整" * 12, "zh-CN"), ("", "en-US")],
)
def test_no_title_leaves_the_picture(title: str, locale: str) -> None:
    words = Words(cards().svg(published(title=title or "-", locale=locale)))

    lines = list(zip(words.texts, words.sizes, strict=True))[2:-2]
    assert 1 <= len(lines) <= LINES
    assert all(fonts.width(text) * size <= WIDTH - 2 * MARGIN for text, size in lines)


@pytest.mark.parametrize("text", ["Ticker ắộữ", "以太坊钱包", "イーサリアム", "이더리움", "صيانة المحفظة"])
def test_the_fonts_have_every_script(text: str) -> None:
    """A letter that no font has is drawn as one and the same box, whatever it is."""
    shown = [drawn(_only(letter)) for letter in text if not letter.isspace()]

    assert _only_box() not in shown


def _only(letter: str) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="40" height="40">'
        f'<text x="2" y="30" font-size="24" font-family="{fonts.families("zh-CN")}">{letter}</text></svg>'
    )


def _only_box() -> bytes:
    return drawn(_only("\U000f0000"))


def test_the_picture_has_the_size_that_the_page_says() -> None:
    png = cards().drawing(published())()

    assert png[:8] == b"\x89PNG\r\n\x1a\n"
    assert struct.unpack(">II", png[16:24]) == (WIDTH, HEIGHT)


def test_other_words_have_another_name_and_the_same_words_the_same() -> None:
    names = [
        cards().path(published(**changes))
        for changes in ({}, {"summary": "other"}, {"title": "B"}, {"locale": "zh-CN"})
    ]

    assert names[0] == names[1]
    assert len(set(names)) == 3


def site() -> Site:
    return samples.site(cards=True)


def gated() -> Site:
    return Site(samples.BRAND, samples.TEMPLATES, samples.LOCALES, "example.com,2026", gate=Gate({}))


def test_the_page_names_a_picture_that_is_there(tmp_path: Path) -> None:
    root = samples.publish(tmp_path, [samples.record()], derive=site())

    page = (root / "en-US/ANN-2026-00042.html").read_text()
    [picture] = [line.split('"')[3] for line in page.splitlines() if 'property="og:image"' in line]
    assert (root / picture.removeprefix("https://example.com/")).is_file()
    assert '<meta name="twitter:card" content="summary_large_image">' in page


def test_a_picture_that_is_there_is_not_drawn_again(tmp_path: Path) -> None:
    root = samples.publish(tmp_path, [samples.record()], derive=site())
    [picture] = root.glob("static/cards/*.png")
    picture.write_bytes(b"kept")

    samples.press(tmp_path, derive=site()).rebuild()

    assert picture.read_bytes() == b"kept"


def test_what_a_region_may_not_see_names_no_picture(tmp_path: Path) -> None:
    """An edge guards pages; the picture would tell the title to everybody."""
    restricted = samples.record().model_copy(update={"regions": Regions(deny=("US",))})

    root = samples.publish(tmp_path, [restricted], derive=gated())

    assert list(root.glob("static/cards/*")) == []
    assert "og:image" not in (root / "en-US/ANN-2026-00042.html").read_text()


def test_what_was_withdrawn_names_no_picture(tmp_path: Path) -> None:
    root = samples.publish(tmp_path, [samples.record()], derive=site())

    samples.press(tmp_path, derive=site()).withdraw(samples.record())

    assert "og:image" not in (root / "en-US/ANN-2026-00042.html").read_text()
