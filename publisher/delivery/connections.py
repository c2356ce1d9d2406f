"""The adapters of a worker: connected once per account, on first use."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import BaseModel

from publisher.channel import Capabilities, ChannelType, MailingChannel, PostingChannel, Tools


class Connections:
    """Connects accounts as they are needed, so that an unused SDK is never imported."""

    def __init__(
        self, types: Mapping[str, ChannelType], accounts: Mapping[str, tuple[str, BaseModel]], tools: Tools
    ) -> None:
        """`accounts`: name -> (channel, its validated `Account`)."""
        self._types = types
        self._accounts = accounts
        self._tools = tools
        self._posting: dict[str, PostingChannel] = {}
        self._mailing: dict[str, MailingChannel] = {}

    def capabilities(self, channel: str) -> Capabilities:
        """Raises LookupError for a channel nobody registered."""
        return self._types[channel].composer.capabilities

    def fans_out(self, channel: str) -> bool:
        """Whether a delivery of this channel becomes a mailing."""
        return self._types[channel].connect_mailing is not None

    def posting(self, account: str) -> PostingChannel:
        """Raises LookupError for an unknown account, and whatever its SDK raises when it is imported."""
        if account not in self._posting:
            channel, settings = self._accounts[account]
            connect = self._types[channel].connect_posting
            if connect is None:
                raise LookupError(f"channel {channel!r} of account {account!r} does not post")
            self._posting[account] = connect(settings, self._tools)
        return self._posting[account]

    def mailing(self, account: str) -> MailingChannel:
        """Raises LookupError for an unknown account, and whatever its SDK raises when it is imported."""
        if account not in self._mailing:
            channel, settings = self._accounts[account]
            connect = self._types[channel].connect_mailing
            if connect is None:
                raise LookupError(f"channel {channel!r} of account {account!r} does not mail")
            self._mailing[account] = connect(settings, self._tools)
        return self._mailing[account]

    async def close(self) -> None:
        """Closes every adapter that was connected; one that fails does not keep the others open."""
        open_now: list[PostingChannel | MailingChannel] = [*self._posting.values(), *self._mailing.values()]
        self._posting, self._mailing = {}, {}
        errors = []
        for channel in open_now:
            try:
                await channel.close()
            except Exception as error:
                errors.append(error)
        if errors:
            raise ExceptionGroup("channels that did not close", errors)
