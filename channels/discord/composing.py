"""What is sent to Discord: one message of a channel."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from channels.discord.settings import Options
from publisher import measure
from publisher.channel import (
    EARLIER,
    SLOTS,
    Capabilities,
    Finding,
    Format,
    Json,
    Limit,
    Part,
    Parts,
    Rate,
    Rendered,
    Target,
    Unit,
    fill_text,
    record_of,
    slot,
)

MESSAGE = "message"
UNITS = 2000
"""Marks and escapes included. Discord says characters; UTF-16 units are never fewer."""
_CHANNEL = re.compile(r"[0-9]{17,20}")
_MARKUP = re.compile(r"[\\\\*_~`|>#\[\]()<@-]")
_LONGEST: Mapping[str, str] = {name: kind.sample.ljust(kind.max_bytes, "0") for name, kind in SLOTS.items()}


class DiscordComposer:
    capabilities = Capabilities(
        sections={"text": Format.DISCORD_MARKDOWN, "record": Format.JSON},
        limits={"text": Limit(Unit.UTF16, UNITS)},
        amends=True,
        retracts=True,
        probes=True,
        account_rate=Rate(50, 1),
        # Discord tells the limit of a channel in its answers only; this is what it has been for years.
        target_rate=Rate(5, 5),
    )

    def compose(self, rendered: Rendered, target: Target) -> Parts:
        """`message`; raises ValueError for options it does not know.

        Of what must not go unnoticed it is new, and `earlier` says so in the place of the first.
        """
        options = Options.model_validate(dict(target.options))
        content: dict[str, Json] = {
            "channel_id": target.address,
            "content": rendered["text"].text.strip(),
            # Not shown: it makes the nonce one of this publication.
            "published_at": slot("published_at"),
            "silent": options.silent,
            "link_preview": options.link_preview,
            "server": options.server,
        }
        record = record_of(rendered)
        told = record.correction if record else None
        if told is None or not told.is_news:
            return [Part(MESSAGE, content)]
        instead = {**content, "content": f"{_escaped(told.instead)}\n{slot('url')}"}
        answer: dict[str, Json] = {"answers": slot("previous.id")}
        return [Part(MESSAGE, {**content, **answer}, act="publish"), Part(EARLIER, instead, act="amend")]

    def check(self, parts: Parts) -> Sequence[Finding]:
        return [finding for part in parts for finding in _findings(part.content)]


def _escaped(text: str) -> str:
    return _MARKUP.sub(r"\\\g<0>", text)


def _findings(content: Mapping[str, Json]) -> Iterator[Finding]:
    channel, text = str(content["channel_id"]), fill_text(str(content["content"]), _LONGEST)
    if not _CHANNEL.fullmatch(channel):
        fix = "give the destination's address as the channel's number: in Discord, developer mode, Copy Channel ID"
        yield Finding("discord.channel", f"{channel!r} is not a channel", fix)
    if not text:
        yield Finding("discord.empty", "the message has no text", "write a summary")
    if (units := measure.utf16(text)) > UNITS:
        message = f"the message is {units - UNITS} characters longer than the {UNITS} that Discord takes"
        yield Finding("discord.too_long", message, "shorten it; the article on the website may be longer")
