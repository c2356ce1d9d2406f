"""One language: its file, checked against the kind and the facts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from pathlib import Path

from publisher.channel import Finding, Place, Severity
from publisher.content.announcement import Text
from publisher.content.document import Block, Heading
from publisher.content.kinds.fact_types import Localised, leaves
from publisher.content.kinds.kind import Facts, Kind
from publisher.content.kinds.languages import locales
from publisher.content.markup import Markup, parse, title_pattern
from publisher.content.markup.commonmark import MAX_SYNTAX, syntax
from publisher.content.markup.marks import BROKEN, finding_at
from publisher.content.pictures import PictureFile
from publisher.content.placeholders import PlaceholderError, check, check_name, nearest
from publisher.content.source.files import read_text
from publisher.content.source.machine import unmarked
from publisher.content.source.pictures import read_pictures
from publisher.content.source.toml import Toml


def read_texts(
    folder: Path, kind: Kind | None, facts: Facts | None, pictures: dict[str, PictureFile], findings: list[Finding]
) -> Mapping[str, Text]:
    """Locale -> text for every language file; what they show goes to `pictures`, what is wrong to `findings`."""
    known = dict.fromkeys(kind.titles if kind else locales())
    there = {path.stem: path for path in sorted(folder.glob("*.md"))}
    for locale in there.keys() - known.keys():
        message = f"{locale}.md is not a language of this kind"
        place = Place(str(there[locale]))
        findings.append(Finding("unknown_locale", message, nearest(locale, known, "languages"), place=place))
    for locale in kind.required_locales if kind else ():
        if locale not in there:
            place = Place(str(folder / f"{locale}.md"))
            fix = f"write {locale}.md, beginning with `# {kind.titles[locale]}`" if kind else ""
            findings.append(Finding("missing_locale", f"the language {locale} is missing", fix, place=place))
    texts: dict[str, Text] = {}
    room = MAX_SYNTAX
    for locale in filter(there.__contains__, known):
        if text := _text(there[locale], locale, kind, facts, room, pictures, findings):
            texts[locale] = text
            room -= syntax(text.source)
    return texts


def _text(
    path: Path,
    locale: str,
    kind: Kind | None,
    facts: Facts | None,
    room: int,
    pictures: dict[str, PictureFile],
    findings: list[Finding],
) -> Text | None:
    read = read_text(path, findings)
    if read is None:
        return None
    source, by_machine = unmarked(read)
    markup = parse(source, str(path), room)
    findings.extend(markup.findings)
    if markup.refused:
        return None
    read_pictures(path, markup.images, pictures, findings)
    if kind is not None:
        findings.extend(_placeholders(markup, source, kind, facts))
        findings.extend(_title(markup, kind.titles[locale]))
        findings.extend(_blocks(markup, kind, path))
    return Text(locale, source, markup.document, by_machine)


def _placeholders(markup: Markup, source: str, kind: Kind, facts: Facts | None) -> Iterator[Finding]:
    lines = source.split("\n")
    for placeholder, place in markup.placeholders:
        if placeholder == BROKEN:
            continue
        try:
            if facts is None:
                check_name(placeholder, kind.facts)
            else:
                check(placeholder, facts)
        except PlaceholderError as error:
            written = lines[place.line - 1][place.column - 1 :]
            yield finding_at(error, place, written[: written.find("}}")])


def _title(markup: Markup, pattern: str) -> Iterator[Finding]:
    title, place = markup.document.title, markup.title_place
    broken = {finding.place.line for finding in markup.findings if finding.place}
    if title and title != title_pattern(pattern) and place.line not in broken:
        yield Finding("title", "the title does not follow the pattern of its kind", f"write `# {pattern}`", place=place)


def _blocks(markup: Markup, kind: Kind, path: Path) -> Iterator[Finding]:
    places = dict(reversed(markup.anchors))
    for anchor in kind.required_blocks:
        told = kind.blocks_help.get(anchor, "what readers must know")
        if anchor not in places:
            fix = f"add `## A heading {{#{anchor}}}` and below it {told}"
            yield Finding("missing_block", f"the block `{anchor}` is missing", fix, place=Place(str(path)))
        elif _is_empty(markup.document.blocks, anchor):
            message = f"the block `{anchor}` is empty"
            yield Finding("missing_block", message, f"write below it {told}", place=places[anchor])
    for anchor in places.keys() & set(kind.forbidden_blocks):
        message = f"the block `{anchor}` has no place in this kind"
        yield Finding("forbidden_block", message, "write an announcement of its own for it", place=places[anchor])


def _is_empty(blocks: tuple[Block, ...], anchor: str) -> bool:
    """True when no block but a heading of the same level or a higher one follows the heading `anchor`."""
    for index, block in enumerate(blocks):
        if isinstance(block, Heading) and block.anchor == anchor:
            after = blocks[index + 1 : index + 2]
            return all(isinstance(follower, Heading) and follower.level <= block.level for follower in after)
    return True


def check_wordings(facts: Facts, texts: Mapping[str, Text], written: AbstractSet[str], toml: Toml) -> Iterator[Finding]:
    """Short texts among the facts must be there for every language of the announcement, and for no other.

    `written` has every language that there is a file of, also those that cannot be read.
    """
    for path, wording in leaves(facts, ("facts",)):
        if not isinstance(wording, Localised):
            continue
        name = ".".join(map(str, path[1:]))
        for locale in texts.keys() - wording.root.keys():
            fix = f'add `{locale} = "..."` to it'
            message = f"`{name}` has no text for {locale}"
            yield Finding("missing_locale", message, fix, place=toml.value(path))
        for locale in wording.root.keys() - written:
            message = f"`{name}` has a text for {locale}, in which the announcement is not written"
            place = toml.key((*path, locale))
            yield Finding("unknown_locale", message, nearest(locale, texts, "languages"), Severity.WARNING, place)
