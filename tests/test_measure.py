"""What X, Telegram and the wire count; the conformance vectors are those of twitter-text."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from publisher import measure

VECTORS = Path(__file__).resolve().parents[2] / "shared/data/twitter-text"

# Under the older config this group was written for, emoji sequences had no discount.
WITHOUT_DISCOUNT = {
    "Count a mix of single byte single word, and double word unicode characters",
    "Count unicode emoji chars outside the basic multilingual plane with skin tone modifiers",
}


def vectors(file: str, *groups: str) -> list[Any]:
    """The cases of some groups as pytest parameters; one skipped parameter when the folder is not there."""
    if not VECTORS.is_dir():
        return [pytest.param(None, marks=pytest.mark.skip(reason=f"no conformance vectors beside the project: {file}"))]
    tests = yaml.safe_load((VECTORS / file).read_text(encoding="utf-8"))["tests"]
    return [pytest.param(case, id=f"{group}-{number}") for group in groups for number, case in enumerate(tests[group])]


@pytest.mark.parametrize(
    "case",
    vectors(
        "validate.yml",
        "WeightedTweetsCounterTest",
        "WeightedTweetsWithDiscountedEmojiCounterTest",
        "UnicodeDirectionalMarkerCounterTest",
    ),
)
def test_the_weighted_length_is_that_of_the_vectors(case: dict[str, Any], request: pytest.FixtureRequest) -> None:
    older = "WeightedTweetsCounterTest" in request.node.name and case["description"] in WITHOUT_DISCOUNT
    length = measure.weighted(case["text"])
    assert length < case["expected"]["weightedLength"] if older else length == case["expected"]["weightedLength"]


@pytest.mark.parametrize("case", vectors("extract.yml", "urls", "tco_urls_with_params"))
def test_the_links_are_those_of_the_vectors(case: dict[str, Any]) -> None:
    assert [case["text"][start:end] for start, end in measure.urls(case["text"])] == case["expected"]


@pytest.mark.parametrize("case", vectors("extract.yml", "urls_with_indices", "urls_with_directional_markers"))
def test_the_links_are_where_the_vectors_have_them(case: dict[str, Any]) -> None:
    assert measure.urls(case["text"]) == [tuple(url["indices"]) for url in case["expected"]]


def test_every_top_level_domain_makes_a_link() -> None:
    if not VECTORS.is_dir():
        pytest.skip("no conformance vectors beside the project: tlds.yml")
    groups = yaml.safe_load((VECTORS / "tlds.yml").read_text(encoding="utf-8"))["tests"]
    cases = {case["text"]: case["expected"] for group in groups.values() for case in group}
    found = {text: [text[start:end] for start, end in measure.urls(text)] for text in cases}
    assert len(cases) == 1574
    assert found == cases


@pytest.mark.parametrize("case", vectors("extract.yml", "cashtags"))
def test_the_cashtags_are_those_of_the_vectors(case: dict[str, Any]) -> None:
    assert measure.cashtags(case["text"]) == case["expected"]


@pytest.mark.parametrize(
    ("text", "weight"),
    [
        ("", 0),
        ("…", 2),
        ("€", 2),
        ("‘’“”—\u00a0", 6),
        ("README.md", 23),
        ("example.dev", 23),
        ("Node.js", 7),
        ("a@example.com", 13),
        ("line\r\nline", 9),
        ("上线公告", 8),
        ("e\u0301", 1),
        ("\u00a9", 1),
        ("\u00a9\ufe0f", 2),
        ("\U0001f426\u200d\U0001f525", 2),
        ("\U0001f642\u200d\u2194\ufe0f", 2),
        ("\U0001f1e8\U0001f1f6", 2),
        ("1\ufe0f\u20e3", 2),
        ("\U0001f525\U0001f3fd", 4),
        ("\U0001f44d\U0001f3fd", 2),
        ("☺\ufe0e", 4),
        ("\U0001f1e8", 2),
    ],
)
def test_the_weight_that_people_get_wrong(text: str, weight: int) -> None:
    assert measure.weighted(text) == weight


def test_a_long_text_without_spaces_is_measured_in_linear_time() -> None:
    text = "a." * 6_000 + "故人西辞黄鹤楼。" * 3_000 + "example.com"
    assert measure.weighted(text) == 12_000 + 2 * 8 * 3_000 + len("example.com")


def test_utf16_counts_a_character_beyond_the_basic_plane_twice() -> None:
    assert measure.utf16("a\u4e0a\U0001f426") == 4
    assert measure.utf8("a\u4e0a\U0001f426") == 8


@settings(deadline=None)
@given(st.text(max_size=80), st.text(max_size=80))
def test_texts_on_lines_of_their_own_add_up(first: str, second: str) -> None:
    together = measure.weighted(f"{first}\n\n{second}")
    assert together == measure.weighted(f"{first}\n") + measure.weighted(f"\n{second}")


@settings(deadline=None)
@given(st.text(alphabet="ab.-_/@$:?#(é中。 \u202a"), st.text(alphabet="ab.-_/中 "))
def test_links_are_in_order_apart_and_hold_a_dot(before: str, after: str) -> None:
    text = f"{before} http://example.com/{after}"
    links = measure.urls(text)
    assert all("." in text[start:end] for start, end in links)
    assert [place for link in links for place in link] == sorted({place for link in links for place in link})
