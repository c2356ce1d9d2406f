"""What the website's composer makes and what it finds wrong."""

from __future__ import annotations

import json
from collections.abc import Mapping
from types import MappingProxyType

import pytest
from pydantic import ValidationError

from channels.website import Account, Options, channel
from channels.website.composing import CHROME_BYTES, PAGE_BYTES, longest_bytes
from publisher.channel import SLOTS, Format, Json, Part, Payload, Section, Target, fill, slot
from tests.site import samples

TARGET = Target("site-main", "website", "main", "https://example.com", "en-US")


def rendered(
    article: str = "<p>x</p>", heading: str | None = None, changes: Mapping[str, Json] = MappingProxyType({})
) -> dict[str, Section]:
    record = samples.record().model_dump(mode="json") | {
        "reference": slot("reference"),
        "url": slot("url"),
        "at": slot("published_at"),
        **changes,
    }
    return {
        "title": Section(Format.PLAIN, str(record["title"]) if heading is None else heading),
        "article": Section(Format.WEB_HTML, article),
        "record": Section(Format.JSON, json.dumps(record)),
    }


def findings(sections: Mapping[str, Section]) -> list[str]:
    return [finding.code for finding in channel.composer.check(channel.composer.compose(sections, TARGET))]


def test_one_part_holds_all_that_the_adapter_needs() -> None:
    (part,) = channel.composer.compose(rendered(), TARGET)
    assert part.name == "page"
    assert set(part.content) == {"locale", "title", "article", "record"}
    assert Payload(TARGET, (part,)).slots.keys() == {"reference", "url", "published_at"}


def test_the_slots_are_filled_inside_the_record() -> None:
    (part,) = channel.composer.compose(rendered(), TARGET)
    filled = fill(part.content, {name: SLOTS[name].sample for name in ("reference", "url", "published_at")})
    assert isinstance(filled, Mapping)
    assert isinstance(filled["record"], Mapping)
    assert filled["record"]["reference"] == "ANN-2026-00042"


def test_a_good_page_has_no_findings() -> None:
    assert findings(rendered()) == []


def test_an_article_is_weighed_with_its_slots_at_their_longest() -> None:
    most = PAGE_BYTES - CHROME_BYTES
    fits = "x" * (most - SLOTS["url"].max_bytes) + slot("url")
    assert longest_bytes(fits) == most
    assert findings(rendered(fits)) == []
    assert findings(rendered(fits + "x")) == ["website.too_heavy"]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"id": "../../etc"}, "id"),
        ({"kind": "a/b"}, "kind"),
        ({"locale": "../en"}, "locale"),
        ({"title": ""}, "title"),
        ({"starts_at": "2026-12-03T10:00:00"}, "starts_at"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_an_incomplete_record_names_its_field(changes: Mapping[str, Json], field: str) -> None:
    parts = channel.composer.compose(rendered(heading="x", changes=changes), TARGET)
    (finding,) = channel.composer.check(parts)
    assert finding.code == "website.record"
    assert field in finding.message


def test_a_page_needs_a_title() -> None:
    assert "website.no_title" in findings(rendered(heading=" "))


def test_page_and_record_must_agree() -> None:
    assert findings(rendered(heading="Something else")) == ["website.record"]


def test_settings_are_checked() -> None:
    with pytest.raises(ValidationError, match="url"):
        Account.model_validate({"root": "site", "url": "example.com"})
    with pytest.raises(ValidationError, match="colour"):
        Options.model_validate({"colour": "red"})


def test_a_part_without_markers_has_no_slots() -> None:
    assert not Payload(TARGET, (Part("page", {"article": "<p>x</p>"}),)).slots
