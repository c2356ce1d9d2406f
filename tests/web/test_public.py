"""The public listener over real HTTP: what is served, how it is cached, and what is never reachable."""

from __future__ import annotations

import http.client
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import pytest

from publisher.web.public import SECURITY, public_app
from tests.site import samples
from tests.site.serving import served

ARTICLE = "/en-US/ANN-2026-00042"


@dataclass(frozen=True)
class Public:
    root: Path
    url: str

    def ask(
        self, path: str, method: str = "GET", body: bytes | None = None, **headers: str
    ) -> tuple[int, dict[str, str], bytes]:
        """Status, headers in lower case and body; the path goes out exactly as written."""
        connection = http.client.HTTPConnection(urlsplit(self.url).netloc, timeout=10)
        connection.request(method, path, body, {name.replace("_", "-"): value for name, value in headers.items()})
        answer = connection.getresponse()
        shown = answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read()
        connection.close()
        return shown


@pytest.fixture(scope="module")
def public(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Public]:
    folder = tmp_path_factory.mktemp("public")
    root = samples.publish(folder, [samples.record(42), samples.record(42, locale="zh-CN")])
    with served(public_app(root)) as url:
        yield Public(root, url)


def test_an_article_is_served_at_its_clean_url(public: Public) -> None:
    status, headers, body = public.ask(ARTICLE)
    assert (status, headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert body == (public.root / "en-US/ANN-2026-00042.html").read_bytes()


@pytest.mark.parametrize(
    ("path", "media_type"),
    [
        ("/en-US/", "text/html; charset=utf-8"),
        ("/en-US/page/1", "text/html; charset=utf-8"),
        ("/en-US/feed.atom", "application/atom+xml; charset=utf-8"),
        ("/en-US/feed.rss", "application/rss+xml; charset=utf-8"),
        ("/en-US/feed.json", "application/feed+json; charset=utf-8"),
        ("/en-US/calendar.ics", "text/calendar; charset=utf-8"),
        ("/.well-known/security.txt", "text/plain; charset=utf-8"),
        ("/sitemap.xml", "application/xml; charset=utf-8"),
        ("/robots.txt", "text/plain; charset=utf-8"),
    ],
)
def test_every_file_has_its_type_and_a_short_life_in_caches(public: Public, path: str, media_type: str) -> None:
    status, headers, _ = public.ask(path)
    assert (status, headers["content-type"]) == (200, media_type)
    assert headers["cache-control"] == "public, max-age=60, stale-while-revalidate=300, stale-if-error=86400"


def test_files_named_after_their_content_are_cached_for_ever(public: Public) -> None:
    style = next((public.root / "static").glob("site.*.css"))
    status, headers, _ = public.ask(f"/static/{style.name}")
    assert (status, headers["cache-control"]) == (200, "public, max-age=31536000, immutable")


def test_an_etag_spares_the_body(public: Public) -> None:
    _, first, _ = public.ask(ARTICLE)
    status, headers, body = public.ask(ARTICLE, If_None_Match=f'"other", {first["etag"]}')
    assert (status, body, headers["etag"]) == (304, b"", first["etag"])
    assert not first["etag"].startswith("W/")


def test_if_none_match_wins_over_if_modified_since(public: Public) -> None:
    _, first, _ = public.ask(ARTICLE)
    assert public.ask(ARTICLE, If_Modified_Since=first["last-modified"])[0] == 304
    assert public.ask(ARTICLE, If_None_Match='"other"', If_Modified_Since=first["last-modified"])[0] == 200
    assert public.ask(ARTICLE, If_Modified_Since="not a date")[0] == 200


def test_head_answers_like_get_without_the_body(public: Public) -> None:
    _, got, body = public.ask(ARTICLE)
    status, headers, nothing = public.ask(ARTICLE, "HEAD")
    assert (status, nothing, headers["content-length"]) == (200, b"", str(len(body)))
    assert headers["etag"] == got["etag"]


def test_a_compressed_body_has_its_own_etag(public: Public) -> None:
    _, plain, _ = public.ask(ARTICLE)
    _, packed, body = public.ask(ARTICLE, Accept_Encoding="br, gzip;q=0.8")
    assert packed["content-encoding"] == "gzip"
    assert packed["vary"] == plain["vary"] == "Accept-Encoding"
    assert packed["etag"] != plain["etag"]
    assert len(body) < int(plain["content-length"])
    assert "content-encoding" not in public.ask(ARTICLE, Accept_Encoding="gzip;q=0")[1]


@pytest.mark.parametrize("method", ["GET", "POST", "HEAD"])
@pytest.mark.parametrize("path", [ARTICLE, "/", "/nothing", "/en-US", "/healthz", "/u/token", "/%00"])
def test_every_answer_carries_the_security_headers_and_no_cookie(public: Public, path: str, method: str) -> None:
    _, headers, _ = public.ask(path, method)
    assert SECURITY.keys() <= headers.keys()
    assert headers["x-content-type-options"] == "nosniff"
    assert "'unsafe-inline'" not in headers["content-security-policy"]
    assert "set-cookie" not in headers


@pytest.mark.parametrize(
    "path",
    [
        "/../site.state/lock",
        "/%2e%2e/site.state/lock",
        "/..%2fsite.state/lock",
        "/en-US/..%2f..%2fsite.state%2flock",
        "/en-US/%2e%2e/%2e%2e/site.state/lock",
        "//etc/passwd",
        "/static/..%5c..%5csite.state",
        "/.hidden.txt",
        "/en-US/.hidden.html",
        "/_pages/en-US/missing",
        "/_pages/en-US/missing.html",
        "/outside.txt",
        "/folder/",
        "/records/en-US/entries/a42.json",
        "/en-US/ANN-2026-00042%00.html",
    ],
)
def test_nothing_but_the_site_is_reachable(public: Public, path: str) -> None:
    secret = public.root.parent / "outside.txt"
    secret.write_text("not for readers")
    for link, target in (("outside.txt", secret), ("folder", public.root.parent)):
        if not (public.root / link).is_symlink():
            (public.root / link).symlink_to(target)
    (public.root / ".hidden.txt").write_text("not for readers")
    (public.root / "en-US/.hidden.html").write_text("not for readers")
    status, headers, body = public.ask(path)
    assert (status, headers["cache-control"]) == (404, "no-store")
    assert b"not for readers" not in body


def test_who_names_no_language_is_answered_in_the_first_one_of_the_site(public: Public) -> None:
    with served(public_app(public.root, locales=("zh-CN", "ja-JP", "en-US"))) as url:
        site = Public(public.root, url)
        _, _, missing = site.ask("/nothing")
        _, to_it, _ = site.ask("/a/ANN-2026-00042")

    assert ('<html lang="zh-CN"' in missing.decode(), to_it["location"]) == (True, "../zh-CN/ANN-2026-00042")


def test_a_missing_page_answers_in_the_language_of_its_address(public: Public) -> None:
    status, _, body = public.ask("/zh-CN/ANN-2026-99999", Accept_Language="en")
    assert (status, '<html lang="zh-CN"' in body.decode()) == (404, True)


@pytest.mark.parametrize(
    ("accepted", "there"),
    [("zh", "../zh-CN/ANN-2026-00042"), ("en-GB", "../en-US/ANN-2026-00042"), ("fr", "../en-US/ANN-2026-00042")],
)
def test_a_short_address_leads_to_the_readers_language(public: Public, accepted: str, there: str) -> None:
    status, headers, _ = public.ask("/a/ANN-2026-00042", Accept_Language=accepted)
    assert (status, headers["location"], headers["vary"]) == (302, there, "Accept-Language")
    assert public.ask(urljoin("/a/", there))[0] == 200


@pytest.mark.parametrize(
    "path", ["/a/ANN-2026-00043", "/a/", "/a/../en-US/ANN-2026-00042x", "/a//example.org", "/a/%2e%2e"]
)
def test_a_short_address_leads_nowhere_else(public: Public, path: str) -> None:
    assert public.ask(path)[0] == 404


def test_a_server_that_asks_nobody_shows_the_languages(public: Public) -> None:
    page = (public.root / "a/ANN-2026-00042.html").read_text()
    assert [line.split('"')[1] for line in page.splitlines() if line.startswith("<li><a href=")] == [
        "/en-US/ANN-2026-00042", "/zh-CN/ANN-2026-00042",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("path", "there"),
    [("/en-US", "en-US/"), (f"{ARTICLE}.html", "ANN-2026-00042"), ("/en-US/index.html", "./")],
)
def test_another_spelling_leads_to_the_one_address(public: Public, path: str, there: str) -> None:
    status, headers, _ = public.ask(path)
    assert (status, headers["location"]) == (308, there)


@pytest.mark.parametrize(
    ("accepted", "there"),
    [
        ("zh-CN,zh;q=0.9,en;q=0.8", "zh-CN/"),
        ("fr, zh;q=0.3, en-GB;q=0.7", "en-US/"),
        ("en;q=0, zh-TW", "zh-CN/"),
        ("EN-us", "en-US/"),
    ],
)
def test_the_root_leads_to_the_readers_language(public: Public, accepted: str, there: str) -> None:
    status, headers, _ = public.ask("/", Accept_Language=accepted)
    assert (status, headers["location"], headers["vary"]) == (302, there, "Accept-Language")


@pytest.mark.parametrize("accepted", ["", "fr", ";;q=,", "*;q=x"])
def test_the_root_offers_all_languages_to_other_readers(public: Public, accepted: str) -> None:
    status, headers, body = public.ask("/", Accept_Language=accepted)
    assert (status, "简体中文" in body.decode(), "English" in body.decode()) == (200, True, True)
    assert "Accept-Language" in headers["vary"]


def test_a_replaced_file_is_seen_at_once(public: Public, tmp_path: Path) -> None:
    _, before, _ = public.ask("/en-US/page/1")
    page = public.root / "en-US/page/1.html"
    (tmp_path / "new").write_bytes(page.read_bytes() + b"\n")
    (tmp_path / "new").replace(page)
    status, after, _ = public.ask("/en-US/page/1", If_None_Match=before["etag"])
    assert (status, after["etag"] != before["etag"]) == (200, True)


def test_health_is_not_cached(public: Public) -> None:
    status, headers, body = public.ask("/healthz")
    assert (status, headers["cache-control"], body) == (200, "no-store", b'{"status":"ok"}')


def test_a_site_that_was_never_written_has_no_pages(tmp_path: Path) -> None:
    with served(public_app(tmp_path / "none")) as url:
        empty = Public(tmp_path, url)
        assert [empty.ask(path)[0] for path in ("/", "/en-US/", "/healthz")] == [404, 404, 200]
