"""How each format writes what authors write."""

from __future__ import annotations

import pytest

from publisher.channel import Format
from publisher.content.document import Block, Image, Link, Paragraph, Placeholder, Run
from publisher.content.markup import parse
from publisher.rendering.formats import WRITERS
from publisher.rendering.formats.value import Shown, Value
from publisher.rendering.mistakes import UnsayableValue

SOURCE = """\
# Title

Summary.

## What to do {#what_to_do}

Read **this** and *that*, run `a < b`, see [the terms](https://example.com/terms?a=1&b=2)
or [write to us](mailto:help@example.com).

- one
- two
  - deeper

3. third
4. fourth

> quoted
>
> twice

| Tier | Before | After |
|---|---|---|
| VIP 1 | 0.10% | 0.08% |

```
x = 1
```

---

Starts {{ starts_at | datetime }}.
"""


def say(placeholder: Placeholder) -> Value:
    return Value("3 Dec 2026, 10:00 (UTC+8)", "2026-12-03T02:00:00Z")


def written(format: Format) -> str:
    return WRITERS[format](say).blocks(parse(SOURCE).document.blocks)


def test_plain() -> None:
    assert written(Format.PLAIN) == (
        "What to do\n"
        "Read this and that, run a < b, see the terms (https://example.com/terms?a=1&b=2) "
        "or write to us (help@example.com).\n"
        "\n- one\n- two\n  - deeper\n"
        "\n3. third\n4. fourth\n"
        "\n> quoted\n>\n> twice\n"
        "\n- VIP 1: Before 0.10%, After 0.08%\n"
        "\nx = 1\n"
        "\n---\n"
        "\nStarts 3 Dec 2026, 10:00 (UTC+8)."
    )


def test_telegram() -> None:
    assert written(Format.TELEGRAM_HTML) == (
        "<b>What to do</b>\n"
        "Read <b>this</b> and <i>that</i>, run <code>a &lt; b</code>, "
        'see <a href="https://example.com/terms?a=1&amp;b=2">the terms</a> '
        "or write to us (help@example.com).\n"
        "\n- one\n- two\n  - deeper\n"
        "\n3. third\n4. fourth\n"
        "\n&gt; quoted\n&gt;\n&gt; twice\n"
        "\n- VIP 1: Before 0.10%, After 0.08%\n"
        "\n<pre>x = 1</pre>\n"
        "\n---\n"
        "\nStarts 3 Dec 2026, 10:00 (UTC+8)."
    )


def test_discord() -> None:
    assert written(Format.DISCORD_MARKDOWN) == (
        "**What to do**\n"
        "Read **this** and that, run `a < b`, see the terms (<https://example.com/terms?a=1&b=2>) "
        "or write to us (help@example.com)\\.\n"
        "\n- one\n- two\n  - deeper\n"
        "\n3. third\n4. fourth\n"
        "\n> quoted\n\n> twice\n"
        "\n- VIP 1: Before 0.10%, After 0.08%\n"
        "\n```\nx = 1\n```\n"
        "\n---\n"
        "\nStarts 3 Dec 2026, 10:00 (UTC+8)\\."
    )


def test_web_html() -> None:
    html = written(Format.WEB_HTML)

    assert '<h2 id="what_to_do">What to do</h2>' in html
    assert "<strong>this</strong> and <em>that</em>, run <code>a &lt; b</code>" in html
    assert '<a href="https://example.com/terms?a=1&amp;b=2" rel="noopener">the terms</a>' in html
    assert "<ul><li>one</li><li><p>two</p><ul><li>deeper</li></ul></li></ul>" in html
    assert '<ol start="3"><li>third</li><li>fourth</li></ol>' in html
    assert '<div class="table" tabindex="0"><table><thead><tr><th scope="col">Tier</th>' in html
    assert "<tbody><tr><td>VIP 1</td><td>0.10%</td><td>0.08%</td></tr></tbody>" in html
    assert '<time datetime="2026-12-03T02:00:00Z">3 Dec 2026, 10:00 (UTC+8)</time>' in html


def test_mail_html_carries_its_styles_inline() -> None:
    html = written(Format.EMAIL_HTML)

    assert '<p style="margin:0 0 16px">Starts ' in html
    assert 'style="color:#0b5cd5;text-decoration:underline"' in html


PICTURE: Block = Paragraph((Image("diagram.png", "a diagram"),))


def show(src: str) -> Shown:
    return Shown(f"https://example.com/pictures/{src}", 1104, 800)


@pytest.mark.parametrize("format", WRITERS)
def test_a_picture_that_was_not_read_is_refused(format: Format) -> None:
    with pytest.raises(UnsayableValue, match=r"diagram\.png was not read"):
        WRITERS[format](say).blocks([PICTURE])


def test_a_picture_is_a_link_where_only_text_goes() -> None:
    address = "https://example.com/pictures/diagram.png"

    assert WRITERS[Format.PLAIN](say, show).blocks([PICTURE]) == f"a diagram ({address})"
    assert WRITERS[Format.TELEGRAM_HTML](say, show).blocks([PICTURE]) == f'<a href="{address}">a diagram</a>'


def test_a_picture_has_its_size_so_that_the_page_does_not_jump() -> None:
    assert WRITERS[Format.WEB_HTML](say, show).blocks([PICTURE]) == (
        '<figure><img src="https://example.com/pictures/diagram.png" alt="a diagram" width="1104" height="800" '
        'loading="lazy"></figure>'
    )


def test_in_a_mail_it_is_no_wider_than_the_mail() -> None:
    assert 'width="552" height="400"' in WRITERS[Format.EMAIL_HTML](say, show).blocks([PICTURE])


def test_inside_a_sentence_it_stands_in_its_line() -> None:
    sentence = Paragraph((Run("See "), Image("diagram.png", "a diagram")))

    assert "<figure" not in WRITERS[Format.WEB_HTML](say, show).blocks([sentence])


def test_a_link_that_shows_its_address_is_written_once() -> None:
    link = [Paragraph((Link("https://example.com/a", (Run("https://example.com/a"),)),))]

    assert WRITERS[Format.PLAIN](say).blocks(link) == "https://example.com/a"
