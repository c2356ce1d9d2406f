"""XML from strangers as a tree. A document type is refused: its entities are how small files become large ones."""

from __future__ import annotations

from xml.etree.ElementTree import Element, TreeBuilder, tostring
from xml.parsers import expat

from publisher.site.earlier.item import Unreadable

DEPTH = 200
"""Elements inside one another."""


class _Reader:
    def __init__(self) -> None:
        self.builder = TreeBuilder()
        self._depth = 0
        self.parser = expat.ParserCreate(namespace_separator="}")
        self.parser.buffer_text = True
        self.parser.StartDoctypeDeclHandler = self._refuse
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self.builder.data

    def _refuse(self, *_: object) -> None:
        raise Unreadable("it declares a document type (<!DOCTYPE>), which no feed needs; remove that declaration")

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        if self._depth > DEPTH:
            raise Unreadable(f"line {self.parser.CurrentLineNumber}: elements are nested {DEPTH} deep")
        self.builder.start(_clark(name), {_clark(key): value for key, value in attributes.items()})

    def _end(self, name: str) -> None:
        self._depth -= 1
        self.builder.end(_clark(name))


def parse(data: bytes) -> Element:
    """The root; names are `{namespace}local`. Raises Unreadable."""
    reader = _Reader()
    try:
        reader.parser.Parse(data, True)
    except (expat.ExpatError, UnicodeError, LookupError, ValueError) as error:
        if isinstance(error, Unreadable):
            raise
        raise Unreadable(f"it is no well-formed XML: {error}") from error
    return reader.builder.close()


def inner(element: Element) -> str:
    """What is inside an element of XHTML, as HTML."""
    for each in element.iter():
        each.tag = each.tag.rpartition("}")[2]
    return (element.text or "") + "".join(tostring(child, "unicode", "html") for child in element)


def _clark(name: str) -> str:
    return f"{{{name}" if "}" in name else name
