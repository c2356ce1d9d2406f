"""Mistakes in templates name file and line."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from shutil import copytree

import pytest

from publisher.rendering.mistakes import TemplateMistake, TextMistake
from tests.rendering import builders

Write = Callable[[str, str], Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Writes one template into a copy of ours."""
    templates = copytree(builders.TEMPLATES, tmp_path / "templates")

    def write(name: str, text: str) -> Path:
        (templates / name).parent.mkdir(exist_ok=True)
        (templates / name).write_text(text)
        return templates

    return write


def post(templates: Path, locale: str = "en-US", source: str = "# T\n\nSummary.") -> str:
    revision = builders.saying(source, locale=locale)
    [edition, *_] = builders.renderer(templates).editions(revision, [builders.target("x", locale)])
    return str(edition.payload.parts[0].content["text"])


@pytest.mark.parametrize(
    ("template", "line", "message"),
    [
        ("{{ title }}\n\n{{ titel }}", 3, "'titel' is undefined"),
        ("{{ title }}\n{% for row in card %}\n{{ row.valeu }}\n{% endfor %}", 3, "no attribute 'valeu'"),
        ("{{ title }}\n{% if %}", 2, "Expected an expression"),
        ("{{ title | shout }}", 1, "No filter named 'shout'"),
        ('{{ slot("urll") }}', 1, "unknown slot 'urll'"),
        ('{{ word("line.raed") }}', 1, "there is no 'line.raed'"),
        ("\n{{ facts.network | datetime }}", 2, "not a time with a zone"),
        ("{% include '../secret.txt' %}", 0, "secret"),
        ("{% import os %}", 1, "expected"),
        ("{{ lipsum() }}", 1, "'lipsum' is undefined"),
    ],
)
def test_a_mistake_names_file_and_line(write: Write, template: str, line: int, message: str) -> None:
    templates = write("maintenance/x.text.j2", template)

    with pytest.raises(TemplateMistake, match=message) as caught:
        post(templates)

    assert caught.value.file == "maintenance/x.text.j2"
    assert caught.value.line == line or not line


def test_a_mistake_in_a_layout_names_the_layout(write: Write) -> None:
    templates = write("_base/lines.j2", "{% macro fact(row, value) %}\n{{ nothing }}\n{% endmacro %}")

    with pytest.raises(TemplateMistake, match=r"_base/lines\.j2:2: 'nothing' is undefined"):
        builders.renderer(templates).editions(builders.revision(), [builders.target("telegram")])


def test_a_missing_template_says_which_to_write(tmp_path: Path, write: Write) -> None:
    templates = write("x", "")
    (templates / "_default" / "x.text.j2").unlink()
    (templates / "maintenance" / "x.text.j2").unlink()

    with pytest.raises(TemplateMistake, match=r"write one of maintenance/x\.text\.j2, _default/x\.text\.j2"):
        post(templates)


def test_mail_that_is_not_mjml_is_named(write: Write) -> None:
    templates = write("maintenance/email.html.j2", "<mjml><mj-body><mj-text>x</mj-body></mjml>")

    with pytest.raises(TemplateMistake, match=r"maintenance/email\.html\.j2: this is not MJML"):
        builders.renderer(templates).editions(builders.revision(), [builders.target("email")])


def test_a_kind_s_own_template_wins(write: Write) -> None:
    assert post(write("maintenance/x.text.j2", "{{ title }} {{ facts.starts_at | time }}")) == "T 10:00 (UTC+8)"


def test_a_locale_without_words_is_named() -> None:
    with pytest.raises(TemplateMistake, match=r"locale/fr-FR\.po"):
        post(builders.TEMPLATES, "fr-FR")


def test_text_of_staff_is_never_a_template(write: Write) -> None:
    source = "# T\n\nSummary."
    templates = write("maintenance/x.text.j2", "{{ facts.network }}")
    revision = builders.saying(source, network="{{ 7 * 7 }}{% raw %}{0.__class__}${x}")

    [edition] = builders.renderer(templates).editions(revision, [builders.target("x")], "retract")

    assert edition.payload.parts[0].content["text"] == "{{ 7 * 7 }}{% raw %}{0.__class__}${x}"


@pytest.mark.parametrize(
    ("source", "code"),
    [
        ("# T\n\n{{ block_height | number }}", "unset_fact"),
        ("# T\n\n{{ colour }}", "unknown_placeholder"),
        ("# T\n\nText.\n\n![a diagram](diagram.png)", "unsayable"),
    ],
)
def test_a_text_that_cannot_be_rendered_is_a_finding(source: str, code: str) -> None:
    with pytest.raises(TextMistake) as caught:
        builders.renderer().editions(builders.saying(source), [builders.target("website")])

    assert caught.value.finding.code == code
    assert caught.value.finding.place is not None
    assert caught.value.finding.place.file == "en-US.md"
