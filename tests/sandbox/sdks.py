"""The networks' own SDKs, pointed at the sandbox."""

from __future__ import annotations

from typing import Any

import aiohttp
from tweepy.asynchronous import AsyncClient  # type: ignore[import-untyped]
from yarl import URL

from publisher.sandbox import Sandbox


class Redirected:
    """The session tweepy uses, with its host replaced by the sandbox's."""

    def __init__(self, session: aiohttp.ClientSession, url: str) -> None:
        self._session, self._url = session, URL(url)

    def request(self, method: str, url: URL | str, **more: Any) -> Any:
        here = URL(str(url), encoded=True).with_scheme("http").with_host("127.0.0.1").with_port(self._url.port)
        return self._session.request(method, here, **more)


def x_client(sandbox: Sandbox, http: aiohttp.ClientSession, **other: str) -> AsyncClient:
    """tweepy with the account's OAuth 1.0a keys."""
    account = sandbox.world.x[0]
    keys = {
        "consumer_key": account.consumer_key,
        "consumer_secret": account.consumer_secret,
        "access_token": account.access_token,
        "access_token_secret": account.access_token_secret,
    }
    sdk = AsyncClient(**(keys | other))
    sdk.session = Redirected(http, sandbox.x.url)
    return sdk
