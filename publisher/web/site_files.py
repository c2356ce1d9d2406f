"""The website's files as HTTP sees them: clean URLs, validators, compression. Nothing else is reachable."""

from __future__ import annotations

import gzip
import hashlib
import os
import re
import time
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from pathlib import Path

TYPES: Mapping[str, str] = {
    ".html": "text/html; charset=utf-8",
    ".atom": "application/atom+xml; charset=utf-8",
    ".rss": "application/rss+xml; charset=utf-8",
    ".json": "application/feed+json; charset=utf-8",
    ".ics": "text/calendar; charset=utf-8",
    ".xml": "application/xml; charset=utf-8",
    ".txt": "text/plain; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".webp": "image/webp",
}
"""What is served; a file of another type does not exist."""
_PATH = re.compile(r"(?:[A-Za-z0-9][A-Za-z0-9._-]*/)*(?:[A-Za-z0-9][A-Za-z0-9._-]*)?")
"""No segment begins with a dot (hidden files, `..`) or an underscore (pages without a URL of their own)."""
_WELL_KNOWN = frozenset({".well-known/security.txt"})
"""The only exceptions (RFC 8615)."""
KEPT = 512
"""Files kept in memory at most."""
GZIP_FROM = 1024
"""Bytes from which compressing is worth it."""


@dataclass(frozen=True, slots=True)
class StoredFile:
    body: bytes
    gzipped: bytes | None
    media_type: str
    digest: str
    modified: datetime
    """Whole seconds, UTC."""
    last_modified: str
    """The same as HTTP writes it."""

    def etag(self, compressed: bool) -> str:
        """Strong, so it differs per content coding (RFC 9110 section 8.8.3.3)."""
        return f'"{self.digest}-gzip"' if compressed else f'"{self.digest}"'


class SiteFiles:
    """Reads below `root`; a file that was replaced is read anew. `locales`: the site's, most important first."""

    def __init__(self, root: Path, locales: Sequence[str] = ()) -> None:
        self._root, self._order = root, {locale: place for place, locale in enumerate(locales)}
        self._kept: OrderedDict[str, tuple[tuple[int, ...], StoredFile]] = OrderedDict()

    def page(self, path: str) -> StoredFile | None:
        """What a URL's path (without the leading slash) shows."""
        name = _file_name(path)
        return self._read(name) if name else None

    def elsewhere(self, path: str) -> str | None:
        """Where, relative to `path`, the page with that name really is: `en-US` -> `en-US/`, `a.html` -> `a`."""
        if not _PATH.fullmatch(path):
            return None
        last = path.rpartition("/")[2]
        if last.endswith(".html"):
            clean = last.removesuffix(".html")
            return ("./" if clean == "index" else clean) if self._read(path) else None
        return f"{last}/" if last and self._read(f"{path}/index.html") else None

    def special(self, locale: str, name: str) -> StoredFile | None:
        """A page without a URL of its own (`publisher.site.addresses.special`)."""
        return self._read(f"_pages/{locale}/{name}.html")

    def locales(self) -> Sequence[str]:
        """Those that the site has, in its own order."""
        try:
            there = [entry.name for entry in os.scandir(self._root / "_pages")]
        except FileNotFoundError:
            return ()
        return sorted(there, key=lambda locale: (self._order.get(locale, len(self._order)), locale))

    def _read(self, name: str) -> StoredFile | None:
        path = f"{self._root}/{name}"
        try:
            status = os.stat(path)  # noqa: PTH116 a Path costs more than the call itself
            signature = (status.st_ino, status.st_mtime_ns, status.st_size)
            known = self._kept.get(path)
            if known is None or known[0] != signature:
                known = signature, self._loaded(Path(path), status.st_mtime)
        except (FileNotFoundError, NotADirectoryError):
            return None
        self._keep(path, known)
        return known[1]

    def _loaded(self, path: Path, modified: float) -> StoredFile:
        """Raises FileNotFoundError for what is no file below the root."""
        if not path.is_file() or not path.resolve().is_relative_to(self._root.resolve()):
            raise FileNotFoundError(path)
        return _stored(path.read_bytes(), modified, TYPES[path.suffix])

    def _keep(self, path: str, known: tuple[tuple[int, ...], StoredFile]) -> None:
        self._kept[path] = known
        self._kept.move_to_end(path)
        if len(self._kept) > KEPT:
            self._kept.popitem(last=False)


def made(page: bytes) -> StoredFile:
    """A page that is made for one reader, as of now."""
    return _stored(page, time.time(), TYPES[".html"])


def not_modified(file: StoredFile, etag: str, headers: Mapping[str, str]) -> bool:
    """RFC 9110 section 13.2.2: `If-Modified-Since` counts only without `If-None-Match`."""
    if (given := headers.get("if-none-match")) is not None:
        tags = {tag.strip().removeprefix("W/") for tag in given.split(",")}
        return "*" in tags or etag in tags
    if since := headers.get("if-modified-since"):
        if since == file.last_modified:
            return True
        try:
            return file.modified <= parsedate_to_datetime(since).astimezone(UTC)
        except ValueError:  # RFC 9110 section 13.1.3: ignored when it is not a date
            return False
    return False


def choose_locale(accepted: str, locales: Sequence[str]) -> str | None:
    """The best of `locales` for an `Accept-Language` header: a tag's own, else one of the same language."""
    for wanted in _preferences(accepted):
        same = [locale for locale in locales if locale.lower() == wanted]
        language = [locale for locale in locales if locale.lower().partition("-")[0] == wanted.partition("-")[0]]
        if found := same or language:
            return found[0]
    return None


def _preferences(accepted: str) -> list[str]:
    """Language tags in lower case, most wanted first, without refused ones (`q=0`)."""
    weighted = []
    for item in accepted.split(","):
        tag, _, weight = item.strip().lower().partition(";")
        quality = re.fullmatch(r"\s*q=([01](?:\.[0-9]{0,3})?)\s*", weight)
        weighted.append((float(quality[1]) if quality else 1.0, tag.strip()))
    return [tag for weight, tag in sorted(weighted, key=lambda pair: -pair[0]) if tag and weight > 0]


def _file_name(path: str) -> str | None:
    if path in _WELL_KNOWN:
        return path
    if not _PATH.fullmatch(path):
        return None
    if not path or path.endswith("/"):
        return f"{path}index.html"
    suffix = os.path.splitext(path)[1]  # noqa: PTH122 the same
    if suffix == ".html":
        return None
    return path if suffix in TYPES else f"{path}.html"


def _stored(body: bytes, modified: float, media_type: str) -> StoredFile:
    worth = (len(body) >= GZIP_FROM and not media_type.startswith("image/")) or media_type == TYPES[".svg"]
    at = datetime.fromtimestamp(int(modified), UTC)
    return StoredFile(
        body,
        gzip.compress(body, mtime=0) if worth else None,
        media_type,
        hashlib.sha256(body).hexdigest()[:32],
        at,
        format_datetime(at, usegmt=True),
    )
