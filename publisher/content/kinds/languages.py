"""What a kind says in each language, read from `texts/<locale>/`: files as an author would have them.

`<kind>.md` is the title's pattern and the sample, `<kind>.<name>.md` a text agreed on before it is needed (below the
same title), `<kind>.toml` the words that the sample's facts need, in the shape of `[facts]`. A new language is a new
folder.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TypeAlias

TEXTS = Path(__file__).with_name("texts")

FactPath: TypeAlias = tuple[str | int, ...]
"""Where a word stands in the facts: `("measures", 0, "action")`."""


class BrokenText(ValueError):
    """A file of a kind that cannot be used; the message names it and says what to write."""


@dataclass(frozen=True, slots=True)
class Spoken:
    """A kind in one language."""

    title: str
    """The pattern that a title must have."""
    sample: str
    """The Markdown below the title."""
    preapproved: Mapping[str, str]
    """Name -> the Markdown below the title."""
    fact_words: Mapping[FactPath, str]
    """What the sample's facts say in this language."""


@cache
def spoken(texts: Path, kind: str) -> Mapping[str, Spoken]:
    """Locale -> what `kind` says there, for every language that has it; raises BrokenText."""
    return {path.parent.name: _spoken(path.parent, kind) for path in sorted(texts.glob(f"*/{kind}.md"))}


def locales(texts: Path = TEXTS) -> tuple[str, ...]:
    """The languages that kinds speak."""
    return tuple(sorted(folder.name for folder in texts.iterdir() if folder.is_dir()))


def with_words(sample: Mapping[str, object], words: Mapping[str, Mapping[FactPath, str]]) -> Mapping[str, object]:
    """`sample` with the words of each locale (locale -> path -> word) where they belong."""
    for path in dict.fromkeys(path for said in words.values() for path in said):
        sample = _placed_in(sample, path, {locale: said[path] for locale, said in words.items() if path in said})
    return sample


def _placed_in(table: Mapping[str, object], path: FactPath, words: Mapping[str, str]) -> Mapping[str, object]:
    first = str(path[0])
    return {**table, first: _placed(table.get(first), path[1:], words)}


def _placed(value: object, path: FactPath, words: Mapping[str, str]) -> object:
    if not path:
        return words
    if isinstance(value, list):
        return [_placed(row, path[1:], words) if index == path[0] else row for index, row in enumerate(value)]
    return _placed_in(value if isinstance(value, Mapping) else {}, path, words)


def _spoken(folder: Path, kind: str) -> Spoken:
    title, sample = _title_and_text(folder / f"{kind}.md")
    preapproved = {path.stem.removeprefix(f"{kind}."): path for path in sorted(folder.glob(f"{kind}.*.md"))}
    return Spoken(
        title, sample, {name: _below(path, title) for name, path in preapproved.items()}, _words(folder, kind)
    )


def _below(path: Path, title: str) -> str:
    own, text = _title_and_text(path)
    if own != title:
        raise BrokenText(f"{_shown(path)}, line 1: the title is not that of its kind; write `# {title}`")
    return text


def _title_and_text(path: Path) -> tuple[str, str]:
    heading, _, text = _read(path).partition("\n")
    if not heading.startswith("# ") or not heading[2:].strip():
        raise BrokenText(f"{_shown(path)}, line 1: begin the file with `# ` and the pattern of the title")
    if not text.strip():
        raise BrokenText(f"{_shown(path)}: write the text below the title, after an empty line")
    return heading[2:].strip(), text.strip("\n") + "\n"


def _words(folder: Path, kind: str) -> Mapping[FactPath, str]:
    path = folder / f"{kind}.toml"
    if not path.exists():
        return {}
    try:
        return dict(_flat(tomllib.loads(_read(path)), ()))
    except tomllib.TOMLDecodeError as error:
        raise BrokenText(f"{_shown(path)} is not TOML: {error}") from error
    except TypeError as error:
        raise BrokenText(f"{_shown(path)}: {error}") from error


def _flat(value: object, path: FactPath) -> Iterator[tuple[FactPath, str]]:
    match value:
        case str():
            yield path, value
        case Mapping():
            for key, part in value.items():
                yield from _flat(part, (*path, key))
        case list():
            for index, part in enumerate(value):
                yield from _flat(part, (*path, index))
        case _:
            name = ".".join(map(str, path))
            raise TypeError(f"`{name}` is no text; only what differs between languages stands here")


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise BrokenText(f"{_shown(path)} is not UTF-8; save it as UTF-8") from error


def _shown(path: Path) -> str:
    return "/".join(path.parts[-3:])
