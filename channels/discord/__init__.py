"""Discord: one message to one channel of a server, edited and deleted in place."""

from __future__ import annotations

from channels.discord.composing import DiscordComposer
from channels.discord.settings import Account, Options
from publisher.channel import ChannelType, PostingChannel, Tools


def _connect(account: Account, tools: Tools) -> PostingChannel:
    from channels.discord.sending import Discord

    return Discord(account)


channel = ChannelType("discord", DiscordComposer(), Options, Account, connect_posting=_connect)
