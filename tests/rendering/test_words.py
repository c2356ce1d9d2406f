"""Fixed words: complete in every locale, plain in every format."""

from __future__ import annotations

import re
from enum import Enum
from itertools import chain
from pathlib import Path
from typing import TypeGuard, get_args

import pytest
from pydantic import BaseModel, RootModel

from publisher.content.kinds import KINDS
from publisher.content.kinds.kind import Kind, MailClass
from publisher.rendering.mistakes import MissingWord
from publisher.rendering.words import Words, read_words, value_names
from tests.rendering.builders import TEMPLATES

FOLDERS = (TEMPLATES / "locale", TEMPLATES / "_site" / "locale")
FILES = sorted(file for folder in FOLDERS for file in folder.glob("*.po"))
ENGLISH = read_words(TEMPLATES / "locale" / "en-US.po")
_SHOUT = re.compile("[!！]")


LANGUAGES = {"en-US", "zh-CN", "ja-JP", "ko-KR", "ar", "vi-VN"}

every_file = pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(TEMPLATES)))


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: str(folder.relative_to(TEMPLATES)))
def test_there_are_words_for_every_language(folder: Path) -> None:
    assert {file.stem for file in folder.glob("*.po")} == LANGUAGES
    assert {locale for kind in KINDS.values() for locale in kind.required_locales} <= LANGUAGES


@every_file
def test_no_word_is_missing_and_all_take_the_same_values(file: Path) -> None:
    words, english = read_words(file), read_words(file.with_name("en-US.po"))

    assert words.entries.keys() == english.entries.keys()
    wrong = {key for key, text in words.entries.items() if value_names(text) != value_names(english.entries[key])}
    assert wrong == set()


@every_file
def test_the_same_words_depend_on_a_number(file: Path) -> None:
    words, english = read_words(file), read_words(file.with_name("en-US.po"))

    assert words.plurals.keys() == english.plurals.keys()
    for key, forms in words.plurals.items():
        assert all(value_names(form) <= value_names(english.entries[key]) for form in forms), key


@every_file
def test_no_word_holds_what_nobody_sees_or_shouts(file: Path) -> None:
    words = read_words(file)
    forms = {f"{key}[{place}]": form for key, forms in words.plurals.items() for place, form in enumerate(forms)}
    texts = {**words.entries, **forms}
    wrong = {key: text for key, text in texts.items() if text != text.strip() and not key.endswith("separator")}
    wrong |= {key: text for key, text in texts.items() if not text.isprintable() or _SHOUT.search(text)}

    assert wrong == {}


@pytest.mark.parametrize("kind", KINDS.values(), ids=lambda kind: kind.name)
def test_every_kind_has_its_words(kind: Kind) -> None:
    wanted = {f"kind.{kind.name}", *(f"stage.{stage.name}" for stage in kind.stages)}
    wanted |= set(_labels(f"fact.{kind.name}.", kind.facts)) | set(_choices(kind.facts))

    assert wanted - ENGLISH.entries.keys() == set()


def test_every_mail_class_says_why() -> None:
    assert all(f"mail.why.{mail_class}" in ENGLISH for mail_class in MailClass)


def test_a_translator_s_braces_do_not_reach_into_objects() -> None:
    words = Words("en-US", "locale/en-US.po", {"a": "{brand.__class__} {brand} 100%"})

    assert words("a", brand="Example") == "{brand.__class__} Example 100%"


def test_a_missing_word_names_its_file() -> None:
    with pytest.raises(MissingWord, match=r"locale/en-US\.po: there is no 'colour'"):
        ENGLISH("colour")
    with pytest.raises(MissingWord, match=r"'domain' for the word 'line\.read'"):
        ENGLISH("line.read")


def test_a_locale_without_words_is_named(tmp_path: Path) -> None:
    with pytest.raises(MissingWord, match="the words of fr-FR cannot be read"):
        read_words(tmp_path / "fr-FR.po")


def test_fuzzy_words_do_not_count(tmp_path: Path) -> None:
    file = tmp_path / "en-US.po"
    file.write_text('msgid ""\nmsgstr "Language: en_US\\n"\n\n#, fuzzy\nmsgid "a"\nmsgstr "guess"\n')

    assert "a" not in read_words(file)


@pytest.mark.parametrize(
    ("locale", "said"),
    [
        ("en-US", ["0 days", "1 day", "2 days", "3 days", "11 days", "100 days"]),
        ("zh-CN", ["0 天", "1 天", "2 天", "3 天", "11 天", "100 天"]),
        ("ja-JP", ["0 日前", "1 日前", "2 日前", "3 日前", "11 日前", "100 日前"]),
        ("ko-KR", ["0일 전", "1일 전", "2일 전", "3일 전", "11일 전", "100일 전"]),
        ("vi-VN", ["0 ngày", "1 ngày", "2 ngày", "3 ngày", "11 ngày", "100 ngày"]),
        ("ar", ["0 يوم", "يوم واحد", "يومان", "3 أيام", "11 يومًا", "100 يوم"]),
    ],
)
def test_a_word_has_the_form_of_its_number(locale: str, said: list[str]) -> None:
    words = read_words(TEMPLATES / "locale" / f"{locale}.po")

    assert [words("say.delisting.notice_days", count, value=count) for count in (0, 1, 2, 3, 11, 100)] == said


def test_a_language_needs_all_of_its_forms(tmp_path: Path) -> None:
    file = tmp_path / "ar.po"
    forms = "".join(f'msgstr[{place}] "x"\n' for place in range(2))
    file.write_text(f'msgid ""\nmsgstr "Language: ar\\n"\n\nmsgid "a"\nmsgid_plural "a"\n{forms}')

    with pytest.raises(MissingWord, match="'a' has 2 plural forms; write those for zero, one, two, few, many, other"):
        read_words(file)


def _labels(prefix: str, model: type[BaseModel]) -> list[str]:
    """The labels of a card in which every fact is set."""
    labels = []
    for name, field in model.model_fields.items():
        table = next(filter(_is_table, _types(field.annotation)), None)
        is_flattened = table and "starts_at" not in table.model_fields and tuple not in _types(field.annotation)
        if table and is_flattened and f"form.{table.__name__.lower()}" not in ENGLISH:
            labels += _labels(f"{prefix}{name}.", table)
        elif name != "ends_at":
            labels.append(prefix + ("when" if name == "starts_at" else name))
    return labels


def _choices(model: type[BaseModel]) -> list[str]:
    types = list(chain.from_iterable(_types(field.annotation) for field in model.model_fields.values()))
    own = [f"{kind.__name__.lower()}.{choice.value}" for kind in filter(_is_choice, types) for choice in kind]
    return own + list(chain.from_iterable(map(_choices, filter(_is_table, types))))


def _types(annotation: object) -> list[object]:
    """Every type inside an annotation; the origin `tuple` stands for a list of tables."""
    inner = list(chain.from_iterable(map(_types, get_args(annotation))))
    origin = [tuple] if getattr(annotation, "__origin__", None) is tuple else []
    return [*origin, *inner] if get_args(annotation) else [annotation]


def _is_table(kind: object) -> TypeGuard[type[BaseModel]]:
    return isinstance(kind, type) and issubclass(kind, BaseModel) and not issubclass(kind, RootModel)


def _is_choice(kind: object) -> TypeGuard[type[Enum]]:
    return isinstance(kind, type) and issubclass(kind, Enum)
