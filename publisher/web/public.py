"""The public listener: the website's files, the pages for readers, and `/healthz`. No cookies."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse, PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from publisher.channel import SLOTS
from publisher.web.networks import Network
from publisher.web.page_answers import html, plain
from publisher.web.readers import Readers, take_readers
from publisher.web.site_answers import FRESH, SHORT, SiteAnswers, takes_gzip, variants
from publisher.web.site_files import SiteFiles, StoredFile, choose_locale, made, not_modified

# connect-src: auditors fetch robots.txt from within the page; without it they find none.
SECURITY = {
    "content-security-policy": (
        "default-src 'none'; style-src 'self'; img-src 'self' https:; connect-src 'self'; "
        "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    ),
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "strict-origin-when-cross-origin",
    "cross-origin-opener-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
}
_SECURITY = [(name.encode(), value.encode()) for name, value in SECURITY.items()]
SEARCHES = 4
"""Under way at once; the others wait, so that they never take every connection to the database."""
PATIENCE = 5.0
"""Seconds for a search, waiting included."""
LONGEST = 200
"""Characters of a question that are read."""
_NUMBER = re.compile(r"[1-9][0-9]{0,3}")
_REFERENCE = re.compile(SLOTS["reference"].pattern)


class Search(Protocol):
    """A page of what is found for a reader's question."""

    async def __call__(self, locale: str, asked: str, number: int) -> bytes: ...


def public_app(
    site_root: Path,
    readers: Readers | None = None,
    search: Search | None = None,
    trusted: Sequence[Network] = (),
    locales: Sequence[str] = (),
) -> FastAPI:
    """The ASGI application. `site_root` is the folder that the website channel writes; without `readers` there are no
    pages for them, without `search` nobody searches. `trusted`: the proxies that say where a request comes from.
    `locales`: those of the site, the one of whoever names none first.
    """
    app = FastAPI(title="Public site", openapi_url=None, docs_url=None, redoc_url=None)
    files = SiteFiles(site_root, locales)
    app.add_middleware(SecurityHeaders)
    app.add_middleware(SiteAnswers, files=files, more=_SECURITY)
    public = _Public(files, search)
    app.add_api_route("/healthz", _health, methods=["GET", "HEAD"], response_model=None)
    if readers is not None:
        take_readers(app, readers, trusted, public.missing)
    app.add_api_route("/{locale}/search", public.search, methods=["GET", "HEAD"], response_model=None)
    app.add_api_route("/{path:path}", public.show, methods=["GET", "HEAD"], response_model=None)
    return app


class SecurityHeaders:
    """Adds `SECURITY` to every answer, errors of the framework included."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                present = {name for name, _ in message["headers"]}
                message["headers"] = [*message["headers"], *(pair for pair in _SECURITY if pair[0] not in present)]
            await send(message)

        await self._app(scope, receive, send_with_headers)


class _Public:
    def __init__(self, files: SiteFiles, search: Search | None) -> None:
        self._files, self._search = files, search
        self._searches = asyncio.Semaphore(SEARCHES)

    # --- the site ---

    async def show(self, path: str, request: Request) -> Response:
        """The way to a page: a language, a cleaner address, or 404 with the site's own page."""
        if not path and (locale := self._locale(request)):
            return Response(status_code=302, headers={"location": f"{locale}/", **_varying("Accept-Language")})
        if path.startswith(SHORT) and (page := self._short(path.removeprefix(SHORT), request)):
            return Response(status_code=302, headers={"location": f"../{page}", **_varying("Accept-Language")})
        if file := self._files.page(path):
            return _answer(request, file, ("Accept-Language",))
        if there := self._files.elsewhere(path):
            return Response(status_code=308, headers={"location": there, "cache-control": FRESH})
        return self.missing(path, request)

    def _short(self, reference: str, request: Request) -> str | None:
        """The announcement in its reader's language, or another that it has; None for an unknown reference."""
        if not _REFERENCE.fullmatch(reference):
            return None
        locales = [each for each in self._files.locales() if self._files.page(f"{each}/{reference}")]
        wanted = choose_locale(request.headers.get("accept-language", ""), locales) or next(iter(locales), None)
        return f"{wanted}/{reference}" if wanted else None

    def missing(self, path: str, request: Request) -> Response:
        """Never cached: it may be published in a moment."""
        here = path.partition("/")[0]
        locale = here if here in self._files.locales() else self._locale(request)
        page = self._special("missing", locale)
        return html(request, page, 404) if page else plain(request, "Not found", 404)

    # --- search ---

    async def search(self, locale: str, request: Request) -> Response:
        """What is found for `q`; whatever it is, the answer is a page."""
        if self._search is None or locale not in self._files.locales():
            return self.missing(request.url.path.lstrip("/"), request)
        asked = " ".join(request.query_params.get("q", "").replace("\0", "").split())[:LONGEST]
        number = request.query_params.get("page", "")
        try:
            async with asyncio.timeout(PATIENCE), self._searches:
                page = await self._search(locale, asked, int(number) if _NUMBER.fullmatch(number) else 1)
        except TimeoutError:
            return PlainTextResponse("Busy; try again.", 503, {"retry-after": "5", "cache-control": "no-store"})
        return _answer(request, made(page))

    # --- languages ---

    def _locale(self, request: Request) -> str | None:
        return choose_locale(request.headers.get("accept-language", ""), self._files.locales())

    def _special(self, name: str, locale: str | None) -> StoredFile | None:
        locale = locale or next(iter(self._files.locales()), None)
        return self._files.special(locale, name) if locale else None


async def _health() -> Response:
    return JSONResponse({"status": "ok"}, headers={"cache-control": "no-store"})


def _answer(request: Request, file: StoredFile, varies: tuple[str, ...] = ()) -> Response:
    chosen = variants(file, FRESH, varies)[takes_gzip(request.headers.get("accept-encoding", ""))]
    unchanged = not_modified(file, chosen.etag, request.headers)
    response = Response(b"" if unchanged or request.method == "HEAD" else chosen.body, 304 if unchanged else 200)
    response.raw_headers = list(chosen.unchanged if unchanged else chosen.whole)
    return response


def _varying(header: str) -> dict[str, str]:
    return {"vary": header, "cache-control": FRESH}
