"""Which editions a release needs."""

from __future__ import annotations

import pytest

from publisher.rendering.edition import Edition, Operation
from publisher.rendering.render import Renderer
from tests.rendering import builders


def plan(editions: list[Edition]) -> list[tuple[str, str, str]]:
    return [(edition.stage, edition.operation, edition.channel) for edition in editions]


def test_maintenance_is_announced_recalled_begun_and_completed(renderer: Renderer) -> None:
    assert plan(renderer.editions(builders.revision(), builders.targets(locales=["en-US"]))) == [
        ("announce", "publish", "website"),
        ("announce", "publish", "email"),
        ("announce", "publish", "telegram"),
        ("announce", "publish", "x"),
        ("announce", "publish", "discord"),
        ("announce", "publish", "webhook"),
        ("reminder_24h", "publish", "telegram"),
        ("reminder_24h", "publish", "discord"),
        ("reminder_24h", "publish", "webhook"),
        ("reminder_24h", "follow", "email"),
        ("reminder_1h", "publish", "telegram"),
        ("reminder_1h", "publish", "discord"),
        ("reminder_1h", "publish", "webhook"),
        ("reminder_1h", "follow", "email"),
        ("start", "amend", "website"),
        ("start", "amend", "telegram"),
        ("start", "amend", "discord"),
        ("start", "amend", "webhook"),
        ("start", "follow", "email"),
        ("extended", "amend", "website"),
        ("extended", "amend", "telegram"),
        ("extended", "amend", "discord"),
        ("extended", "amend", "webhook"),
        ("extended", "publish", "x"),
        ("extended", "follow", "email"),
        ("cancelled", "amend", "website"),
        ("cancelled", "amend", "telegram"),
        ("cancelled", "amend", "discord"),
        ("cancelled", "amend", "webhook"),
        ("cancelled", "publish", "x"),
        ("cancelled", "follow", "email"),
        ("complete", "amend", "website"),
        ("complete", "amend", "telegram"),
        ("complete", "amend", "discord"),
        ("complete", "amend", "webhook"),
        ("complete", "publish", "x"),
        ("complete", "follow", "email"),
        ("start", "publish", "website"),
        ("start", "publish", "email"),
        ("start", "publish", "telegram"),
        ("start", "publish", "x"),
        ("start", "publish", "discord"),
        ("start", "publish", "webhook"),
        ("postponed", "publish", "website"),
        ("postponed", "publish", "telegram"),
        ("postponed", "publish", "x"),
        ("postponed", "publish", "discord"),
        ("postponed", "publish", "webhook"),
        ("postponed", "follow", "email"),
    ]


def test_without_an_end_the_words_of_its_completion_are_approved_all_the_same(renderer: Renderer) -> None:
    editions = renderer.editions(builders.revision(ends_at=None), builders.targets("website"))

    stages = {"announce", "start", "extended", "cancelled", "complete", "postponed"}
    assert {edition.stage for edition in editions} == stages


@pytest.mark.parametrize(
    ("kind", "stages"),
    [
        ("listing", ["announce", "deposits_open", "trading_open", "withdrawals_open", "postponed"]),
        ("delisting", ["announce", "delisted", "postponed"]),
    ],
)
def test_what_has_a_time_is_told_then_and_can_be_put_off_everywhere(
    renderer: Renderer, kind: str, stages: list[str]
) -> None:
    editions = renderer.editions(builders.revision(kind), builders.targets("website"))

    assert list(dict.fromkeys(edition.stage for edition in editions)) == stages


@pytest.mark.parametrize("kind", ["incident", "risk_warning", "security", "notice", "inside_information"])
def test_other_kinds_are_published_once(renderer: Renderer, kind: str) -> None:
    editions = renderer.editions(builders.revision(kind), builders.targets())

    assert [(edition.stage, edition.operation) for edition in editions] == [("announce", "publish")] * 2 * len(
        builders.SECTIONS
    )


@pytest.mark.parametrize(
    ("operation", "channels", "state"),
    [
        ("amend", ["website", "telegram", "discord", "webhook"], "Corrected"),
        ("retract", ["website", "telegram", "x", "discord", "webhook"], "Withdrawn"),
    ],
)
def test_corrections_go_where_the_network_allows(
    renderer: Renderer, operation: Operation, channels: list[str], state: str
) -> None:
    editions = renderer.editions(builders.revision(), builders.targets(locales=["en-US"]), operation)

    there = [edition for edition in editions if edition.stage == "announce"]
    assert plan(there) == [("announce", operation, channel) for channel in channels]
    assert f"<b>{state}</b>" in str(editions[1].payload.parts[0].content["text"])


def test_a_correction_brings_what_is_still_to_come_and_a_withdrawal_nothing(renderer: Renderer) -> None:
    corrected = renderer.editions(builders.revision(), builders.targets(locales=["en-US"]), "amend")
    withdrawn = renderer.editions(builders.revision(), builders.targets(locales=["en-US"]), "retract")

    assert {edition.stage for edition in corrected} == {
        "announce",
        "reminder_24h",
        "reminder_1h",
        "start",
        "extended",
        "cancelled",
        "complete",
        "postponed",
    }
    assert {edition.stage for edition in withdrawn} == {"announce"}


def test_names_of_editions_are_unique(renderer: Renderer) -> None:
    names = [edition.name for edition in renderer.editions(builders.revision(), builders.targets())]

    assert len(set(names)) == len(names)
    assert {"announce/x-main/en-US", "start-amend/website-main/zh-CN", "start/website-main/zh-CN"} <= set(names)


def test_a_target_whose_language_is_not_written_gets_nothing(renderer: Renderer) -> None:
    assert renderer.editions(builders.revision("listing"), [builders.target("x", "fr-FR")]) == []
