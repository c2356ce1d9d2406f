"""Latin names in a text that runs from the right, and what programs make of its lines."""

from __future__ import annotations

import pytest

from publisher.channel import slot
from publisher.content.kinds import KINDS
from publisher.rendering.direction import RIGHT_TO_LEFT_MARK, is_foreign, marked
from publisher.rendering.render import Renderer
from tests.rendering import builders


@pytest.mark.parametrize(
    ("text", "direction", "foreign"),
    [
        ("ETH", "rtl", True),
        ("0x52908400098527886E0F7030069857D2E4169EE7", "rtl", True),
        ("10:00-12:00", "rtl", False),
        ("3 ديسمبر 2026 (UTC+8)", "rtl", False),
        ("ETH وUSDT", "rtl", False),
        ("ETH", "ltr", False),
        ("محفظة", "ltr", True),
    ],
)
def test_what_runs_against_its_surroundings(text: str, direction: str, foreign: bool) -> None:
    assert is_foreign(text, direction) is foreign


@pytest.mark.parametrize(
    ("line", "is_marked"),
    [
        ("ETH محفظة", True),
        ("صيانة محفظة ETH", False),
        ("3. ETH محفظة", True),
        (f"{slot('url')} محفظة", True),
        ("https://example.com/ar", False),
        (slot("url"), False),
        ("🆕 محفظة", True),  # Unicode counts this picture among the Latin letters
        ("", False),
    ],
)
def test_a_line_that_begins_with_a_latin_word_is_marked(line: str, is_marked: bool) -> None:
    assert marked(line, is_markup=False) == (RIGHT_TO_LEFT_MARK if is_marked else "") + line


def test_tags_are_no_letters() -> None:
    assert marked("<b>محفظة</b> &amp; ETH", is_markup=True) == "<b>محفظة</b> &amp; ETH"
    assert marked("<b>ETH</b> محفظة", is_markup=True) == RIGHT_TO_LEFT_MARK + "<b>ETH</b> محفظة"


SOURCE = "# صيانة محفظة {{ network }}\n\n{{ network }} متوقفة.\n\nالأصول {{ assets | join }}\n"


def test_latin_names_are_set_apart_on_pages_and_in_mails(renderer: Renderer) -> None:
    for channel, section in (("website", "article"), ("email", "html")):
        [edition, *_] = renderer.editions(builders.saying(SOURCE, locale="ar"), [builders.target(channel, "ar")])
        text = str(edition.payload.parts[0].content[section])

        assert "<bdi>Ethereum</bdi> متوقفة." in text
        assert "الأصول ETH وUSDT وUSDC" in text


@pytest.mark.parametrize("channel", ["telegram", "x", "discord", "webhook"])
@pytest.mark.parametrize("kind", KINDS)
def test_every_line_of_an_arabic_post_begins_at_the_right(renderer: Renderer, channel: str, kind: str) -> None:
    [edition, *_] = renderer.editions(builders.revision(kind), [builders.target(channel, "ar")])

    for text in edition.payload.parts[0].content.values():
        is_markup = channel in ("telegram", "discord")
        assert marked(str(text), is_markup=is_markup) == text
        assert not any(char in str(text) for char in "\u2066\u2067\u2068\u2069\u202a\u202b\u202c\u202d\u202e")


def test_an_arabic_mail_runs_from_the_right_down_to_its_cells(renderer: Renderer) -> None:
    [edition, *_] = renderer.editions(builders.revision(), [builders.target("email", "ar")])
    html = str(edition.payload.parts[0].content["html"])

    assert '<html lang="ar" dir="rtl"' in html
    assert "direction:ltr" not in html
    assert "border-bottom:1px solid #dfe3e8;text-align:left" not in html


def test_latin_languages_are_as_they_were(renderer: Renderer) -> None:
    for edition in renderer.editions(builders.revision(), builders.targets(locales=["en-US", "ja-JP"])):
        assert RIGHT_TO_LEFT_MARK not in edition.payload.to_json()
        assert "<bdi>" not in edition.payload.to_json()


@pytest.mark.parametrize(
    ("title", "read"),
    [
        ("{{ network }} - {{ starts_at | date }}", "Ethereum - \u200f3 ديسمبر 2026"),
        ("محفظة {{ network }} - {{ starts_at | date }}", "محفظة Ethereum - \u200f3 ديسمبر 2026"),
        ("محفظة {{ network }} في {{ starts_at | date }}", "محفظة Ethereum في 3 ديسمبر 2026"),
        ("{{ starts_at | date }}", "3 ديسمبر 2026"),
        ("محفظة {{ network }} {{ assets | join }}", "محفظة Ethereum ETH وUSDT وUSDC"),
    ],
)
def test_a_date_does_not_lose_its_day_to_a_latin_word(renderer: Renderer, title: str, read: str) -> None:
    revision = builders.saying(f"# {title}\n\nنص\n", locale="ar")

    [edition, *_] = renderer.editions(revision, [builders.target("website", "ar")])

    assert edition.payload.parts[0].content["title"] == marked(read, is_markup=False)


def test_a_date_is_set_apart_on_pages(renderer: Renderer) -> None:
    revision = builders.saying("# عنوان\n\nشبكة {{ network }} - {{ starts_at | date }}\n", locale="ar")

    [edition, *_] = renderer.editions(revision, [builders.target("website", "ar")])

    article = str(edition.payload.parts[0].content["article"])
    assert '<bdi>Ethereum</bdi> - <time datetime="2026-12-03T02:00:00Z"><bdi>3 ديسمبر 2026</bdi></time>' in article
