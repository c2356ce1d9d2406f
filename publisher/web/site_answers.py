"""Answers with a file of the website: made once for each file, told apart by what the client has and takes.

Most requests of the public listener are for a file. `SiteAnswers` stands before the application and answers those
itself; routing, request objects and responses cost twenty times what the answer does.
"""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from starlette.types import ASGIApp, Receive, Scope, Send

from publisher.web.site_files import SiteFiles, StoredFile, not_modified

FRESH = "public, max-age=60, stale-while-revalidate=300, stale-if-error=86400"
"""RFC 5861. A minute, so that a withdrawal is not shown longer by caches."""
FOR_EVER = "public, max-age=31536000, immutable"
"""For files named after their content."""
SHORT = "a/"
"""Where short addresses begin (`publisher.site.addresses.short`)."""
KEPT = 512
"""Files whose answers are kept at most."""
_CONDITIONAL = (b"if-none-match", b"if-modified-since")
_REFUSED = re.compile(r"\s*q=0(\.0*)?\s*")

Headers = Sequence[tuple[bytes, bytes]]


@dataclass(frozen=True, slots=True)
class Variant:
    """A file in one coding: what is sent with it, and what is sent to those who have it already."""

    etag: str
    body: bytes
    whole: Headers
    unchanged: Headers


def variants(file: StoredFile, cache: str, varies: Sequence[str] = (), more: Headers = ()) -> tuple[Variant, Variant]:
    """As it is, and for those who take gzip; the same where compressing is not worth it."""
    vary = ", ".join((*(("Accept-Encoding",) if file.gzipped else ()), *varies))
    plain = _variant(file, file.body, "", cache, vary, more)
    return plain, _variant(file, file.gzipped, "gzip", cache, vary, more) if file.gzipped else plain


def _variant(file: StoredFile, body: bytes, coding: str, cache: str, vary: str, more: Headers) -> Variant:
    etag = file.etag(bool(coding))
    always = {"vary": vary, "cache-control": cache, "last-modified": file.last_modified, "etag": etag}
    content = {"content-encoding": coding, "content-length": str(len(body)), "content-type": file.media_type}
    # What the client stored keeps its other headers (RFC 9110 section 15.4.5).
    return Variant(etag, body, [*_raw(always | content), *more], _raw(always))


def _raw(headers: Mapping[str, str]) -> Headers:
    return [(name.encode(), value.encode("latin-1")) for name, value in headers.items() if value]


@lru_cache(maxsize=256)
def takes_gzip(accepted: str) -> bool:
    """Whether an `Accept-Encoding` names gzip and does not refuse it."""
    codings = (item.strip().lower().partition(";") for item in accepted.split(","))
    return any(name.strip() == "gzip" and not _REFUSED.fullmatch(rest) for name, _, rest in codings)


class SiteAnswers:
    """ASGI middleware. `more` are headers of every answer; what is no file goes on to `app`, and so do `/` and
    short addresses, which depend on the reader.
    """

    def __init__(self, app: ASGIApp, files: SiteFiles, more: Headers) -> None:
        self._app, self._files, self._more = app, files, more
        self._kept: OrderedDict[str, tuple[StoredFile, tuple[Variant, Variant]]] = OrderedDict()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope["path"].removeprefix("/") if scope["type"] == "http" else ""
        fixed = path and not path.startswith(SHORT) and scope["method"] in ("GET", "HEAD")
        file = self._files.page(path) if fixed else None
        if file is None:
            await self._app(scope, receive, send)
        else:
            await self._answer(path, file, scope, send)

    async def _answer(self, path: str, file: StoredFile, scope: Scope, send: Send) -> None:
        variant, unchanged = self._chosen(path, file, scope["headers"])
        headers = variant.unchanged if unchanged else variant.whole
        await send({"type": "http.response.start", "status": 304 if unchanged else 200, "headers": headers})
        body = b"" if unchanged or scope["method"] == "HEAD" else variant.body
        await send({"type": "http.response.body", "body": body})

    def _chosen(self, path: str, file: StoredFile, headers: Iterable[tuple[bytes, bytes]]) -> tuple[Variant, bool]:
        """What is sent, and whether the client has it already."""
        accepted, conditions = "", {}
        for name, value in headers:
            if name == b"accept-encoding":
                accepted = value.decode("latin-1")
            elif name in _CONDITIONAL:
                conditions[name.decode()] = value.decode("latin-1")
        variant = self._variants(path, file)[takes_gzip(accepted)]
        return variant, bool(conditions) and not_modified(file, variant.etag, conditions)

    def _variants(self, path: str, file: StoredFile) -> tuple[Variant, Variant]:
        known = self._kept.get(path)
        if known is None or known[0] is not file:
            cache = FOR_EVER if path.startswith("static/") else FRESH
            known = self._kept[path] = file, variants(file, cache, more=self._more)
            if len(self._kept) > KEPT:
                self._kept.popitem(last=False)
        return known[1]
