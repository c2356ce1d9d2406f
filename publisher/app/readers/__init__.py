"""The pages for readers, wired: what `publisher.web.readers` shows and does."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import TypeAlias

from publisher.app import App
from publisher.app.readers.choosing import Choosing
from publisher.app.readers.faces import Answer, Faces
from publisher.app.readers.subscribing import Subscribing
from publisher.mailing.tokens import Tokens
from publisher.settings import FILE_NAME
from publisher.settings.secrets import token_keys

Shown: TypeAlias = Callable[[str, str], Awaitable[Answer | None]]
"""Locale and token -> page."""
Acts: TypeAlias = Callable[[str, str, Mapping[str, str] | None, str], Awaitable[Answer | None]]
"""Locale, token, what the form says, and network -> page."""


class ReaderPages:
    """Implements `publisher.web.readers.Readers`."""

    def __init__(self, app: App) -> None:
        """Raises LookupError without a key for links."""
        self._faces = Faces(app)
        tokens = Tokens(token_keys(app.workspace / FILE_NAME))
        choosing, subscribing = Choosing(self._faces, tokens), Subscribing(self._faces, tokens)
        self._shown: Mapping[str, Shown] = {
            "subscribe": subscribing.show_form,
            "link": subscribing.show_link,
            "confirm": subscribing.show_confirm,
            "preferences": choosing.show_preferences,
            "unsubscribe": choosing.show_unsubscribe,
        }
        self._acts: Mapping[str, Acts] = {
            "subscribe": subscribing.subscribe,
            "link": subscribing.send_link,
            "confirm": subscribing.confirm,
            "preferences": choosing.save_preferences,
            "unsubscribe": choosing.unsubscribe,
        }

    @property
    def locales(self) -> Sequence[str]:
        return self._faces.locales

    async def show(self, page: str, locale: str, token: str) -> Answer | None:
        return await self._shown[page](locale, token)

    async def act(
        self, page: str, locale: str, token: str, fields: Mapping[str, str] | None, network: str
    ) -> Answer | None:
        return await self._acts[page](locale, token, fields, network)
