"""Accidents that cost money or trust, found before review. Pure: no network, no clock, no store.

What is wrong in itself (a missing fact, a broken link, an image without a description) content says when it reads the
folder; lint says what is well formed and still an accident. docs/lint.md explains every code.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from pydantic import BaseModel

from publisher.channel import Finding
from publisher.content.kinds.kind import Facts
from publisher.content.source import Draft
from publisher.content.source.bounded import bounded
from publisher.content.source.toml import KeyPath, Toml
from publisher.release.lint import addresses, agreement, assets, characters, glossary, links, times
from publisher.release.lint.agreement import Language, language
from publisher.release.lint.assets import Assets
from publisher.release.lint.codes import mistake
from publisher.release.lint.glossary import Glossary
from publisher.release.lint.passages import LONGEST, Passage, of_facts, of_texts


@dataclass(frozen=True, slots=True)
class House:
    """What this exchange knows of itself."""

    domains: Collection[str] = ()
    """Every domain of its own, in small letters."""
    assets: Assets | None = None
    glossary: Glossary | None = None


def lint(draft: Draft, house: House) -> Sequence[Finding]:
    """Every accident in what could be read of a folder; a folder with other mistakes is looked at as far as it goes."""
    return bounded(_findings(draft, house))


def _findings(draft: Draft, house: House) -> Iterator[Finding]:
    texts = _texts(draft)
    anchored = {text: list(links.anchors(draft.texts[locale].document, text)) for locale, text in texts}
    facts = list(of_facts(draft.facts, draft.toml)) if draft.facts and draft.toml else []
    for passage in (*facts, *anchored):
        yield from _alone(passage, anchored.get(passage, ()), house)
    for locale, text in texts:
        yield from _unread(text, len(draft.texts[locale].source))
    if draft.facts and draft.toml:
        yield from _on_networks(draft.facts, ("facts",), draft.toml)
        yield from assets.check(draft.facts, draft.toml, house.assets) if house.assets else ()
    yield from _together(anchored, facts, draft.facts)
    if house.glossary:
        yield from _names(anchored, facts, house.glossary)


def _texts(draft: Draft) -> Sequence[tuple[str, Passage]]:
    return [(text.locale or "", text) for text in of_texts(draft.folder, draft.texts)]


def _alone(passage: Passage, anchors: Iterable[links.Anchor], house: House) -> Iterator[Finding]:
    """What is wrong in a passage whatever the others say."""
    yield from characters.check(passage)
    yield from times.check(passage)
    yield from links.check(passage, anchors, house.domains)
    if passage.path[-1:] == ("contract_address",):  # its network decides, see `_on_networks`
        return
    for found, problem in addresses.in_text(passage.written):
        message = f"the address `{found[0]}` {problem.message}"
        yield mistake(problem.code, message, problem.fix, passage.place(found.start()))


def _unread(text: Passage, length: int) -> Iterator[Finding]:
    if length > LONGEST:
        message = f"the text has {length:,} characters; lint looked at the first {LONGEST:,} only"
        yield mistake("text.too_long", message, "link to long material instead", text.place(LONGEST))


def _on_networks(value: object, path: KeyPath, toml: Toml) -> Iterator[Finding]:
    """Every contract address among the facts, by the network beside it."""
    if isinstance(value, BaseModel):
        network, address = getattr(value, "network", None), getattr(value, "contract_address", None)
        if (
            isinstance(network, str)
            and isinstance(address, str)
            and (problem := addresses.on_network(network, address))
        ):
            message = f"the address `{address}` {problem.message}"
            yield mistake(problem.code, message, problem.fix, toml.value((*path, "contract_address")))
        for name, part in value:
            yield from _on_networks(part, (*path, name), toml)
    elif isinstance(value, tuple):
        for index, part in enumerate(value):
            yield from _on_networks(part, (*path, index), toml)


def _together(
    anchored: Mapping[Passage, Sequence[links.Anchor]], facts: Sequence[Passage], named: Facts | None
) -> Iterator[Finding]:
    """What differs between the languages: of the texts, and of every fact that is said in words."""
    symbols = _symbols(named, (passage.written for passage in (*anchored, *facts)))
    groups: dict[KeyPath, list[Language]] = defaultdict(list)
    for passage in (*anchored, *facts):
        if passage.locale is not None:
            groups[passage.path].append(language(passage, symbols, anchored.get(passage, ())))
    for path, languages in groups.items():
        yield from agreement.check(languages, {} if path else _filled(languages, named))


def _names(texts: Iterable[Passage], facts: Sequence[Passage], known: Glossary) -> Iterator[Finding]:
    """Texts, and facts that are said in words, against the glossary."""
    values: dict[str, str] = defaultdict(str)
    groups: dict[KeyPath, list[Passage]] = defaultdict(list)
    for passage in (*texts, *facts):
        if passage.locale is not None:
            groups[passage.path].append(passage)
        else:
            fact = ".".join(str(step) for step in passage.path[1:] if isinstance(step, str))
            values[fact] += f" {passage.written}"
    for passages in groups.values():
        yield from glossary.check(passages, values, known)


def _symbols(facts: Facts | None, written: Iterable[str]) -> frozenset[str]:
    named = assets.tickers(facts) if facts else ()
    paired = (symbol for text in written for symbol in agreement.pairs(text))
    return frozenset({*(each.ticker for each in named), *paired})


def _filled(languages: Sequence[Language], facts: Facts | None) -> Mapping[str, Collection[str]]:
    """Locale -> the symbols that its placeholders bring in."""
    named = assets.tickers(facts) if facts else ()
    return {
        each.locale: {symbol.ticker for symbol in named if any(_brings_in(fact, symbol.path) for fact in each.facts)}
        for each in languages
    }


def _brings_in(fact: str, path: KeyPath) -> bool:
    parts = fact.split(".")
    return list(path[1 : len(parts) + 1]) == parts


def own_domains(urls: Iterable[str], names: Iterable[str]) -> Sequence[str]:
    """Domains of `urls` and `names` that are not below another one; numbers are none."""
    hosts = {urlsplit(url).hostname or "" for url in urls} | {name.lower().strip(".") for name in names}
    known = sorted((host for host in hosts if "." in host and not links.is_ip(host)), key=_by_length)
    return [host for host in known if not any(host.endswith("." + other) for other in known)]


def _by_length(host: str) -> tuple[int, str]:
    return len(host), host
