"""X: one post with the link, or a numbered thread."""

from __future__ import annotations

from channels.x.composing import XComposer
from channels.x.settings import Account, Options
from publisher.channel import ChannelType, PostingChannel, Tools


def _connect(account: Account, tools: Tools) -> PostingChannel:
    from channels.x.sending import X

    return X(account, tools.now)


channel = ChannelType("x", XComposer(), Options, Account, connect_posting=_connect)
