"""Below a mail stands why its reader gets it: nobody is told of a subscription that they never made."""

from __future__ import annotations

from dataclasses import replace

import pytest

from publisher.content.announcement import Audience
from publisher.rendering.render import Renderer
from publisher.rendering.words import Words, read_words
from tests.rendering import builders

BASIS = "contract <b>terms</b> 4.2"
HOLDERS = Audience("segment:holders-eth", BASIS)
LOCALES = ["ar", "en-US", "ja-JP", "ko-KR", "vi-VN", "zh-CN"]
CLASSES = {"activity": "promotional", "maintenance": "service", "delisting": "mandatory"}


def parts(renderer: Renderer, audience: Audience, kind: str, locale: str = "en-US") -> tuple[str, str]:
    """HTML and text."""
    revision = replace(builders.revision(kind), audience=audience)
    text = next(iter(revision.texts.values()))
    revision = replace(revision, texts={**revision.texts, locale: replace(text, locale=locale)})
    [edition, *_] = renderer.editions(revision, [builders.target("email", locale)])
    content = edition.payload.parts[0].content
    return str(content["html"]), str(content["text"])


def words(locale: str) -> Words:
    return read_words(builders.TEMPLATES / "locale" / f"{locale}.po")


@pytest.mark.parametrize("kind", CLASSES)
@pytest.mark.parametrize("locale", LOCALES)
def test_a_member_of_a_segment_reads_its_basis(renderer: Renderer, kind: str, locale: str) -> None:
    said, brand = words(locale), builders.BRAND.name
    why = "mandatory" if kind == "delisting" else "segment"
    html, text = parts(renderer, HOLDERS, kind, locale)

    assert said(f"mail.why.{why}", brand=brand) in text
    assert said("mail.why.basis", basis=BASIS) in text
    assert said("mail.why.basis", basis="contract &lt;b&gt;terms&lt;/b&gt; 4.2") in html
    for part in (html, text):
        assert said("mail.why.service", brand=brand) not in part
        assert said("mail.why.promotional", brand=brand) not in part


@pytest.mark.parametrize("kind", CLASSES)
def test_a_subscriber_reads_what_they_asked_for(renderer: Renderer, kind: str) -> None:
    why = words("en-US")(f"mail.why.{CLASSES[kind]}", brand=builders.BRAND.name)
    for part in parts(renderer, Audience(), kind):
        assert why in part
        assert "Legal basis" not in part


def test_who_never_subscribed_is_led_to_no_preferences(renderer: Renderer) -> None:
    for members, subscribers in zip(
        parts(renderer, HOLDERS, "maintenance"), parts(renderer, Audience(), "maintenance"), strict=True
    ):
        assert "recipient.preferences_url" in subscribers
        assert "recipient.preferences_url" not in members
        assert "recipient.unsubscribe_url" in members
