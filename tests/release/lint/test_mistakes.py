"""What an author is told: thirty mistakes planted in one listing, and none where nothing is wrong."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from publisher.channel import Finding, Severity
from publisher.content.source import folders, read_draft
from publisher.release.lint import House, lint, own_domains
from publisher.release.lint.assets import Asset, Assets, load
from publisher.release.lint.codes import CODES
from publisher.release.lint.lists import ListError
from tests.content.folders import EN, TOML, ZH, Folder

ROOT = Path(__file__).resolve().parents[3]
OWN = ("example.com",)
HOUSE = House(OWN)
REGISTRY = Assets(
    (
        Asset("aurora", "AURP", "Aurora Protocol", "Ethereum", "0x52908400098527886E0F7030069857D2E4169EE7"),
        Asset("tether", "USDT", "Tether", "Ethereum", ""),
        Asset("cobalt", "COB", "Cobalt Network", "", ""),
        Asset("cobra", "COB", "Cobra Finance", "", ""),
    )
)


@pytest.fixture
def listing(tmp_path: Path) -> Folder:
    return Folder.of("listing", tmp_path / "listing")


def told(folder: Folder, house: House = HOUSE) -> Sequence[Finding]:
    """Everything that `publisher check` says of the source."""
    draft = read_draft(folder.path)
    return [*draft.reading[1], *lint(draft, house)]


def codes(folder: Folder, house: House = HOUSE) -> list[str]:
    return [finding.code for finding in told(folder, house)]


@pytest.mark.parametrize("folder", folders(ROOT / "announcements"), ids=lambda folder: folder.name)
def test_the_samples_have_no_mistake(folder: Path) -> None:
    assert lint(read_draft(folder), House(OWN)) == []


CYRILLIC_T, ZERO_WIDTH, OVERRIDE = "\u0422", "\u200b", "\u202e"
PLANTED: Mapping[str, tuple[str, str, str]] = {
    "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAee": (EN, "address.checksum", ""),
    "0x5aaeb6053f3e94c9b9a09f33669435e7ef1beaed": (
        EN,
        "address.no_checksum",
        "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed",
    ),
    "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAe": (EN, "address.length", ""),
    "TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6u": (EN, "address.checksum", ""),
    "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t5": (EN, "address.checksum", ""),
    "http://example.com/plain": (EN, "link.http", "https"),
    "https://203.0.113.7/deposit": (EN, "link.ip", "domain"),
    "https://examp1e.com/login": (EN, "link.look_alike", "example.com"),
    "https://example.com.sign-in.net/": (EN, "link.look_alike", "example.com"),
    "https://exarnple.com/rn": (EN, "link.look_alike", "example.com"),
    "https://example-support.org/help": (EN, "link.resembles", "exchange.domains"),
    "https://exanple.com/": (EN, "link.resembles", "exchange.domains"),
    "https://bücher.de/": (EN, "link.punycode", "plain letters"),
    "https://elsewhere.net/fees": (EN, "link.other_domain", "correct the address"),
    f"USD{CYRILLIC_T}": (EN, "text.mixed_script", "again"),
    f"with{ZERO_WIDTH}draw": (EN, "text.invisible", "delete"),
    "09:30": (EN, "time.no_zone", "UTC+8"),
    "11:45 CST": (EN, "time.ambiguous_zone", "offset"),
    "03/12/2026": (EN, "date.ambiguous", "month"),
    "1.000,5": (EN, "number.format", "number"),
    "7 万": (ZH, "language.number", "placeholder"),
    "12月4日": (ZH, "language.date", "placeholder"),
    "14:00": (ZH, "language.time", "placeholder"),
    "COB/USDT": (EN, "language.symbol", "placeholder"),
    "1BvBMSEYstWetqTFn5Au4m4GFg7xJaNVN2": (ZH, "language.address", "placeholder"),
    "https://example.com/terms": (EN, "language.link", "add it to zh-CN"),
    "{{ zone }}": (ZH, "language.fact", "en-US"),
    "![](chart.png)": (EN, "image_alt", "what it shows"),
    "<b>": (EN, "html", "Markdown"),
    OVERRIDE: (EN, "character", "delete"),
}
"""What is planted -> the file in which it is told, the code, and a word of the fix."""

PLANTED_EN = f"""

## Planted

Send 60,000 USD{CYRILLIC_T} on 3 December 2026 at 13:00 UTC, or 1.000,5 on 03/12/2026. Orders open at 09:30.

They close at 11:45 CST. You can with{ZERO_WIDTH}draw <b>COB/USDT</b> {OVERRIDE}.

- 0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAee
- 0x5aaeb6053f3e94c9b9a09f33669435e7ef1beaed
- 0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAe
- TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6u
- bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t5
- [plain](http://example.com/plain), [address](https://203.0.113.7/deposit), [digit](https://examp1e.com/login),
  [below](https://example.com.sign-in.net/), [pair](https://exarnple.com/rn), [brand](https://example-support.org/help),
  [letter](https://exanple.com/), [marks](https://bücher.de/), [example.com](https://elsewhere.net/fees),
  [terms](https://example.com/terms)

![](chart.png)
"""
PLANTED_ZH = """

## 计划

{{ zone }} 请于 2026年12月4日 14:00（UTC）转入 7 万 USDT，地址 1BvBMSEYstWetqTFn5Au4m4GFg7xJaNVN2。
"""


def test_thirty_mistakes_in_a_listing_are_each_explained(listing: Folder) -> None:
    findings = told(listing.append(EN, PLANTED_EN).append(ZH, PLANTED_ZH))

    assert len(PLANTED) == 30
    for planted, (file, code, fix) in PLANTED.items():
        found = [finding for finding in findings if finding.code == code and is_about(finding, planted, listing, file)]
        assert found, (planted, code, [finding for finding in findings if finding.code == code])
        assert found[0].fix
        assert fix in found[0].fix


def is_about(finding: Finding, planted: str, folder: Folder, file: str) -> bool:
    """It stands inside what was planted; or, what differs between languages, on its line and names it."""
    assert finding.place is not None
    if Path(finding.place.file).name != file or not finding.place.line:
        return False
    line = folder.text(file).split("\n")[finding.place.line - 1]
    if finding.code.startswith("language."):
        said = planted.strip("{} ").split("/")[0] if finding.code == "language.symbol" else planted.strip("{} ")
        return planted in line and said.removeprefix("https://") in finding.message
    begins = line.find(planted)
    return begins >= 0 and begins <= finding.place.column - 1 < begins + len(planted)


def test_the_place_is_that_of_the_mistake(listing: Folder) -> None:
    listing.append(EN, "\nSee [fees](http://example.com/a) and [more](http://example.com/b).\n")

    places = [finding.place for finding in told(listing) if finding.code == "link.http"]

    assert places == [listing.place(EN, "http://example.com/a"), listing.place(EN, "http://example.com/b")]


@pytest.mark.parametrize(
    "en, zh",
    [
        ("Up to 500,000 USDT or 1.5 million.", "最多 50 万 USDT 或 150万。"),
        ("At 18:00 (UTC+8) on 3 Dec 2026.", "2026年12月3日 10:00 UTC。"),
        ("On December 3 at 6 pm UTC.", "12月3日下午6点（UTC）。"),
        ("Within ten minutes, the first tier.", "10 分钟内，第 1 档。"),
        ("Fees of 0.10% from March 2026.", "２０２６年３月起费率 0.1%。"),
        ("See [fees](https://example.com/en-US/fees).", "见[费率](https://example.com/zh-CN/fees)。"),
        ("Swap at 1:10, in 24 hours.", "兑换比例 1:10，24 小时内。"),
        (
            "At {{ trading_at | time }} and 10:00-12:00 on 3 Dec (UTC+8).",
            "{{ trading_at | time }}，12月3日 10:00-12:00（UTC+8）。",
        ),
        ("A family 👩\u200d💻 of 2.", "2 位 👩\u200d💻。"),
        ("Aurora's version 1.2.3, ERC20.", "版本 1.2.3，ERC20。"),
    ],
)
def test_the_same_said_in_two_languages(listing: Folder, en: str, zh: str) -> None:
    assert codes(listing.append(EN, f"\n{en}\n").append(ZH, f"\n{zh}\n")) == []


@pytest.mark.parametrize(
    "en, zh, said",
    [
        ("Up to 500,000 USDT.", "最多 5 万 USDT。", "en-US says `500,000` where zh-CN says `5 万`"),
        ("Fees of 0.10%.", "费率 0.01%。", "en-US says `0.10%` where zh-CN says `0.01%`"),
        ("At 10:00 UTC.", "10:00（UTC+8）。", "en-US says `10:00` (10:00 UTC) where zh-CN says `10:00` (02:00 UTC)"),
        ("On 3 Dec.", "12月4日。", "en-US says `3 Dec` where zh-CN says `12月4日`"),
        ("On 3 Dec 2026.", "2027年12月3日。", "en-US says `3 Dec 2026` where zh-CN says `2027年12月3日`"),
        (
            "| a | b |\n|---|---|\n| 1.5 | 20 |\n| 2.5 | 30 |",
            "| a | b |\n|---|---|\n| 1.5 | 30 |\n| 2.5 | 20 |",
            "en-US says `20` where zh-CN says `30`",
        ),
    ],
)
def test_not_the_same(listing: Folder, en: str, zh: str, said: str) -> None:
    findings = told(listing.append(EN, f"\n{en}\n").append(ZH, f"\n{zh}\n"))

    assert said in [finding.message for finding in findings]


def test_facts_said_in_words_are_compared_as_well(tmp_path: Path) -> None:
    folder = Folder.of("risk_warning", tmp_path / "warning")
    folder.replace(TOML, "The project's treasury keys", "5,000 of the project's treasury keys")

    [finding] = told(folder)

    assert finding.code == "language.number"
    assert finding.place is not None
    assert finding.place.file.endswith(TOML)


def test_a_contract_of_another_network(listing: Folder) -> None:
    listing.replace(TOML, 'network = "Ethereum"', 'network = "TRON"')

    [finding] = told(listing)

    assert (finding.code, finding.severity) == ("address.network", Severity.ERROR)
    assert finding.place == listing.place(TOML, '"0x52908400098527886E0F7030069857D2E4169EE7"')


def test_a_contract_of_a_network_that_is_not_known_is_checked_by_its_form(listing: Folder) -> None:
    listing.replace(TOML, 'network = "Ethereum"', 'network = "Brightnet"')
    listing.replace(TOML, "0x52908400098527886E0F7030069857D2E4169EE7", "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAee")

    assert codes(listing) == ["address.checksum"]


def test_the_registry_knows_the_listing(listing: Folder) -> None:
    assert codes(listing, House(OWN, REGISTRY)) == []


@pytest.mark.parametrize(
    "old, new, code",
    [
        ('"AURP"', '"AURQ"', "asset.unknown"),
        ('pairs = ["AURP/USDT"]', 'pairs = ["AURP/COB"]', "asset.ambiguous"),
        ('"Aurora Protocol"', '"Aurora Finance"', "asset.name"),
        ("0x52908400098527886E0F7030069857D2E4169EE7", "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed", "asset.address"),
    ],
)
def test_the_registry_knows_better(listing: Folder, old: str, new: str, code: str) -> None:
    assert codes(listing.replace(TOML, old, new), House(OWN, REGISTRY)) == [code]


def test_a_registry_is_read_from_csv_and_json(tmp_path: Path) -> None:
    (tmp_path / "assets.csv").write_text("id,ticker,name,chain,address\ncobalt,COB,Cobalt Network,,\n")
    (tmp_path / "assets.jsonl").write_text('{"id": "cobalt", "ticker": "COB", "name": "Cobalt Network"}\n')

    assert load(tmp_path / "assets.csv") == load(tmp_path / "assets.jsonl")
    assert load(tmp_path / "assets.csv").rows == [Asset("cobalt", "COB", "Cobalt Network", "", "")]


@pytest.mark.parametrize(
    "name, content, said, line",
    [
        ("assets.csv", b"id,name\n", "no column ticker", 1),
        ("assets.csv", b"id,ticker,name\na,,A\n", "has no ticker", 2),
        ("assets.csv", b'id,ticker,name\na,"A,A\n', "unexpected end of data", 2),
        ("assets.csv", b"id,ticker,name\na,A,A\na,B,B\n", "the id a is A (A) in another row", 3),
        ("assets.csv", b"id,ticker,name,chain,address\na,A,A,TRON,0x0\n", "is not an address of TRON", 2),
        ("assets.csv", b"\xff\xfe", "not UTF-8", 0),
        ("assets.jsonl", b"[]\n", "not an object", 1),
        ("assets.jsonl", b"[" * 100_000, "not an object", 1),
    ],
)
def test_a_registry_that_cannot_be_used(tmp_path: Path, name: str, content: bytes, said: str, line: int) -> None:
    (tmp_path / name).write_bytes(content)

    with pytest.raises(ListError) as caught:
        load(tmp_path / name)

    [finding] = caught.value.findings
    assert said in finding.message
    assert finding.place is not None
    assert finding.place.line == line


def test_a_registry_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ListError, match="No such file"):
        load(tmp_path / "assets.csv")


def test_own_domains_are_those_of_the_settings() -> None:
    urls = ["http://127.0.0.1:8080", "https://support.example.com/help"]

    assert own_domains(urls, ["example.com", "Example.NET."]) == ["example.com", "example.net"]


@pytest.mark.parametrize(
    "content",
    [
        "x" * 900_000,
        "9" * 900_000,
        "1," * 400_000,
        "10:00 " * 150_000,
        "a." * 400_000,
        "](" * 12_000 + "a" * 500_000,
        "## x 10:00\n" * 9_000,
        "[a](https://exаmple.com/x) " * 5_000,
        "".join(f"[example.com](http://h{number}.example.net/) " for number in range(5_000)),
        "".join(f"0x{number:040x} " for number in range(20_000)),
        "aа" * 200_000,
        "a\u200b" * 200_000,
        "👩\u200d💻" * 60_000,
        "|" + "a|" * 500 + "\n|" + "-|" * 500 + "\n|" + "1|" * 500,
        "- " * 1_000 + "x",
    ],
    ids=lambda content: ascii(content[:12]),
)
def test_hostile_texts_end_in_time_and_are_told_in_a_few_words(listing: Folder, content: str) -> None:
    draft = read_draft(listing.append(EN, f"\n{content}\n").path)
    began = time.process_time()

    findings = lint(draft, House(OWN))

    assert time.process_time() - began < 2
    assert all(sum(other.code == finding.code for other in findings) <= 40 for finding in findings)


def test_every_code_is_explained_and_no_other() -> None:
    page = (ROOT / "docs" / "lint.md").read_text(encoding="utf-8")

    rows = re.findall(r"^\| `([a-z_.]+)` \| (error|warning) \| \S", page, re.MULTILINE)

    assert dict(rows) == {code: severity.value for code, severity in CODES.items()}
    assert len(rows) == len(CODES)
