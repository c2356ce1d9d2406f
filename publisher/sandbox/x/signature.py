"""OAuth 1.0a signatures (RFC 5849), verified, and bearer tokens."""

from __future__ import annotations

import base64
import hashlib
import hmac
import time
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from urllib.parse import parse_qsl, quote, unquote

from publisher.sandbox.world import XAccount
from publisher.sandbox.x import problems

_HOST = "https://api.twitter.com"
"""Senders sign the real address, whatever the sandbox's is."""
_DRIFT_SECONDS = 300
_NONCES = 10_000


class Door:
    """Knows who is calling; refuses forged, stale and repeated signatures."""

    def __init__(self, accounts: Sequence[XAccount]) -> None:
        self._accounts = accounts
        self._nonces: OrderedDict[tuple[str, str], None] = OrderedDict()

    def caller(self, method: str, path: str, query: str, authorization: str) -> XAccount:
        """The account a request speaks for; raises Problem 401, or 403 for an app-only token."""
        scheme, _, rest = authorization.partition(" ")
        match scheme.lower():
            case "bearer":
                return self._bearer(rest.strip())
            case "oauth":
                return self._signed(method, path, query, _fields(rest))
        raise problems.plain(401)

    def _bearer(self, token: str) -> XAccount:
        for account in self._accounts:
            if hmac.compare_digest(account.user_bearer.encode(), token.encode()):
                return account
            if hmac.compare_digest(account.app_bearer.encode(), token.encode()):
                raise problems.app_only()
        raise problems.plain(401)

    def _signed(self, method: str, path: str, query: str, fields: Mapping[str, str]) -> XAccount:
        given = fields.get("oauth_signature", "")
        for account in self._accounts:
            if fields.get("oauth_consumer_key") == account.consumer_key and (
                fields.get("oauth_token") == account.access_token
            ):
                expected = signature(account, method, path, query, fields)
                if hmac.compare_digest(expected.encode(), given.encode()) and self._is_fresh(fields):
                    return account
        raise problems.plain(401)

    def _is_fresh(self, fields: Mapping[str, str]) -> bool:
        """RFC 5849 section 3.3; the senders' time stamps are the machine's time, never a clock that tests move."""
        stamp, nonce = fields.get("oauth_timestamp", ""), fields.get("oauth_nonce", "")
        if not stamp.isdecimal() or abs(time.time() - int(stamp)) > _DRIFT_SECONDS or not nonce:
            return False
        if (stamp, nonce) in self._nonces:
            return False
        self._nonces[stamp, nonce] = None
        if len(self._nonces) > _NONCES:
            self._nonces.popitem(last=False)
        return fields.get("oauth_signature_method") == "HMAC-SHA1" and fields.get("oauth_version", "1.0") == "1.0"


def signature(account: XAccount, method: str, path: str, query: str, fields: Mapping[str, str]) -> str:
    """HMAC-SHA1 over the base string (RFC 5849 section 3.4). A JSON body is not part of it."""
    parameters = parse_qsl(query, keep_blank_values=True)
    parameters += [(name, value) for name, value in fields.items() if name not in ("oauth_signature", "realm")]
    pairs = sorted((_encoded(name), _encoded(value)) for name, value in parameters)
    text = "&".join(f"{name}={value}" for name, value in pairs)
    base = "&".join(_encoded(part) for part in (method.upper(), _HOST + path, text))
    key = f"{_encoded(account.consumer_secret)}&{_encoded(account.access_token_secret)}"
    return base64.b64encode(hmac.new(key.encode(), base.encode(), hashlib.sha1).digest()).decode()


def _encoded(text: str) -> str:
    return quote(text, safe="-._~")


def _fields(header: str) -> dict[str, str]:
    pairs = (part.strip().partition("=") for part in header.split(","))
    return {unquote(name): unquote(value.strip('"')) for name, equals, value in pairs if equals}
