"""The pages for readers, wired: what `publisher.web.readers` shows and does."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from publisher.app import App
from publisher.app.readers.choosing import Choosing
from publisher.app.readers.faces import Answer, Faces
from publisher.mailing.tokens import Tokens
from publisher.settings import FILE_NAME
from publisher.settings.secrets import token_keys


class ReaderPages:
    """Implements `publisher.web.readers.Readers`."""

    def __init__(self, app: App) -> None:
        """Raises LookupError without a key for links."""
        self._faces = Faces(app)
        self._choosing = Choosing(self._faces, Tokens(token_keys(app.workspace / FILE_NAME)))
        self._shown = {
            "preferences": self._choosing.show_preferences,
            "unsubscribe": self._choosing.show_unsubscribe,
        }
        self._acts = {
            "preferences": self._choosing.save_preferences,
            "unsubscribe": self._choosing.unsubscribe,
        }

    @property
    def locales(self) -> Sequence[str]:
        return self._faces.locales

    async def show(self, page: str, locale: str, token: str) -> Answer | None:
        shown = self._shown.get(page)
        return await shown(locale, token) if shown else None

    async def act(
        self, page: str, locale: str, token: str, fields: Mapping[str, str] | None, network: str
    ) -> Answer | None:
        act = self._acts.get(page)
        return await act(locale, token, fields, network) if act else None
