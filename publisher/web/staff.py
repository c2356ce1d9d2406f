"""The staff listener: sign in with a personal token, see announcements, deliveries and their history.

Stopping is here too, for anybody on duty (`acts`); every other act of staff is on the command line, with a token,
until the desk has passkeys.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

from fastapi import FastAPI, Form, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, PlainTextResponse, RedirectResponse
from fastapi.staticfiles import StaticFiles

from publisher.app import App
from publisher.release.approval import Refused, authenticate, token_hash
from publisher.schedule.coming import coming
from publisher.web.acts import add_acts, offered, offered_mailing
from publisher.web.overview import overview, whole
from publisher.web.sessions import COOKIE, Sessions
from publisher.web.showing import Pages

_ASSETS = Path(__file__).parent / "assets"
_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; "
    "img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",  # with no-referrer a browser would send `Origin: null`
    "Cache-Control": "no-store",
    "Cross-Origin-Opener-Policy": "same-origin",
}
SHOWN = timedelta(days=31)
"""How far ahead the page of what goes out when looks."""
_FREE = ("/healthz", "/login")


def staff_app(app: App, sessions: Sessions | None = None) -> FastAPI:
    """The application behind the staff listener."""
    pages = Pages(app, sessions or Sessions())
    web = FastAPI(title="Publisher desk", docs_url=None, redoc_url=None, openapi_url=None)
    web.middleware("http")(_guard(pages))
    web.add_api_route("/healthz", _healthy, methods=["GET"], response_class=PlainTextResponse)
    web.mount("/assets", StaticFiles(directory=_ASSETS), name="assets")
    _add_signing(web, pages)
    _add_pages(web, pages)
    add_acts(web, pages)

    async def missing(request: Request, _: Exception) -> Response:
        return pages.missing(request)

    web.add_exception_handler(404, missing)
    web.add_exception_handler(RequestValidationError, missing)
    return web


async def _healthy() -> str:
    return "ok\n"


Next = Callable[[Request], Awaitable[Response]]


def _guard(pages: Pages) -> Callable[[Request, Next], Awaitable[Response]]:
    async def guard(request: Request, go_on: Next) -> Response:
        request.state.person = await pages.person(request)
        response = _refusal(request) or await go_on(request)
        for name, value in _HEADERS.items():
            response.headers.setdefault(name, value)
        return response

    return guard


def _refusal(request: Request) -> Response | None:
    path = request.url.path
    if request.method not in ("GET", "HEAD") and not _same_origin(request):
        return PlainTextResponse("This form was sent from another site.\n", 403)
    if path in _FREE or path.startswith("/assets/") or request.state.person:
        return None
    if path.endswith(".json"):
        return JSONResponse({"error": "sign in first"}, 401)
    return RedirectResponse("/login", 303)


def _same_origin(request: Request) -> bool:
    # A browser names the origin of every POST; a form on a stranger's page cannot forge it (CSRF).
    origin = request.headers.get("origin")
    return origin is not None and urlsplit(origin).netloc == request.headers.get("host")


def _add_signing(web: FastAPI, pages: Pages) -> None:
    @web.get("/login")
    async def login_page(request: Request) -> Response:
        return pages.show(request, "login.html", {"problem": ""})

    @web.post("/login")
    async def login(request: Request, token: Annotated[str, Form()] = "") -> Response:
        try:
            async with pages.app.store.read() as tx:
                await authenticate(tx, token)
        except Refused as refused:
            return pages.show(request, "login.html", {"problem": str(refused)}, status=401)
        response = RedirectResponse("/", 303)
        session = pages.sessions.start(token_hash(token))
        response.set_cookie(COOKIE, session, httponly=True, samesite="strict", secure=request.url.scheme == "https")
        return response

    @web.post("/logout")
    async def logout(request: Request) -> Response:
        pages.sessions.end(request.cookies.get(COOKIE))
        response = RedirectResponse("/login", 303)
        response.delete_cookie(COOKIE)
        return response


def _add_pages(web: FastAPI, pages: Pages) -> None:
    @web.get("/")
    async def today(request: Request) -> Response:
        values = {"overview": await overview(pages.app), "switches": pages.app.switches}
        return pages.show(request, "today.html", values, here="today")

    @web.get("/deliveries")
    async def deliveries(request: Request) -> Response:
        return pages.show(request, "deliveries.html", {"overview": await overview(pages.app)}, here="deliveries")

    @web.get("/schedule")
    async def schedule(request: Request) -> Response:
        now = pages.app.clock.now()
        async with pages.app.store.read() as tx:
            found = await coming(tx, pages.app.kinds, pages.app.outlet, now, now + SHOWN)
        return pages.show(request, "schedule.html", {"coming": found, "days": SHOWN.days}, here="schedule")

    @web.get("/status.json")
    async def status() -> Response:
        return JSONResponse((await overview(pages.app)).to_json())

    @web.get("/releases/{release_id}")
    async def release(request: Request, release_id: int) -> Response:
        try:
            found = await whole(pages.app, release_id)
            return pages.show(
                request, "release.html", {"whole": found, "may": offered(found), "may_mail": offered_mailing}
            )
        except LookupError:
            return pages.missing(request)
