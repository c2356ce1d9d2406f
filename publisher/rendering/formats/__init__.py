"""Document tree -> the text of each format. A format's escaping happens here and nowhere else."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Protocol

from publisher.channel import Format
from publisher.content.document import Block, Inline
from publisher.rendering.formats.discord import discord_markdown
from publisher.rendering.formats.html import email_html, web_html
from publisher.rendering.formats.lines import plain, telegram_html
from publisher.rendering.formats.value import Say, Show, no_pictures


class Writer(Protocol):
    def inline(self, children: Iterable[Inline]) -> str:
        """What stands inside a paragraph or heading."""

    def blocks(self, blocks: Iterable[Block]) -> str:
        """Paragraphs, lists, tables and the like."""


class Makes(Protocol):
    def __call__(self, say: Say, show: Show = no_pictures) -> Writer: ...


WRITERS: Mapping[Format, Makes] = {
    Format.WEB_HTML: web_html,
    Format.EMAIL_HTML: email_html,
    Format.TELEGRAM_HTML: telegram_html,
    Format.DISCORD_MARKDOWN: discord_markdown,
    Format.PLAIN: plain,
}


def writer(format: Format, say: Say, show: Show, direction: str) -> Writer:
    """For texts that run in `direction` (`ltr`, `rtl`); where pages are styled by a sheet, that knows it."""
    return email_html(say, show, direction) if format is Format.EMAIL_HTML else WRITERS[format](say, show)
