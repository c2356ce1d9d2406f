"""What becomes of a correction on the networks where an edit goes unnoticed, or cannot be."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

import pytest

from publisher.channel import EARLIER, ChannelType, Json, Part, Section, Target, Told
from publisher.registry import load
from tests.site import samples

CHANNELS: Mapping[str, ChannelType] = {name: load()[name] for name in ("telegram", "discord", "x")}
ADDRESS = {"telegram": "@example_exchange", "discord": "123456789012345678", "x": "ExampleExchange"}
LONG = "Lisbon opens. " * 60


def told(act: str, *, dangerous: bool = False) -> Mapping[str, Json]:
    instead = "Correction: this message no longer holds."
    said = {"act": act, "label": "Correction", "reason": "A time was wrong.", "instead": instead}
    return Told.model_validate({**said, "dangerous": dangerous}).model_dump()


def parts(
    name: str,
    correction: Mapping[str, Json] | None,
    text: str = "Lisbon opens",
    stage: str = "announce",
    **options: Json,
) -> Sequence[Part]:
    channel = CHANNELS[name].composer
    record = {**samples.record(locale="en-US").model_dump(mode="json"), "stage": stage, "correction": correction}
    rendered = {
        section: Section(format, json.dumps(record) if section == "record" else "" if section == "reply" else text)
        for section, format in channel.capabilities.sections.items()
    }
    return list(channel.compose(rendered, Target("place", name, "account", ADDRESS[name], "en-US", options)))


def acts(found: Sequence[Part]) -> list[tuple[str, str]]:
    return [(part.name, part.act) for part in found]


@pytest.mark.parametrize("name", CHANNELS)
@pytest.mark.parametrize("correction", [None, told("amend"), told("correct")])
def test_what_may_be_told_by_an_edit_is_one(name: str, correction: Mapping[str, Json] | None) -> None:
    assert {part.act for part in parts(name, correction)} == {""}


@pytest.mark.parametrize("correction", [told("correct", dangerous=True), told("retract")])
def test_else_it_is_a_new_post_and_then_the_first_one_changes(correction: Mapping[str, Json]) -> None:
    assert acts(parts("telegram", correction)) == [("message", "publish"), (EARLIER, "amend")]
    assert acts(parts("discord", correction)) == [("message", "publish"), (EARLIER, "amend")]
    assert acts(parts("x", correction)) == [("post", "publish"), (EARLIER, "retract")]


@pytest.mark.parametrize("name", ["telegram", "discord"])
def test_the_first_one_says_no_more_than_that_it_does_not_hold(name: str) -> None:
    found = parts(name, told("correct", dangerous=True))

    new, earlier = found[0], found[-1]
    assert "Lisbon" in str(new.content)
    assert "Lisbon" not in str(earlier.content)
    assert "no longer holds" in str(earlier.content)
    assert CHANNELS[name].composer.check(found) == []


def test_a_thread_is_posted_whole_before_the_first_goes() -> None:
    found = acts(parts("x", told("correct", dangerous=True), LONG, thread=True))

    assert [name for name, _ in found[:-1]] == [f"post-{number}" for number in range(1, len(found))]
    assert {act for _, act in found[:-1]} == {"publish"}
    assert found[-1] == (EARLIER, "retract")


def test_what_is_dangerous_is_pinned_and_what_is_withdrawn_is_not() -> None:
    pinned = acts(parts("telegram", told("correct", dangerous=True), pin=True))

    assert pinned == [("message", "publish"), ("pin", "publish"), (EARLIER, "amend")]
    assert "pin" not in {name for name, _ in acts(parts("telegram", told("retract"), pin=True))}


@pytest.mark.parametrize(("stage", "pinned"), [("announce", True), ("postponed", True), ("reminder_1h", False)])
def test_a_reminder_is_not_pinned(stage: str, pinned: bool) -> None:
    assert ("pin" in {part.name for part in parts("telegram", None, stage=stage, pin=True)}) is pinned
