"""Search over real HTTP: a form, pages of results, and nothing that a question can break."""

from __future__ import annotations

import re
import urllib.error
import urllib.request
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from urllib.parse import quote

import pytest

from publisher.channel import PublishedRecord
from publisher.site.search.index import Found
from publisher.web.public import LONGEST, public_app
from tests.site import samples
from tests.site.serving import served

SITE = samples.site(search=True)


class Shelf:
    """Finds every announcement whose title holds what is asked; remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str, int]] = []

    async def __call__(self, locale: str, asked: str, number: int) -> bytes:
        self.asked.append((locale, asked, number))
        records = [_published(each, locale) for each in range(42, 0, -1)] if "wallet" in asked else []
        page = records[(number - 1) * 20 : number * 20]
        return SITE.search(locale, asked, number, Found(page, len(records) > number * 20), samples.NOW)


def _published(number: int, locale: str) -> PublishedRecord:
    fields = samples.record(number, locale=locale).model_dump()
    return PublishedRecord(**fields, published_at=samples.NOW, updated_at=samples.NOW, version="0" * 16)


SHELF = Shelf()


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    root = samples.publish(tmp_path_factory.mktemp("search"), [samples.record(1)], derive=SITE)
    with served(public_app(root, search=SHELF)) as url:
        yield url


def read(url: str) -> str:
    with urllib.request.urlopen(url) as answer:
        assert answer.headers["content-type"] == "text/html; charset=utf-8"
        return str(answer.read().decode())


def test_every_page_asks_and_results_lead_to_the_announcements(url: str) -> None:
    form = re.search(r'<form class="search"[^>]* action="(.+?)">', read(f"{url}/en-US/"))
    assert form is not None
    page = read(f"{url}{form[1]}?q=Wallet+wallet")
    assert re.findall(r'<h2><a href="(.+?)">', page) == [f"/en-US/ANN-2026-{number:05}" for number in range(42, 22, -1)]
    assert '<meta name="robots" content="noindex">' in page
    assert 'value="Wallet wallet"' in page


def test_pages_of_results_lead_to_one_another(url: str) -> None:
    page = read(f"{url}/en-US/search?q=wallet+%26+more&page=2")
    links = dict(re.findall(r'<a rel="(prev|next)" href="(.+?)">', page))
    assert {rel: unescape(link) for rel, link in links.items()} == {
        "prev": "/en-US/search?q=wallet+%26+more",
        "next": "/en-US/search?q=wallet+%26+more&page=3",
    }


def test_another_language_asks_the_same(url: str) -> None:
    assert 'href="/zh-CN/search?q=%E7%BB%B4%E6%8A%A4"' in read(f"{url}/en-US/search?q={quote('维护')}")


def test_nothing_found_says_so_and_repeats_the_question_as_text(url: str) -> None:
    page = read(f"{url}/en-US/search?q={quote('<script>alert(1)</script>')}")
    assert "Nothing that was announced holds “&lt;script&gt;alert(1)&lt;/script&gt;”" in page
    assert "<script>alert" not in page


@pytest.mark.parametrize(
    "query",
    ["", "?", "?q=", "?q=%00", "?q=%ff%fe", "?q=" + "a" * 10_000, "?q=%22%27%5C)(*", "?q=a&page=0", "?q=a&page=-1",
     "?q=a&page=99999999999", "?q=a&page=x", "?q=a&q=b", "?page=2"],
)  # fmt: skip
def test_no_question_is_an_error(url: str, query: str) -> None:
    assert "<h1>Search</h1>" in read(f"{url}/en-US/search{query}")
    assert len(SHELF.asked[-1][1]) <= LONGEST


def test_where_nobody_searches_there_is_no_page_and_no_field(tmp_path: Path) -> None:
    root = samples.publish(tmp_path, [samples.record(1)])
    with served(public_app(root)) as url:
        assert "<form" not in read(f"{url}/en-US/")
        with pytest.raises(urllib.error.HTTPError, match="404"):
            urllib.request.urlopen(f"{url}/en-US/search?q=wallet")


def test_a_language_that_the_site_lacks_is_missing(url: str) -> None:
    with pytest.raises(urllib.error.HTTPError, match="404"):
        urllib.request.urlopen(f"{url}/fr-FR/search?q=wallet")
