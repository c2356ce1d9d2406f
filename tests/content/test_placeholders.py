"""An expression is a placeholder or is refused; nothing is ever evaluated."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.content.document import Placeholder
from publisher.content.placeholders import CONTEXT, FILTERS, PlaceholderError, check, parse
from tests.content.folders import Folder


@pytest.mark.parametrize(
    ("expression", "placeholder"),
    [
        ("network", Placeholder(("network",))),
        ("cancel_only.starts_at", Placeholder(("cancel_only", "starts_at"))),
        ("starts_at | date", Placeholder(("starts_at",), (("date", ()),))),
        ("starts_at|date|upper", Placeholder(("starts_at",), (("date", ()), ("upper", ())))),
        ("assets | join(' / ')", Placeholder(("assets",), (("join", (" / ",)),))),
        ("block_height | number(2)", Placeholder(("block_height",), (("number", (2,)),))),
    ],
)
def test_a_placeholder(expression: str, placeholder: Placeholder) -> None:
    assert parse(expression) == placeholder


@pytest.mark.parametrize(
    "expression",
    [
        "", "1", "'text'", "a + b", "a ~ b", "a[0]", "a['b']", "a()", "a.b()", "not a", "a if b else c", "a is defined",
        "[a]", "{}", "(a, b)", "-a", "a == b", "a }} {{ b", "a | date | upper(b)", "a | join(*b)", "a | join(**b)",
        "a | join(separator='x')", "a | number(true)", "a | number(1.5)", "a | number(1, 2)", "a | eval",
        "a | attr('x')", "(a | upper).b", "a %} {% b", "lipsum.__globals__.os.popen('id')", "cycler.__init__",
        "a" * 201, "(" * 200,
    ],
)  # fmt: skip
def test_anything_else_is_refused(expression: str, maintenance: Folder) -> None:
    with pytest.raises(PlaceholderError) as raised:
        check(parse(expression), maintenance.revision().facts)

    assert raised.value.fix


@given(st.text(max_size=250))
def test_no_expression_does_worse_than_be_refused(expression: str) -> None:
    try:
        placeholder = parse(expression)
    except PlaceholderError as error:
        told = [bool(error.message), bool(error.fix)]
    else:
        told = [part.isidentifier() for part in placeholder.path]
    assert all(told)


@pytest.mark.parametrize(
    "path", [("model_fields",), ("__class__",), ("sample",), ("network", "upper"), ("reason", "root")]
)
def test_only_facts_can_be_reached(path: tuple[str, ...], maintenance: Folder) -> None:
    with pytest.raises(PlaceholderError, match="there is no"):
        check(Placeholder(path), maintenance.revision().facts)


def test_every_filter_and_name_says_what_it_does() -> None:
    assert all(known.effect and known.takes for known in FILTERS.values())
    assert all(CONTEXT.values())
