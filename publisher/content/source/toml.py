"""TOML with places: tomllib gives the values, tree-sitter where each key and value stands."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TypeAlias

import tree_sitter_toml
from tree_sitter import Language, Node, Parser, Tree

from publisher.channel import Finding, Place

KeyPath: TypeAlias = "tuple[str | int, ...]"
"""Keys and positions in arrays: `("facts", "measures", 0, "at")`."""

MAX_DEPTH = 40
"""Of the syntax; facts need ten."""

_LANGUAGE = Language(tree_sitter_toml.language())


@dataclass(frozen=True, slots=True)
class Toml:
    """A parsed file. Floats are Decimal, so that what is written is what is meant."""

    file: str
    source: str = field(repr=False)
    values: Mapping[str, object]
    keys: Mapping[KeyPath, Place] = field(repr=False)
    places: Mapping[KeyPath, Place] = field(repr=False)

    def key(self, path: KeyPath) -> Place:
        """Where the key stands, or what is nearest around it."""
        return self._nearest(path, self.keys, self.places)

    def value(self, path: KeyPath) -> Place:
        """Where the value stands, or what is nearest around it."""
        return self._nearest(path, self.places, self.keys)

    def _nearest(self, path: KeyPath, *known: Mapping[KeyPath, Place]) -> Place:
        around = (path[:length] for length in range(len(path), 0, -1))
        return next((places[part] for part in around for places in known if part in places), Place(self.file))


def parse(text: str, file: str) -> Toml | Finding:
    """The file's values and places, or what is wrong with its TOML."""
    walker = _Walker(file, text.encode().split(b"\n"))
    tree = Parser(_LANGUAGE).parse(text.encode())
    if deep := _too_deep(tree):
        message, fix = f"keys and lists are nested more than {MAX_DEPTH} deep", "write it plainer"
        return Finding("nesting", message, fix, place=walker.place(deep))
    try:
        values = tomllib.loads(text, parse_float=Decimal)
    except (ValueError, RecursionError) as error:
        return _broken(text, file, error)
    walker.document(tree.root_node)
    return Toml(file, text, values, walker.keys, walker.places)


def _too_deep(tree: Tree) -> Node | None:
    """The first node below `MAX_DEPTH`: tomllib takes minutes for a key of thousands of parts."""
    cursor, depth = tree.walk(), 0
    while depth <= MAX_DEPTH:
        if cursor.goto_first_child():
            depth += 1
            continue
        while not cursor.goto_next_sibling():
            if not cursor.goto_parent():
                return None
            depth -= 1
    return cursor.node


_LONG_NUMBER = re.compile(r"[0-9_]{4300,}")  # what `int` refuses without saying where it stands
_AT = re.compile(r" \(at line ([0-9]+), column ([0-9]+)\)$")


def _broken(text: str, file: str, error: Exception) -> Finding:
    """The place stands in the message only; without one it is the end of the document."""
    if digits := _LONG_NUMBER.search(text):
        line = text.count("\n", 0, digits.start()) + 1
        place = Place(file, line, digits.start() - text.rfind("\n", 0, digits.start()))
        return Finding("toml", "this number has thousands of digits", "write the number that is meant", place=place)
    found = _AT.search(str(error))
    last = text.rstrip("\n").split("\n")
    line, column = (int(found[1]), int(found[2])) if found else (len(last), len(last[-1]) + 1)
    what = str(error)[: found.start()] if found else str(error).removesuffix(" (at end of document)")
    fix = 'texts need quotes ("..."), times none (2026-12-03T10:00:00), and every key stands once'
    return Finding("toml", f"this is not TOML: {what}", fix, place=Place(file, line, column))


@dataclass
class _Walker:
    file: str
    lines: Sequence[bytes]
    keys: dict[KeyPath, Place] = field(default_factory=dict)
    places: dict[KeyPath, Place] = field(default_factory=dict)
    _last: tuple[int, int, int] = (0, 0, 1)
    """Row, byte and column of the place before, so that a long line is not counted again from its beginning."""

    def document(self, root: Node) -> None:
        elements: dict[KeyPath, int] = {}
        for node in root.named_children:
            match node.type:
                case "pair":
                    self._pair(node, ())
                case "table":
                    self._table(node, self._within(_names(node), elements))
                case "table_array_element":
                    path = self._within(_names(node), elements)
                    elements[path] = elements.get(path, -1) + 1
                    self.keys.setdefault(path, self.place(node))
                    self._table(node, (*path, elements[path]))

    def _within(self, names: KeyPath, elements: Mapping[KeyPath, int]) -> KeyPath:
        """`names` with the position after every name that is an array of tables."""
        path: KeyPath = ()
        for index, name in enumerate(names):
            path = (*path, name)
            if index < len(names) - 1 and path in elements:
                path = (*path, elements[path])
        return path

    def _table(self, node: Node, path: KeyPath) -> None:
        self._at(path, node)
        for child in node.named_children:
            if child.type == "pair":
                self._pair(child, path)

    def _pair(self, node: Node, parent: KeyPath) -> None:
        names = _names(node)
        for length in range(1, len(names) + 1):
            self.keys.setdefault((*parent, *names[:length]), self.place(node))
        self._value(node.named_children[-1], (*parent, *names))

    def _value(self, node: Node, path: KeyPath) -> None:
        self.places[path] = self.place(node)
        if node.type == "inline_table":
            for child in node.named_children:
                if child.type == "pair":
                    self._pair(child, path)
        elif node.type == "array":
            items = [child for child in node.named_children if child.type != "comment"]
            for index, item in enumerate(items):
                self._value(item, (*path, index))

    def _at(self, path: KeyPath, node: Node) -> None:
        self.keys[path] = self.places[path] = self.place(node)

    def place(self, node: Node) -> Place:
        row, end = node.start_point
        known, start, column = self._last if self._last[0] == row and self._last[1] <= end else (row, 0, 1)
        self._last = (known, end, column + len(self.lines[row][start:end].decode()))
        return Place(self.file, row + 1, self._last[2])


def _names(node: Node) -> KeyPath:
    """The key of a pair or the name of a table, as its parts."""
    return tuple(_name(leaf) for leaf in _leaves(node.named_children[0]))


def _leaves(node: Node) -> Iterator[Node]:
    if node.type == "dotted_key":
        for child in node.named_children:
            yield from _leaves(child)
    else:
        yield node


def _name(node: Node) -> str:
    text = (node.text or b"").decode()
    return next(iter(tomllib.loads(f"{text} = 0"))) if node.type == "quoted_key" else text
