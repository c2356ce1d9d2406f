"""Revision + targets -> editions."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import product

import pytest

from channels import discord, email, telegram, webhook, website, x
from publisher.channel import SLOTS, Finding, Record, Target, fill_text, slot, slot_names
from publisher.content.kinds import KINDS
from publisher.content.kinds.languages import locales
from publisher.content.source import read_all
from publisher.measure import cashtags, weighted
from publisher.rendering.edition import Edition
from publisher.rendering.render import Renderer
from tests.rendering import builders

SAMPLES = {name: kind.sample for name, kind in SLOTS.items()}
LONGEST = {**SAMPLES, "url": "https://news.example.com/".ljust(SLOTS["url"].max_bytes, "x")}

ADDRESSES = {
    "website": builders.BRAND.site_url,
    "email": "news@example.com",
    "telegram": "@example_news",
    "x": "@example",
    "discord": "1300000000000000011",
    "webhook": "app-users",
}


def section(edition: Edition, name: str) -> str:
    return str(edition.payload.parts[0].content[name])


def announced(renderer: Renderer, channel: str, kind: str = "maintenance", locale: str = "en-US") -> Edition:
    return renderer.editions(builders.revision(kind), [builders.target(channel, locale)])[0]


@pytest.mark.parametrize("kind", KINDS)
def test_every_post_fits_and_carries_its_link(renderer: Renderer, kind: str) -> None:
    for edition in renderer.editions(builders.revision(kind), builders.targets("x")):
        text = section(edition, "text")

        assert weighted(fill_text(text, LONGEST)) <= 280
        assert text.endswith(slot("url"))
        assert cashtags(text) == []


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("locale", builders.LOCALES)
def test_title_facts_and_summary_come_in_the_same_order_everywhere(renderer: Renderer, kind: str, locale: str) -> None:
    record = json.loads(section(announced(renderer, "website", kind, locale), "record"))
    mail, post = (announced(renderer, channel, kind, locale) for channel in ("email", "telegram"))

    for text in (section(mail, "text"), section(post, "text").replace("&#39;", "'")):
        wanted = [record["title"], *(fact["value"] for fact in record["facts"]), record["summary"]]
        assert _in_order(text, wanted)


def test_both_parts_of_a_mail_let_readers_leave_and_tell_a_fake(renderer: Renderer) -> None:
    mail = announced(renderer, "email")

    own = {"recipient.unsubscribe_url", "recipient.preferences_url", "recipient.anti_phishing_code"}
    wanted = {*own, "url", "reference"}
    assert slot_names(section(mail, "html")) == slot_names(section(mail, "text")) == wanted


def test_the_record_is_complete(renderer: Renderer) -> None:
    page = announced(renderer, "website", locale="zh-CN")

    record = Record.model_validate_json(section(page, "record"))

    assert (record.id, record.kind, record.kind_title, record.stage) == (
        "a-golden0001",
        "maintenance",
        "系统维护",
        "announce",
    )
    assert (record.reference, record.url, record.at) == (slot("reference"), slot("url"), slot("published_at"))
    assert record.title == section(page, "title")
    assert (record.assets, record.services) == (("ETH", "USDT", "USDC"), ("充值", "提现"))
    assert record.starts_at is not None
    assert record.starts_at.isoformat() == "2026-12-03T02:00:00+00:00"


@pytest.mark.parametrize(("kind", "fact"), [("listing", "trading_at"), ("rule_change", "effective_at")])
def test_the_record_of_a_kind_about_one_moment_begins_then_and_has_no_end(
    renderer: Renderer, kind: str, fact: str
) -> None:
    record = Record.model_validate_json(section(announced(renderer, "website", kind), "record"))

    said = next(row for row in record.facts if row.name == fact)

    assert record.starts_at is not None
    assert (f"{record.starts_at:%Y-%m-%dT%H:%M:%SZ}", record.ends_at) == (said.iso, None)


def test_a_listing_whose_time_is_not_decided_has_no_moment(renderer: Renderer) -> None:
    editions = renderer.editions(builders.revision("listing", trading_at=None), builders.targets("website"))
    record = Record.model_validate_json(str(editions[0].payload.parts[0].content["record"]))

    assert record.starts_at is None


def test_a_stage_is_said_at_once(renderer: Renderer) -> None:
    editions = renderer.editions(builders.revision(), builders.targets(locales=["en-US"]))
    said = {(edition.stage, edition.operation, edition.channel): edition for edition in editions}

    assert section(said["start", "publish", "email"], "subject").startswith("In progress: Ethereum")
    assert section(said["start", "publish", "x"], "text").startswith("In progress: Ethereum")
    assert section(said["extended", "publish", "x"], "text").startswith("Extended: Ethereum")
    completed = section(said["complete", "amend", "telegram"], "text")
    assert completed.split("\n")[1] == "<b>Completed</b>"
    assert completed.endswith(f"<i>Completed, updated {slot('published_at')}</i>")


def test_a_text_is_rendered_once_for_all_its_destinations() -> None:
    composers = builders.composers()
    renderer = Renderer(builders.TEMPLATES, builders.BRAND, composers)
    targets = [builders.target("telegram", destination=f"telegram-{number}") for number in range(5)]

    editions = renderer.editions(builders.revision("notice"), targets)

    assert [edition.destination for edition in editions] == [target.destination for target in targets]
    assert len({id(rendered) for rendered in composers["telegram"].composed}) == 1


def test_the_same_revision_gives_the_same_bytes() -> None:
    targets = builders.targets()

    first, second = (builders.renderer().editions(builders.revision(), targets) for _ in range(2))

    assert [edition.payload.sha256 for edition in first] == [edition.payload.sha256 for edition in second]


TYPES = [website.channel, email.channel, telegram.channel, x.channel, discord.channel, webhook.channel]
EVERYWHERE = [
    Target(channel, channel, channel, address, locale) for channel, address in ADDRESSES.items() for locale in locales()
]


@pytest.fixture(scope="module")
def real() -> Renderer:
    """With the composers that are delivered with."""
    return Renderer(builders.TEMPLATES, builders.BRAND, {each.name: each.composer for each in TYPES})


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_keeps_the_limits_of_every_channel_in_every_language(real: Renderer, kind: str) -> None:
    editions = real.editions(builders.revision(kind), EVERYWHERE)

    assert {(edition.channel, edition.locale) for edition in editions} == set(product(ADDRESSES, locales()))
    assert real.check(editions) == []


def test_the_announcements_of_the_demo_pass_the_check_of_every_channel(real: Renderer) -> None:
    readings = read_all(builders.TEMPLATES.parent / "announcements")
    assert len(readings) >= 6

    for folder, (revision, _) in readings.items():
        assert revision is not None, folder.name
        assert real.check(real.editions(revision, EVERYWHERE)) == [], folder.name


def test_findings_name_their_edition() -> None:
    composers = builders.composers()
    capabilities = composers["x"].capabilities
    composers["x"] = builders.OnePart(capabilities, Finding("too_long", "too long", "shorten it"))
    renderer = Renderer(builders.TEMPLATES, builders.BRAND, composers)

    findings = renderer.check(renderer.editions(builders.revision("notice"), builders.targets("x", "telegram")))

    assert [finding.about for finding in findings] == ["announce/x-main/en-US", "announce/x-main/zh-CN"]


def _in_order(text: str, pieces: list[str]) -> bool:
    position = 0
    for piece in pieces:
        position = text.find(piece, position)
        if position < 0:
            return False
        position += len(piece)
    return True


@pytest.mark.parametrize(
    ("channel", "name", "shown"),
    [
        ("email", "html", "?utm_source=a&amp;utm_medium=b"),
        ("email", "text", "?utm_source=a&utm_medium=b"),
        ("telegram", "text", "?utm_source=a&amp;utm_medium=b"),
        ("x", "text", "?utm_source=a&utm_medium=b"),
        ("discord", "text", "?utm_source=a&utm_medium=b"),
    ],
)
def test_a_campaign_stands_behind_every_link_to_the_announcement_and_nowhere_else(
    renderer: Renderer, channel: str, name: str, shown: str
) -> None:
    plain = builders.target(channel)
    tagged = replace(plain, destination="other", campaign="utm_source=a&utm_medium=b")

    without, with_it = (section(each, name) for each in renderer.editions(builders.revision(), [plain, tagged])[:2])

    assert slot("url") in without
    assert with_it == without.replace(slot("url"), slot("url") + shown)


def test_a_record_names_the_announcement_itself_whatever_the_campaign(renderer: Renderer) -> None:
    tagged = replace(builders.target("website"), campaign="utm_source=a")

    [first, *_] = renderer.editions(builders.revision(), [tagged])

    record = json.loads(section(first, "record"))
    assert record["url"] == slot("url")
    assert record["short_url"] == f"{builders.BRAND.site_url}/a/{slot('reference')}"
