"""Telegram: one message to one chat, edited and deleted in place, pinned if wanted."""

from __future__ import annotations

from channels.telegram.composing import TelegramComposer
from channels.telegram.settings import Account, Options
from publisher.channel import ChannelType, PostingChannel, Tools


def _connect(account: Account, tools: Tools) -> PostingChannel:
    from channels.telegram.sending import Telegram

    return Telegram(account)


channel = ChannelType("telegram", TelegramComposer(), Options, Account, connect_posting=_connect)
