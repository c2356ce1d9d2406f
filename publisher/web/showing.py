"""Renders the staff pages and knows who is signed in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from publisher.app import App
from publisher.web.sessions import COOKIE, Sessions

_PAGES = Path(__file__).parent / "pages"
_MISSING = "There is nothing at this address."


def _environment() -> Environment:
    return Environment(loader=FileSystemLoader(_PAGES), autoescape=True, undefined=StrictUndefined)


@dataclass(frozen=True)
class Pages:
    """Renders pages and answers who is signed in."""

    app: App
    sessions: Sessions
    environment: Environment = field(default_factory=_environment)

    async def person(self, request: Request) -> str | None:
        """Who is signed in; nobody whose token was taken back since."""
        opened_with = self.sessions.token_hash(request.cookies.get(COOKIE))
        if opened_with is None:
            return None
        async with self.app.store.read() as tx:
            person = await tx.person_by_token(opened_with)
        return person.name if person is not None and not person.disabled else None

    def show(
        self, request: Request, name: str, values: Mapping[str, object], *, here: str = "", status: int = 200
    ) -> HTMLResponse:
        sandbox = self.app.settings.sandbox
        common = {
            "exchange": self.app.settings.exchange.name,
            "site": self.app.settings.site.url,
            "sandbox": f"http://{sandbox.host}:{sandbox.page_port}/" if sandbox else "",
            "person": getattr(request.state, "person", None),
            "path": request.url.path,
            "here": here,
        }
        return HTMLResponse(self.environment.get_template(name).render(**{**common, **values}), status)

    def missing(self, request: Request) -> HTMLResponse:
        return self.show(request, "missing.html", {"problem": _MISSING}, status=404)

    def refused(self, request: Request, why: str, *, back: str) -> HTMLResponse:
        """An act that is not allowed: the sentence, and the way back."""
        return self.show(request, "refused.html", {"problem": why, "back": back}, status=409)
