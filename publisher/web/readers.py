"""The pages on which readers subscribe, choose and unsubscribe. No cookies; a GET never changes anything."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol, TypeAlias

from fastapi import FastAPI, Request, Response

from publisher.web.forms import read_form
from publisher.web.networks import UNKNOWN, Network, network_of
from publisher.web.page_answers import html
from publisher.web.site_files import choose_locale, made

Answer: TypeAlias = tuple[int, bytes]
"""Status and page."""


class Page(StrEnum):
    """What a page is for; the first two have an address in each language, the others one for each reader."""

    SUBSCRIBE = "subscribe"
    LINK = "link"
    """For who has lost the link to their preferences."""
    CONFIRM = "confirm"
    PREFERENCES = "preferences"
    UNSUBSCRIBE = "unsubscribe"


class Readers(Protocol):
    """Shows a page, and does what its form asks for. None where there is no such page.

    Whatever a token is, the answer tells nothing about anybody but its bearer.
    """

    @property
    def locales(self) -> Sequence[str]:
        """Those that the pages have."""

    async def show(self, page: Page, locale: str, token: str) -> Answer | None: ...

    async def act(
        self, page: Page, locale: str, token: str, fields: Mapping[str, str] | None, network: str
    ) -> Answer | None:
        """`fields` is None for a body that is no form, or not from our own page; `network` as of `network_of`."""


def take_readers(
    app: FastAPI,
    readers: Readers,
    trusted: Sequence[Network],
    missing: Callable[[str, Request], Response],
) -> None:
    """Adds the pages to the public listener. `missing` answers for a path that is none of ours."""
    routes = _Routes(readers, trusted, missing)
    for path, page in (
        ("/{locale}/subscribe", Page.SUBSCRIBE),
        ("/{locale}/preferences", Page.LINK),
        ("/c/{token}", Page.CONFIRM),
        ("/p/{token}", Page.PREFERENCES),
        ("/u/{token}", Page.UNSUBSCRIBE),
    ):
        route = _Route(routes, page)
        app.add_api_route(path, route.show, methods=["GET", "HEAD"], response_model=None)
        app.add_api_route(path, route.act, methods=["POST"], response_model=None)


@dataclass(frozen=True, slots=True)
class _Routes:
    readers: Readers
    trusted: Sequence[Network]
    missing: Callable[[str, Request], Response]


@dataclass(frozen=True, slots=True)
class _Route:
    routes: _Routes
    page: Page

    async def show(self, request: Request) -> Response:
        locale, token = self._asked(request)
        return self._answer(request, await self.routes.readers.show(self.page, locale, token) if locale else None)

    async def act(self, request: Request) -> Response:
        locale, token = self._asked(request)
        fields = await read_form(request) if self._is_own(request) else None
        act = self.routes.readers.act(self.page, locale, token, fields, self._network(request)) if locale else None
        return self._answer(request, await act if act else None)

    def _asked(self, request: Request) -> tuple[str, str]:
        """Locale and token; no locale for a language that there are no pages in."""
        locales = self.routes.readers.locales
        if (named := request.path_params.get("locale")) is not None:
            return named if named in locales else "", ""
        chosen = choose_locale(request.headers.get("accept-language", ""), locales) or locales[0]
        return chosen, request.path_params["token"]

    def _is_own(self, request: Request) -> bool:
        """Not a form of another site, which would subscribe strangers from its visitors' networks.

        Unsubscribing is posted by mail programs, from wherever they are.
        """
        return self.page is Page.UNSUBSCRIBE or request.headers.get("sec-fetch-site", "") != "cross-site"

    def _network(self, request: Request) -> str:
        peer = request.client.host if request.client else UNKNOWN
        return network_of(peer, request.headers.getlist("x-forwarded-for"), self.routes.trusted)

    def _answer(self, request: Request, answer: Answer | None) -> Response:
        if answer is None:
            return self.routes.missing(request.url.path.lstrip("/"), request)
        status, page = answer
        response = html(request, made(page), status)
        response.headers["referrer-policy"] = "no-referrer"  # the address may hold a token
        return response
