"""Which parts of a text X turns into links: the rules of twitter-text 3, with and without a protocol."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from publisher.measure.top_level import longest, top_level_domains

SPACES = "\t-\r \x85\xa0\u1680\u180e\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"
PUNCTUATION = r"!'#%&()*+,\\\-./:;<=>?@\[\]\^_{|}~$"
INVALID = "\ufffe\ufeff\uffff"
_DIRECTIONAL = "\u202a-\u202e\u061c\u200e\u200f\u2066-\u2069"
_LATIN = (
    "\xc0-\xd6\xd8-\xf6\xf8-\u024f\u0253\u0254\u0256\u0257\u0259\u025b\u0263\u0268\u026f\u0272\u0289\u028b\u02bb"
    "\u0300-\u036f\u1e00-\u1eff"
)
_DOMAIN = f"[^{PUNCTUATION}{SPACES}{INVALID}{_DIRECTIONAL}]"
_MAX_LABEL, _MAX_URL, _MAX_SHORT_LINK = 63, 4096, 40


@dataclass(frozen=True, slots=True)
class _Grammar:
    """The compiled rules; made on first use because most imports never measure."""

    host: re.Pattern[str]
    start: re.Pattern[str]
    label: re.Pattern[str]
    subdomain: re.Pattern[str]
    name: re.Pattern[str]
    latin: re.Pattern[str]
    rest: re.Pattern[str]
    short_link: re.Pattern[str]


@cache
def _grammar() -> _Grammar:
    inside = f"[A-Za-z0-9\u0400-\u04ff!*';:=+,.$/%#\\[\\]\\-\u2013_~@|&{_LATIN}]"
    last = f"[A-Za-z0-9\u0400-\u04ff+\\-=_#/{_LATIN}]"
    parentheses = rf"\((?:{inside}+|{inside}*\({inside}+\){inside}*)\)"
    query = r"\?[A-Za-z0-9!?*'@();:&=+$/%#\[\]\-_.,~|]*[A-Za-z0-9\-_&=#/]"
    return _Grammar(
        host=re.compile(f"(?:{_DOMAIN}|[._-])+"),
        start=re.compile(f"(?<![A-Za-z0-9@＠$#＃{INVALID}]){_DOMAIN}"),
        label=re.compile(r"[^.]+"),
        subdomain=re.compile(f"{_DOMAIN}(?:(?:{_DOMAIN}|[_-])*{_DOMAIN})?"),
        name=re.compile(f"{_DOMAIN}(?:(?:{_DOMAIN}|-)*{_DOMAIN})?"),
        latin=re.compile(f"[-A-Za-z0-9{_LATIN}]+"),
        rest=re.compile(
            rf"(?::[0-9]+)?(?P<path>/(?:(?:{inside}|{parentheses})*(?:{last}|{parentheses}))?)?(?:{query})?"
        ),
        short_link=re.compile(rf"https?://t\.co/([a-z0-9]+)(?:{query})?", re.IGNORECASE),
    )


@dataclass(frozen=True, slots=True)
class _Candidate:
    """What reads like a URL; `start` is before the protocol, which ends at `domain`."""

    start: int
    domain: int
    domain_end: int
    path: bool
    end: int

    @property
    def has_protocol(self) -> bool:
        return self.start < self.domain


def urls(text: str) -> list[tuple[int, int]]:
    """(start, end) in characters of every part that X shows as a link; end is exclusive."""
    found: list[tuple[int, int]] = []
    position = 0
    while candidate := _next_candidate(text, position):
        found += _links(text, candidate)
        position = candidate.end
    return found


def _next_candidate(text: str, position: int) -> _Candidate | None:
    # The character before a link belongs to no other link, hence the + 1.
    lowest = position + 1 if position else 0
    for host in _grammar().host.finditer(text, position):
        if "." not in host[0]:
            continue
        domains = _Domains(text, *host.span(), _grammar().subdomain, _grammar().name)
        for start in _starts(text, host, lowest):
            if end := domains.end_of(start):
                protocol = _protocol_start(text, start, lowest) if start == host.start() else start
                rest = _grammar().rest.match(text, end)
                return _Candidate(protocol, start, end, bool(rest and rest["path"]), rest.end() if rest else end)
    return None


def _starts(text: str, host: re.Match[str], lowest: int) -> Iterator[int]:
    """Where a domain may begin; in one label only its first place and the first after an underscore can differ."""
    for label in _grammar().label.finditer(text, *host.span()):
        underscore = text.rfind("_", *label.span())
        for earliest in (label.start(), underscore + 1) if underscore >= 0 else (label.start(),):
            if start := _grammar().start.search(text, max(earliest, lowest), label.end()):
                yield start.start()


class _Domains:
    """The domains `subdomain.name.tld` between `start` and `stop`, solved from the right so that time is linear."""

    def __init__(self, text: str, start: int, stop: int, subdomain: re.Pattern[str], name: re.Pattern[str]) -> None:
        self._text, self._stop, self._subdomain, self._name = text, stop, subdomain, name
        self._after: dict[int, tuple[int | None, int | None]] = {}
        """Dot -> the ends of the longest domain and of the top-level domain that follow it."""
        dot = stop
        while (dot := text.rfind(".", start, dot)) >= 0:
            self._after[dot] = self.end_of(dot + 1), _top_level_end(text, dot + 1)

    def end_of(self, start: int) -> int | None:
        """The end of the longest domain that begins at `start`."""
        dot = self._text.find(".", start, self._stop)
        if dot < 0 or not self._subdomain.fullmatch(self._text, start, dot):
            return None
        domain, top_level = self._after[dot]
        return domain or (top_level if self._name.fullmatch(self._text, start, dot) else None)


def _top_level_end(text: str, start: int) -> int | None:
    """The end of the longest top-level domain at `start` that no letter, digit, @, + or - continues."""
    if punycode := re.compile("xn--[-0-9a-z]+", re.IGNORECASE).match(text, start):
        return punycode.end()
    for end in range(min(len(text), start + longest()), start, -1):
        if text[start:end].lower() in top_level_domains() and not re.match(r"[0-9A-Za-z@+-]", text[end : end + 1]):
            return end
    return None


def _protocol_start(text: str, start: int, lowest: int) -> int:
    """Where the protocol before `start` begins; `start` when there is none or its surroundings forbid it."""
    protocol = re.compile("https?://", re.IGNORECASE).search(text, max(start - 8, lowest), start)
    if protocol and protocol.end() == start and _grammar().start.match(text, protocol.start()):
        return protocol.start()
    return start


def _links(text: str, candidate: _Candidate) -> list[tuple[int, int]]:
    if not _resolvable(text, candidate):
        return []
    if candidate.has_protocol:
        return _with_protocol(text, candidate)
    if text[: candidate.start][-1:] in ("-", "_", ".", "/"):
        return []
    links = list(_latin_domains(text, candidate))
    if links and candidate.path:
        links[-1] = (links[-1][0], candidate.end)
    return links


def _with_protocol(text: str, candidate: _Candidate) -> list[tuple[int, int]]:
    short = _grammar().short_link.match(text, candidate.start, candidate.end)
    if short is None:
        return [(candidate.start, candidate.end)]
    return [short.span()] if len(short[1]) <= _MAX_SHORT_LINK else []


def _latin_domains(text: str, candidate: _Candidate) -> Iterator[tuple[int, int]]:
    """Without a protocol only domains in Latin letters count: those inside `candidate`."""
    position, latin = candidate.domain, _grammar().latin
    domains = _Domains(text, position, candidate.domain_end, latin, latin)
    while run := latin.search(text, position, candidate.domain_end):
        end = domains.end_of(run.start())
        if end:
            yield run.start(), end
        position = end or run.end()


def _resolvable(text: str, candidate: _Candidate) -> bool:
    """Whether the domain can exist (RFC 1035: 63 octets per label, in Punycode) and the URL is not too long."""
    labels = text[candidate.domain : candidate.domain_end].split(".")
    if any(label.lower().startswith("xn--") and not label.isascii() for label in labels):
        return False
    sizes = [len(label) if label.isascii() else 4 + len(label.lower().encode("punycode")) for label in labels]
    protocol = 0 if candidate.has_protocol else len("https://")
    return max(sizes) <= _MAX_LABEL and protocol + candidate.end - candidate.start <= _MAX_URL
