"""Fixed words: the texts that the program says itself, one `.po` file per locale."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from babel.messages.pofile import PoFileError, read_po

from publisher.rendering.mistakes import MissingWord

_VALUE = re.compile(r"\{([a-z_]+)\}")


@dataclass(frozen=True, slots=True)
class Words:
    """The fixed words of one locale. They are plain text: a translator cannot write markup."""

    locale: str
    file: str
    entries: Mapping[str, str] = field(repr=False)

    def __call__(self, key: str, /, **values: object) -> str:
        """The word for `key` with `{name}` replaced by `values`; raises MissingWord."""
        try:
            return _VALUE.sub(lambda found: str(values[found[1]]), self.entries[key])
        except KeyError as error:
            raise MissingWord(self.file, 0, f"there is no {error} for the word {key!r}; add it") from error

    def __contains__(self, key: object) -> bool:
        return key in self.entries


def value_names(text: str) -> frozenset[str]:
    """The names of the values that a word takes."""
    return frozenset(_VALUE.findall(text))


def read_words(file: Path) -> Words:
    """The words of `<locale>.po`, without fuzzy and empty ones; raises MissingWord for a file that cannot be read."""
    shown = f"{file.parent.name}/{file.name}"
    try:
        with file.open("rb") as source:
            catalog = read_po(source, locale=file.stem.replace("-", "_"), abort_invalid=True)
    except (OSError, UnicodeError, PoFileError) as error:
        raise MissingWord(shown, 0, f"the words of {file.stem} cannot be read: {error}") from error
    entries = {str(entry.id): str(entry.string) for entry in catalog if entry.id and entry.string and not entry.fuzzy}
    return Words(file.stem, shown, entries)
