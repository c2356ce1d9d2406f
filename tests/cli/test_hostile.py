"""What nobody should write: `publisher check` answers with what, where and how to fix it, or with output that is safe
on every channel; it never crashes, and it takes no more than a second or two.
"""

from __future__ import annotations

import asyncio
import re
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from email import message_from_string, policy
from email.message import EmailMessage
from html.parser import HTMLParser
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

from publisher.app import App
from publisher.channel import SLOT_MARKER, Payload
from publisher.content.kinds import KINDS
from publisher.content.source import read_draft
from publisher.release.lint import House, lint
from publisher.settings import load
from tests.cli.desk import Desk, copied, made, publisher
from tests.content.folders import EN, TOML, Folder

_EXAMPLES = re.compile(
    r"^# \[(?:accounts|destinations)\.(?:discord|push).*\]\n(?:# [a-z_]+ = .*\n)+|^# (?:webhook|discord)_port = .*$",
    re.MULTILINE,
)
"""What the commented settings have ready for the channels that are not set up."""
CHANNELS = {"website", "email", "telegram", "x", "discord", "webhook"}
SECONDS = 6
"""Of processor time that one hostile file may take: two, and patience for a busy machine. What is not linear takes
minutes.
"""


@pytest.fixture(scope="module")
def everywhere(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    """A desk that publishes on every channel there is."""
    desk = made(tmp_path_factory.mktemp("everywhere") / "desk")
    file = desk.root / "publisher.toml"
    text = _EXAMPLES.sub(lambda found: re.sub(r"(?m)^# ", "", found[0]), file.read_text(encoding="utf-8"))
    file.write_text(text.replace('"x-main"]', '"x-main", "discord-en", "push"]'), encoding="utf-8")
    return desk


@pytest.fixture
def folder(everywhere: Desk, tmp_path: Path) -> Folder:
    return Folder.of("maintenance", tmp_path / "hostile")


def findings(desk: Desk, folder: Folder) -> Sequence[Mapping[str, Any]]:
    """What `publisher check` says, within `SECONDS`; each with a reason, a place and a fix."""
    began = time.process_time()
    said = desk.tried("check", folder.path, "--json")
    assert time.process_time() - began < SECONDS
    assert said.code == (0 if said.json["ok"] else 1)
    for finding in said.json["findings"]:
        assert finding["message"]
        assert finding["fix"]
        assert finding["file"] or finding["about"]
    return list(said.json["findings"])


# --- texts

HOSTILE: Mapping[str, tuple[str, str]] = {
    "a body of 10 MB": ("word " * 2_000_000, "too_large"),
    "a body at the limit": ("word " * 50_000, "website.too_heavy"),
    "10,000 headings": ("## Heading\n\ntext\n\n" * 10_000, "too_large"),
    "3,000 headings": ("## Heading\n\ntext\n\n" * 3_000, "website.too_heavy"),
    "lists nested 1,000 deep": ("- " * 1_000 + "x", "nesting"),
    "lists nested by indentation": ("".join("  " * depth + "- x\n" for depth in range(400)), "nesting"),
    "quotes nested 1,000 deep": (">" * 1_000 + "x", "nesting"),
    "a table of 500 columns": (
        "|a" * 500 + "|\n" + "|-" * 500 + "|\n" + ("|1" * 500 + "|\n") * 12,
        "website.too_heavy",
    ),
    "5,000 links": ("".join(f"[link](https://example.com/{n}) " for n in range(5_000)), "website.too_heavy"),
    "12,000 placeholders": ("{{ network }} " * 12_000, "too_large"),
    "4,500 placeholders": ("{{ starts_at | datetime }} " * 4_500, "website.too_heavy"),
    "6,000 wrong placeholders": ("{{ netwrk }} " * 6_000, "unknown_placeholder"),
    "statements": ("{% for x in y %}" * 5_000, "template_syntax"),
    "open placeholders": ("{{ " * 9_000, "placeholder_syntax"),
    "tags": ("<script>alert(1)</script><b onclick=x>" * 2_000, "html"),
    "open tags": ("<a " * 19_000, "website.too_heavy"),
    "open brackets": ("[" * 19_000, ""),
    "emphasis": ("*a **b " * 6_000, "website.too_heavy"),
    "backticks": ("`a``b" * 6_000, "website.too_heavy"),
    "emoji sequences": ("👩\u200d💻" * 20_000, "website.too_heavy"),
    "combining marks": ("a" + "\u0301" * 120_000, "website.too_heavy"),
    "mixed directions": ("abc \u05d0\u05d1 123 " * 12_000, "website.too_heavy"),
    "unclosed directions": ("\u2067a\u202b" * 20_000, "character"),
    "overrides": ("\u202ea" * 50_000, "character"),
    "zero-width spaces": ("a\u200b" * 60_000, "text.invisible"),
    "control characters": ("\x01" * 100_000, "character"),
    "private use": ("\ue000url\ue001" * 10_000, "character"),
    "entities": ("&#xE000;&lt;script&gt;" * 9_000, "entity"),
    "look-alike domains": ("".join(f"h{n}.examp1e.com " for n in range(10_000)), "link.look_alike"),
    "look-alike links": ("[a](https://ex\u0430mple.com/x) " * 3_000, "link.look_alike"),
    "addresses": ("".join(f"0x{n:040x} " for n in range(5_000)), "address.many"),
    "numbers": ("1,000.5 " * 30_000, "website.too_heavy"),
    "times": ("10:00 " * 40_000, "time.no_zone"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_text_is_explained(everywhere: Desk, folder: Folder, name: str) -> None:
    body, code = HOSTILE[name]

    found = findings(everywhere, folder.append(EN, f"\n{body}\n"))

    assert not code or code in {finding["code"] for finding in found}
    assert len(found) < 200


def test_what_cannot_be_read_is_said_once(everywhere: Desk, folder: Folder) -> None:
    [finding] = findings(everywhere, folder.append(EN, "x" * 10_000_000))

    assert finding["code"] == "too_large"
    assert "more than 256,000" in finding["message"]
    assert finding["file"].endswith(EN)


def test_all_languages_together_have_one_limit(everywhere: Desk, folder: Folder) -> None:
    for file in (EN, "zh-CN.md"):
        folder.append(file, "\n" + "- a\n" * 7_000)

    errors = [finding for finding in findings(everywhere, folder) if finding["severity"] == "error"]

    assert [(error["code"], Path(error["file"]).name) for error in errors] == [("too_large", "zh-CN.md")]


# --- announcement.toml

ASSETS = 'assets = ["ETH", "USDT", "USDC"]'
VALUES: Mapping[str, tuple[str, str]] = {
    "a long list": ("assets = [" + '"ETH", ' * 20_000 + "]", "too_large"),
    "many keys": ("\n".join(f"k{number} = 1" for number in range(1_500)), "unknown_key"),
    "wrong values": ("assets = [" + '"e t h", ' * 1_500 + "]", "wrong_value"),
    "a key of 100,000 parts": (".".join("a" * 100_000) + " = 1", "nesting"),
    "a quoted key of many parts": (".".join(['"a"'] * 30_000) + " = 1", "nesting"),
    "many long keys": ("\n".join(".".join("a" * 100) + f".x{number} = 1" for number in range(1_000)), "nesting"),
    "open brackets": ("assets = " + "[" * 100_000, "toml"),
    "lists in lists": ("assets = " + "[" * 900 + "]" * 900, "nesting"),
    "tables in tables": ("assets = " + "{a = " * 900 + "1" + "}" * 900, "nesting"),
    "100,000 digits": ("block_height = " + "9" * 100_000, "toml"),
    "a great exponent": ("block_height = 1e999999999", "wrong_value"),
    "a lone surrogate": ('network = "\\ud800"', "toml"),
    "a character of nothing": ('assets = ["a\\u0000"]', "character"),
    "a slot": ('reason = { en-US = "\\ue000url\\ue001", zh-CN = "x" }', "character"),
    "an override": ('reason = { en-US = "\\u202ex", zh-CN = "x" }', "character"),
}


@pytest.mark.parametrize("name", VALUES)
def test_a_hostile_value_is_explained(everywhere: Desk, folder: Folder, name: str) -> None:
    line, code = VALUES[name]
    key = line.split(" ")[0]
    kept = "" if key in ("assets", "network", "reason") else f"{ASSETS}\n"
    text = re.sub(rf"(?m)^(?:{key} = .*|{re.escape(ASSETS)})$", "", folder.text(TOML))

    found = findings(everywhere, folder.write(TOML, text.replace("[facts]", f"[facts]\n{kept}{line}")))

    assert code in {finding["code"] for finding in found}
    assert len(found) < 60


@pytest.mark.parametrize(
    ("written", "code", "says"),
    [
        (lambda text: text.encode("utf-16"), "encoding", "this is UTF-16"),
        (lambda text: b"\xfe\xff" + text.encode("utf-16-be"), "encoding", "this is UTF-16"),
        (lambda text: text.encode() + "Größe".encode("latin-1"), "encoding", "(0xF6) is not UTF-8"),
        (lambda text: text.encode() + "暂停".encode("gb18030"), "encoding", "is not UTF-8"),
        (lambda text: text.encode() + b"\xed\xa0\x80", "encoding", "(0xED) is not UTF-8"),
        (lambda text: text.encode() + b"\x00\x00", "character", "U+0000"),
        (lambda text: b"\x00" * 1_000, "character", "U+0000"),
        (lambda text: b"\xef\xbb\xbf" + text.encode(), "byte_order_mark", "byte order mark"),
        (lambda text: bytes(range(256)) * 100, "encoding", "is not UTF-8"),
        (lambda text: b"", "missing_title", "no title"),
    ],
    ids=["utf-16", "utf-16-be", "latin-1", "gb18030", "surrogate", "nul", "nothing but nul", "bom", "binary", "empty"],
)
def test_a_file_that_is_not_text(everywhere: Desk, folder: Folder, written: Any, code: str, says: str) -> None:
    folder.write(EN, written(folder.text(EN)))

    found = [finding for finding in findings(everywhere, folder) if finding["code"] == code]

    assert found[0]["file"].endswith(EN)
    assert says in found[0]["message"]
    assert found[0]["line"] >= 1


# --- twice as much is twice as much work

GROWING: Mapping[str, str] = {
    "words": "word ",
    "headings": "## Heading\n\ntext\n\n",
    "rows": "|a|b|\n",
    "links": "[link](https://example.com/a) ",
    "hosts": "exchange.example.net ",
    "placeholders": "{{ network }} ",
    "numbers": "1,000.5 ",
    "times": "10:00 UTC ",
    "dates": "3 December 2026 ",
    "addresses": "0x52908400098527886E0F7030069857D2E4169EE7 ",
    "tickers": "ETH/USDT ",
    "zero-width spaces": "a\u200b ",
    "tags": "<b>x</b> ",
}


@pytest.mark.parametrize("name", GROWING)
def test_the_work_grows_with_the_text_and_no_faster(folder: Folder, name: str) -> None:
    text = folder.text(EN)

    few, many = (calls(folder.write(EN, f"{text}\n{GROWING[name] * times}\n")) for times in (200, 800))

    assert many < few * 5


def calls(folder: Folder) -> int:
    """Functions called to read a folder and look for accidents in it: the same number every time."""
    number = 0

    def count(frame: FrameType, event: str, argument: object) -> None:
        nonlocal number
        number += event in ("call", "c_call")

    before = sys.getprofile()
    sys.setprofile(count)
    try:
        lint(read_draft(folder.path), House(("example.com",)))
    finally:
        sys.setprofile(before)
    return number


# --- what gets through is safe everywhere

WORDS: Mapping[str, str] = {
    "html": "<script>alert(1)</script> <img src=x onerror=alert(1)> </td></table><iframe src=//evil.example></iframe>",
    "svg": '<svg onload=alert(1)><style>*{background:url(//evil.example)}</style><a xlink:href="javascript:x">y</a>',
    "css": "</style><style>body{display:none}</style> @import 'x'; expression(alert(1))",
    "mjml": '</mj-text><mj-raw><script>x</script></mj-raw><mj-include path="/etc/passwd" />',
    "mentions": "@everyone @here <@1300000000000000011> <#1> <:a:1> ||spoiler|| ~~x~~",
    "header": "Bcc: victim@example.net\\r\\nX: y",
    "emoji": "👩\u200d👩\u200d👧\u200d👦 🏳️\u200d🌈 👍🏽 🇸🇬 1️⃣",
    "directions": "Hebrew \u05e9\u05dc\u05d5\u05dd 123 and \u2067\u0627\u0644\u0639\u0631\u0628\u064a\u0629\u2069",
    "entities": "&lt;b&gt; &amp;amp; &#60;script&#62;",
    "quotes": "\" ' ` \\ $(id) %s %(x)s {0} ${x}",
}
TELEGRAM_TAGS = {"a", "b", "i", "u", "s", "code", "pre", "blockquote"}
FORBIDDEN = {"script", "iframe", "svg", "object", "embed", "form", "input", "base", "link", "mj-raw", "mj-include"}


@pytest.mark.parametrize("name", WORDS)
def test_hostile_words_are_shown_and_do_nothing(everywhere: Desk, folder: Folder, name: str) -> None:
    folder.append(EN, f"\n## {WORDS[name]}\n\n{WORDS[name]}\n\n- {WORDS[name]}\n\n> {WORDS[name]}\n")
    folder.replace(TOML, 'en-US = "network upgrade"', f"en-US = '''{WORDS[name]}'''")

    payloads = rendered(everywhere, folder)

    assert {payload.target.channel for payload in payloads} == CHANNELS
    for payload in payloads:
        for markup, allowed in marked(payload):
            elements = Elements.of(markup)
            assert not elements.tags & FORBIDDEN
            assert allowed is None or elements.tags <= allowed
            assert not [attribute for attribute in elements.attributes if attribute.startswith("on")]
            assert not [href for href in elements.addresses if not re.match(r"https?://|mailto:|[\ue000#/]", href)]


def rendered(desk: Desk, folder: Folder) -> list[Payload]:
    async def prepared() -> list[Payload]:
        app = App(desk.root, load(desk.root))
        try:
            done, found = await app.prepare(folder.path)
        finally:
            await app.close()
        assert done is not None, found
        return [edition.payload for edition in done.editions]

    return asyncio.run(prepared())


def marked(payload: Payload) -> Iterator[tuple[str, set[str] | None]]:
    """Every text of a payload that is read as HTML, and the tags that its readers know if they are few."""
    for part in payload.parts:
        match payload.target.channel:
            case "website":
                yield str(part.content["article"]), None
            case "email":
                mail = message_from_string(filled(part.content["message"]), policy=policy.default)
                assert isinstance(mail, EmailMessage)
                assert "Bcc" not in mail
                html = mail.get_body(("html",))
                assert html is not None
                yield html.get_content(), None
            case "telegram" if "text" in part.content:
                yield str(part.content["text"]), TELEGRAM_TAGS
            case "discord":
                assert "@everyone" not in str(part.content) or "'parse': []" in str(part.content)


def filled(message: object) -> str:
    return SLOT_MARKER.sub("https://example.com/slot", str(message))


class Elements(HTMLParser):
    """What a reader's program makes of it."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.addresses: list[str] = []

    @classmethod
    def of(cls, markup: str) -> Elements:
        elements = cls()
        elements.feed(markup)
        return elements

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes.update(name for name, _ in attrs)
        self.addresses += [value or "" for name, value in attrs if name in ("href", "src")]


TEMPLATE = "{{ 7 * 7 }}{% raw %}{# x #}${7*7}#{7*7}"


@pytest.mark.parametrize("kind", KINDS)
def test_template_syntax_among_the_facts_is_refused_or_shown(everywhere: Desk, tmp_path: Path, kind: str) -> None:
    folder = Folder.of(kind, tmp_path / kind)
    text = folder.text(TOML)
    above = text.index("[facts]")
    written = [found.span() for found in re.finditer(r'(?<=")[^"\n]+(?=")', text) if found.start() > above]
    kept = text
    for start, end in reversed(written):
        planted = kept[:start] + TEMPLATE + kept[end:]
        if not any(finding.severity == "error" for finding in folder.write(TOML, planted).findings()):
            kept = planted

    assert TEMPLATE in kept
    assert_shown_as_written(rendered(everywhere, folder.write(TOML, kept)))


def assert_shown_as_written(payloads: Sequence[Payload]) -> None:
    for payload in payloads:
        for markup, _ in marked(payload):
            assert "49" not in re.sub(r"\b[0-9a-f]{16,}\b|\d{4,}|#[0-9a-f]{3,6}", "", markup)


# --- the command line

SURROGATE, NUL, OVERRIDE = "a\udcffb", "a\x00b", "a\u202eb"


@pytest.mark.parametrize("typed", [SURROGATE, NUL, OVERRIDE, "x" * 5_000], ids=["surrogate", "nul", "override", "long"])
@pytest.mark.parametrize(
    "arguments",
    [
        ("stop", "-r", "{}", "--token-file", "erin.token"),
        ("hold", "1", "-r", "{}", "--token-file", "erin.token"),
        ("return", "1", "-r", "{}", "--token-file", "erin.token"),
        ("resolve", "1", "--as", "leave", "-r", "{}", "--token-file", "erin.token"),
        ("approve", "1", "--hash", "{}", "--token-file", "erin.token"),
        ("person", "add", "{}", "-g", "editors"),
        ("person", "add", "bob", "-g", "{}"),
        ("person", "disable", "{}"),
        ("person", "token", "{}"),
        ("subscribers", "add", "{}@readers.example"),
        ("subscribers", "add", "ada@readers.example", "--locale", "{}"),
        ("show", "{}"),
        ("new", "{}", "folder"),
        ("new", "incident", "folder", "--wording", "{}"),
        ("stop", "--account", "{}", "-r", "x", "--token-file", "erin.token"),
    ],
    ids=" ".join,
)
def test_arguments_that_nobody_can_read(everywhere: Desk, arguments: tuple[str, ...], typed: str) -> None:
    given = [argument.format(typed) for argument in arguments]
    if given[-1] == "erin.token":
        given[-1] = str(everywhere.root / "erin.token")
    if given[0] != "new":
        given += ["--workspace", str(everywhere.root)]

    said = publisher(*given)

    assert said.code in (1, 2)
    assert said.err.strip()


def test_a_number_beyond_every_database(everywhere: Desk) -> None:
    said = everywhere.tried("show", "9" * 30)

    assert said.code == 2
    assert "RELEASE" in said.err


def test_a_folder_with_a_name_that_is_not_text(everywhere: Desk, tmp_path: Path) -> None:
    folder = Folder.of("notice", tmp_path / SURROGATE)

    assert everywhere.tried("check", folder.path, "--json").json["ok"]
    assert copied(everywhere, tmp_path / "copy").tried("check", tmp_path / OVERRIDE).code == 1


def test_a_terminal_is_not_steered_by_a_file(everywhere: Desk, folder: Folder) -> None:
    folder.append(EN, "\n[\x1b]0;owned\x07\x9b2J](javascript:x) {{ \u202enetwrk }}\n")

    said = everywhere.tried("check", folder.path)

    assert said.code == 1
    assert not re.search("[\x1b\x07\x9b\u202e]", said.err)
