"""Which approvals a release still lacks. Pure.

An approval covers a language when the person approved exactly these shared facts and exactly that language's
editions, in this release or an earlier one: a typo fixed in one language asks again for that language only.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from publisher.release.release import Approval, Person

ANY = "any"
BREAK_GLASS = "break_glass"
"""The group of an approval that suffices alone; `release.approval` takes it only where the policy allows it."""

Missing = Mapping[str, Mapping[str, int]]
"""Locale -> group -> how many people are still wanted; empty when everything is there."""


def missing(
    required: Mapping[str, int],
    common_hash: str,
    locale_hashes: Mapping[str, str],
    approvals: Sequence[Approval],
    people: Mapping[str, Person],
    authors: Collection[str],
) -> Missing:
    """What is lacking. `people` are the approvers as they are now: rights taken away since do not count."""
    valid = [a for a in approvals if a.common_hash == common_hash and _may(a, people.get(a.person), authors)]
    lacking = {
        locale: _lacking(required, [a for a in valid if a.locale_hashes.get(locale) == wanted])
        for locale, wanted in locale_hashes.items()
    }
    return {locale: groups for locale, groups in lacking.items() if groups}


def _may(approval: Approval, person: Person | None, authors: Collection[str]) -> bool:
    if person is None or person.disabled or person.name in authors:
        return False
    return approval.group in (ANY, BREAK_GLASS) or approval.group in person.groups


def _lacking(required: Mapping[str, int], covering: Sequence[Approval]) -> Mapping[str, int]:
    # One person counts once, in the group of the latest approval: groups are distinct people.
    group_of = {approval.person: approval.group for approval in covering}
    if BREAK_GLASS in group_of.values():
        return {}
    lacking, beside = {}, len(group_of)
    for group, count in required.items():
        if group == ANY:
            continue
        have = min(count, sum(1 for g in group_of.values() if g == group))
        beside -= have
        if have < count:
            lacking[group] = count - have
    if beside < required.get(ANY, 0):
        lacking[ANY] = required[ANY] - beside
    return lacking


def group_for(person: Person, lacking: Missing, required: Mapping[str, int]) -> str | None:
    """The group in which this person's approval counts: a lacking one first; None when in no group that is asked."""
    wanted = [group for groups in lacking.values() for group in groups] or list(required)
    for group in sorted(wanted, key=lambda group: group == ANY):  # who is in the group that lacks stands for it
        if group == ANY or group in person.groups:
            return group
    return next((group for group in required if group in person.groups), None)


def sentence(lacking: Missing) -> str:
    """In words: `1 more of compliance (en-US, zh-CN)`."""
    wanted: dict[tuple[str, int], list[str]] = {}
    for locale, groups in lacking.items():
        for group, count in groups.items():
            wanted.setdefault((group, count), []).append(locale)
    return "; ".join(f"{count} more of {group} ({', '.join(locales)})" for (group, count), locales in wanted.items())
