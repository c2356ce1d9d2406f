"""Who answers for what is said: legal footers in mail and on pages, and other brands."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from publisher.channel import Target
from publisher.content.footers import read_footers
from publisher.rendering.brand import Brand
from publisher.rendering.legal import Entity
from publisher.rendering.render import Renderer
from tests.rendering import builders

PRO = replace(builders.BRAND, name="Example Pro")
WORDS = {
    "sg/2026-11/en-US.md": "Registered in Singapore. [Complaints](https://example.com/complaints)",
    "sg/2026-11/zh-CN.md": "注册于新加坡。",
    "sg/2026-11/promotional/en-US.md": "An advertisement. Prices rise & fall.",
    "eu/3/en-US.md": "Registered in Lisbon.",
}


@pytest.fixture
def renderer(tmp_path: Path) -> Renderer:
    for name, text in WORDS.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    licences = {"en-US": "Licensed as a payment institution.", "zh-CN": "持有支付机构牌照。"}
    entities = {
        "sg": Entity("Example SG Pte. Ltd.", "1 Example Square", licences, read_footers(tmp_path / "sg/2026-11")),
        "eu": Entity("Example EU, S.A.", "2 Example Street", {}, read_footers(tmp_path / "eu/3"), on_pages=True),
    }
    capabilities = {name: each.capabilities for name, each in builders.composers().items()}
    composers = {
        name: builders.OnePart(replace(known, legal_footer=name == "email", links_to_site=name != "website"))
        for name, known in capabilities.items()
    }
    brands: Mapping[str, Brand] = {"pro": PRO}
    return Renderer(builders.TEMPLATES, builders.BRAND, composers, brands=brands, entities=entities)


def content(renderer: Renderer, target: Target, kind: str = "maintenance") -> Mapping[str, str]:
    """The sections of the first edition."""
    edition = renderer.editions(builders.revision(kind), [target])[0]
    return {name: str(text) for name, text in edition.payload.parts[0].content.items()}


def test_a_mail_names_the_entity_and_its_footer_in_both_parts(renderer: Renderer) -> None:
    target = replace(builders.target("email"), entity="sg", footer="2026-11")

    mail = content(renderer, target)

    for part in (mail["html"], mail["text"]):
        assert "Example SG Pte. Ltd., 1 Example Square" in part
        assert "Licensed as a payment institution." in part
        assert "Registered in Singapore." in part
        assert "https://example.com/complaints" in part
        assert builders.BRAND.postal_address not in part
    assert "持有支付机构牌照。" in content(renderer, replace(target, locale="zh-CN"))["text"]


def test_advertising_has_words_of_its_own(renderer: Renderer) -> None:
    mail = content(renderer, replace(builders.target("email"), entity="sg"), "activity")

    assert "An advertisement. Prices rise & fall." in mail["text"]
    assert "An advertisement. Prices rise &amp; fall." in mail["html"]
    assert "Registered in Singapore" not in mail["html"]


def test_two_entities_in_one_release_each_have_their_own(renderer: Renderer) -> None:
    targets = [replace(builders.target("email", destination=name), entity=name) for name in ("sg", "eu")]

    editions = renderer.editions(builders.revision(), targets)[:2]

    texts = [str(edition.payload.parts[0].content["text"]) for edition in editions]
    assert "Singapore" in texts[0] and "Lisbon" not in texts[0]  # noqa: PT018 one thought
    assert "Lisbon" in texts[1] and "Singapore" not in texts[1].partition("--")[2]  # noqa: PT018


@pytest.mark.parametrize(("entity", "shown"), [("eu", True), ("sg", False), ("", False)])
def test_pages_have_it_where_the_entity_asks(renderer: Renderer, entity: str, shown: bool) -> None:
    article = content(renderer, replace(builders.target("website"), entity=entity))["article"]

    assert ('<footer class="legal">' in article) is shown
    assert ("Registered in Lisbon." in article) is shown


def test_posts_have_none(renderer: Renderer) -> None:
    assert "Lisbon" not in content(renderer, replace(builders.target("telegram"), entity="eu"))["text"]


def test_without_an_entity_the_exchange_s_address_stands_there(renderer: Renderer) -> None:
    assert builders.BRAND.postal_address in content(renderer, builders.target("email"))["text"]


def test_what_is_missing_is_said_before_anything_is_rendered(renderer: Renderer) -> None:
    revision = builders.revision("activity")
    targets = [replace(each, entity="sg") for each in builders.targets("email", "telegram")]

    [finding] = renderer.check_legal(revision, targets)

    assert finding.message == "there is no legal footer of sg in zh-CN for promotional mail"
    assert finding.place is not None
    assert finding.place.file.endswith("sg/2026-11/promotional/zh-CN.md")


def test_licences_that_are_not_said_in_a_language_are_missed(renderer: Renderer, tmp_path: Path) -> None:
    (tmp_path / "sg/2026-11/ja-JP.md").write_text("登録済み。", encoding="utf-8")
    entity = Entity("Example SG", "1 Example Square", {"en-US": "Licensed."}, read_footers(tmp_path / "sg/2026-11"))

    [finding] = entity.check(builders.revision().kind.mail_class, "ja-JP")

    assert (finding.code, finding.fix) == ("footer.licences", "Add ja-JP to entities.sg.licences.")


def test_entity_version_and_brand_are_part_of_what_is_approved(renderer: Renderer) -> None:
    target = replace(builders.target("email"), entity="sg", footer="2026-11", brand="pro")
    payload = renderer.editions(builders.revision(), [target])[0].payload

    frozen = json.loads(payload.to_json())["target"]

    assert (frozen["entity"], frozen["footer"], frozen["brand"]) == ("sg", "2026-11", "pro")
    assert "Registered in Singapore." in payload.to_json()


def test_a_destination_speaks_under_its_brand(renderer: Renderer) -> None:
    text = content(renderer, replace(builders.target("telegram"), brand="pro"), "listing")["text"]

    assert "Example Pro will list" in text
    assert "Example Exchange" not in text
