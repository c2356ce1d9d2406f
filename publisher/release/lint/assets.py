"""The asset registry that an exchange exports (`assets.csv` or `assets.jsonl`), and announcements held against it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import get_args, get_type_hints

from babel.numbers import list_currencies
from pydantic import BaseModel

from publisher.channel import Finding, Place
from publisher.content.kinds.fact_types import Pair, Symbol
from publisher.content.source.toml import KeyPath, Toml
from publisher.release.lint.addresses import check_on
from publisher.release.lint.codes import mistake
from publisher.release.lint.lists import ListError, csv_rows, read_list, unusable

COLUMNS = ("id", "ticker", "name", "chain", "address")
_REQUIRED = ("id", "ticker", "name")


@dataclass(frozen=True, slots=True)
class Asset:
    """A row: an asset on a chain. An asset on several chains has a row with the same id for each."""

    id: str
    ticker: str
    name: str
    chain: str
    address: str


@dataclass(frozen=True)
class Assets:
    """The registry."""

    rows: Sequence[Asset]

    @cached_property
    def by_ticker(self) -> Mapping[str, Sequence[Asset]]:
        found: dict[str, list[Asset]] = {}
        for row in self.rows:
            found.setdefault(row.ticker, []).append(row)
        return found


def load(file: Path) -> Assets:
    """The registry in `file`; raises ListError with every row that is wrong."""
    text = read_list("assets", file)
    lines = _json_lines(text, file) if file.suffix == ".jsonl" else _csv(text, file)
    findings: list[Finding] = []
    rows = [(line, row) for line, cells in lines if (row := _row(cells, line, file, findings))]
    findings += _one_asset_per_id(rows, file)
    if findings:
        raise ListError(findings)
    return Assets([row for _, row in rows])


def _csv(text: str, file: Path) -> Iterator[tuple[int, Mapping[str, object]]]:
    return csv_rows("assets", text, file, _REQUIRED, ",".join(COLUMNS))


def _json_lines(text: str, file: Path) -> Iterator[tuple[int, Mapping[str, object]]]:
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        try:
            cells = json.loads(line)
        except (ValueError, RecursionError):
            cells = None
        if not isinstance(cells, dict):
            fix = f"write one asset per line, with {COLUMNS}"
            raise unusable("assets", file, number, "is not an object of JSON", fix)
        yield number, cells


def _row(cells: Mapping[str, object], line: int, file: Path, findings: list[Finding]) -> Asset | None:
    values = {column: str(cells.get(column) or "").strip() for column in COLUMNS}
    place = Place(str(file), line)
    if missing := [column for column in _REQUIRED if not values[column]]:
        message = f"the asset has no {', '.join(missing)}"
        findings.append(Finding("assets.row", message, "fill it in, or leave the row out", place=place))
        return None
    if values["address"] and (problem := check_on(values["chain"], values["address"])):
        message = f"the address `{values['address']}` {problem.message}"
        if problem.code != "address.no_checksum":
            findings.append(Finding("assets.row", message, problem.fix, place=place))
    return Asset(**values)


def _one_asset_per_id(rows: Sequence[tuple[int, Asset]], file: Path) -> Iterator[Finding]:
    known: dict[str, Asset] = {}
    for line, row in rows:
        first = known.setdefault(row.id, row)
        if (first.ticker, first.name) != (row.ticker, row.name):
            message = (
                f"the id {row.id} is {first.ticker} ({first.name}) in another row and {row.ticker} ({row.name}) here"
            )
            yield Finding("assets.row", message, "give each asset its own id", place=Place(str(file), line))


# --- announcements


@dataclass(frozen=True, slots=True)
class Named:
    """A ticker among the facts."""

    ticker: str
    path: KeyPath


def tickers(facts: BaseModel) -> Sequence[Named]:
    """Every ticker among the facts, also each side of a pair."""
    return list(_tickers(facts, ("facts",)))


def _tickers(model: BaseModel, path: KeyPath) -> Iterator[Named]:
    hints = get_type_hints(type(model), include_extras=True)
    for name, value in model:
        symbol, pair = _mentions(hints.get(name), Symbol), _mentions(hints.get(name), Pair)
        for inner, part in _parts(value, (*path, name)):
            if isinstance(part, BaseModel):
                yield from _tickers(part, inner)
            elif isinstance(part, str) and (symbol or pair):
                yield from (Named(ticker, inner) for ticker in (part.split("/") if pair else [part]))


def _parts(value: object, path: KeyPath) -> Iterator[tuple[KeyPath, object]]:
    if isinstance(value, tuple):
        for index, part in enumerate(value):
            yield (*path, index), part
    else:
        yield path, value


def _mentions(annotation: object, wanted: object) -> bool:
    return annotation == wanted or any(_mentions(inner, wanted) for inner in get_args(annotation))


def check(facts: BaseModel, toml: Toml, assets: Assets) -> Iterator[Finding]:
    """The facts against the registry: tickers that it does not know or knows twice, names and addresses that differ."""
    subject = _subject(facts)
    told: set[str] = set()
    for named in tickers(facts):
        if named.ticker in told or named.ticker in _currencies():
            continue
        told.add(named.ticker)
        place = toml.value(named.path)
        yield from _ticker(named.ticker, subject if subject.get("ticker") == named.ticker else {}, place, assets)
    rows = assets.by_ticker.get(subject.get("ticker", ""), ())
    if rows:
        yield from _name(subject, rows, toml)
        yield from _address(subject, rows, toml)


def _subject(facts: BaseModel) -> Mapping[str, str]:
    """What the facts say of the asset that they are about."""
    wanted = ("ticker", "name", "network", "contract_address")
    return {name: value for name in wanted if isinstance(value := getattr(facts, name, None), str)}


def _ticker(ticker: str, subject: Mapping[str, str], place: Place, assets: Assets) -> Iterator[Finding]:
    rows = assets.by_ticker.get(ticker, ())
    if not rows:
        message = f"the asset registry has no {ticker}"
        yield mistake("asset.unknown", message, "correct the ticker, or import the registry again", place)
    names = {row.id: row.name for row in rows}
    if len(names) > 1 and subject.get("name") not in names.values():
        message = f"{ticker} is the ticker of {' and of '.join(sorted(names.values()))}"
        yield mistake("asset.ambiguous", message, "say by name which one is meant, in every language", place)


def _name(subject: Mapping[str, str], rows: Sequence[Asset], toml: Toml) -> Iterator[Finding]:
    names = sorted({row.name for row in rows})
    if "name" in subject and subject["name"] not in names:
        message = f"`{subject['name']}` is not the name of {subject['ticker']} in the asset registry"
        yield mistake("asset.name", message, f"write `{' or '.join(names)}`", toml.value(("facts", "name")))


def _address(subject: Mapping[str, str], rows: Sequence[Asset], toml: Toml) -> Iterator[Finding]:
    network, address = subject.get("network", ""), subject.get("contract_address")
    known = [row.address for row in rows if row.chain.lower() == network.lower() and row.address]
    if address is None or not known or _same(address) in map(_same, known):
        return
    message = f"the asset registry has another contract of {subject['ticker']} on {network}"
    place = toml.value(("facts", "contract_address"))
    yield mistake("asset.address", message, f"compare with `{known[0]}`; one of the two is wrong", place)


def _same(address: str) -> str:
    """Hexadecimal addresses differ in their capitals only by their checksum."""
    return address.lower() if address[:2].lower() == "0x" else address


def _currencies() -> frozenset[str]:
    return frozenset(list_currencies())
