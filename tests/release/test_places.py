"""Which destinations carry an announcement that is not for everywhere."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.channel import EVERYWHERE, Capabilities, Regions, Severity, Target
from publisher.content.kinds.region import CODES, regions
from publisher.release.places import Fit, admitted, fit

CHAT = Target("tg-us", "telegram", "bot", "@example", "en-US", jurisdictions=Regions(("US", "CA")))
NOT_US = Regions(deny=("US",))

codes = st.frozensets(st.sampled_from(sorted(CODES)), min_size=1, max_size=6)
restrictions = st.one_of(st.builds(regions, codes), st.builds(lambda deny: regions((), deny), codes))
places = st.one_of(st.none(), st.just(EVERYWHERE), st.builds(regions, codes))
targets = st.builds(lambda where, chooses: replace(CHAT, jurisdictions=where, chooses=chooses), places, st.booleans())


def says(where: Regions, *named: Target, links: bool = True) -> tuple[list[str], list[str]]:
    """The destinations that carry it, and what is said of the others."""
    kept, findings = admitted(where, named, lambda channel: Capabilities({}, links_to_site=links))
    return [target.destination for target in kept], [f"{f.severity.name} {f.code}: {f.message}" for f in findings]


def test_a_conflict_names_the_readers_and_the_way_out() -> None:
    kept, findings = admitted(NOT_US, [CHAT], lambda channel: Capabilities({}))

    assert not kept
    assert [(each.code, each.severity) for each in findings] == [("regions.conflict", Severity.ERROR)]
    assert findings[0].message == "tg-us has readers in US; the announcement is for everywhere but US"
    assert findings[0].fix == "Leave tg-us out (name a set without it), or change `regions`."


def test_a_chat_whose_readers_are_all_admitted_carries_it() -> None:
    assert says(Regions(("CA", "MX", "US")), CHAT) == (["tg-us"], [])


def test_a_chat_of_which_nobody_knows_is_left_out_and_said() -> None:
    unknown = replace(CHAT, destination="tg-old", jurisdictions=None)

    kept, said = says(Regions(("CA", "US")), CHAT, unknown)

    assert kept == ["tg-us"]
    assert said[0].startswith("WARNING regions.unknown: tg-old is left out: the announcement is for CA, US only")


def test_a_website_of_which_nobody_knows_is_an_error_because_posts_would_lead_nowhere() -> None:
    assert says(NOT_US, replace(CHAT, jurisdictions=None), links=False)[1][0].startswith("ERROR regions.unknown_site")


def test_nothing_left_is_an_error() -> None:
    _, said = says(NOT_US, replace(CHAT, jurisdictions=None))

    assert said[-1].startswith("ERROR regions.nowhere")


def test_where_each_reader_decides_some_are_enough() -> None:
    assert says(NOT_US, replace(CHAT, chooses=True)) == (["tg-us"], [])
    assert says(Regions(("SG",)), replace(CHAT, chooses=True))[1][0].startswith("ERROR regions.conflict")


@given(restrictions, targets)
def test_what_all_read_alike_reaches_nobody_who_is_not_admitted(where: Regions, target: Target) -> None:
    carries = fit(where, target) is Fit.CARRIES
    if carries and not target.chooses:
        assert target.jurisdictions is not None
        assert all(where.admits(code) for code in CODES if target.jurisdictions.admits(code))


@given(targets)
def test_what_is_for_everywhere_goes_everywhere(target: Target) -> None:
    assert fit(EVERYWHERE, target) is Fit.CARRIES


@given(codes, targets)
def test_allowing_and_denying_the_rest_mean_the_same(allow: frozenset[str], target: Target) -> None:
    assert fit(regions(allow), target) is fit(regions((), CODES - allow), target)


@given(codes, codes, targets)
def test_fewer_regions_never_bring_a_destination_in(
    first: frozenset[str], more: frozenset[str], target: Target
) -> None:
    if fit(regions((), first | more), target) is Fit.CARRIES:
        assert fit(regions((), first), target) is Fit.CARRIES


@pytest.mark.parametrize("region", ["US", None])
def test_an_unknown_region_is_as_little_admitted_as_a_denied_one(region: str | None) -> None:
    assert not NOT_US.admits(region)
    assert EVERYWHERE.admits(region)
