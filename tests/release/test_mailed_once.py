"""Two destinations that would mail the same reader are refused; that `check` says so, test_digested.py shows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from publisher.channel import EVERYWHERE, Capabilities, Regions, Target
from publisher.release.mailed_once import twice
from publisher.release.waves import MAIL, POSTS

EU, JP = Regions(("DE", "FR")), Regions(("JP",))
CHAT = Target("chat", "telegram", "bot", "@news", "en-US")


def mail(name: str, locale: str, jurisdictions: Regions | None = None) -> Target:
    return Target(name, "email", "relay", "news@example.com", locale, jurisdictions=jurisdictions, chooses=True)


def said(*targets: Target, regions: Regions = EVERYWHERE) -> Sequence[str]:
    found = twice(regions, targets, lambda channel: Capabilities({}, wave=MAIL if channel == "email" else POSTS))
    assert all(each.fix for each in found)
    return [f"{each.severity.name} {each.code}: {each.message}" for each in found]


def test_the_same_language_in_the_same_region_is_refused() -> None:
    assert said(mail("a", "en-US", EU), mail("b", "en-US", Regions(("FR", "JP")))) == [
        "ERROR mail.twice: a and b both mail it to readers of en-US in FR: they get it twice"
    ]


def test_who_falls_back_to_english_in_one_and_reads_their_own_in_the_other_would_get_both() -> None:
    assert said(mail("a", "en-US", EU), mail("b", "zh-CN", EU)) == [
        "ERROR mail.twice: a and b both mail it to readers of zh-CN in DE, FR: they get it twice"
    ]


def test_each_pair_is_named() -> None:
    assert len(said(*(mail(name, "en-US", JP) for name in "abc"))) == 3


@pytest.mark.parametrize(
    "targets",
    [
        (mail("a", "en-US"), mail("a", "zh-CN"), CHAT, replace(CHAT, destination="other")),
        (mail("a", "en-US", EU), mail("b", "en-US", JP)),
        (mail("a", "zh-CN"), mail("b", "ja-JP")),
    ],
    ids=["one destination", "other regions", "other languages and no English"],
)
def test_who_can_get_only_one_is_no_mistake(targets: Sequence[Target]) -> None:
    assert said(*targets) == []


def test_the_regions_of_the_announcement_count() -> None:
    both = mail("a", "en-US", Regions(("DE", "JP"))), mail("b", "en-US", Regions(("DE", "FR")))
    assert said(*both, regions=JP) == []
    assert said(*both, regions=EU)
