"""Times of day that do not say in which zone."""

from __future__ import annotations

import re
from collections.abc import Iterator

from publisher.channel import Finding
from publisher.release.lint.codes import mistake
from publisher.release.lint.passages import HOLE, Passage
from publisher.release.lint.values import END_OF_SENTENCE, REACH, ascii_digits, clocks, rest_of_sentence

_CITY = (
    "(?:北京|新加坡|香港|东京|東京|首尔|伦敦|纽约|迪拜|东部|太平洋|标准|標準|日本|韩国|韓国|한국|표준|협정 세계"
    "|协调世界|世界协调)"
)
_ZONE = re.compile(
    rf"\b(?:UTC|GMT|[A-Z]{{1,3}}[SD]?T|Z)(?![A-Za-z])|{_CITY}\s?(?:时间|時間|时|時|시)|\bgiờ [A-ZĐ]\w+"
    r"|\b[A-Z][A-Za-z]{2,20} (?:[Ss]tandard |[Dd]aylight |[Ss]ummer )?[Tt]ime\b|(?<=\d)Z(?![A-Za-z])"
)
_NAMES_SEVERAL = re.compile(r"(?<![A-Za-z])(?:CST|IST|BST|AST|GST|SST|EST|PST|ET|PT)(?![A-Za-z])")


def check(passage: Passage) -> Iterator[Finding]:
    words = ascii_digits(passage.words)
    for found in clocks(words):
        after = rest_of_sentence(words, found.end())
        before = END_OF_SENTENCE.split(words[max(found.start() - REACH // 2, 0) : found.start()])[-1]
        zone = _ZONE.search(after) or _ZONE.search(before)
        if zone is None and HOLE not in after:
            fix = "write it as a fact with `| time` or `| datetime`, or add the zone: `10:00 (UTC+8)`"
            message = f"`{found[0].strip()}` says no time zone: readers everywhere take it for their own"
            yield mistake("time.no_zone", message, fix, passage.place(found.start()))
        elif zone is not None and _NAMES_SEVERAL.fullmatch(zone[0]):
            message = f"`{zone[0]}` names several zones"
            yield mistake("time.ambiguous_zone", message, "write the offset: `UTC+8`", passage.place(found.start()))
