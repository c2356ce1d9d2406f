"""What is derived equals the records, and a publication touches as many files on a big site as on a small one."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path
from xml.etree import ElementTree

from channels.website.records import Changed, Entry, RecordFolder
from publisher.channel import PublishedRecord
from publisher.site import paging, sitemap
from tests.site import samples
from tests.site.samples import NOW, record


def published(number: int, **more: object) -> PublishedRecord:
    fields = record(number, **more).model_dump()  # type: ignore[arg-type]
    return PublishedRecord(**fields, published_at=NOW, updated_at=NOW, version=f"{number:016x}")


def test_each_item_of_each_list_equals_its_record(root: Path) -> None:
    records = RecordFolder(root.with_name("site.state"))
    for locale in samples.LOCALES:
        for kind in ("", *records.kinds(locale)):
            newest = records.slice(locale, kind, 0, 999)[::-1]
            for page in ("index.html", "page/1.html"):
                html = (root / locale / kind / page).read_text().partition('<ol class="list">')[2]
                links = re.findall(r'<h2><a href="([^"]+)">([^<]+)</a></h2>\n<p class="summary">([^<]+)</p>', html)
                assert len(links) == len(newest)
                for (link, title, summary), each in zip(links, newest, strict=True):
                    assert f"{samples.BRAND.site_url}{link}" == each.url
                    if each.withdrawn_at is None:
                        assert (title, summary) == (each.title, each.summary)
                    else:
                        assert title == f"Withdrawn: {each.title}"


def test_the_sitemap_knows_every_page_and_its_last_change(root: Path) -> None:
    records = RecordFolder(root.with_name("site.state"))
    name = "{http://www.sitemaps.org/schemas/sitemap/0.9}"
    parts = [loc.text or "" for loc in ElementTree.parse(root / "sitemap.xml").iter(f"{name}loc")]
    found = {}
    for part in parts:
        for url in ElementTree.parse(root / part.removeprefix("https://example.com/")).iter(f"{name}url"):
            found[url.findtext(f"{name}loc")] = url.findtext(f"{name}lastmod")
    every = [each for locale in samples.LOCALES for each in records.slice(locale, "", 0, 999)]
    assert {each.url: f"{each.updated_at:%Y-%m-%dT%H:%M:%SZ}" for each in every}.items() <= found.items()
    assert "https://example.com/zh-CN/listing/" in found


def test_a_publication_touches_as_many_files_on_a_big_site(tmp_path: Path) -> None:
    small, big = (files_touched(tmp_path / str(count), count) for count in (121, 1_201))
    assert len(small) == len(big) == len(set(big))
    assert big.index("en-US/ANN-2026-99999.html") < big.index("en-US/index.html")
    assert big.index("en-US/index.html") < big.index("en-US/feed.atom") < big.index("sitemap.xml")


def files_touched(state: Path, count: int) -> list[str]:
    """By the publication that follows `count` others."""
    samples.fill(state, count, ["en-US"])
    new = published(99_999, kind="maintenance")
    after = Changed(RecordFolder(state), Entry(position=count, position_in_kind=count // 2, record=new), "<p>x</p>", [])
    return [path for path, _ in samples.site().change(after, new, NOW)]


def test_pages_are_numbered_from_the_oldest_and_stay(tmp_path: Path) -> None:
    root = samples.grown(tmp_path, 2 * paging.PAGE)
    first = (root / "en-US/page/1.html").read_bytes()
    press = samples.press(tmp_path)
    for number in range(2 * paging.PAGE + 1, 2 * paging.PAGE + 4):
        press.publish(record(number), samples.article(record(number)))
    assert (root / "en-US/page/1.html").read_bytes() == first
    assert "ANN-2026-00043" in (root / "en-US/page/3.html").read_text()
    assert "ANN-2026-00001" in first.decode()
    step_by_step = pages_of(root)
    press.rebuild()
    assert pages_of(root) == step_by_step


def pages_of(root: Path) -> dict[str, bytes]:
    return {str(file.relative_to(root)): file.read_bytes() for file in root.rglob("*.html")}


def test_from_the_newest_list_every_announcement_is_reached_once(tmp_path: Path) -> None:
    count = 3 * paging.PAGE + 5
    root = samples.grown(tmp_path, count)
    seen, page = [], "en-US/index.html"
    while page:
        html = (root / page).read_text()
        seen += re.findall(r'<h2><a href="/en-US/ANN-2026-0*([0-9]+)">', html)
        older = re.search(r'rel="next" href="/([^"]+)"', html)
        page = f"{older[1]}.html" if older else ""
    assert [int(number) for number in seen] == list(range(count, 0, -1))


def test_the_strip_shows_what_is_under_way_and_what_comes_within_a_week(root: Path) -> None:
    html = (root / "en-US/index.html").read_text()
    now, ahead = (
        re.search(f'<section class="strip {name}".*?</section>', html, re.DOTALL) for name in ("now", "ahead")
    )
    assert now is not None
    assert ahead is not None
    assert re.findall(r"ANN-2026-(\d+)", now[0]) == ["00005"]
    assert re.findall(r"ANN-2026-(\d+)", ahead[0]) == ["00006", "00001"]


def pinned(root: Path, listed: str = "") -> list[str]:
    """The references in the strip of what is pinned, as on the page; `listed` is a kind."""
    html = (root / "en-US" / listed / "index.html").read_text()
    strip = re.search('<section class="strip pinned".*?</section>', html, re.DOTALL)
    return re.findall(r"ANN-2026-(\d+)", strip[0]) if strip else []


def test_what_is_pinned_stands_above_the_lists_of_all_and_of_its_kind(tmp_path: Path) -> None:
    soon, late = NOW + timedelta(days=1), NOW + timedelta(days=2)
    older, newer = NOW - timedelta(days=3), NOW - timedelta(days=2)
    root = samples.publish(
        tmp_path,
        [
            record(1, "risk_warning", urgent=True, at=older, pinned_until=soon),
            record(2, "listing", at=older, pinned_until=late),
            record(3, "listing", at=newer, pinned_until=late),
            record(4, "listing"),
        ],
    )
    assert (pinned(root), pinned(root, "listing"), pinned(root, "risk_warning")) == (
        ["00001", "00003", "00002"],
        ["00003", "00002"],
        ["00001"],
    )

    assert samples.press(tmp_path, soon).refresh() == late
    assert (pinned(root), pinned(root, "risk_warning")) == (["00003", "00002"], [])
    assert samples.press(tmp_path, late).refresh() is None
    assert (pinned(root), pinned(root, "listing")) == ([], [])


def test_what_is_pinned_is_shown_however_old_it_is(tmp_path: Path) -> None:
    root = samples.grown(tmp_path, 2 * paging.PAGE + 1)
    old = record(1, "listing", pinned_until=NOW + timedelta(days=1))
    samples.press(tmp_path).publish(old, samples.article(old))

    assert pinned(root) == ["00001"]


def test_what_is_withdrawn_is_no_longer_pinned(tmp_path: Path) -> None:
    warning = record(1, "listing", pinned_until=NOW + timedelta(days=1))
    root = samples.publish(tmp_path, [warning])
    assert pinned(root) == ["00001"]

    samples.press(tmp_path).withdraw(warning)

    assert (pinned(root), pinned(root, "listing")) == ([], [])


def test_what_is_under_way_is_shown_once_above_the_list(tmp_path: Path) -> None:
    hour = timedelta(hours=1)
    root = samples.publish(tmp_path, [record(1, starts_at=NOW - hour, ends_at=NOW + hour, pinned_until=NOW + 2 * hour)])
    assert (pinned(root), pinned(root, "maintenance")) == ([], ["00001"])

    samples.press(tmp_path, NOW + hour).refresh()

    assert pinned(root) == ["00001"]


def test_lists_say_when_in_the_words_of_the_facts(root: Path) -> None:
    html = (root / "en-US/index.html").read_text()
    said = '<time datetime="2026-12-03T02:00:00Z">3 Dec 2026, 10:00-12:00 (UTC+8; 02:00-04:00 UTC)</time>'
    assert html.count(said) == 2  # in the strip and in the list
    assert '<time datetime="2026-12-06T03:00:00Z">6 Dec 2026, 03:00-03:40 (UTC)</time>' in html


def test_an_old_announcement_comes_back_when_its_time_comes(tmp_path: Path) -> None:
    root = samples.grown(tmp_path, 2 * paging.PAGE + 1)
    far = record(1, "listing", starts_at=NOW + timedelta(days=30))
    samples.press(tmp_path).publish(far, samples.article(far))
    assert "ANN-2026-00001" not in (root / "en-US/index.html").read_text()
    turn = samples.press(tmp_path).refresh()
    assert turn == NOW + timedelta(days=23)
    samples.press(tmp_path, turn).refresh()
    assert "ANN-2026-00001" in (root / "en-US/index.html").read_text()


def test_the_first_of_a_kind_appears_in_every_filter(tmp_path: Path) -> None:
    root = samples.publish(tmp_path, [record(1, "maintenance"), record(2, "listing")])
    for page in ("index.html", "maintenance/index.html", "listing/index.html"):
        assert re.findall(r'<li><a href="/en-US/([a-z]+)/"', (root / "en-US" / page).read_text()) == [
            "listing",
            "maintenance",
        ]


def test_a_part_of_the_sitemap_stays_small() -> None:
    assert [sitemap.part_of(position) for position in (0, sitemap.PART - 1, sitemap.PART)] == [1, 1, 2]
    assert sitemap.span(sitemap.part_of(250))[0] <= 250 < sitemap.span(sitemap.part_of(250))[1]
