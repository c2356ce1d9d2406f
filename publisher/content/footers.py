"""What the law wants at the end of a mail: a text per entity, version, class of mail and language.

    footers/<entity>/<version>/<locale>.md            for every class that has no words of its own
    footers/<entity>/<version>/promotional/<locale>.md

A class with words of its own in one language has its own in all: readers of another never get what was written for
other mail. No language stands in for another.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from publisher.channel import Finding, Place, Severity
from publisher.content.document import Block, Paragraph
from publisher.content.kinds.kind import MailClass
from publisher.content.markup import parse
from publisher.content.source.files import read_text


@dataclass(frozen=True, slots=True)
class Footers:
    """One entity's footers in one version."""

    folder: Path
    texts: Mapping[tuple[str, str], Sequence[Block]]
    """(class or empty, locale) -> the text."""
    findings: Sequence[Finding] = ()
    """What is wrong with its files."""

    def find(self, mail_class: MailClass, locale: str) -> Sequence[Block] | None:
        """The footer of a mail; None when it is missing."""
        return self.texts.get((self._words(mail_class), locale))

    def missing(self, mail_class: MailClass, locale: str) -> Finding:
        """What to say when `find` finds none."""
        file = self.folder / self._words(mail_class) / f"{locale}.md"
        message = f"there is no legal footer of {self.folder.parent.name} in {locale} for {mail_class} mail"
        return Finding("footer.missing", message, "write this file, or name another version", place=Place(str(file)))

    def _words(self, mail_class: MailClass) -> str:
        return mail_class.value if any(known == mail_class for known, _ in self.texts) else ""


def read_footers(folder: Path) -> Footers:
    """Everything in the folder of a version; never raises for what somebody wrote."""
    findings: list[Finding] = []
    texts = {
        (own, file.stem): _read(file, findings)
        for own in ("", *MailClass)
        for file in sorted((folder / own).glob("*.md"))
    }
    return Footers(folder, texts, findings)


_OF_ANNOUNCEMENTS = frozenset({"missing_title", "missing_summary"})


def _read(file: Path, findings: list[Finding]) -> Sequence[Block]:
    text = read_text(file, findings)
    markup = parse(text or "", str(file))
    findings.extend(
        replace(each, severity=Severity.ERROR)  # what may be meant in an announcement is a slip here
        for each in markup.findings
        if text is not None and each.code not in _OF_ANNOUNCEMENTS
    )
    for _, place in markup.placeholders:
        message = "a legal footer has no placeholders: it is the same under every announcement"
        findings.append(Finding("footer.placeholder", message, "write the words themselves", place=place))
    for _, place in markup.images:
        message = "a legal footer has no pictures: many readers would not see it"
        findings.append(Finding("footer.picture", message, "write words", place=place))
    if text is not None and (markup.document.title or not markup.document.summary):
        fix = "write its paragraphs, without a heading line"
        findings.append(Finding("footer.form", "a legal footer is paragraphs", fix, place=Place(str(file), 1, 1)))
    return (Paragraph(markup.document.summary), *markup.document.blocks)
