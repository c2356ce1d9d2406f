"""Where receiving systems report back. Their signature lets them in, so there is neither cookie nor CSRF."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse

from publisher.channel import CallbackForged, CallbackUnreadable

REPORT_BYTES = 16_384


class CalledBack(Protocol):
    """Keeps what a receiving system reports; False for an account or a receipt that is not known.

    Raises CallbackForged, CallbackUnreadable.
    """

    async def __call__(self, account: str, headers: Mapping[str, str], body: bytes) -> bool: ...


def take_callbacks(app: FastAPI, called_back: CalledBack) -> None:
    """Adds `POST /callbacks/{account}` to the public listener."""
    app.add_api_route("/callbacks/{account}", _Callbacks(called_back).take, methods=["POST"], response_model=None)


@dataclass(frozen=True, slots=True)
class _Callbacks:
    called_back: CalledBack

    async def take(self, account: str, request: Request) -> Response:
        body = b""
        async for chunk in request.stream():
            body += chunk
            if len(body) > REPORT_BYTES:
                return _said(413, f"a report has at most {REPORT_BYTES} bytes")
        try:
            known = await self.called_back(account, request.headers, body)
        except CallbackForged as error:
            return _said(401, str(error))
        except CallbackUnreadable as error:
            return _said(400, str(error))
        return Response(status_code=204) if known else _said(404, "no delivery of this account has that receipt")


def _said(status: int, detail: str) -> Response:
    return JSONResponse({"detail": detail}, status, {"cache-control": "no-store"})
