"""Webhook: an announcement's record and its short texts, signed, to a system of the operator's own."""

from __future__ import annotations

from channels.webhook.callbacks import read
from channels.webhook.composing import WebhookComposer
from channels.webhook.settings import Account, Options
from publisher.channel import ChannelType, PostingChannel, Tools


def _connect(account: Account, tools: Tools) -> PostingChannel:
    from channels.webhook.sending import Webhook

    return Webhook(account, tools.now)


channel = ChannelType("webhook", WebhookComposer(), Options, Account, connect_posting=_connect, read_callback=read)
