"""The staff listener: sign in with a personal token, see announcements, deliveries and their history.

Read-only: every act of staff is on the command line, with a token, until the desk has passkeys.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

from fastapi import FastAPI, Form, HTTPException, Request, Response
from fastapi.responses import HTMLResponse, JSONResponse, PlainTextResponse, RedirectResponse
from fastapi.staticfiles import StaticFiles
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from publisher.app import App
from publisher.delivery.states import DeliveryState
from publisher.mailing.report import report
from publisher.release.approval import Refused, authenticate, wanted
from publisher.release.release import Release
from publisher.store.status_rows import DeliveryLine
from publisher.web.sessions import COOKIE, Sessions

_PAGES = Path(__file__).parent / "pages"
_ASSETS = Path(__file__).parent / "assets"
_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",  # with no-referrer a browser would send `Origin: null`
    "Cache-Control": "no-store",
    "Cross-Origin-Opener-Policy": "same-origin",
}
_ATTENTION = (DeliveryState.UNCONFIRMED, DeliveryState.REJECTED, DeliveryState.HELD, DeliveryState.EXPIRED)
_RECENT = 100
"""Releases on the first page."""

Row = tuple[Release, Mapping[str, int], str]


@dataclass(frozen=True)
class _Pages:
    """Renders pages and answers who is signed in."""

    app: App
    sessions: Sessions
    environment: Environment

    def person(self, request: Request) -> str | None:
        return self.sessions.person(request.cookies.get(COOKIE))

    def show(
        self,
        request: Request,
        name: str,
        values: Mapping[str, object],
        *,
        here: str = "",
        refresh: int = 0,
        status: int = 200,
    ) -> HTMLResponse:
        sandbox = self.app.settings.sandbox
        common = {
            "exchange": self.app.settings.exchange.name,
            "site": self.app.settings.site.url,
            "sandbox": f"http://{sandbox.host}:{sandbox.page_port}/" if sandbox else "",
            "person": self.person(request),
            "refresh": refresh,
            "here": here,
        }
        return HTMLResponse(self.environment.get_template(name).render(**{**common, **values}), status)


def staff_app(app: App, sessions: Sessions | None = None) -> FastAPI:
    """The application behind the staff listener."""
    environment = Environment(loader=FileSystemLoader(_PAGES), autoescape=True, undefined=StrictUndefined)
    pages = _Pages(app, sessions or Sessions(), environment)
    web = FastAPI(title="Publisher desk", docs_url=None, redoc_url=None, openapi_url=None)
    web.middleware("http")(_guard(pages))
    web.add_api_route("/healthz", _healthy, methods=["GET"], response_class=PlainTextResponse)
    web.mount("/assets", StaticFiles(directory=_ASSETS), name="assets")
    _add_signing(web, pages)
    _add_pages(web, pages)
    return web


async def _healthy() -> str:
    return "ok\n"


Next = Callable[[Request], Awaitable[Response]]


def _guard(pages: _Pages) -> Callable[[Request, Next], Awaitable[Response]]:
    async def guard(request: Request, go_on: Next) -> Response:
        response = _refusal(request, pages) or await go_on(request)
        for name, value in _HEADERS.items():
            response.headers.setdefault(name, value)
        return response

    return guard


def _refusal(request: Request, pages: _Pages) -> Response | None:
    path = request.url.path
    if request.method not in ("GET", "HEAD") and not _same_origin(request):
        return PlainTextResponse("This form was sent from another site.\n", 403)
    if path in ("/healthz", "/login") or path.startswith("/assets/") or pages.person(request):
        return None
    if path.endswith(".json"):
        return JSONResponse({"error": "sign in first"}, 401)
    return RedirectResponse("/login", 303)


def _same_origin(request: Request) -> bool:
    # A browser names the origin of every POST; a form on a stranger's page cannot forge it (CSRF).
    origin = request.headers.get("origin")
    return origin is not None and urlsplit(origin).netloc == request.headers.get("host")


def _add_signing(web: FastAPI, pages: _Pages) -> None:
    @web.get("/login")
    async def login_page(request: Request) -> Response:
        return pages.show(request, "login.html", {"problem": ""})

    @web.post("/login")
    async def login(request: Request, token: Annotated[str, Form()] = "") -> Response:
        try:
            async with pages.app.store.read() as tx:
                person = await authenticate(tx, token)
        except Refused as refused:
            return pages.show(request, "login.html", {"problem": str(refused)}, status=401)
        response = RedirectResponse("/", 303)
        session = pages.sessions.start(person.name)
        response.set_cookie(COOKIE, session, httponly=True, samesite="strict", secure=request.url.scheme == "https")
        return response

    @web.post("/logout")
    async def logout(request: Request) -> Response:
        pages.sessions.end(request.cookies.get(COOKIE))
        response = RedirectResponse("/login", 303)
        response.delete_cookie(COOKIE)
        return response


def _add_pages(web: FastAPI, pages: _Pages) -> None:
    @web.get("/")
    async def today(request: Request) -> Response:
        rows, lines = await _overview(pages.app)
        attention = [line for line in lines if line.state in _ATTENTION]
        return pages.show(request, "today.html", {"releases": rows, "attention": attention}, here="today", refresh=10)

    @web.get("/deliveries")
    async def deliveries(request: Request) -> Response:
        _, lines = await _overview(pages.app)
        return pages.show(request, "deliveries.html", {"lines": lines}, here="deliveries", refresh=10)

    @web.get("/status.json")
    async def status() -> Response:
        rows, lines = await _overview(pages.app)
        return JSONResponse({"releases": [_release_json(row) for row in rows], "deliveries": _json_lines(lines)})

    @web.get("/releases/{release_id}")
    async def release(request: Request, release_id: int) -> Response:
        return pages.show(request, "release.html", await _release_values(pages.app, release_id))


async def _overview(app: App) -> tuple[list[Row], Sequence[DeliveryLine]]:
    async with app.store.read() as tx:
        releases = (await tx.releases())[:_RECENT]
        lines = await tx.delivery_lines([release.id for release in releases])
        waits = {release.id: await wanted(tx, release) for release in releases}
    counts: dict[int, Counter[str]] = {}
    for line in lines:
        counts.setdefault(line.release_id, Counter())[line.state] += 1
    return [(r, counts.get(r.id, Counter()), waits.get(r.id, "")) for r in releases], lines


async def _release_values(app: App, release_id: int) -> dict[str, object]:
    async with app.store.read() as tx:
        try:
            release = await tx.release(release_id)
        except LookupError:
            raise HTTPException(404, "There is no such release.") from None
        lines = await tx.delivery_lines([release_id])
        history = [*await tx.history("revision", [release.revision_id]), *await tx.history("release", [release_id])]
        history += await tx.history("delivery", [line.id for line in lines])
        still = await wanted(tx, release)
        mailings = [(line, await report(tx, found)) for line in lines if (found := await tx.mailing_of(line.id))]
    return {
        "release": release,
        "lines": lines,
        "history": sorted(history, key=lambda row: row.at),
        "lacking": still,
        "names": _Names({("delivery", line.id): f"{line.destination} ({line.locale})" for line in lines}),
        "mailings": mailings,
    }


class _Names(dict[tuple[str, int], str]):
    """Names of history rows; empty for what needs none."""

    def __missing__(self, key: tuple[str, int]) -> str:
        return ""


def _release_json(row: Row) -> Mapping[str, object]:
    release, counts, waits_for = row
    return {
        "id": release.id,
        "announcement": release.announcement_id,
        "reference": release.reference,
        "title": release.title,
        "kind": release.policy.kind,
        "state": release.state,
        "publish_at": release.publish_at.isoformat(),
        "published_at": release.published_at.isoformat() if release.published_at else None,
        "waits_for": waits_for,
        "deliveries": dict(counts),
    }


def _json_lines(lines: Sequence[DeliveryLine]) -> list[Mapping[str, object]]:
    return [
        {
            "id": line.id,
            "release": line.release_id,
            "reference": line.reference,
            "destination": line.destination,
            "channel": line.channel,
            "locale": line.locale,
            "operation": line.operation,
            "stage": line.stage,
            "state": line.state,
            "attempts": line.attempts,
            "reason": line.reason,
            "url": line.url,
        }
        for line in lines
    ]
