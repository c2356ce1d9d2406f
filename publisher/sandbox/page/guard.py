"""Who may look at the page and switch things on it."""

from __future__ import annotations

import ipaddress
from collections.abc import Awaitable, Callable
from typing import TypeAlias

from aiohttp import web
from aiohttp.typedefs import Middleware

_Handler: TypeAlias = Callable[[web.Request], Awaitable[web.StreamResponse]]


def guarded(host: str) -> Middleware:
    """Refuses other sites that reach for this page through a reader's browser (forged requests, DNS rebinding)."""
    loopback = _is_loopback(host)

    @web.middleware
    async def guard(request: web.Request, handler: _Handler) -> web.StreamResponse:
        named = request.host.rpartition(":")[0] or request.host
        if loopback and named not in ("localhost", "127.0.0.1", "[::1]", host):
            raise web.HTTPForbidden(text=f"Open the sandbox by its own address, not as {request.host}.")
        if request.headers.get("Sec-Fetch-Site", "none") not in ("same-origin", "none") and request.method != "GET":
            raise web.HTTPForbidden(text="Another site may not switch faults here.")
        response = await handler(request)
        response.headers.update({"X-Content-Type-Options": "nosniff", "Cache-Control": "no-store"})
        return response

    return guard


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
