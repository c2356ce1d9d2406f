"""Telegram through the sandbox's twin: what a reader of the chat sees in the end."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from channels.telegram.sending import Telegram
from publisher.channel import Delivered, Receipt, Unconfirmed
from publisher.sandbox import Channel, Effect, Fault, Sandbox
from tests.channels.telegram.builders import CHAT, account, message, pin


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    async with Sandbox() as running:
        yield running


@pytest.fixture
async def telegram(sandbox: Sandbox) -> AsyncIterator[Telegram]:
    adapter = Telegram(account(sandbox.addresses()["telegram"]))
    yield adapter
    await adapter.close()


async def sent(telegram: Telegram) -> Receipt:
    outcome = await telegram.send(message("<b>Listing</b>\n- Trading opens 3 Dec 2026"), ())
    assert isinstance(outcome, Delivered)
    return outcome.receipt


async def test_a_message_is_sent_pinned_edited_and_deleted(telegram: Telegram) -> None:
    receipt = await sent(telegram)
    assert isinstance(await telegram.pin(pin(), receipt), Delivered)
    assert isinstance(await telegram.amend(message("<b>Corrected</b>"), [receipt]), Delivered)
    assert isinstance(await telegram.amend(message("<b>Corrected</b>"), [receipt]), Delivered)
    assert isinstance(await telegram.retract(message(), [receipt]), Delivered)
    assert isinstance(await telegram.retract(message(), [receipt]), Delivered)


async def test_only_the_named_message_is_unpinned(sandbox: Sandbox, telegram: Telegram) -> None:
    other, ours = await sent(telegram), await sent(telegram)
    for receipt in (other, ours, ours):
        assert isinstance(await telegram.pin(pin(), receipt), Delivered)

    for _ in range(2):
        assert isinstance(await telegram.unpin(pin(), ours), Delivered)

    assert sandbox.telegram.chats.find(CHAT).pinned == [int(other.ids[0])]


async def test_a_message_that_is_deleted_is_unpinned_without_an_error(telegram: Telegram) -> None:
    receipt = await sent(telegram)
    assert isinstance(await telegram.pin(pin(), receipt), Delivered)
    assert isinstance(await telegram.retract(message(), [receipt]), Delivered)
    assert isinstance(await telegram.unpin(pin(), receipt), Delivered)


async def test_a_lost_answer_is_unconfirmed_and_the_message_is_there(sandbox: Sandbox, telegram: Telegram) -> None:
    sandbox.faults.add(Fault(Channel.TELEGRAM, Effect.LOSE_ANSWER, stage="sendMessage", times=1))
    assert isinstance(await telegram.send(message(), ()), Unconfirmed)
    assert len(sandbox.arrivals.newest(Channel.TELEGRAM)) == 1
