from __future__ import annotations

import pytest

from publisher.sandbox.telegram.entities import Entity, Marked, MarkupError, parse_html, strip


def entity(kind: str, offset: int, length: int, **more: str) -> Entity:
    return {"type": kind, "offset": offset, "length": length, **more}


@pytest.mark.parametrize(
    ("source", "text", "entities"),
    [
        ("plain", "plain", []),
        ("<b>a</b> <strong>b</strong>", "a b", [entity("bold", 0, 1), entity("bold", 2, 1)]),
        ("<i>a</i><em>b</em>", "ab", [entity("italic", 0, 1), entity("italic", 1, 1)]),
        ("<u>a</u><ins>b</ins>", "ab", [entity("underline", 0, 1), entity("underline", 1, 1)]),
        ("<s>a</s><del>b</del><strike>c</strike>", "abc", [entity("strikethrough", at, 1) for at in range(3)]),
        ('<span class="tg-spoiler">a</span>', "a", [entity("spoiler", 0, 1)]),
        ("<tg-spoiler>a</tg-spoiler>", "a", [entity("spoiler", 0, 1)]),
        ("<code>a</code>", "a", [entity("code", 0, 1)]),
        ("<blockquote expandable>a</blockquote>", "a", [entity("expandable_blockquote", 0, 1)]),
        ('<pre><code class="language-python">a</code></pre>', "a", [entity("pre", 0, 1, language="python")]),
        ('<tg-emoji emoji-id="25">👍</tg-emoji>', "👍", [entity("custom_emoji", 0, 2, custom_emoji_id="25")]),
        ("<a href='https://example.com/?a=1&amp;b=2'>x</a>", "x", [entity("text_link", 0, 1, url="https://example.com/?a=1&b=2")]),
        ("<a>example.com</a>", "example.com", [entity("text_link", 0, 11, url="example.com")]),
        ('<a href="nowhere">x</a>', "x", []),
        ("🏦<b>🏦</b>", "🏦🏦", [entity("bold", 2, 2)]),
        ("<b>a<i>b</i></b>", "ab", [entity("bold", 0, 2), entity("italic", 1, 1)]),
        ("<B>a</b>", "a", [entity("bold", 0, 1)]),
        ("<b></b>", "", []),
        ("<b>a</>", "a", [entity("bold", 0, 1)]),
        ("&lt;&gt;&amp;&quot;&#39;&#x27;", "<>&\"''", []),
        ("&nbsp;&copy; & &#0; &#xd800;", "&nbsp;&copy; & &#0; &#xd800;", []),
    ],
)  # fmt: skip
def test_html_becomes_text_and_entities(source: str, text: str, entities: list[Entity]) -> None:
    assert parse_html(source) == Marked(text, entities)


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("a<br>", 'Unsupported start tag "br" at byte offset 1'),
        ("公<p>x</p>", 'Unsupported start tag "p" at byte offset 3'),
        ("1 < 2", 'Unsupported start tag "" at byte offset 2'),
        ("<h1>x</h1>", 'Unsupported start tag "h1" at byte offset 0'),
        ("<b>x", 'Can\'t find end tag corresponding to start tag "b"'),
        ("x</b>", "Unexpected end tag at byte offset 1"),
        ("<b>x</i>", 'Unmatched end tag at byte offset 4, expected "</b>", found "</i>"'),
        ("<b>x</b", "Unclosed end tag at byte offset 4"),
        ("<b", "Unclosed start tag at byte offset 0"),
        ('<a href="x', "Unclosed start tag at byte offset 0"),
        ("<a href=x/y>z</a>", "Unexpected end of name token at byte offset 8"),
        ('<a ="x">z</a>', 'Empty attribute name in the tag "a" at byte offset 0'),
        ("<a href", 'Unclosed start tag "a" at byte offset 0'),
        ("<span>x</span>", 'Tag "span" must have class "tg-spoiler" at byte offset 0'),
        ("<tg-emoji>x</tg-emoji>", "Invalid custom emoji identifier specified at byte offset 0"),
    ],
)
def test_what_the_server_cannot_parse_is_refused_with_its_place(source: str, message: str) -> None:
    with pytest.raises(MarkupError) as refusal:
        parse_html(source)

    assert str(refusal.value) == message


def test_white_space_around_a_message_goes_and_entities_move() -> None:
    marked = parse_html("\n <b> title </b> ")

    kept = strip(marked)

    assert kept == Marked("title", [entity("bold", 0, 5)])


def test_links_and_tags_are_found_in_plain_text_but_not_in_links_and_code() -> None:
    plain = "🏦 $ACME #news @example https://example.com/a. "
    marked = parse_html(plain + '<a href="https://example.org">$BTC</a> <code>$ETH</code>')

    kept = strip(marked)

    assert [(found["type"], found["offset"], found["length"]) for found in kept.entities] == [
        ("cashtag", 3, 5),
        ("hashtag", 9, 5),
        ("mention", 15, 8),
        ("url", 24, 21),
        ("text_link", 47, 4),
        ("code", 52, 4),
    ]
