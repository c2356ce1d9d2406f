"""The authoring guide is enough: its listing in two languages is ready, and each mistake planted in it is explained."""

from __future__ import annotations

import json
import re
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.cli.desk import Desk, copied
from tests.content.folders import EN, TOML, ZH, Folder
from tests.content.test_docs import AUTHORING, examples

ROOT = Path(__file__).resolve().parents[2]
GUIDE = "cobalt-listing"


@pytest.fixture(scope="module")
def newcomer(made_once: Desk, tmp_path_factory: pytest.TempPathFactory) -> Desk:
    """A workspace with an asset registry and a glossary, where somebody new has the guide and nothing else."""
    desk = copied(made_once, tmp_path_factory.mktemp("newcomer") / "desk")
    desk.setting(r"^\[exchange\]$", 'assets = "assets.csv"\nglossary = "glossary.csv"\n\n[exchange]')
    (desk.root / "assets.csv").write_text(ASSETS, encoding="utf-8")
    (desk.root / "glossary.csv").write_text("en-US,zh-CN\nExample Earn,示例理财\n", encoding="utf-8")
    return desk


ASSETS = """id,ticker,name,chain,address
cobalt,COBN,Cobalt Network,,
tether,USDT,Tether,,
dual-one,DUAL,Dual One,,
dual-two,DUAL,Dual Two,,
"""


@pytest.fixture
def listing(tmp_path: Path) -> Folder:
    """The listing of the guide, written as the guide writes it, with times to come."""
    folder = tmp_path / GUIDE
    folder.mkdir()
    for path, content in examples(AUTHORING).items():
        if GUIDE in path:
            (folder / Path(path).name).write_text(content.replace("2026-12", "2099-12"), encoding="utf-8")
    return Folder(folder)


def told(desk: Desk, listing: Folder) -> list[dict[str, Any]]:
    said = desk.tried("check", listing.path, "--json")
    return list(json.loads(said.out)["findings"])


def test_the_listing_of_the_guide_is_ready(newcomer: Desk, listing: Folder) -> None:
    assert sorted(path.name for path in listing.path.iterdir()) == [TOML, EN, ZH]

    said = newcomer("check", listing.path)

    assert said.err == ""
    assert "ready: " in said.out
    assert "en-US, zh-CN" in said.out


def test_every_step_of_the_guide_can_be_followed(newcomer: Desk, tmp_path: Path) -> None:
    commands = re.search(r"^```\n((?:publisher .*\n)+)```$", AUTHORING, re.MULTILINE)
    assert commands
    for line in commands[1].splitlines():
        words = [word.replace("announcements/", f"{tmp_path}/") for word in line.split()[1:]]
        if "--out" in words:
            words[-1] = str(tmp_path / words[-1])
        (newcomer.tried if words[0] != "new" else without_workspace)(*words)
    assert (tmp_path / "preview.html").exists()


def without_workspace(*words: str) -> None:
    from tests.cli.desk import publisher

    assert publisher(*words).code == 0


PLANTED: dict[str, tuple[str, str, str, str, str]] = {
    # what was done: (file, what stood there, what stands there now, code, a word of the fix)
    "a word of a key": (TOML, "ticker =", "tiker =", "unknown_key", "ticker"),
    "a fact that is missing": (TOML, 'name = "Cobalt Network"\n', "", "missing_key", "name ="),
    "a word of a choice": (TOML, '"spot"', '"sport"', "wrong_value", "product ="),
    "a small letter in a ticker": (TOML, 'ticker = "COBN"', 'ticker = "Cobn"', "wrong_value", "ticker ="),
    "a time in quotes": (TOML, "2099-12-08T18:00:00", '"2099-12-08T18:00:00"', "wrong_value", "trading_at"),
    "a day without an hour": (TOML, "2099-12-08T18:00:00", "2099-12-08", "wrong_value", "2026-12-03T10:00:00"),
    "an offset": (TOML, "2099-12-08T18:00:00", "2099-12-08T18:00:00+08:00", "time_offset", "leave the offset out"),
    "a zone that does not exist": (TOML, "Asia/Singapore", "Asia/Singapur", "wrong_value", "time_zone"),
    "a kind that does not exist": (TOML, '"listing"', '"listings"', "unknown_kind", "listing"),
    "a quotation mark": (TOML, '"COBN"\n', '"COBN\n', "toml", "quotes"),
    "published after it opens": (TOML, "2099-12-07T17:00:00", "2099-12-08T19:00:00", "publish_at", "or earlier"),
    "a set that does not exist": (
        TOML,
        "[facts]",
        'destinations = "all"\n\n[facts]',
        "destinations.unknown",
        "default",
    ),
    "another name than the registry's": (TOML, "Cobalt Network", "Cobalt Works", "asset.name", "Cobalt Network"),
    "a ticker of two assets": (TOML, '["COBN/USDT"]', '["COBN/DUAL"]', "asset.ambiguous", "by name"),
    "a ticker of none": (TOML, '["COBN/USDT"]', '["COBN/USTD"]', "asset.unknown", "ticker"),
    "a contract with a typing mistake": (
        TOML,
        "trading_at",
        'network = "Ethereum"\ncontract_address = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAee"\ntrading_at',
        "address.checksum",
        "again",
    ),
    "a title of one's own": (EN, "will list {{ name }}", "lists {{ name }}", "title", "will list {{ name }}"),
    "a block that is missing": (EN, " {#risk}", "", "missing_block", "{#risk}"),
    "an empty block": (ZH, "新资产可能在数小时内损失全部价值。\n", "", "missing_block", "lose"),
    "a placeholder that does not exist": (
        EN,
        "{{ pairs | join }}",
        "{{ pair | join }}",
        "unknown_placeholder",
        "pairs",
    ),
    "a list without a filter": (ZH, "{{ pairs | join }}", "{{ pairs }}", "placeholder_bare", "join"),
    "a placeholder that is not closed": (EN, "{{ pairs | join }}", "{{ pairs | join ", "placeholder_syntax", "}}"),
    "a fact in one language only": (ZH, " {{ trading_at | datetime }} ", "近期", "language.fact", "out of both"),
    "a time without a zone": (EN, "New assets", "At 18:00 it opens. New assets", "time.no_zone", "zone"),
    "another number": (EN, "within hours", "within 24 hours", "language.number", "every language"),
    "a link without encryption": (EN, "New assets", "[Terms](http://example.com/t). New assets", "link.http", "https"),
    "a look-alike": (EN, "New assets", "[Terms](https://examp1e.com/t). New assets", "link.look_alike", "example.com"),
    "an image without words": (EN, "New assets", "![](https://example.com/a.png) New assets", "image_alt", "shows"),
    "an invisible character": (EN, "New assets", "New as\u200bsets", "text.invisible", "delete"),
    "HTML": (EN, "New assets", "<b>New</b> assets", "html", "Markdown"),
    "a reordering character": (ZH, "新资产", "\u202e新资产", "character", "delete"),
    "a name that is not translated": (EN, "New assets", "Example Earn assets", "glossary.missing", "示例理财"),
}


def test_there_are_more_than_thirty_kinds_of_mistake() -> None:
    assert len(PLANTED) > 30
    assert len({code for *_, code, _ in PLANTED.values()}) > 20


@pytest.mark.parametrize("name", PLANTED)
def test_a_planted_mistake_is_explained(newcomer: Desk, listing: Folder, name: str) -> None:
    file, before, after, code, fix = PLANTED[name]
    listing.write(file, listing.text(file).replace(before, after, 1))
    changed = line_of(listing.text(file), after)

    findings = [finding for finding in told(newcomer, listing) if finding["code"] == code]

    assert findings
    [finding, *_] = findings
    assert finding["message"]
    assert fix in finding["fix"]
    assert finding["file"].endswith((EN, ZH) if code.startswith(("language.", "glossary.")) else file)
    if after and code not in ("missing_block", "destinations.unknown"):
        assert abs(finding["line"] - changed) <= 2 or code.startswith(("language.", "glossary."))


def line_of(text: str, after: str) -> int:
    return text[: text.find(after)].count("\n") + 1 if after else 0


@pytest.mark.parametrize("file", [EN, ZH, TOML])
def test_a_file_that_is_missing_is_named(newcomer: Desk, listing: Folder, file: str) -> None:
    (listing.path / file).unlink()

    assert any(finding["file"].endswith(file) and finding["fix"] for finding in told(newcomer, listing))


@pytest.mark.parametrize(
    ("kind", "event"),
    [
        ("maintenance", "starts_at"),
        ("listing", "deposits_at"),
        ("delisting", "delisted_at"),
        ("token_event", "effective_at"),
        ("activity", "ends_at"),
        ("rule_change", "effective_at"),
        ("api_change", "effective_at"),
    ],
)
def test_less_notice_than_the_exchange_gives(desk: Desk, tmp_path: Path, kind: str, event: str) -> None:
    folder = Folder.of(kind, tmp_path / kind)
    happens = datetime.fromisoformat(re.search(rf"(?m)^{event} = (\S+)", folder.text(TOML))[1])  # type: ignore[index]
    with (desk.root / "publisher.toml").open("a", encoding="utf-8") as settings:
        settings.write(f"\n[kinds.{kind}]\nnotice_days = 40\n")

    def published(before: timedelta) -> list[str]:
        moved = re.sub(r"(?m)^publish_at = .*$", f"publish_at = {(happens - before).isoformat()}", folder.text(TOML))
        folder.write(TOML, moved)
        return [finding["message"] for finding in told(desk, folder) if finding["code"] == "publish_at"]

    assert published(timedelta(days=40)) == []
    assert published(timedelta(days=39)) == [
        "`publish_at` is later than the 40 days of notice that this exchange gives allow"
    ]


def test_a_kind_without_an_event_has_no_notice(desk: Desk, listing: Folder) -> None:
    with (desk.root / "publisher.toml").open("a", encoding="utf-8") as settings:
        settings.write("\n[kinds.incident]\nnotice_days = 7\n")

    assert "kinds.incident.notice_days: this kind announces nothing to come" in desk.tried("check", listing.path).err
