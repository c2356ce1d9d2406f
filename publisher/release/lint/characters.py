"""Characters that nobody sees, and words of which a letter is of another script. Content refuses the rest."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from itertools import islice

from publisher.channel import Finding
from publisher.release.lint.codes import mistake
from publisher.release.lint.domains import foreign_letters
from publisher.release.lint.passages import Passage

# Soft hyphen, zero-width space, word joiner and invisible operators, fillers that are shown as nothing.
_INVISIBLE = re.compile(
    "[\u00ad\u034f\u115f\u1160\u17b4\u17b5\u180e\u200b\u2060-\u2064\u206a-\u206f\u2800\u3164\uffa0]"
)
# Joiners belong into emoji and into some scripts; between these letters they only hide a difference.
_JOINER = re.compile("(?<=[\\d A-Za-z\u4e00-\u9fff])[\u200c\u200d]|[\u200c\u200d](?=[\\d A-Za-z\u4e00-\u9fff])")
_WORD = re.compile(r"[^\W_]{2,64}")


def check(passage: Passage) -> Iterator[Finding]:
    text = passage.written
    if text.isascii():
        return
    for found in (*_INVISIBLE.finditer(text), *_JOINER.finditer(text)):
        message = f"{_name(found[0])} is invisible: two words that differ by it look the same"
        yield mistake("text.invisible", message, "delete it", passage.place(found.start()))
    for found in _WORD.finditer(text):
        for offset in islice(() if found[0].isascii() else foreign_letters(found[0]), 1):
            message = f"`{found[0]}` has a letter of another script: {_name(found[0][offset])}"
            yield mistake("text.mixed_script", message, "type the word again", passage.place(found.start() + offset))


def _name(char: str) -> str:
    return f"U+{ord(char):04X} {unicodedata.name(char, 'a character without a name')}"
