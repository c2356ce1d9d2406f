from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from channels.x.composing import LONGEST
from channels.x.threads import numbered, split
from publisher.channel import SLOT_MARKER, fill_text, slot
from publisher.measure import emoji, urls, weighted

FAMILY = "\U0001f468\u200d\U0001f469\u200d\U0001f467\u200d\U0001f466"
LINK = "https://example.com/a-long-path/that?must=stay&in=one#piece"
WORDS = st.sampled_from([
    *("Maintenance", "ends.", "Trading", "opens!", "上线公告。", "暂停（充值）和提现，", "“引号”", "قطر", "字" * 40),
    *(FAMILY, "🇨🇶", "1\ufe0f\u20e3", "e\u0301", LINK, "README.md", slot("url"), slot("reference"), "x" * 50),
    *(" ", "\n", "\n\n", "\r\n", "…", "@example.com", "$example.com"),
])  # fmt: skip
TEXTS = st.lists(WORDS, max_size=40).map("".join) | st.lists(WORDS, max_size=30).map(" ".join) | st.text(max_size=300)


def within(text: str, limit: int = 60) -> bool:
    return weighted(fill_text(text, LONGEST)) <= limit


@settings(deadline=None)
@given(TEXTS)
@example("字" * 200)
@example("x" * 200)
@example(f"{'🐦' * 40}{FAMILY * 20}")
@example(f"{slot('url')} " * 9)
def test_pieces_join_to_the_text_and_each_fits(text: str) -> None:
    pieces = split(text, within)
    assert "".join(pieces) == text
    assert all(within(piece) for piece in pieces)


@settings(deadline=None)
@given(TEXTS)
def test_nothing_that_belongs_together_is_cut(text: str) -> None:
    ends, position = set(), 0
    for piece in split(text, within)[:-1]:
        position += len(piece)
        ends.add(position)
    whole = [found.span() for found in (*SLOT_MARKER.finditer(text), *emoji.sequence().finditer(text))] + urls(text)
    assert not [span for span in whole if any(span[0] < end < span[1] for end in ends)]


@settings(deadline=None)
@given(TEXTS)
def test_numbered_posts_fit_and_say_the_text(text: str) -> None:
    posts = numbered(text, lambda post: within(post, 70))
    assert all(within(post, 70) for post in posts)
    bare = [post.removeprefix(f"{number}/{len(posts)} ") for number, post in enumerate(posts, 1)]
    assert "".join("".join(bare).split()) == "".join(text.split())


def test_numbers_grow_wider_with_the_thread() -> None:
    posts = numbered("x" * 500, lambda post: weighted(post) <= 40)
    assert len(posts) > 9
    assert posts[0].startswith(f"1/{len(posts)} x")
    assert all(weighted(post) <= 40 for post in posts)


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("Paragraph one is here.\n\nParagraph two goes on. And on it goes for long.", "Paragraph one is here.\n\n"),
        ("A first sentence stands. A second one is far too long for this", "A first sentence stands. "),
        ("words without any end that simply go on and on", "words without any end that simply go on "),
        ("我们将于今晚十点暂停充值和提现服务。恢复时间另行通知，请留意。", "我们将于今晚十点暂停充值和提现服务。"),
        ("暂停暂停暂停暂停暂停暂停暂停暂停暂停暂停，恢复", "暂停暂停暂停暂停暂停暂停暂停暂停暂停暂"),
    ],
)
def test_the_best_place_to_cut_is_taken(text: str, first: str) -> None:
    assert split(text, lambda piece: weighted(piece.strip()) <= 40)[0] == first


def test_a_line_never_begins_with_closing_punctuation() -> None:
    pieces = split("字" * 19 + "（" + "字" * 18 + "）。" + "字" * 30, lambda piece: weighted(piece) <= 40)
    assert not [piece for piece in pieces if piece[0] in "）。"]
    assert not [piece for piece in pieces if piece[-1] == "（"]


def test_a_premium_length_is_cut_quickly_enough_to_preview() -> None:
    text = "A sentence about the network upgrade, 网络升级公告。 See https://example.com/x. " * 600
    pieces = split(text, lambda piece: weighted(piece.strip()) <= 25_000)
    assert len(pieces) == 2
