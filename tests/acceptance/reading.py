"""Reads what arrived as a reader does: the facts, out of every channel's own form."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

from lxml import html  # type: ignore[import-untyped]

Facts = Sequence[tuple[str, str]]
"""Label and value, as they are shown."""

_LINE = re.compile(r"^([^:：]{1,40})(?:：|: )(.+)$")


def from_page(text: str) -> Facts:
    """Of an announcement's page or a feed's entry."""
    rows = html.fromstring(text).xpath("//dl[@class='facts']/div")
    return [(_text(row.find("dt")), _text(row.find("dd"))) for row in rows]


def from_mail(text: str) -> Facts:
    """Of a mail's HTML part."""
    rows = html.fromstring(text).xpath("//table[contains(@class, 'facts')]//tr | //*[contains(@class, 'facts')]//tr")
    return list(dict.fromkeys((_text(row.find("th")), _text(row.find("td"))) for row in rows))


def from_lines(text: str) -> Facts:
    """Of the longest block of lines `label: value`: a title alone may look like one."""
    blocks = [[_LINE.match(line) for line in block.splitlines()] for block in text.split("\n\n")]
    longest = max((found for found in blocks if all(found)), key=len, default=[])
    return [(line[1], line[2]) for line in longest if line]


def without_tags(telegram: str) -> str:
    """What a Telegram message shows."""
    return _text(html.fromstring(f"<pre>{telegram}</pre>"), keep=True)


def without_utc(facts: Facts) -> Facts:
    """Where there is no room, times stand in one zone."""
    return [(label, re.sub(r"; [0-9:-]+ UTC", "", value)) for label, value in facts]


def instants(values: Iterable[str]) -> Sequence[datetime]:
    """Every time that the values name, in UTC, whatever the language."""
    return sorted({when for value in values for when in _instants(value)})


_DAY = (
    r"(?:(?P<day>\d{1,2}) (?P<name>[A-Z][a-z]{2}) (?P<year>\d{4}),"
    r"|(?P<nian>\d{4})年(?P<yue>\d{1,2})月(?P<ri>\d{1,2})日)"
)
_WHEN = re.compile(_DAY + r" (?P<from>\d{2}:\d{2})(?:-(?P<to>\d{2}:\d{2}))? \(UTC\+8")


def _instants(value: str) -> Iterable[datetime]:
    for found in _WHEN.finditer(value):
        part = found.groupdict()
        if part["name"]:
            day = datetime.strptime(f"{part['day']} {part['name']} {part['year']}", "%d %b %Y")  # noqa: DTZ007
        else:
            day = datetime(int(part["nian"]), int(part["yue"]), int(part["ri"]))  # noqa: DTZ001
        for clock in (part["from"], part["to"]):
            if clock:
                yield datetime.fromisoformat(f"{day:%Y-%m-%d}T{clock}:00+08:00").astimezone(UTC)


def hard(values: Iterable[str]) -> Sequence[str]:
    """What is the same in every language: tickers, pairs, addresses, numbers, percentages; without the times."""
    words = (
        re.findall(r"0x[0-9A-Fa-f]{40}|[A-Z0-9]{2,}(?:/[A-Z0-9]{2,})?|[0-9][0-9.,]*%?", _WHEN.sub("", v))
        for v in values
    )
    return sorted({word.strip(".,") for found in words for word in found} - {"UTC"})


def _text(element: Any, *, keep: bool = False) -> str:
    text = str(element.text_content()) if element is not None else ""
    return text if keep else " ".join(text.split())
