"""What a revision changes in what readers have: fact by fact, paragraph by paragraph, in their language.

Facts are compared as values, texts by words (by characters where a language writes none apart). Bounded, whatever was
rewritten: beyond `MOST` a last entry says that more has changed.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import zip_longest

from publisher.channel import Difference, Format, Piece
from publisher.content.document import Heading
from publisher.rendering.formats import WRITERS, Writer
from publisher.rendering.formats.value import Shown
from publisher.rendering.local_text import LocalText

MOST = 4_000
"""Bytes of a revision's differences."""
_COMPARED = 300
"""Paragraphs of a text, and words of a paragraph, that are compared: the time grows with the square of it."""
_ALIKE = 0.4
"""Paragraphs that have less in common are shown as exchanged."""
_CONTEXT = 40
"""Characters of what stayed that are shown beside what changed."""

_WIDE = "\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\uff00-\uff60"
_CODE = re.compile(r"[A-Za-z0-9]{20,}")
"""An address on a network, a hash."""
_WORDS = re.compile(rf"[A-Za-z0-9]{{20,}}|\d+(?:[.,:/-]\d+)*|[{_WIDE}]|[^\W{_WIDE}]+|\s+|.", re.DOTALL)


def differences(before: LocalText, after: LocalText) -> tuple[Difference, ...]:
    """Everything that reads differently, title first."""
    words = after.wording.words
    found = [
        *_texts(words("history.title"), _title(before), _title(after)),
        *_facts(before, after),
        *_paragraphs(_told(before), _told(after), words("history.text")),
    ]
    return tuple(_bounded(found, words("history.more")))


def _bounded(found: Sequence[Difference], more: str) -> Iterator[Difference]:
    left = MOST
    for difference in found:
        left -= difference.weight
        if left < 0:
            yield Difference(where=more, pieces=())
            return
        yield difference


def _texts(where: str, before: str, after: str) -> Iterator[Difference]:
    if before != after:
        yield Difference(where=where, pieces=tuple(_pieces(before, after)))


# --- facts


def _facts(before: LocalText, after: LocalText) -> Iterator[Difference]:
    """Row by row; rows of one name, such as those of a list, in their order."""
    old, new = _rows(before), _rows(after)
    for name in dict.fromkeys((*new, *old)):
        for (was_label, was), (label, value) in zip_longest(old[name], new[name], fillvalue=("", "")):
            if was != value:
                yield Difference(where=label or was_label, pieces=tuple(_exchanged(was, value)))


def _rows(text: LocalText) -> defaultdict[str, list[tuple[str, str]]]:
    rows: defaultdict[str, list[tuple[str, str]]] = defaultdict(list)
    for row in text.card:
        rows[row.name].append((row.label, row.value))
    return rows


# --- texts


@dataclass(frozen=True, slots=True)
class _Paragraph:
    where: str
    """The heading that it stands under."""
    text: str


def _title(text: LocalText) -> str:
    return _writer(text).inline(text.document.title).strip()


def _writer(text: LocalText) -> Writer:
    """Plain, with pictures by their names: those of what was published need not be there any more."""
    return WRITERS[Format.PLAIN](text.say, lambda src: Shown(src, 1, 1))


_NOTHING = _Paragraph("", "")


def _told(text: LocalText) -> Sequence[_Paragraph]:
    return list(_read(text))


def _read(text: LocalText) -> Iterator[_Paragraph]:
    writer, where = _writer(text), ""
    yield _Paragraph(where, writer.inline(text.document.summary))
    for block in text.document.blocks:
        if isinstance(block, Heading):
            where = writer.inline(block.children)
        for line in writer.blocks([block]).split("\n"):
            yield _Paragraph(where, line.strip())


def _paragraphs(before: Sequence[_Paragraph], after: Sequence[_Paragraph], start: str) -> Iterator[Difference]:
    old, new = before[:_COMPARED], after[:_COMPARED]
    matcher = SequenceMatcher(None, [each.text for each in old], [each.text for each in new], autojunk=False)
    for what, i, j, k, m in matcher.get_opcodes():
        if what == "equal":
            continue
        for was, now in zip_longest(old[i:j], new[k:m], fillvalue=_NOTHING):
            yield from _texts(now.where or was.where or start, was.text, now.text)
    if list(before[_COMPARED:]) != list(after[_COMPARED:]):
        yield Difference(where=start, pieces=())


def _pieces(before: str, after: str) -> Iterator[Piece]:
    """The words that stayed, went and came; of what stayed only what stands beside a change."""
    old, new = _WORDS.findall(before), _WORDS.findall(after)
    if max(len(old), len(new)) > _COMPARED:
        yield from _exchanged(before, after)
        return
    matcher = SequenceMatcher(None, old, new, autojunk=False)
    if matcher.ratio() < _ALIKE:
        yield from _exchanged(before, after)
        return
    codes = matcher.get_opcodes()
    for position, (what, i, j, k, m) in enumerate(codes):
        if what == "equal":
            text = "".join(old[i:j])
            yield Piece(text=_context(text, first=position == 0, last=position == len(codes) - 1))
        else:
            yield from _exchanged("".join(old[i:j]), "".join(new[k:m]))


def _exchanged(before: str, after: str) -> Iterator[Piece]:
    if before:
        yield Piece(text=_CODE.sub(_shortened, before), sort="gone")
    if after:
        yield Piece(text=after, sort="new")


def _shortened(code: re.Match[str]) -> str:
    """Enough to be recognised, too little to be copied: whoever sent anything to a wrong address would lose it."""
    return f"{code[0][:6]}…{code[0][-4:]}"


def _context(text: str, *, first: bool, last: bool) -> str:
    if len(text) <= 2 * _CONTEXT:
        return text
    if first:
        return "… " + text[-_CONTEXT:].lstrip()
    if last:
        return text[:_CONTEXT].rstrip() + " …"
    return f"{text[:_CONTEXT].rstrip()} … {text[-_CONTEXT:].lstrip()}"
