"""What can be wrong with what is rendered: with a template (the operator's to fix) or with a text (the author's)."""

from __future__ import annotations

from publisher.channel import Finding


class TemplateMistake(Exception):
    """A template or a `.po` file that cannot be used. `file` is below the templates' folder; `line` from 1, or 0."""

    def __init__(self, file: str, line: int, message: str) -> None:
        super().__init__(f"{f'{file}:{line}' if line else file}: {message}")
        self.file, self.line = file, line


class MissingWord(TemplateMistake):
    """A fixed word, or a value inside one, that is not there."""


class UnsayableValue(ValueError):
    """A value that a filter cannot write, or that has no text in a locale."""


class TextMistake(Exception):
    """A text of staff that no edition can be made of."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(f"{finding.message}; {finding.fix}")
        self.finding = finding
