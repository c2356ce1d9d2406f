"""What strangers wrote, as the website keeps it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from publisher.content.kinds import KINDS
from publisher.site.earlier import taking
from publisher.site.earlier.item import Earlier
from tests.site import samples

TITLES = {locale: {kind: kind.title() for kind in KINDS} for locale in samples.LOCALES}
TERMS = taking.Terms(
    "https://news.example.com", samples.LOCALES, ["example.com"], samples.NOW, TITLES, categories={"coins": "listing"}
)
AT = datetime(2023, 5, 1, 8, tzinfo=UTC)
ITEM = Earlier("item 1", "tag:1", "Old news", "<p>Text</p>", AT, AT, "https://www.example.com/blog/old-news")


def html(text: str) -> str:
    return taking.article(replace(ITEM, html=text))


@pytest.mark.parametrize(
    "hostile",
    [
        '<a href="javascript:alert(1)">x</a>',
        '<a href="JaVa\tScript:alert(1)">x</a>',
        '<a href="data:text/html,<script>alert(1)</script>">x</a>',
        "<script>alert(1)</script>",
        "<p onclick=alert(1)>x</p>",
        "<svg/onload=alert(1)>",
        "<iframe src='https://evil.example'></iframe>",
        "<style>*{display:none}</style>",
        "<p style='position:fixed'>x</p>",
        "<img src=x onerror=alert(1)>",
        "<form action='https://evil.example'><input name=seed></form>",
        "<meta http-equiv=refresh content='0;url=https://evil.example'>",
        "<base href='https://evil.example/'>",
        "<math><mi//xlink:href='data:x,<script>alert(1)</script>'>",
    ],
)
def test_nothing_active_is_left(hostile: str) -> None:
    left = html(hostile).lower()
    found = [word for word in ("script", "alert", "onerror", "onclick", "onload", "<iframe", "style", "<form", "<input",
                               "<meta", "<base", "data:") if word in left]  # fmt: skip
    assert not found, left


def test_text_links_and_pictures_stay_and_addresses_become_absolute() -> None:
    left = html('<h1>One</h1><p>See <a href="/fees">fees</a> <img src="/i.png"><img src="http://x.example/i.png"></p>')
    assert "<h2>One</h2>" in left
    assert '<a href="https://www.example.com/fees" rel="noopener nofollow">fees</a>' in left
    assert '<img alt="" src="https://www.example.com/i.png">' in left
    assert "http://x.example" not in left


def test_the_record_keeps_its_dates_and_says_where_it_was() -> None:
    record = taking.change(ITEM, "ANN-2023-00001", TERMS).record
    assert (record.published_at, record.updated_at, record.at) == (AT, AT, "2023-05-01T08:00:00Z")
    assert record.url == "https://news.example.com/en-US/ANN-2023-00001"
    assert (record.kind, record.kind_title, record.former) == ("notice", "Notice", "blog/old-news")


@pytest.mark.parametrize(
    ("url", "path"),
    [
        ("https://example.com/a/b.html", "a/b"),
        ("https://help.example.com/a/", "a/"),
        ("https://example.org/a", ""),
        ("https://example.com/a?id=7", ""),
        ("https://example.com/en-US/", ""),
        ("https://example.com/static/site.css", ""),
        ("https://example.com/../etc/passwd", ""),
        ("https://example.com/a.php", ""),
        ("https://example.com/", ""),
        ("https://[broken", ""),
        ("", ""),
    ],
)
def test_only_an_address_of_ours_that_a_page_can_have_is_kept(url: str, path: str) -> None:
    assert taking.former(replace(ITEM, url=url), TERMS) == path


def test_a_category_means_a_kind_and_what_the_item_says_itself_comes_first() -> None:
    coins = replace(ITEM, categories=("Other", "Coins"))
    assert [taking.kind_of(each, TERMS) for each in (ITEM, coins, replace(coins, kind="security"))] == [
        "notice",
        "listing",
        "security",
    ]


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        ({"title": " "}, "no title"),
        ({"locale": "fr-FR"}, "no language 'fr-FR', only en-US, zh-CN"),
        ({"kind": "gossip"}, "no kind 'gossip'"),
        ({"published": samples.NOW + timedelta(days=1)}, "still to come"),
        ({"html": "<p>" + "x" * 40_000}, "40,0.. bytes; at most 36,000"),
    ],
)
def test_what_cannot_be_taken_says_why(wrong: dict[str, object], reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        taking.check(replace(ITEM, **wrong), TERMS)  # type: ignore[arg-type]
