"""Machine drafts and the translators who sign them: until somebody has, and for exactly these words, nothing is
submitted.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from publisher.channel import Finding, Place
from publisher.content.announcement import Text
from publisher.release.approval import Refused
from publisher.release.release import Person, Signature, Transaction
from publisher.wall_time import in_utc

TRANSLATORS = "translators"
"""The group whose members sign."""


@dataclass(frozen=True, slots=True)
class Signed:
    """What the signatures say about an announcement's machine drafts."""

    findings: Sequence[Finding]
    """An error for each that nobody answers for."""
    words: str
    """Who answers for the others, for the release's history; empty when there are none."""


def words_hash(text: Text) -> str:
    """Of the words alone: taking the marker away changes nothing, any other edit voids the signature."""
    return hashlib.sha256(text.words.encode()).hexdigest()


async def sign(tx: Transaction, announcement_id: str, text: Text, person: Person, at: datetime) -> Signature:
    """Records that `person` answers for these words; raises Refused."""
    if not text.by_machine:
        raise Refused(f"{text.locale} is no machine draft, there is nothing to sign")
    if TRANSLATORS not in person.groups:
        raise Refused(f"{person.name} is not in the group {TRANSLATORS}")
    signature = Signature(announcement_id, text.locale, words_hash(text), person.name, at)
    await tx.save_signature(signature)
    return signature


async def signed(tx: Transaction, announcement_id: str, texts: Mapping[str, Text], folder: str) -> Signed:
    """Holds every machine draft against its newest signature, with everybody's rights as they are now."""
    findings, words = [], []
    newest = {signature.locale: signature for signature in await tx.signatures(announcement_id)}
    for text in texts.values():
        if not text.by_machine:
            continue
        known = newest.get(text.locale)
        if problem := await _problem(tx, text, known):
            findings.append(_unsigned(text.locale, problem, folder))
        elif known is not None:
            words.append(f"{text.locale} signed by {known.person}")
    return Signed(findings, ", ".join(words))


async def _problem(tx: Transaction, text: Text, known: Signature | None) -> str:
    if known is None:
        return "no translator has signed it"
    if known.sha256 != words_hash(text):
        return f"it was changed after {known.person} signed it on {in_utc(known.at)}"
    person = await tx.person(known.person)
    if person is None or person.disabled or TRANSLATORS not in person.groups:
        return f"{known.person}, who signed it, is no translator any more"
    return ""


def _unsigned(locale: str, problem: str, folder: str) -> Finding:
    fix = f"A translator reads it and signs: publisher sign {folder} --locale {locale}."
    return Finding(
        "machine_draft", f"{locale} is a machine draft: {problem}", fix, place=Place(f"{folder}/{locale}.md", 1)
    )
