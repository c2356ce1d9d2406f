"""Photos, topics and sounds: what the composer decides, and what a chat then shows."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import replace

import pytest

from channels.telegram.composing import CAPTION_UNITS, EDIT_UNITS, TelegramComposer
from channels.telegram.sending import Telegram
from publisher.channel import Delivered, Format, Json, Part, Receipt, Rejected, Section
from publisher.content.pictures import PictureFile
from publisher.sandbox import Sandbox
from publisher.sandbox.faults import Channel
from publisher.sandbox.telegram.chats import Message
from publisher.sandbox.world import Chat, World
from tests.channels.telegram.builders import CHAT, account, filled, target
from tests.pictures import listed, picture
from tests.site import samples

FIRST, SECOND = picture((64, 48)), picture((48, 64))
ROOM = CAPTION_UNITS - EDIT_UNITS


def composed(
    text: str = "<b>Listing</b>",
    *shown: PictureFile,
    stage: str = "announce",
    kind: str = "listing",
    urgent: bool = False,
    options: Mapping[str, Json] | None = None,
) -> Sequence[Part]:
    record = samples.record(kind=kind, stage=stage, urgent=urgent)
    record = record.model_copy(update={"pictures": tuple(map(listed, shown))})
    sections = {
        "text": Section(Format.TELEGRAM_HTML, text),
        "record": Section(Format.JSON, record.model_dump_json()),
    }
    return TelegramComposer().compose(sections, target(CHAT, **(options or {})))


def message(text: str = "<b>Listing</b>", *shown: PictureFile, stage: str = "announce", **options: Json) -> Part:
    """What deliver hands over: slots and pictures filled in."""
    bytes_of = {each.sha256: each.content for each in shown}
    return replace(filled(composed(text, *shown, stage=stage, options=options)[0]), pictures=bytes_of)


# --- composing


def test_a_picture_with_a_short_text_is_a_photo_with_its_caption() -> None:
    (part,) = composed("<b>Listing</b>", FIRST, SECOND)

    assert part.content["caption"] == "<b>Listing</b>"
    assert part.picture_names == [FIRST.sha256]
    assert "text" not in part.content


def test_tags_do_not_count_and_an_edit_keeps_its_room() -> None:
    fits, too_long = (composed(f"<b>{'a' * units}</b>", FIRST)[0] for units in (ROOM, ROOM + 1))

    assert "caption" in fits.content
    assert "text" in too_long.content


def test_a_later_stage_may_use_that_room() -> None:
    assert "caption" in composed("a" * CAPTION_UNITS, FIRST, stage="start")[0].content
    assert "text" in composed("a" * (CAPTION_UNITS + 1), FIRST, stage="start")[0].content


def test_an_emoji_counts_as_telegram_counts_it() -> None:
    assert "text" in composed("🟢" * (ROOM // 2 + 1), FIRST)[0].content


def test_a_text_too_long_for_a_caption_shows_its_page_large() -> None:
    (part,) = composed("a" * 2000, FIRST, options={"preview_above": True})

    preview = part.content["link_preview_options"]
    assert isinstance(preview, dict)
    assert (preview["prefer_large_media"], preview["show_above_text"]) == (True, True)
    assert part.picture_names == []


def test_a_destination_may_want_no_photos() -> None:
    (part,) = composed("<b>Listing</b>", FIRST, options={"photo": False})

    assert part.content["text"] == "<b>Listing</b>"
    assert part.picture_names == []


@pytest.mark.parametrize(
    ("silent", "kind", "urgent", "quiet"),
    [
        (True, "listing", False, True),
        (["maintenance"], "maintenance", False, True),
        (["maintenance"], "listing", False, False),
        (True, "risk_warning", True, False),
        (["risk_warning"], "risk_warning", True, False),
    ],
)
def test_kinds_may_be_silent_but_never_what_is_urgent(silent: Json, kind: str, urgent: bool, quiet: bool) -> None:
    parts = composed(kind=kind, urgent=urgent, options={"silent": silent, "pin": True})

    assert [part.content["disable_notification"] for part in parts] == [quiet, quiet]


def test_a_caption_with_broken_markup_is_found() -> None:
    parts = composed("<b>Listing", FIRST)

    assert [finding.code for finding in TelegramComposer().check(parts)] == ["telegram.markup"]


# --- in a chat


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    forum = Chat(int(CHAT), "supergroup", "Example Exchange", "example_exchange", topics={3: "Listings"})
    async with Sandbox(World(chats=(forum,))) as sandbox:
        yield sandbox


@pytest.fixture
async def telegram(sandbox: Sandbox) -> AsyncIterator[Telegram]:
    telegram = Telegram(account(sandbox.telegram.url))
    yield telegram
    await telegram.close()


def shown(sandbox: Sandbox) -> Message:
    (only,) = sandbox.telegram.chats.find(CHAT).newest()
    return only


async def sent(telegram: Telegram, part: Part) -> tuple[Receipt, ...]:
    outcome = await telegram.send(part, ())
    assert isinstance(outcome, Delivered), outcome
    return (outcome.receipt,)


async def test_readers_get_the_photo_and_its_caption(sandbox: Sandbox, telegram: Telegram) -> None:
    receipts = await sent(telegram, message("<b>Listing</b>", FIRST, thread_id=3, silent=True))

    arrived = shown(sandbox)
    assert arrived.photo is not None
    assert arrived.photo.content == FIRST.content
    assert arrived.marked.text == "Listing"
    assert (arrived.topic, arrived.silent) == (3, True)
    assert receipts[0].ids == (str(arrived.id), FIRST.sha256)


async def test_an_edit_of_the_caption_leaves_the_photo(sandbox: Sandbox, telegram: Telegram) -> None:
    receipts = await sent(telegram, message("Before", FIRST))

    await telegram.amend(message("After", FIRST, stage="start"), receipts)

    assert shown(sandbox).marked.text == "After"
    assert [each.action for each in sandbox.arrivals.newest(Channel.TELEGRAM)] == ["editMessageCaption", "sendPhoto"]


async def test_a_photo_becomes_another_one(sandbox: Sandbox, telegram: Telegram) -> None:
    receipts = await sent(telegram, message("Before", FIRST))

    outcome = await telegram.amend(message("After", SECOND), receipts)

    assert isinstance(outcome, Delivered)
    assert outcome.receipt.ids == (receipts[0].ids[0], SECOND.sha256)
    arrived = shown(sandbox)
    assert arrived.photo is not None
    assert (arrived.photo.content, arrived.marked.text) == (SECOND.content, "After")


async def test_a_text_gets_a_photo(sandbox: Sandbox, telegram: Telegram) -> None:
    receipts = await sent(telegram, message("Before"))

    outcome = await telegram.amend(message("After", FIRST), receipts)

    assert isinstance(outcome, Delivered)
    assert shown(sandbox).photo is not None


async def test_an_edit_that_just_fits_below_the_photo_goes_there(sandbox: Sandbox, telegram: Telegram) -> None:
    receipts = await sent(telegram, message("a" * ROOM, FIRST))

    outcome = await telegram.amend(message("b" * (ROOM + 1), FIRST), receipts)

    assert isinstance(outcome, Delivered)
    assert shown(sandbox).marked.text == "b" * (ROOM + 1)


@pytest.mark.parametrize("text", ["b" * (CAPTION_UNITS + 1), "Without the picture"])
async def test_a_photo_never_becomes_a_text_and_staff_are_told(sandbox: Sandbox, telegram: Telegram, text: str) -> None:
    receipts = await sent(telegram, message("Before", FIRST))

    shows = (FIRST,) if len(text) > CAPTION_UNITS else ()
    outcome = await telegram.amend(message(text, *shows), receipts)

    assert isinstance(outcome, Rejected)
    assert "withdraw it and publish anew" in outcome.reason
    assert shown(sandbox).marked.text == "Before"


async def test_the_same_edit_again_is_done(sandbox: Sandbox, telegram: Telegram) -> None:
    receipts = await sent(telegram, message("Before", FIRST))
    once = await telegram.amend(message("After", SECOND), receipts)
    assert isinstance(once, Delivered)

    again = await telegram.amend(message("After", SECOND), (once.receipt,))

    assert isinstance(again, Delivered)


async def test_a_topic_that_is_gone_is_refused(telegram: Telegram) -> None:
    outcome = await telegram.send(message(thread_id=4), ())

    assert isinstance(outcome, Rejected)
    assert "thread not found" in outcome.reason
