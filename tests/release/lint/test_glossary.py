"""Names of assets and products, written as the exchange writes them."""

from __future__ import annotations

from pathlib import Path

import pytest

from publisher.channel import Finding, Severity
from publisher.content.source import read_draft
from publisher.release.lint import House, lint
from publisher.release.lint.glossary import Glossary, Name, load
from publisher.release.lint.lists import ListError
from tests.content.folders import EN, TOML, ZH, Folder

GLOSSARY = Glossary(
    (
        Name({"en-US": "Ethereum", "zh-CN": "以太坊"}, {"zh-CN": ["以太网", "乙太坊"]}),
        Name({"en-US": "Example Earn", "zh-CN": "示例理财"}, {"zh-CN": ["示例赚币"], "en-US": ["ExampleEarn"]}),
        Name({"en-US": "Example", "zh-CN": "示例"}, {}),
        Name({"en-US": "USD Coin", "zh-CN": "USD Coin"}, {}),
    )
)


@pytest.fixture
def listing(tmp_path: Path) -> Folder:
    return Folder.of("listing", tmp_path / "listing")


def told(folder: Folder) -> list[Finding]:
    return [f for f in lint(read_draft(folder.path), House(glossary=GLOSSARY)) if f.code.startswith("glossary.")]


@pytest.mark.parametrize(
    ("en", "zh"),
    [
        ("Staking of Ethereum in Example Earn.", "在示例理财中质押以太坊。"),
        ("Pay in USD Coin.", "以 USD Coin 支付。"),
        ("See https://example.com/ethereum and ethereum.example.com.", "见 https://example.com/ethereum。"),
        ("Deposits on Ethereum open.", "{{ network }} 网络的充值开放。"),
        ("Ethereumclassic is another word.", "另一个词。"),
        ("Nothing of the glossary.", "以太坊。"),
    ],
)
def test_what_the_glossary_says(listing: Folder, en: str, zh: str) -> None:
    assert told(listing.append(EN, f"\n{en}\n").append(ZH, f"\n{zh}\n")) == []


@pytest.mark.parametrize(
    ("en", "zh", "file", "at", "code", "fix"),
    [
        ("On Ethereum.", "在乙太坊上。", ZH, "乙太坊", "glossary.spelling", "write `以太坊`"),
        (
            "In Example Earn.",
            "在 Example Earn 中。",
            ZH,
            "Example Earn",
            "glossary.missing",
            "write `示例理财` in zh-CN",
        ),
        ("In Example Earn.", "在理财中。", EN, "Example Earn", "glossary.missing", "write `示例理财` in zh-CN"),
        ("In Example Earn.", "在示例赚币中。", ZH, "示例赚币", "glossary.spelling", "write `示例理财`"),
        ("In Example Earn.", "在示例中。", EN, "Example Earn", "glossary.missing", "write `示例理财` in zh-CN"),
        ("In ExampleEarn.", "在示例理财中。", EN, "ExampleEarn", "glossary.spelling", "write `Example Earn`"),
        ("In example earn.", "在示例理财中。", EN, "example earn", "glossary.spelling", "write `Example Earn`"),
    ],
)
def test_what_it_does_not(listing: Folder, en: str, zh: str, file: str, at: str, code: str, fix: str) -> None:
    listing.append(EN, f"\n{en}\n").append(ZH, f"\n{zh}\n")

    [finding] = told(listing)

    assert (finding.code, finding.severity, finding.fix) == (code, Severity.WARNING, fix)
    assert finding.place == listing.place(file, at)


def test_facts_that_are_said_in_words(tmp_path: Path) -> None:
    folder = Folder.of("notice", tmp_path / "notice")
    text = folder.text(TOML)
    line = next(line for line in text.split("\n") if line.startswith("subject"))
    folder.replace(TOML, line, 'subject = { en-US = "Example Earn closes", zh-CN = "理财关闭" }')

    [finding] = told(folder)

    assert finding.code == "glossary.missing"
    assert finding.place == folder.place(TOML, '"Example Earn')


def test_a_glossary_is_read(tmp_path: Path) -> None:
    file = tmp_path / "glossary.csv"
    file.write_text("en-US,zh-CN,not zh-CN\nEthereum,以太坊,以太网 | 乙太坊\nUSD Coin,,\n", encoding="utf-8")

    assert load(file).names == [
        Name({"en-US": "Ethereum", "zh-CN": "以太坊"}, {"zh-CN": ["以太网", "乙太坊"]}),
        Name({"en-US": "USD Coin", "zh-CN": "USD Coin"}, {"zh-CN": []}),
    ]


@pytest.mark.parametrize(
    ("content", "says", "line"),
    [
        (b"term,zh-CN\nEthereum,x\n", "the column `term` is no language", 2),
        (b"en-US,zh-CN\n,x\n", "no spelling in the first language, en-US", 2),
        (b"not en-US\nx\n", "no spelling in the first language", 2),
        (b"en-US\na,b\n", "more cells than the first line", 2),
        (b'en-US\n"a\n', "unexpected end of data", 2),
        (b"", "there is no first line", 1),
        (b"\xff\xfe", "not UTF-8", 0),
    ],
)
def test_a_glossary_that_cannot_be_used(tmp_path: Path, content: bytes, says: str, line: int) -> None:
    (tmp_path / "glossary.csv").write_bytes(content)

    with pytest.raises(ListError) as caught:
        load(tmp_path / "glossary.csv")

    [finding] = caught.value.findings
    assert says in finding.message
    assert finding.fix
    assert finding.place is not None
    assert finding.place.line == line
