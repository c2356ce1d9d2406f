"""How the names of assets and products are written in each language (`glossary.csv`), and texts held against it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from publisher.channel import Finding, Place
from publisher.release.lint.codes import mistake
from publisher.release.lint.lists import ListError, csv_rows, read_list
from publisher.release.lint.passages import Passage

NOT = "not "
"""Before a locale in the first line: spellings that are wrong in it, separated by `|`."""
_LOCALE = re.compile(r"[a-z]{2,3}(-[A-Z][a-z]{3})?(-[A-Z]{2})?")
_PLACEHOLDER = re.compile(r"\{\{\s*([a-z_][a-z0-9_.]*)[^{}\n]*\}\}")


@dataclass(frozen=True, slots=True)
class Name:
    """A row: a name as each language writes it, and as it must not."""

    spellings: Mapping[str, str]
    wrong: Mapping[str, Sequence[str]]


@dataclass(frozen=True, slots=True)
class Glossary:
    names: Sequence[Name]


def load(file: Path) -> Glossary:
    """The glossary in `file`; raises ListError with every row that is wrong."""
    text = read_list("glossary", file)
    findings: list[Finding] = []
    rows = list(csv_rows("glossary", text, file, (), "en-US,zh-CN,not zh-CN"))
    names = [name for line, cells in rows if (name := _name(cells, line, file, findings))]
    if findings:
        raise ListError(findings)
    return Glossary(names)


def _name(cells: Mapping[str, object], line: int, file: Path, findings: list[Finding]) -> Name | None:
    written = {column: str(cell or "").strip() for column, cell in cells.items() if isinstance(column, str)}
    unknown = [column for column in written if not _LOCALE.fullmatch(column.removeprefix(NOT))]
    problem = _problem(cells, unknown, written)
    if problem:
        findings.append(Finding("glossary.row", *problem, place=Place(str(file), line)))
        return None
    first = next(cell for column, cell in written.items() if not column.startswith(NOT))
    spellings = {column: cell or first for column, cell in written.items() if not column.startswith(NOT)}
    wrong = {
        column.removeprefix(NOT): [each.strip() for each in cell.split("|") if each.strip()]
        for column, cell in written.items()
        if column.startswith(NOT)
    }
    return Name(spellings, wrong)


def _problem(cells: Mapping[str, object], unknown: Sequence[str], written: Mapping[str, str]) -> tuple[str, str] | None:
    if unknown:
        return f"the column `{unknown[0]}` is no language", "name columns like en-US, zh-CN and `not zh-CN`"
    if None in cells:
        return "the row has more cells than the first line", "put a cell that holds a comma into quotation marks"
    first = next((column for column in written if not column.startswith(NOT)), None)
    if first is None or not written[first]:
        return f"the name has no spelling in the first language, {first or 'which is missing'}", "fill it in"
    return None


# --- texts


def check(passages: Sequence[Passage], values: Mapping[str, str], glossary: Glossary) -> Iterator[Finding]:
    """The same words in several languages, held against the glossary; `values` are the facts that placeholders name."""
    readings = [_Reading.of(passage, values, glossary) for passage in passages]
    for reading in readings:
        yield from _wrong(reading)
    for other in readings[1:]:
        yield from _untranslated(readings[0], other)


@dataclass(frozen=True)
class _Reading:
    """A text in one language, and where each name stands in it."""

    passage: Passage
    locale: str
    names: Mapping[int, int]
    """Position in the glossary -> offset of the first mention; -1 when a fact brings it in."""
    wrong: Sequence[tuple[int, str, str]]
    """(offset, as it is written, as it must be) for every other spelling."""
    glossary: Glossary

    @classmethod
    def of(cls, passage: Passage, values: Mapping[str, str], glossary: Glossary) -> _Reading:
        locale, text = passage.locale or "", passage.words
        facts = {found[1] for found in _PLACEHOLDER.finditer(passage.written)}
        filled = " ".join(values.get(fact, "") for fact in facts).casefold()
        said: dict[str, tuple[int, str]] = {}
        for index, name in enumerate(glossary.names):
            if spelling := name.spellings.get(locale):
                said.setdefault(spelling.casefold(), (index, spelling))
                for wrong in name.wrong.get(locale, ()):
                    said.setdefault(wrong.casefold(), (index, spelling))
        names = {index: -1 for key, (index, _) in said.items() if key in filled}
        otherwise: list[tuple[int, str, str]] = []
        for offset, written in _mentions(text, said):
            index, spelling = said[written.casefold()]
            names.setdefault(index, offset)
            if written != spelling:
                otherwise.append((offset, written, spelling))
        return cls(passage, locale, names, otherwise, glossary)


def _mentions(text: str, said: Iterable[str]) -> Iterator[tuple[int, str]]:
    """Every name in the text, the longest where one holds another."""
    folded = text.casefold()
    present = sorted((key for key in said if key in folded), key=len, reverse=True)
    if present:
        pattern = re.compile("|".join(map(_whole, present)), re.IGNORECASE)
        yield from ((found.start(), found[0]) for found in pattern.finditer(text) if found[0].casefold() in said)


def _whole(name: str) -> str:
    """The name, not inside a longer Latin word, an address or a domain."""
    before = r"(?<![A-Za-z0-9_/@.\-])" if name[0].isascii() else ""
    after = r"(?![A-Za-z0-9_/@\-]|\.[A-Za-z0-9])" if name[-1].isascii() else ""
    return before + re.escape(name) + after


def _wrong(reading: _Reading) -> Iterator[Finding]:
    for offset, written, spelling in reading.wrong:
        message = f"the glossary does not write `{written}` in {reading.locale}"
        yield mistake("glossary.spelling", message, f"write `{spelling}`", reading.passage.place(offset))


def _untranslated(first: _Reading, other: _Reading) -> Iterator[Finding]:
    """Names of the first language that the other one does not have."""
    for index, offset in first.names.items():
        name = first.glossary.names[index]
        wanted = name.spellings.get(other.locale)
        if wanted is None or index in other.names or offset < 0:
            continue
        written = name.spellings[first.locale]
        left = next((start for start, _ in _mentions(other.passage.words, {written.casefold()})), None)
        place = first.passage.place(offset) if left is None else other.passage.place(left)
        message = f"`{written}` is `{wanted}` in {other.locale}, whose text does not say it"
        yield mistake("glossary.missing", message, f"write `{wanted}` in {other.locale}", place)
