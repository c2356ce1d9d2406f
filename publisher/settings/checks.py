"""How single values of publisher.toml are checked; each raises ValueError with what to write instead."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

UNKNOWN = "unknown"


def base_url(url: str) -> str:
    scheme, _, rest = url.partition("://")
    if scheme not in ("http", "https") or not rest or rest.endswith("/") or any(mark in rest for mark in "?# "):
        raise ValueError("write http:// or https://, a host, and no slash at the end")
    return url


def pull_url(url: str) -> str:
    parts = urlsplit(url)
    here = parts.hostname in ("127.0.0.1", "::1", "localhost")
    if not parts.hostname or parts.fragment or not (parts.scheme == "https" or (parts.scheme == "http" and here)):
        raise ValueError("write https:// and a host; http:// is for this machine only (127.0.0.1)")
    return url


def campaign(query: str) -> str:
    pair = r"[A-Za-z0-9_.~%-]+=[A-Za-z0-9_.~%-]+"
    if query and not re.fullmatch(rf"{pair}(&{pair})*", query):
        raise ValueError("write name=value, several joined by &, such as utm_source=telegram; everything else as %20")
    return query


def database_url(url: str) -> str:
    if not url.startswith(("sqlite:///", "postgresql://")):
        raise ValueError("write sqlite:///FILE or postgresql://USER@HOST/NAME")
    return url


def with_own_digits(locale: str) -> str:
    # Only where the setting is used: a command that writes nothing must not wait for CLDR's data.
    from babel import Locale, UnknownLocaleError

    from publisher.rendering.numerals import LATIN, own_digits

    try:
        known = Locale.parse(locale, sep="-")
    except UnknownLocaleError as error:
        raise ValueError(f"there is no language {locale}; write a tag such as ar") from error
    if own_digits(known) == LATIN:
        raise ValueError(f"{locale} has no digits of its own; ar has")
    return locale


def jurisdictions(value: object) -> object:
    return None if value == UNKNOWN else value
