"""Every announcement is reached from each feed, and what is archived stays where it is (RFC 5005)."""

from __future__ import annotations

import json
from pathlib import Path
from xml.etree import ElementTree

import pytest

from publisher.site.feeds import feed
from publisher.site.feeds.feed import NEWEST
from tests.site import samples
from tests.site.feeds import entries, validate
from tests.site.samples import record

ATOM = "{http://www.w3.org/2005/Atom}"
ARCHIVE = ".//{http://purl.org/syndication/history/1.0}archive"
BASE = "https://example.com/"


@pytest.fixture(scope="module")
def big(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return samples.grown(tmp_path_factory.mktemp("big"), 2 * NEWEST + 5)


def _older(file: Path) -> str:
    """The address of what a feed or archive says goes on where it ends."""
    if file.suffix == ".json":
        return str(json.loads(file.read_bytes()).get("next_url", ""))
    link = ElementTree.parse(file).find(f".//{ATOM}link[@rel='prev-archive']")
    return "" if link is None else link.get("href", "")


def _urls(file: Path) -> list[str]:
    if file.suffix == ".json":
        return [item["url"] for item in json.loads(file.read_bytes())["items"]]
    return [entry.link for entry in entries(file.read_bytes())]


def _chain(root: Path, newest: str) -> list[Path]:
    chain, url = [], BASE + newest
    while url:
        chain.append(root / url.removeprefix(BASE))
        url = _older(chain[-1])
    return chain


def _feeds(root: Path) -> dict[str, bytes]:
    files = [file for suffix in ("atom", "rss", "json") for file in root.rglob(f"*.{suffix}")]
    return {str(file.relative_to(root)): file.read_bytes() for file in files}


@pytest.mark.parametrize("suffix", ["atom", "rss", "json"])
@pytest.mark.parametrize(("kind", "count"), [("", 2 * NEWEST + 5), ("listing/", NEWEST + 3)])
def test_every_announcement_is_reached_and_no_archive_overlaps(big: Path, suffix: str, kind: str, count: int) -> None:
    newest, *archives = _chain(big, f"en-US/{kind}feed.{suffix}")
    archived = [url for file in archives for url in _urls(file)]
    assert len(_urls(newest)) == NEWEST
    assert len(archived) == len(set(archived)) == NEWEST * len(archives)
    assert len({*_urls(newest), *archived}) == count


@pytest.mark.parametrize("suffix", ["atom", "rss"])
def test_an_archive_says_that_it_is_one_and_of_which_feed(big: Path, suffix: str) -> None:
    newest, *archives = _chain(big, f"en-US/feed.{suffix}")
    assert ElementTree.parse(newest).find(ARCHIVE) is None
    for file in archives:
        tree = ElementTree.parse(file)
        current, itself = (tree.find(f".//{ATOM}link[@rel='{relation}']") for relation in ("current", "self"))
        assert tree.find(ARCHIVE) is not None
        assert current is not None
        assert current.get("href") == f"{BASE}en-US/feed.{suffix}"
        assert itself is not None
        assert itself.get("href") == BASE + str(file.relative_to(big))


def test_archives_are_valid_atom(big: Path) -> None:
    validate(list(big.rglob("archive/*.atom")))


def test_an_archive_rests_while_others_are_born(tmp_path: Path) -> None:
    root = samples.grown(tmp_path, 2 * NEWEST)
    first, press = (root / "en-US/archive/1.atom").read_bytes(), samples.press(tmp_path)
    assert not (root / "en-US/archive/2.atom").exists()
    for number in range(2 * NEWEST + 1, 2 * NEWEST + 4):
        press.publish(record(number), samples.article(record(number)))
    assert (root / "en-US/archive/1.atom").read_bytes() == first
    assert (root / "en-US/archive/2.atom").exists()
    step_by_step = _feeds(root)
    press.rebuild()
    assert _feeds(root) == step_by_step


def test_what_is_withdrawn_is_withdrawn_in_its_archive_too(tmp_path: Path) -> None:
    root = samples.grown(tmp_path, NEWEST + 1)
    samples.press(tmp_path).withdraw(record(1, "listing"))
    for suffix in ("atom", "rss"):
        oldest = entries((root / f"en-US/archive/1.{suffix}").read_bytes())[-1]
        assert oldest.title.startswith("Withdrawn: ")
        assert "Open orders" not in oldest.html
    assert json.loads((root / "en-US/archive/1.json").read_bytes())["items"][-1]["title"].startswith("Withdrawn: ")


@pytest.mark.parametrize(
    ("position", "count", "expected"),
    [
        (0, 1, ()),
        (NEWEST, NEWEST + 1, (1,)),
        (NEWEST + 1, NEWEST + 2, ()),
        (2 * NEWEST, 2 * NEWEST + 1, (2,)),
        (0, 2 * NEWEST + 1, (1,)),
        (NEWEST, 2 * NEWEST + 9, (2,)),
        (2 * NEWEST + 3, 2 * NEWEST + 9, ()),
    ],
)
def test_a_change_touches_one_archive_at_most(position: int, count: int, expected: tuple[int, ...]) -> None:
    assert tuple(feed.touched(position, count)) == expected
