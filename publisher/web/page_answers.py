"""Answers with a page that depends on the moment or on its reader: never for caches."""

from __future__ import annotations

from fastapi import Request, Response
from fastapi.responses import PlainTextResponse

from publisher.web.site_answers import takes_gzip
from publisher.web.site_files import StoredFile


def html(request: Request, file: StoredFile, status: int) -> Response:
    """The page in the coding that the client takes."""
    body, headers = _coded(request, file)
    headers |= {"cache-control": "no-store", "content-length": str(len(body)), "content-type": file.media_type}
    return Response(b"" if request.method == "HEAD" else body, status, headers)


def plain(request: Request, text: str, status: int) -> Response:
    return PlainTextResponse("" if request.method == "HEAD" else text, status, {"cache-control": "no-store"})


def _coded(request: Request, file: StoredFile) -> tuple[bytes, dict[str, str]]:
    """The body, and the headers that say how it is coded."""
    headers = {"vary": "Accept-Encoding"} if file.gzipped else {}
    if file.gzipped and takes_gzip(request.headers.get("accept-encoding", "")):
        return file.gzipped, headers | {"content-encoding": "gzip"}
    return file.body, headers
