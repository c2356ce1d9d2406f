"""Fixed words: the texts that the program says itself, one `.po` file per locale."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from babel import Locale
from babel.messages.pofile import PoFileError, read_po

from publisher.rendering.mistakes import MissingWord

_VALUE = re.compile(r"\{([a-z_]+)\}")


@dataclass(frozen=True, slots=True)
class Words:
    """The fixed words of one locale. They are plain text: a translator cannot write markup."""

    locale: str
    file: str
    entries: Mapping[str, str] = field(repr=False)
    """Key -> text; of a word with plurals the last form, which fits most numbers."""
    plurals: Mapping[str, Sequence[str]] = field(default_factory=dict, repr=False)
    """Key -> every form that the language has, in CLDR's order, for words that depend on a number."""

    def __call__(self, key: str, count: int | None = None, /, **values: object) -> str:
        """The word for `key`, in the form for `count`, with `{name}` replaced by `values`; raises MissingWord."""
        forms = self.plurals.get(key)
        try:
            text = self.entries[key] if forms is None or count is None else forms[_form(self.locale, abs(count))]
            return _VALUE.sub(lambda found: str(values[found[1]]), text)
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
    forms = {_key(entry.id): _forms(entry.string) for entry in catalog if entry.id and not entry.fuzzy}
    entries = {key: texts[-1] for key, texts in forms.items() if any(texts)}
    several = {_key(entry.id) for entry in catalog if not isinstance(entry.id, str)}
    plurals = {key: tuple(filter(None, forms[key])) for key in entries if key in several}
    for key, texts in plurals.items():
        if len(texts) != len(plural_forms(file.stem)):
            wanted = ", ".join(plural_forms(file.stem))
            raise MissingWord(shown, 0, f"the word {key!r} has {len(texts)} plural forms; write those for {wanted}")
    return Words(file.stem, shown, entries, plurals)


@cache
def plural_forms(locale: str) -> Sequence[str]:
    """CLDR's names of the language's plural forms, in order: `one, other` in English, six in Arabic."""
    tags = Locale.parse(locale, sep="-").plural_form.tags
    return [name for name in ("zero", "one", "two", "few", "many", "other") if name in tags or name == "other"]


def _form(locale: str, count: int) -> int:
    return plural_forms(locale).index(Locale.parse(locale, sep="-").plural_form(count))


def _key(id: str | Sequence[str]) -> str:
    return id if isinstance(id, str) else id[0]


def _forms(text: str | Sequence[str] | None) -> Sequence[str]:
    return text if text and not isinstance(text, str) else (str(text or ""),)
