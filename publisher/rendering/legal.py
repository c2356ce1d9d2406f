"""Who answers for what a destination says: the legal entity, as its readers must see it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from markupsafe import Markup

from publisher.channel import Capabilities, Finding, Format, Place, Target
from publisher.content.footers import Footers
from publisher.content.kinds.kind import MailClass
from publisher.rendering.environments import MARKUP
from publisher.rendering.formats import WRITERS
from publisher.rendering.formats.value import Value


@dataclass(frozen=True, slots=True)
class Entity:
    """A company of the exchange."""

    legal_name: str
    postal_address: str
    licences: Mapping[str, str]
    """Locale -> its licences in a sentence or two; empty where it has none."""
    footers: Footers
    on_pages: bool = False
    """Whether its footer also stands below its announcements on the website."""

    def speaks(self, capabilities: Capabilities) -> bool:
        """Whether a channel's texts carry its footer."""
        return capabilities.legal_footer or (self.on_pages and not capabilities.links_to_site)

    def check(self, mail_class: MailClass, locale: str) -> list[Finding]:
        """What is wrong with its words in a language."""
        findings = list(self.footers.findings)
        if not findings and self.footers.find(mail_class, locale) is None:
            findings.append(self.footers.missing(mail_class, locale))
        if self.licences and locale not in self.licences:
            message = f"the licences of {self.legal_name} are not said in {locale}"
            fix = f"Add {locale} to entities.{self.footers.folder.parent.name}.licences."
            findings.append(Finding("footer.licences", message, fix, place=Place("publisher.toml")))
        return findings


@dataclass(frozen=True, slots=True)
class Legal:
    """What templates know of it, written in their format."""

    name: str
    postal_address: str
    licences: str
    footer: str
    """Paragraphs; Markup where characters can mean markup."""


def legal(entity: Entity, mail_class: MailClass, locale: str, format: Format) -> Legal:
    """The entity's words; raises LookupError where `Entity.check` finds something."""
    blocks = entity.footers.find(mail_class, locale)
    if blocks is None:
        raise LookupError(f"no footer in {locale}")
    mark = Markup if format in MARKUP else str
    footer = mark(WRITERS[format](lambda placeholder: Value("")).blocks(blocks))
    return Legal(entity.legal_name, entity.postal_address, entity.licences.get(locale, ""), footer)


Entities = Mapping[str, Entity]
"""Name -> entity, as destinations name them."""


def entity_of(target: Target, entities: Entities, capabilities: Capabilities) -> Entity | None:
    """Whose footer the texts for `target` carry."""
    entity = entities.get(target.entity)
    return entity if entity is not None and entity.speaks(capabilities) else None
