"""A reader, their provider and their filter: what they do with a mail that arrived here.

Only addresses of this machine are called: nothing leaves the sandbox.
"""

from __future__ import annotations

import asyncio
import ipaddress
import re
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from html import unescape
from urllib.parse import urlsplit

import aiohttp

from publisher.sandbox.smtp.letter import Letter

PATIENCE = aiohttp.ClientTimeout(total=10)
REMEMBERED = 200
"""Mails whose reader's deeds are remembered."""
LINKS = 50
"""Links of one mail that a scanner follows."""
_HREF = re.compile(r'\bhref="([^"]+)"')
_BRACKETED = re.compile(r"<(https?:[^<>\s]+)>")


class Deed(StrEnum):
    """What can be done with a mail."""

    ONE_CLICK = "one-click"
    """The provider's own unsubscribe button: the POST of RFC 8058, without cookies, redirects not followed."""
    SCAN = "scan"
    """A filter that fetches every link before the reader sees the mail: GETs, which must change nothing."""


@dataclass(frozen=True, slots=True)
class Done:
    """A deed and what it was answered."""

    deed: Deed
    at: datetime
    said: str


class Readers:
    """Acts for the readers of this machine's mails."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._done: OrderedDict[int, list[Done]] = OrderedDict()
        self.version = 0

    def done(self, number: int) -> Sequence[Done]:
        """What was done with a mail, newest first."""
        return tuple(reversed(self._done.get(number, ())))

    async def act(self, number: int, letter: Letter, deed: Deed) -> None:
        """Does it and remembers the answer."""
        said = await (_one_click(letter) if deed is Deed.ONE_CLICK else _scan(letter))
        self._done.setdefault(number, []).append(Done(deed, self._now(), said))
        self._done.move_to_end(number)
        self.version += 1
        while len(self._done) > REMEMBERED:
            self._done.popitem(last=False)


async def _one_click(letter: Letter) -> str:
    headers = {name.lower(): value for name, value in letter.headers}
    if headers.get("list-unsubscribe-post", "") != "List-Unsubscribe=One-Click":
        return "no button: the mail has no List-Unsubscribe-Post header"
    address = next(iter(_BRACKETED.findall(headers.get("list-unsubscribe", ""))), None)
    if address is None:
        return "no button: List-Unsubscribe holds no web address"
    return await _told("POST", address, {"List-Unsubscribe": "One-Click"})


async def _scan(letter: Letter) -> str:
    links = dict.fromkeys(unescape(link) for link in _HREF.findall(letter.html))
    here = [link for link in links if _is_here(link)][:LINKS]
    if not here:
        return f"{len(links)} links, none of them to this machine"
    answers = await asyncio.gather(*(_told("GET", link) for link in here))
    counted = ", ".join(f"{answers.count(answer)} x {answer}" for answer in sorted(set(answers)))
    return f"{len(here)} of {len(links)} links fetched: {counted}"


async def _told(method: str, address: str, form: Mapping[str, str] | None = None) -> str:
    if not _is_here(address):
        return f"not called: {urlsplit(address).hostname} is not this machine, and nothing leaves the sandbox"
    try:
        async with (
            aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar(), timeout=PATIENCE) as http,
            http.request(method, address, data=form, allow_redirects=False) as answer,
        ):
            return f"answered {answer.status}"
    except (aiohttp.ClientError, TimeoutError) as error:
        return f"not answered: {type(error).__name__}"


def _is_here(address: str) -> bool:
    try:
        parts = urlsplit(address)
        host = parts.hostname or ""
        return parts.scheme in ("http", "https") and (host == "localhost" or ipaddress.ip_address(host).is_loopback)
    except ValueError:
        return False
