"""What is sent to Telegram: the arguments of sendMessage or sendPhoto, and what pinChatMessage needs for a pin."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from html import escape

from channels.telegram.markup import MarkupError, read
from channels.telegram.settings import Options
from publisher import measure
from publisher.channel import (
    DAYS,
    EARLIER,
    PICTURES,
    PIN,
    SLOTS,
    UNTIL,
    URGENT,
    Capabilities,
    Finding,
    Format,
    Json,
    Limit,
    Part,
    Parts,
    Rate,
    Record,
    Rendered,
    Severity,
    Target,
    Told,
    Unit,
    fill_text,
    record_of,
    slot,
)

MESSAGE, REPLY = "message", "reply"
TEXT_UNITS, CAPTION_UNITS, RAW_BYTES, ENTITIES = 4096, 1024, 32_768, 100
"""After parsing (UTF-16 units), before parsing (bytes), and how much formatting is kept."""
EDIT_UNITS = 124
"""Kept free in a new caption for what a later edit adds: Telegram never makes a text of a photo."""
_FIRST = "announce"
_CHAT = re.compile(r"@[A-Za-z][A-Za-z0-9_]{3,31}|-?[1-9][0-9]{0,15}")
_PREVIEWS: Mapping[str, Mapping[str, Json]] = {
    "off": {"is_disabled": True},
    "small": {"url": slot("url"), "prefer_small_media": True},
    "large": {"url": slot("url"), "prefer_large_media": True},
}
_ANSWER: Mapping[str, Json] = {"message_id": slot("previous.id"), "allow_sending_without_reply": True}


class TelegramComposer:
    capabilities = Capabilities(
        sections={"text": Format.TELEGRAM_HTML, "reply": Format.TELEGRAM_HTML, "record": Format.JSON},
        limits={"text": Limit(Unit.UTF16, TEXT_UNITS)},
        amends=True,
        retracts=True,
        account_rate=Rate(30, 1),
        # Telegram says one a second and chat, and twenty a minute and group: five in a quarter of a minute keeps both.
        target_rate=Rate(5, 15),
    )

    def compose(self, rendered: Rendered, target: Target) -> Parts:
        """`message`, then `pin` where the destination pins; raises ValueError for options it does not know.

        A later stage answers the announcement: as a message, or in a `reply` to what it edits.
        Of what must not go unnoticed `message` is new, and `earlier` says so in the place of the first.
        """
        options, record = Options.model_validate(dict(target.options)), record_of(rendered)
        told = record.correction if record and record.correction and record.correction.is_news else None
        silent = _is_silent(options, record) and not told
        message: dict[str, Json] = {
            "chat_id": target.address,
            **_content(rendered["text"].text.strip(), options, record),
            "parse_mode": "HTML",
            "disable_notification": silent,
            "protect_content": options.protect,
        }
        if options.thread_id is not None:
            message["message_thread_id"] = options.thread_id
        until = (record.pinned_until or record.ends_at) if record else None
        pin: dict[str, Json] = {
            "chat_id": target.address,
            "disable_notification": silent,
            URGENT: bool(record and record.urgent),
            UNTIL: until.isoformat() if until else None,
            DAYS: 0 if record and record.is_over else options.pin_days,
        }
        if told is None:
            answering: dict[str, Json] = {} if record is None or record.is_first else {"reply_parameters": _ANSWER}
            # A pinned reminder would stand there unchanged when the announcement beside it is edited.
            pins = [Part(PIN, pin)] if options.pin and not (record and record.is_reminder) else []
            return (Part(MESSAGE, message | answering), *_replies(rendered, message), *pins)
        new = Part(MESSAGE, {**message, "reply_parameters": _ANSWER}, act="publish")
        pins = [Part(PIN, {**pin, URGENT: True}, act="publish")] if options.pin and told.dangerous else []
        return (new, *pins, _instead(message, told))

    def check(self, parts: Parts) -> Sequence[Finding]:
        return [finding for part in parts if part.name != PIN for finding in _findings(part.content)]

    def check_together(self, targets: Sequence[Target]) -> Sequence[Finding]:
        """Channels whose linked group is a destination as well."""
        groups = {target.address.casefold(): target for target in targets}
        linked = {target.destination: str(target.options.get("linked_group") or "") for target in targets}
        return [
            Finding(
                "telegram.linked_group",
                f"{group.destination} is the group linked to {channel}, where Telegram copies every post: "
                "its members would read this twice",
                f"leave {group.destination} out of the set of destinations",
                about=group.destination,
            )
            for channel, name in linked.items()
            if name and (group := groups.get(name.casefold()))
        ]


def _replies(rendered: Rendered, message: Mapping[str, Json]) -> Sequence[Part]:
    """What is said below the edited message; nothing where an edit is enough."""
    text = rendered["reply"].text.strip() if "reply" in rendered else ""
    if not text:
        return ()
    kept = {name: value for name, value in message.items() if name not in ("text", "caption", PICTURES)}
    previews = {"link_preview_options": _PREVIEWS["off"], "reply_parameters": _ANSWER}
    return (Part(REPLY, {**kept, "text": text, **previews}, act="publish"),)


def _instead(message: Mapping[str, Json], told: Told) -> Part:
    """What the first message becomes, or the caption of its photo: nothing of what it said."""
    text: Json = f"<b>{escape(told.instead, quote=False)}</b>\n\n{slot('url')}"
    shown = {name: value for name, value in message.items() if name not in ("text", "caption", PICTURES)}
    return Part(EARLIER, {**shown, "text": text, "link_preview_options": _PREVIEWS["off"]}, act="amend")


def _content(text: str, options: Options, record: Record | None) -> Mapping[str, Json]:
    """A photo with `caption` while an edit still fits below it, else `text` with the preview of the page.

    A text that an edit may yet put below a photo lists the photo too.
    """
    pictures = record.pictures[:1] if record and options.photo else ()
    units = _units(text) if pictures else 0
    shown: dict[str, Json] = {}
    if pictures and units <= CAPTION_UNITS:
        shown = {PICTURES: [picture.model_dump() for picture in pictures]}
        is_later = record is not None and record.stage != _FIRST
        if is_later or units <= CAPTION_UNITS - EDIT_UNITS:
            return {"caption": text, **shown}
    preview = "large" if pictures and options.link_preview == "off" else options.link_preview
    above: dict[str, Json] = {"show_above_text": True} if options.preview_above and preview != "off" else {}
    return {"text": text, "link_preview_options": {**_PREVIEWS[preview], **above}, **shown}


def _units(text: str) -> int:
    """What Telegram counts, slots at their greatest length; more than it takes for what it cannot parse."""
    try:
        return measure.utf16(read(fill_text(text, LONGEST)).text.strip())
    except MarkupError:
        return TEXT_UNITS + 1


def _is_silent(options: Options, record: Record | None) -> bool:
    if record is not None and record.urgent:
        return False
    if isinstance(options.silent, bool):
        return options.silent
    return record is not None and record.kind in options.silent


def _findings(message: Mapping[str, Json]) -> Iterator[Finding]:
    if not _CHAT.fullmatch(str(message["chat_id"])):
        yield Finding(
            "telegram.chat",
            f"{message['chat_id']!r} is not a chat",
            "give the destination's address as @name or as the chat's number, such as -1001234567890",
        )
    caption = message.get("caption")
    yield from _text_findings(fill_text(str(message.get("text") if caption is None else caption), LONGEST))


def _text_findings(text: str) -> Iterator[Finding]:
    """Of a text with its slots at their greatest length."""
    try:
        reading = read(text)
    except MarkupError as error:
        yield Finding("telegram.markup", f"Telegram cannot parse the text: {error}", "correct the template")
        return
    plain = reading.text.strip()
    if not plain:
        yield Finding("telegram.empty", "the message has no text", "write a summary")
    if (units := measure.utf16(plain)) > TEXT_UNITS:
        message = f"the message is {units - TEXT_UNITS} units longer than the {TEXT_UNITS} that Telegram takes"
        yield Finding("telegram.too_long", message, "shorten it; the article on the website may be longer")
    if (size := measure.utf8(text)) > RAW_BYTES:
        message = f"the message with its markup has {size} bytes, Telegram reads {RAW_BYTES}"
        yield Finding("telegram.too_many_bytes", message, "use fewer or shorter links")
    if reading.tags > ENTITIES:
        message = f"the message has {reading.tags} formatted passages; Telegram ignores those after the {ENTITIES}th"
        yield Finding("telegram.formatting", message, "use less bold, code and links", Severity.WARNING)


LONGEST: Mapping[str, str] = {name: kind.sample.ljust(kind.max_bytes, "0") for name, kind in SLOTS.items()}
"""Every slot at its greatest length."""
