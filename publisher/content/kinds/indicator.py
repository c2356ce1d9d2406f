"""Addresses that harm: known here in their harmless form only, so that no channel can make a link of one."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Self
from urllib.parse import urlsplit

from pydantic import GetCoreSchemaHandler
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

_MAX = 200
_PLAIN = re.compile(r"[^\s<>\"'`|{}\\^\x00-\x1f]+")
_WALLET = re.compile(r"[A-Za-z0-9]{20,}")
_SCHEME = re.compile(r"\b([A-Za-z][A-Za-z0-9+.-]*)://")
_HARMLESS = {".": "[.]", "@": "[at]", "#": "[#]"}
_PLATFORMS = (
    "t.me telegram.me telegram.org x.com twitter.com facebook.com instagram.com youtube.com tiktok.com discord.com "
    "discord.gg medium.com github.com github.io gitlab.com google.com apple.com microsoft.com whatsapp.com"
)
_SHARED = frozenset(_PLATFORMS.split())
"""Hosts of everybody's pages: there only the whole address is bad."""


class Indicator(str):
    """A web address, domain, IP, mail address, handle or wallet of an attack: `hxxps://evil[.]example/login`.

    Authors may write it live or defanged; what is kept, hashed, shown and sent is always defanged.
    """

    __slots__ = ()

    @classmethod
    def read(cls, text: str) -> Self:
        """The indicator in `text`; raises PydanticCustomError for what is none."""
        live = _live(text)
        shaped = "." in live or ":" in live or live.startswith("@") or _WALLET.fullmatch(live)
        if not _PLAIN.fullmatch(live) or not shaped:
            message = "should be one web address, domain, IP, mail address, handle or wallet, without spaces"
            raise PydanticCustomError("indicator", message)
        return cls(_defanged(live))

    @classmethod
    def __get_pydantic_core_schema__(cls, source: object, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_after_validator_function(cls.read, core_schema.str_schema(max_length=_MAX))

    def live(self) -> Iterator[re.Pattern[str]]:
        """Patterns for small letters: how a text would lead readers there. None for what no program links."""
        address = _live(self).casefold()
        if address == self.casefold():
            return
        for form in _forms(address):
            # Not inside a longer name: `notevil.example` and `evil.example.com` are others.
            yield re.compile(rf"(?<![\w-]){re.escape(form)}(?![\w-]|\.\w)")


def _forms(address: str) -> Iterator[str]:
    if "@" in address and "//" not in address:
        yield address
        return
    bare = _SCHEME.sub("", address, count=1).rstrip("/")
    host = _host(address)
    is_shared = any(host == name or host.endswith(f".{name}") for name in _SHARED)
    wanted = bare if is_shared or not host else host
    yield wanted
    try:
        punycode = wanted.encode("idna").decode()
    except UnicodeError:  # a path, or a name that is no name
        return
    if punycode != wanted:
        yield punycode


def _host(address: str) -> str:
    try:
        return urlsplit(address if "://" in address else f"//{address}").hostname or ""
    except ValueError:
        return ""


def _live(text: str) -> str:
    """The address itself, however it was made harmless."""
    text = re.sub(r"(?i)\bhxxp(s?)(?=\[?:\]?//)", r"http\1", text.strip())
    for live, harmless in _HARMLESS.items():
        text = text.replace(harmless, live)
    return text.replace("[:]//", "://").replace("[@]", "@").replace("(.)", ".").replace("[dot]", ".")


def _defanged(live: str) -> str:
    text = _SCHEME.sub(lambda found: _harmless_scheme(found[1]), live)
    return "".join(_HARMLESS.get(character, character) for character in text)


def _harmless_scheme(scheme: str) -> str:
    return {"http": "hxxp://", "https": "hxxps://"}.get(scheme.lower(), f"{scheme}[:]//")
