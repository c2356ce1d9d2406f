"""A release in a few words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

from publisher.channel import Part, Payload, Target
from publisher.content.announcement import Audience, Revision, Schedule, Text
from publisher.content.document import Document
from publisher.content.kinds import KINDS
from publisher.release.approval import Review, approve, new_token, submit, token_hash
from publisher.release.release import Person
from publisher.rendering.edition import Edition
from publisher.store.transaction import SqlTransaction

NOON = datetime(2026, 12, 1, 12, tzinfo=UTC)
STARTS = datetime(2026, 12, 3, 2, tzinfo=UTC)
TEXTS = {"en-US": "Hello", "zh-CN": "你好"}


def revision(
    texts: Mapping[str, str] = TEXTS, *, kind: str = "maintenance", ends_at: datetime | None = None, id: str = "a-one"
) -> Revision:
    """A maintenance whose facts and texts can be varied, or the sample of another kind."""
    maintenance = {
        "network": "Ethereum",
        "assets": ["ETH"],
        "services": {"deposits": "suspended"},
        "starts_at": STARTS,
        "ends_at": ends_at or STARTS + timedelta(hours=2),
    }
    facts = maintenance if kind == "maintenance" else _sample(kind)
    return Revision(
        announcement_id=id,
        kind=KINDS[kind],
        facts=KINDS[kind].facts.model_validate(facts),
        texts={locale: Text(locale, source, Document((), (), ())) for locale, source in texts.items()},
        schedule=Schedule(NOON.replace(tzinfo=None), "UTC", NOON),
        audience=Audience(),
    )


def _sample(kind: str) -> object:
    return _aware(KINDS[kind].sample())


def _aware(value: object) -> object:
    match value:
        case datetime():
            return value.replace(tzinfo=UTC)
        case Mapping():
            return {name: _aware(part) for name, part in value.items()}
        case list():
            return [_aware(part) for part in value]
    return value


def editions(of: Revision, *, address: str = "@example") -> list[Edition]:
    """One post per language, saying the text."""
    return [
        Edition("announce", "publish", Payload(target(locale, address), (Part("message", {"text": text.source}),)))
        for locale, text in of.texts.items()
    ]


def target(locale: str, address: str = "@example") -> Target:
    return Target("posts", "telegram", "bot", address, locale)


def targets(address: str = "@example") -> dict[tuple[str, str], Target]:
    return {("posts", locale): target(locale, address) for locale in TEXTS}


async def staff(tx: SqlTransaction, name: str, groups: Sequence[str]) -> Person:
    """A member of staff, known to the store."""
    await tx.save_person(name, groups, token_hash(new_token()), NOON)
    return Person(name, frozenset(groups))


async def submitted(tx: SqlTransaction, of: Revision, author: Person | None = None) -> Review:
    person = author or await staff(tx, "author", ["authors"])
    return await submit(tx, of, editions(of), title="Maintenance", author=person, at=NOON)


async def approved(tx: SqlTransaction, review: Review, name: str, groups: Sequence[str]) -> Review:
    person = await staff(tx, name, groups)
    return await approve(tx, review.release.id, person, root_hash=review.release.root_hash, at=NOON)
