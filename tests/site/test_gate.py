"""A website behind a gate: no list shows what its readers must not see, and the edge manifest admits by region.

The examples of docs/regions.md are run as they stand there: nginx's tables by an interpreter, the worker in Chromium.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from publisher.channel import EVERYWHERE, Record, Regions
from publisher.site.derive import Site
from publisher.site.views import Gate
from tests.site import samples

DOCS = (Path(__file__).parents[2] / "docs" / "regions.md").read_text(encoding="utf-8")
VIEWS = {"main": frozenset({"JP", "SG"}), "us": frozenset({"US"})}
READERS = ("SG", "JP", "US", "DE", "")
OPEN, NOT_US, ASIA, US_ONLY = 1, 2, 3, 4
REGIONS = {OPEN: EVERYWHERE, NOT_US: Regions(deny=("US",)), ASIA: Regions(("JP", "SG")), US_ONLY: Regions(("US",))}
SEEN = {"": {OPEN}, "main": {OPEN, NOT_US, ASIA}, "us": {OPEN, US_ONLY}}
"""View -> what is in its lists."""


def gated() -> Site:
    return Site(samples.BRAND, samples.TEMPLATES, samples.LOCALES, "example.com,2026", gate=Gate(VIEWS))


def restricted(number: int, locale: str = "en-US") -> Record:
    fields = samples.record(number, "listing", locale, title=f"Listing number {number}").model_dump()
    return Record(**{**fields, "regions": REGIONS[number]})


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("gated")
    press = samples.press(folder, derive=gated())
    for number in REGIONS:
        for locale in samples.LOCALES:
            press.publish(restricted(number, locale), samples.article(restricted(number, locale)))
    press.refresh()
    return folder / "site"


def files(root: Path) -> dict[str, str]:
    return {
        str(file.relative_to(root)): file.read_text("utf-8")
        for file in root.rglob("*")
        if file.suffix in {".html", ".atom", ".rss", ".json", ".xml"}
    }


def named(text: str) -> set[int]:
    """The announcements that a text names, by title or by reference."""
    return {int(number) for number in re.findall(r"(?:Listing number |ANN-2026-0000)([0-9])", text)}


@pytest.mark.parametrize("view", SEEN)
def test_no_list_feed_or_sitemap_names_what_its_readers_must_not_see(root: Path, view: str) -> None:
    prefix = f"_views/{view}/" if view else ""
    inside = {
        path: text
        for path, text in files(root).items()
        if path.startswith(prefix) and (view or not path.startswith("_")) and "ANN-" not in path
    }

    assert {
        f"{prefix}en-US/index.html",
        f"{prefix}zh-CN/listing/feed.atom",
        f"{prefix}en-US/page/1.html",
    } <= inside.keys()
    for path, text in inside.items():
        assert named(text) <= SEEN[view], path
    assert named(inside[f"{prefix}en-US/index.html"]) == named(inside[f"{prefix}en-US/feed.json"]) == SEEN[view]


def test_a_page_leads_nowhere_where_not_everybody_may_go(root: Path) -> None:
    for number in REGIONS:
        page = (root / f"en-US/ANN-2026-0000{number}.html").read_text("utf-8")
        assert named(page) <= {number, *SEEN[""]}


def test_the_sitemap_is_for_everybody(root: Path) -> None:
    assert named((root / "sitemap/en-US-1.xml").read_text("utf-8")) == SEEN[""]
    assert not list(root.glob("_views/**/sitemap*"))


def test_a_correction_that_takes_regions_away_takes_it_out_of_the_lists(tmp_path: Path) -> None:
    press = samples.press(tmp_path, derive=gated())
    before = samples.record(2, "listing", title="Listing number 2")
    press.publish(before, samples.article(before))
    home = tmp_path / "site/en-US/index.html"
    assert named(home.read_text("utf-8")) == {2}

    press.publish(restricted(2), samples.article(restricted(2)))

    assert not named(home.read_text("utf-8"))
    assert named((tmp_path / "site/_views/main/en-US/index.html").read_text("utf-8")) == {2}


def test_a_rebuild_writes_the_same(root: Path) -> None:
    before = files(root)

    samples.press(root.parent, derive=gated()).rebuild()

    assert files(root) == before


def test_without_a_gate_there_is_neither_view_nor_manifest(tmp_path: Path) -> None:
    root = samples.publish(tmp_path, [restricted(ASIA)])

    assert named((root / "en-US/index.html").read_text("utf-8")) == {ASIA}
    assert not list(root.glob("_views")) + list(root.glob("_edge"))


# --- the edge


@dataclass(frozen=True)
class Answer:
    """What the edge does: a status, and the view whose lists it serves."""

    status: int
    view: str = ""


def expected(path: str, region: str) -> Answer:
    found = re.match(r"/[A-Za-z]{2,3}[A-Za-z-]*/ANN-2026-0*([0-9]+)", path)  # a short address tells no title
    if path.startswith("/_"):
        return Answer(404)
    if not found:
        return Answer(200, next((name for name, regions in VIEWS.items() if region in regions), ""))
    if int(found[1]) not in REGIONS:
        return Answer(404)
    return Answer(200 if REGIONS[int(found[1])].admits(region or None) else 451)


PATHS = (
    *(
        f"/{locale}/ANN-2026-0000{number}{more}"
        for locale in samples.LOCALES
        for number in REGIONS
        for more in ("", ".png")
    ),
    "/en-US/ANN-2026-00009",
    "/en-US/ANN-2026-000031",
    "/a/ANN-2026-00003",
    "/en-US/",
    "/zh-CN/listing/feed.atom",
    "/static/site.css",
    "/_edge/manifest.json",
)


def block(language: str) -> str:
    return str(re.findall(rf"```{language}\n(.*?)```", DOCS, re.DOTALL)[0])


def test_nginx_answers_as_the_regions_say(root: Path, tmp_path: Path) -> None:
    program = tmp_path / "regions.py"
    program.write_text(block("python"), encoding="utf-8")
    made = subprocess.run([sys.executable, program, root], capture_output=True, text=True, check=True).stdout
    tables = list(maps(block("nginx").replace("include /etc/nginx/regions.conf;", made)))

    for path in PATHS:
        for region in READERS:
            values = evaluated(tables, {"$uri": path, "$region": region})
            hidden = path.startswith("/_")  # by a location of its own
            is_page = "ANN-" in path and not path.startswith("/a/")
            view = values["$view"] if values["$view"] != "-" and not is_page else ""
            answer = Answer(404) if hidden else Answer(int(values["$answer"]), view)
            assert answer == expected(path, region), (path, region)


def test_the_worker_answers_as_the_regions_say(root: Path, browser: Browser) -> None:
    manifest = json.loads((root / "_edge/manifest.json").read_text("utf-8"))
    parts = [json.loads((root / part[1:]).read_text("utf-8"))["announcements"] for part in manifest["parts"]]
    manifest["announcements"] = {path: rule for part in parts for path, rule in part.items()}
    asked = [[path, region] for path in PATHS for region in READERS]
    page = browser.new_page()

    call = f"([manifest, asked]) => {{ {block('javascript')} return asked.map(([p, r]) => decide(manifest, p, r)) }}"
    answers = page.evaluate(call, [manifest, asked])
    page.close()

    for (path, region), answer in zip(asked, answers, strict=True):
        wanted = expected(path, region)
        files = [f"/_views/{wanted.view}{path}", path] if wanted.view else [path]
        assert answer == ({"status": 200, "files": files} if wanted.status == 200 else {"status": wanted.status})


Table = tuple[str, str, Mapping[str, str]]
"""An nginx map: what it looks at, the variable it sets, and its lines in order."""


def maps(configuration: str) -> Iterable[Table]:
    for source, variable, body in re.findall(r'map ("[^"]*"|\S+) (\$\w+) \{\n(.*?)\n\}', configuration, re.DOTALL):
        yield source.strip('"'), variable, dict(_lines(body))


def _lines(body: str) -> Iterator[tuple[str, str]]:
    for line in body.splitlines():
        key, value = re.fullmatch(r"\s*('[^']*'|\"[^\"]*\"|\S+) ('[^']*'|\S+?);", line).groups()  # type: ignore[union-attr]
        yield key.strip("'\""), value.strip("'\"")


def evaluated(tables: Iterable[Table], given: Mapping[str, str]) -> Mapping[str, str]:
    """Every variable, as nginx finds it: a line equal to the value, else the first expression, else the default."""
    values = dict(given)
    for source, variable, lines in tables:
        looked_at = re.sub(r"\$\w+", lambda name: values[name[0]], source)
        values[variable] = _found(looked_at, lines)
    return values


def _found(looked_at: str, lines: Mapping[str, str]) -> str:
    if looked_at in lines and looked_at != "default":
        return lines[looked_at]
    for pattern, value in lines.items():
        if pattern.startswith("~") and (found := re.search(pattern[1:].replace("?<", "?P<", 1), looked_at)):
            return re.sub(r"\$(\w+)", lambda name, found=found: found[name[1]], value)  # type: ignore[misc]
    return lines["default"]
