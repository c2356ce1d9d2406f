"""What no channel may leave out, and what none may let live."""

from __future__ import annotations

import json
import re

import pytest

from publisher import measure
from publisher.channel import SLOT_MARKER, slot_names
from publisher.content.kinds import KINDS
from publisher.rendering.edition import Edition
from publisher.rendering.render import Renderer
from tests.rendering import builders

LABELS = {"en-US": "Marketing communication", "zh-CN": "营销信息"}
INDICATORS = [
    "https://evil.example/login.app",
    "evil.example",
    "203.0.113.7",
    "desk@evil.example",
    "@evil_desk",
    "https://t.me/evil_bot?start=refund#now",
]
LIVE = re.compile(r"evil\.example|203\.0\.113\.7|@evil|t\.me|https?://[^\s\"]*evil")


def whole(edition: Edition) -> str:
    return SLOT_MARKER.sub("", json.dumps(dict(edition.payload.parts[0].content), ensure_ascii=False))


@pytest.mark.parametrize("locale", builders.LOCALES)
def test_an_activity_is_called_marketing(renderer: Renderer, locale: str) -> None:
    revision = builders.revision("activity")

    for edition in renderer.editions(revision, builders.targets(locales=[locale])):
        shown = {name: str(text) for name, text in edition.payload.parts[0].content.items()}
        for name in shown.keys() & {"article", "html", "text", "push_body"}:
            beside = shown[name].replace("{#marketing_communication}", "").partition("营销信息声明")[0]
            assert LABELS[locale] in beside, edition.name


@pytest.mark.parametrize("kind", ["listing", "maintenance", "inside_information"])
def test_what_is_no_marketing_is_not(renderer: Renderer, kind: str) -> None:
    for edition in renderer.editions(builders.revision(kind), builders.targets(locales=["en-US"])):
        assert LABELS["en-US"] not in whole(edition)


@pytest.mark.parametrize("channel", builders.SECTIONS)
@pytest.mark.parametrize("locale", builders.LOCALES)
def test_no_indicator_lives_in_any_channel(renderer: Renderer, channel: str, locale: str) -> None:
    seen = {"en-US": "a page", "zh-CN": "页面"}
    sightings = [{"indicator": indicator, "seen_as": seen} for indicator in INDICATORS]
    revision = builders.revision("security", indicators=sightings)

    [edition] = renderer.editions(revision, [builders.target(channel, locale)])

    text = whole(edition).replace("\\", "")  # what Discord's Markdown escapes
    assert "hxxps://evil[.]example/login[.]app" in text or channel == "webhook"  # a phone shows none; its record does
    assert LIVE.findall(text) == []


def test_a_post_makes_no_link_of_an_indicator(renderer: Renderer) -> None:
    [edition] = renderer.editions(builders.revision("security"), [builders.target("x")])

    text = str(edition.payload.parts[0].content["text"])

    assert "hxxps://withdraw-verify[.]example/login" in text
    assert measure.urls(SLOT_MARKER.sub("", text)) == []


def test_telegram_makes_nothing_of_an_indicator(renderer: Renderer) -> None:
    [edition] = renderer.editions(builders.revision("security"), [builders.target("telegram")])

    assert "<code>hxxps://withdraw-verify[.]example/login (login page)</code>" in str(
        edition.payload.parts[0].content["text"]
    )


@pytest.mark.parametrize(("status", "said"), [("investigating", "Investigating"), ("monitoring", "Repaired")])
def test_an_incident_says_its_status_at_once(renderer: Renderer, status: str, said: str) -> None:
    [edition] = renderer.editions(builders.revision("incident", status=status), [builders.target("telegram")])

    assert str(edition.payload.parts[0].content["text"]).split("\n")[1].startswith(f"<b>{said}")


@pytest.mark.parametrize("kind", KINDS)
def test_every_edition_carries_the_reference(renderer: Renderer, kind: str) -> None:
    """As a line of its own; on X, where each character counts, inside the link. An event's record has it as a field."""
    targets = builders.targets("website", "email", "telegram", "x", "discord")
    for edition in renderer.editions(builders.revision(kind), targets):
        texts = [str(text) for part in edition.payload.parts for text in part.content.values()]
        slots = {name for text in texts for name in slot_names(text)}
        assert ("url" if edition.channel == "x" else "reference") in slots, edition.name
