"""The website: pages, lists, feeds and a sitemap as plain files that any web server can serve."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from channels.website.composing import WebsiteComposer
from publisher.channel import ChannelType, PostingChannel, Tools


class Options(BaseModel):
    """A destination of this channel has no settings of its own."""

    model_config = ConfigDict(extra="forbid")


class Account(BaseModel):
    """Where the website's files go, and where readers find them."""

    model_config = ConfigDict(extra="forbid")
    root: Path
    """The folder that the web server serves. Nothing else may write into it."""
    url: Annotated[str, StringConstraints(pattern=r"^https?://[^/?#]+[^?#]*$", strip_whitespace=True)]
    """The website's base URL, as this machine reaches it."""
    state: Path | None = None
    """Records and journal, on the file system of `root` but never inside it; default: `<root>.state` beside it."""
    confirm: bool = True
    """Delivered only once a GET of the public URL shows the new page."""
    confirm_timeout: float = Field(default=20.0, gt=0)
    """Seconds."""


def _connect(account: Account, tools: Tools) -> PostingChannel:
    from channels.website.sending import Website

    state = account.state or account.root.with_name(f"{account.root.name}.state")
    return Website.of(account.root, state, account.url, tools, account.confirm_timeout if account.confirm else None)


channel = ChannelType("website", WebsiteComposer(), Options, Account, connect_posting=_connect)
