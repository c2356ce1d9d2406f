"""Whether all languages say the same: numbers, dates, times, symbols, addresses, links and facts."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from publisher.channel import Finding
from publisher.release.lint import addresses
from publisher.release.lint.codes import mistake
from publisher.release.lint.links import Anchor
from publisher.release.lint.passages import Passage
from publisher.release.lint.values import SMALL, Reading, Value, What, blanked, read

_URL = re.compile(
    r"(?i)\b(?:https?://|www\.)[^\s<>()]+|(?<![\w.+\-])[\w.+\-]{1,64}@[\w\-]{1,63}\.[\w\-]{1,63}(?:\.[\w\-]{1,63}){0,4}"
)
_PAIR = re.compile(r"(?<![A-Za-z0-9/])(?=[A-Z0-9/]*[A-Z])([A-Z0-9]{2,20})/([A-Z0-9]{2,20})(?![A-Za-z0-9/])")
_CAPITALS = re.compile(r"(?<![A-Za-z0-9])[A-Z0-9]{2,20}(?![A-Za-z0-9])")
_FACT = re.compile(r"\{\{\s*([a-z_][a-z0-9_.]*)[^{}\n]*\}\}")
_HEADING = re.compile(r" {0,3}#{1,6} ")
_LOCALE_SEGMENT = re.compile(r"[a-z]{2}(?:-[a-z]{4})?(?:[-_][a-z]{2})?")
_PLACES_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Language:
    """A passage and what was read in it, unit by unit: each heading, each row of a table, the text between them."""

    passage: Passage
    shape: Sequence[str]
    units: Sequence[Reading]
    whole: Sequence[Value]
    """Addresses and symbols, which may stand anywhere in a language."""
    links: Mapping[str, int]
    """Where links lead, without their language -> offset."""
    facts: Mapping[str, int]
    """Placeholders -> offset."""

    @property
    def locale(self) -> str:
        return self.passage.locale or ""


def pairs(text: str) -> frozenset[str]:
    """The symbols that stand in `text` as trading pairs."""
    return frozenset(symbol for found in _PAIR.finditer(text) for symbol in found.groups())


def language(passage: Passage, symbols: Collection[str], anchors: Iterable[Anchor]) -> Language:
    """What the passage says; `symbols` are the tickers to look for, `anchors` its links."""
    words = passage.words
    chains = [Value(What.ADDRESS, _address_key(found[0]), found[0], found.start()) for found in addresses.found(words)]
    readable = _URL.sub(lambda found: " " * len(found[0]), blanked(words, chains))
    spans = list(_units(readable))
    units = [read(readable[start:end], passage.locale or "en-US", start) for _, start, end in spans]
    named = [
        Value(What.SYMBOL, found[0], found[0], found.start())
        for found in _CAPITALS.finditer(readable)
        if found[0] in symbols
    ]
    links = {_without_language(anchor.href): anchor.offset for anchor in anchors}
    facts = {found[1]: found.start() for found in reversed(list(_FACT.finditer(passage.written)))}
    return Language(passage, [kind for kind, _, _ in spans], units, [*chains, *named], links, facts)


def _address_key(address: str) -> str:
    return address.lower() if address[:2].lower() in ("0x", "bc") else address


def _units(text: str) -> Iterator[tuple[str, int, int]]:
    """Kind, start and end of everything that is not blank."""
    start = end = 0
    for line in text.split("\n"):
        kind = "heading" if _HEADING.match(line) else "row" if line.lstrip().startswith("|") else ""
        if kind:
            if text[start:end].strip():
                yield "text", start, end
            yield kind, end, end + len(line)
            start = end + len(line)
        end += len(line) + 1
    if text[start:].strip():
        yield "text", start, len(text)


def _without_language(href: str) -> str:
    """The same page of another language is the same page: /en-US/fees and /zh-cn/fees."""
    url = urlsplit(href)
    path = "/".join(part for part in url.path.split("/") if not _LOCALE_SEGMENT.fullmatch(part.lower()))
    return f"{url.netloc.lower()}/{path.strip('/')}?{re.sub('(?:lang|locale|hl)=[^&]*', '', url.query)}#{url.fragment}"


def check(languages: Sequence[Language], filled: Mapping[str, Collection[str]]) -> Iterator[Finding]:
    """Every language against the first; `filled` has the symbols that each one's placeholders bring in."""
    for language in languages:
        yield from _foreign(language)
    for other in languages[1:]:
        first = languages[0]
        for one, two in _beside(first, other):
            for what in (What.DATE, What.TIME, What.NUMBER):
                yield from _values(what, first, other, _said(what, one, two), _said(what, two, one))
        for what in (What.ADDRESS, What.SYMBOL):
            yield from _values(what, first, other, _whole(what, first, filled), _whole(what, other, filled))
        for code, noun, said in (("link", "the link", "links"), ("fact", "the fact", "facts")):
            yield from _one_sided(f"language.{code}", noun, first, other, getattr(first, said), getattr(other, said))


def _beside(one: Language, other: Language) -> Iterator[tuple[Reading, Reading]]:
    """Units that belong together; the whole texts when they are not built alike."""
    if one.shape == other.shape:
        yield from zip(one.units, other.units, strict=True)
    else:
        yield _joined(one.units), _joined(other.units)


def _joined(units: Sequence[Reading]) -> Reading:
    values = tuple(value for unit in units for value in unit.values)
    return Reading(values, (), (), frozenset(word for unit in units for word in unit.spelled))


def _said(what: What, of: Reading, beside: Reading) -> Mapping[str, Value]:
    """The values by key, without what the reading `beside` says in a word, or with less of a date."""
    values = {value.key: value for value in reversed(of.values) if value.what is what}
    if what is What.NUMBER:
        return {key: value for key, value in values.items() if key not in SMALL or key not in beside.spelled}
    if what is What.DATE:
        days = {value.key for value in beside.values if value.what is what}
        short = {key[-5:] for key in days if len(key) == len("12-03")}
        return {key[-5:] if key[-5:] in short else key: value for key, value in values.items()}
    return values


def _whole(what: What, of: Language, filled: Mapping[str, Collection[str]]) -> Mapping[str, Value]:
    values = {value.key: value for value in reversed(of.whole) if value.what is what}
    if what is What.SYMBOL:
        known = {symbol for symbols in filled.values() for symbol in symbols}
        return {key: value for key, value in values.items() if key not in known}
    return values


def _values(
    what: What, first: Language, other: Language, one: Mapping[str, Value], two: Mapping[str, Value]
) -> Iterator[Finding]:
    """One finding for all that differs in a unit, where the other language says it."""
    if what is What.DATE:
        one, two = _as_short(one, two), _as_short(two, one)
    ours, theirs = ([value for key, value in a.items() if key not in b] for a, b in ((one, two), (two, one)))
    ours, theirs = (sorted(values, key=lambda value: value.offset) for values in (ours, theirs))
    if not ours and not theirs:
        return
    where, value = (other, theirs[0]) if theirs else (first, ours[0])
    fix = "say the same in every language; a fact with a placeholder cannot differ"
    message = _difference(first.locale, ours, other.locale, theirs)
    yield mistake(f"language.{what}", message, fix, where.passage.place(value.offset))


def _as_short(values: Mapping[str, Value], beside: Mapping[str, Value]) -> Mapping[str, Value]:
    return {key[-5:] if key[-5:] in beside else key: value for key, value in values.items()}


def _difference(first: str, ours: Sequence[Value], other: str, theirs: Sequence[Value]) -> str:
    if ours and theirs:
        return f"{first} says {_listed(ours)} where {other} says {_listed(theirs)}"
    there, absent, values = (first, other, ours) if ours else (other, first, theirs)
    return f"{_listed(values)} stands in {there} and not in {absent}"


def _listed(values: Sequence[Value]) -> str:
    shown = ", ".join(value.shown for value in values[:_PLACES_SHOWN])
    rest = len(values) - _PLACES_SHOWN
    return f"{shown} and {rest} more" if rest > 0 else shown


def _one_sided(
    code: str, noun: str, first: Language, other: Language, one: Mapping[str, int], two: Mapping[str, int]
) -> Iterator[Finding]:
    """One finding for each that only one of the two has."""
    for here, there, mine, others in ((first, other, one, two), (other, first, two, one)):
        for name in mine.keys() - others.keys():
            message = (
                f"{noun} `{name.removesuffix('#').removesuffix('?')}` stands in {here.locale} and not in {there.locale}"
            )
            fix = f"add it to {there.locale}, or leave it out of both"
            yield mistake(code, message, fix, here.passage.place(mine[name]))


def _foreign(language: Language) -> Iterator[Finding]:
    """What readers of the language take for something else."""
    for unit in language.units:
        for value in unit.foreign_numbers:
            message = f"`{value.written.strip()}` is another language's way to write a number, not {language.locale}'s"
            fix = "write it the language's way, or as a fact with `| number`"
            yield mistake("number.format", message, fix, language.passage.place(value.offset))
        for value in unit.unclear_dates:
            message = f"`{value.written}` is one day for some readers and another for others"
            yield mistake(
                "date.ambiguous",
                message,
                "write the month as a word, or as a fact with `| date`",
                language.passage.place(value.offset),
            )
