"""Every mistake in a language's file is found with its file, line, column and fix."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from publisher.channel import Severity
from tests.content.folders import EN, TOML, ZH, Folder


@dataclass(frozen=True)
class Mistake:
    """`more` stands in the last paragraph; the error must point at `at` and its fix say `fix`."""

    code: str
    more: str
    at: str
    fix: str

    def __str__(self) -> str:
        return f"{self.code}: {self.more.strip()}"[:60]


MISTAKES = [
    Mistake("unknown_placeholder", "See {{ netwrk }}.", "netwrk", "did you mean `network`?"),
    Mistake("unknown_placeholder", "See {{ x }}.", "x }}", "the names are: network, assets"),
    Mistake("unknown_placeholder", "See {{ network.name }}.", "name }}", "end the placeholder before `.name`"),
    Mistake("unknown_placeholder", "See {{ services.deposit }}.", "deposit }}", "did you mean `deposits`?"),
    Mistake("unknown_filter", "At {{ starts_at | datetme }}.", "datetme", "did you mean `datetime`?"),
    Mistake("unset_fact", "At {{ block_height }}.", "block_height", "set `block_height` under [facts]"),
    Mistake("unset_fact", "At {{ cancel_only.ends_at | time }}.", "cancel_only", "set `cancel_only`"),
    Mistake("filter_type", "At {{ network | date }}.", "| ^date }}.", "`network` is text"),
    Mistake("filter_type", "At {{ services.deposits | upper }}.", "upper", "write it without a filter"),
    Mistake("filter_argument", "At {{ starts_at | date('%d') }}.", "date('%d", "constant arguments are: none"),
    Mistake("filter_argument", "{{ assets | join(network) }}.", "join(network", "constant arguments are: str"),
    Mistake("placeholder_bare", "At {{ starts_at }}.", "starts_at }}", "add a filter: date, time, datetime"),
    Mistake("placeholder_bare", "Of {{ assets }}.", "assets }}", "add a filter: join"),
    Mistake("placeholder_bare", "Of {{ services }}.", "services }}", "choose one of its parts: deposits"),
    Mistake("placeholder_syntax", "Of {{ network if assets else 1 }}.", "{{ network if", "write {{ fact }}"),
    Mistake("placeholder_syntax", "Of {{ network.upper() }}.", "{{ network.upper", "write {{ fact }}"),
    Mistake("placeholder_syntax", "Of {{ 7 * 7 }}.", "{{ 7", "write {{ fact }}"),
    Mistake("placeholder_syntax", "Of {{ }}.", "{{ }}", "write {{ fact }}"),
    Mistake("placeholder_syntax", "Of {{ network.", "{{ network.", "close it with `}}`"),
    Mistake("placeholder_place", "Of `{{ network }}`.", "{{ network }}`", "in plain text"),
    Mistake("placeholder_place", "![{{ network }}](a.png)", "{{ network }}]", "in plain text"),
    Mistake("template_syntax", "{% for x in y %}", "{% for", "write the sentence"),
    Mistake("anchor", "A word {#here}", "{#here", "## Your open orders {#open_orders}"),
    Mistake("anchor", "## Open Orders {#Open}", "{#Open", "lower-case letters"),
    Mistake("anchor", "## Again {#open_orders}\n\nx", "{#open_orders}\n\nx", "rename"),
    Mistake("link", "[fees](/fees)", "/fees", "write it whole"),
    Mistake("link", "[fees](fees.html)", "fees.html", "write it whole"),
    Mistake("link", "[fees](javascript:alert(1))", "javascript:", "write it whole"),
    Mistake("link", "[fees](//example.com/fees)", "//example.com/fees", "write it whole"),
    Mistake(
        "link", "[fees](https://example.com@evil.example/)", "https://example.com@", "leave out what stands before"
    ),
    Mistake("link", "[fees](https://example.com/{{ network }})", "https://example.com/{{", "write the whole address"),
    Mistake("link", "[](https://example.com/)", "[](", "what is there"),
    Mistake("link", "<https://[::1/>", "https://[::1/", "write it like https://example.com/page"),
    Mistake("missing_image", "![A chart](chart.png)", "chart.png", "put the file beside the text"),
    Mistake("image", "![A chart](../chart.png)", "../chart.png", "put the file beside the text"),
    Mistake("image", "![A chart](chart.svg)", "chart.svg", "use .png"),
    Mistake("image", "![A chart](http://example.com/a.png)", "http://example.com/a.png", "put the file beside"),
    Mistake("image_alt", "![](a.png)", "![]", "say what it shows"),
    Mistake("second_title", "# Again", "# Again", "use `##`"),
    Mistake("heading_level", "##### Deep", "##### Deep", "`##` to `####`"),
    Mistake("table_row", "| a | b |\n|---|---|\n| 1 | 2 | 3 |", "| 1 | 2", "as many cells"),
    Mistake("table_row", "| a | b |\n|---|---|\n| 1 |", "| 1 |", "as many cells"),
    Mistake("nesting", "- - - - - - - too deep", "- - - -", "split it"),
    Mistake("character", "a\ue000url\ue001", "\ue000", "delete it"),
    Mistake("character", "a\x07bell", "\x07", "delete it"),
    Mistake("character", "a\u202ereversed", "\u202e", "delete it"),
    Mistake("character", "a\u2066lone", "\u2066", "delete it"),
    Mistake("character", "a\u2028line", "\u2028", "delete it"),
    Mistake("character", "a\ufeffmark", "\ufeff", "delete it"),
]


@pytest.mark.parametrize("mistake", MISTAKES, ids=str)
def test_a_mistake_is_found_where_it_stands(mistake: Mistake, maintenance: Folder) -> None:
    maintenance.append(EN, f"\n{mistake.more}\n")

    error = maintenance.errors()[0]

    assert (error.code, error.place) == (mistake.code, maintenance.place(EN, mistake.at)), error
    assert mistake.fix in error.fix, error.fix


@pytest.mark.parametrize(
    ("more", "code", "at"),
    [
        ("A <b>bold</b> claim", "html", "<b>"),
        ("Stop <!-- hidden -->", "html", "<!--"),
        ("Terms &amp; conditions", "entity", "&amp;"),
        ("A &#xE000; character", "entity", "&#xE000;"),
        ("**注意：**请及时提现", "emphasis", "**注意"),
    ],
)
def test_what_would_be_shown_otherwise_than_meant_is_a_warning(
    maintenance: Folder, more: str, code: str, at: str
) -> None:
    maintenance.append(ZH, f"\n{more}\n")

    assert maintenance.errors() == []
    (warning,) = maintenance.findings()
    assert (warning.code, warning.severity) == (code, Severity.WARNING)
    assert warning.place == maintenance.place(ZH, at)


def test_a_language_that_is_missing(maintenance: Folder) -> None:
    (maintenance.path / ZH).unlink()

    errors = {error.code: error for error in maintenance.errors()}

    assert errors["missing_locale"].place == maintenance.place(ZH, None)
    assert (
        errors["missing_locale"].fix
        == "write zh-CN.md, beginning with `# {{ network }} 钱包维护 - {{ starts_at | date }}`"
    )


def test_a_language_that_is_not_one(maintenance: Folder) -> None:
    maintenance.write("en-UK.md", maintenance.text(EN))

    error = maintenance.error()

    assert (error.code, error.place) == ("unknown_locale", maintenance.place("en-UK.md", None))
    assert error.fix == "did you mean `en-US`?"


def test_a_text_for_a_language_that_is_not_there_is_a_warning(maintenance: Folder) -> None:
    maintenance.replace(TOML, 'en-US = "network', 'fr-FR = "mise à jour", en-US = "network')

    assert maintenance.errors() == []
    (warning,) = maintenance.findings()
    assert (warning.code, warning.place) == ("unknown_locale", maintenance.place(TOML, "fr-FR"))


def test_a_title_that_does_not_follow_the_pattern(maintenance: Folder) -> None:
    maintenance.replace(EN, "# {{ network }} wallet maintenance", "# {{ network }} maintenance")

    error = maintenance.error()

    assert (error.code, error.place) == ("title", maintenance.place(EN, "# {{ network }}"))
    assert error.fix == "write `# {{ network }} wallet maintenance - {{ starts_at | date }}`"


def test_a_title_may_be_spaced_and_filtered_in_another_style(maintenance: Folder) -> None:
    maintenance.replace(
        EN,
        "# {{ network }} wallet maintenance - {{ starts_at | date }}",
        "#  {{network}} wallet maintenance - {{starts_at|date}}",
    )

    assert maintenance.errors() == []


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Just words.\n\nMore words.\n", "missing_title"),
        ("", "missing_title"),
        (
            "# {{ network }} wallet maintenance - {{ starts_at | date }}\n\n## Heading {#open_orders}\n\nx",
            "missing_summary",
        ),
        ("# {{ network }} wallet maintenance - {{ starts_at | date }}\n", "missing_summary"),
    ],
)
def test_a_text_without_title_or_summary(maintenance: Folder, text: str, code: str) -> None:
    assert code in {error.code for error in maintenance.write(EN, text).errors()}


def test_a_required_block_that_is_missing(maintenance: Folder) -> None:
    maintenance.replace(EN, " {#open_orders}", "")

    error = maintenance.error()

    assert (error.code, error.place) == ("missing_block", maintenance.place(EN, None))
    assert error.fix.startswith("add `## A heading {#open_orders}` and below it what happens to open orders")


def test_a_required_block_that_is_empty(listing: Folder) -> None:
    text = "New assets can lose their whole value within hours. Trade only what you can afford to lose.\n"

    error = listing.replace(EN, text, "").error()

    assert (error.code, error.place) == ("missing_block", listing.place(EN, "{#risk"))


def test_an_image_that_is_something_else(maintenance: Folder) -> None:
    error = maintenance.write("chart.png", b"<svg/>").append(EN, "\n![A chart](chart.png)\n").error()

    assert (error.code, error.place) == ("image", maintenance.place(EN, "chart.png"))


def test_the_nearest_image_is_named(maintenance: Folder) -> None:
    maintenance.write("chart.png", b"\x89PNG\r\n\x1a\n").append(EN, "\n![A chart](chrat.png)\n")

    assert maintenance.error().fix == "did you mean `chart.png`?"


def test_names_are_checked_even_while_the_facts_are_wrong(maintenance: Folder) -> None:
    maintenance.replace(TOML, 'network = "Ethereum"', "network = 1").append(EN, "\n{{ netwrk }}\n")

    assert sorted(error.code for error in maintenance.errors()) == ["unknown_placeholder", "wrong_value"]
