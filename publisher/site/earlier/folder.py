"""A folder of Markdown files, as static sites keep their announcements.

Date, title, language and kind are in front matter (`---`, lines of `name: value`, `---`), or in the file's name
(`2024-05-31-some-words.md`), its first heading, and a part of its path that is a language (`zh-CN/...`,
`some-words.zh-CN.md`). Translations share the rest of their path, or the same `id`.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from markdown_it import MarkdownIt

from publisher.site.earlier.item import Earlier, Refused, Unreadable, instant

BYTES = 1_000_000
"""Of one file."""
_FRONT = re.compile(r"\A---[ \t]*\r?\n(.*?)^---[ \t]*\r?$\n?", re.DOTALL | re.MULTILINE)
_LINE = re.compile(r"([A-Za-z_][A-Za-z0-9_-]*):[ \t]*(.*?)[ \t\r]*")
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_HEADING = re.compile(r"\A\s*#[ \t]+(.+?)[ \t#]*(?:\r?\n|\Z)")
_MARKDOWN = MarkdownIt("commonmark", {"html": True}).enable("table")


def read(folder: Path, locales: Collection[str]) -> Iterator[Earlier | Refused]:
    """Every `.md` file below `folder`, by path; `locales` are those of the website. Raises Unreadable."""
    if not folder.is_dir():
        raise Unreadable("there is no such folder")
    for file in sorted(folder.rglob("*.md")):
        where = file.relative_to(folder).as_posix()
        try:
            yield _earlier(_File(where, _text(file), locales))
        except ValueError as error:
            yield Refused(where, str(error))
        except OSError as error:
            yield Refused(where, f"it cannot be read: {error.strerror}")


@dataclass(frozen=True)
class _File:
    path: str
    text: str
    locales: Collection[str]

    @property
    def front(self) -> Mapping[str, str]:
        found = _FRONT.match(self.text)
        lines = (_LINE.fullmatch(line) for line in found[1].splitlines()) if found else ()
        return {line[1].lower(): line[2].strip("\"'") for line in lines if line}

    @property
    def body(self) -> str:
        return _FRONT.sub("", self.text, count=1)

    @property
    def locale(self) -> str:
        """The part of the path that is a language; empty without one."""
        return next((part for part in self._parts if part in self.locales), "")

    @property
    def name(self) -> str:
        """The path without language and ending: the same for all translations."""
        return "/".join(part for part in self._parts if part not in self.locales)

    @property
    def _parts(self) -> list[str]:
        return [part for step in PurePosixPath(self.path).with_suffix("").parts for part in step.split(".")]


def _earlier(file: _File) -> Earlier:
    front, body = file.front, file.body
    heading = _HEADING.match(body)
    title = front.get("title") or (heading[1] if heading else "")
    if heading and title == heading[1]:
        body = body[heading.end() :]
    published = _published(front.get("date", ""), file.name)
    return Earlier(
        file.path,
        source=f"markdown:{front.get('id') or file.name}",
        title=title,
        html=_MARKDOWN.render(body),
        published=instant(published),
        updated=instant(front.get("updated") or published),
        url=front.get("url", ""),
        summary=front.get("summary") or front.get("description", ""),
        categories=tuple(filter(None, (front.get("category"),))),
        locale=front.get("locale") or front.get("lang") or file.locale,
        kind=front.get("kind", ""),
    )


def _published(said: str, name: str) -> str:
    found = said or "".join(_DATE.findall(name)[:1])
    if not found:
        raise ValueError("it has no date: write `date: 2024-05-31T08:00:00Z` between lines of ---, or name the file so")
    try:
        instant(found)
    except ValueError:
        raise ValueError(f"{found[:40]!r} is no date; write it like 2024-05-31T08:00:00Z") from None
    return found


def _text(file: Path) -> str:
    if file.stat().st_size > BYTES:
        raise ValueError(f"it has more than {BYTES:,} bytes")
    try:
        return file.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ValueError(f"it is not UTF-8: byte {error.start}; save it as UTF-8") from None
