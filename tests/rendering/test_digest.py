"""The mail of a digest: approved fragments in an approved layout, in the reader's language and zone."""

from __future__ import annotations

import shutil
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from axe_core_python.sync_playwright import Axe  # type: ignore[import-untyped]
from playwright.sync_api import Page

from publisher.channel import SLOTS, fill_text
from publisher.content.kinds.languages import locales
from publisher.rendering.digest import MOST, Issue, Listed, Times, layout_hash
from publisher.rendering.fragment import Fragment, fragment_of
from publisher.rendering.preview import preview_html
from publisher.rendering.render import Renderer
from tests.rendering import builders
from tests.rendering.test_mail_look import AXE, SAMPLES, page

__all__ = ["page"]

URL = "https://news.example.com"
MORNING = datetime(2026, 12, 1, 1, tzinfo=UTC)


def listed(renderer: Renderer, kind: str, locale: str, what: str = "new", stage: str = "announce") -> Listed:
    (edition,) = renderer.fragments(builders.revision(kind), [builders.target("email", locale)])
    fragment = fragment_of(edition.payload.parts[0])
    return Listed(fragment, f"{URL}/{locale}/ANN-2026-00042", what, stage, sent=kind == "risk_warning")


def issue(renderer: Renderer, locale: str) -> Issue:
    told = [
        listed(renderer, "maintenance", locale, "changed", "start"),
        listed(renderer, "listing", locale),
        listed(renderer, "rule_change", locale, "corrected"),
        listed(renderer, "listing", locale, "retracted"),
        listed(renderer, "risk_warning", locale),
    ]
    return Issue(date(2026, 12, 1), MORNING, told, f"{URL}/{locale}/")


def sections(renderer: Renderer, issue: Issue, locale: str = "en-US", zone: str = "Asia/Singapore") -> dict[str, str]:
    payload = renderer.digest(issue, builders.target("email", locale), zone)
    return {name: str(text) for name, text in payload.parts[0].content.items()}


@pytest.mark.parametrize("locale", locales())
def test_every_language_says_what_became_of_each(renderer: Renderer, page: Page, locale: str) -> None:
    made = sections(renderer, issue(renderer, locale), locale)
    page.set_content(fill_text(made["html"], SAMPLES))

    assert page.evaluate("document.documentElement.scrollWidth") == 320
    assert page.get_attribute("html", "lang") == locale
    assert [problem["id"] for problem in Axe().run(page, options=AXE)["violations"]] == []
    assert page.locator("h3").count() == 5
    assert made["text"].count("\n[") == 4
    assert {"recipient.anti_phishing_code", "recipient.unsubscribe_url", "recipient.preferences_url"} <= SLOTS.keys()


def test_times_are_those_of_the_reader_s_zone(renderer: Renderer) -> None:
    told = issue(renderer, "en-US")
    east, west = (sections(renderer, told, zone=zone)["text"] for zone in ("Asia/Tokyo", "America/New_York"))

    assert "(UTC+9; " in east
    assert "(UTC-5; " in west
    assert "UTC-5" not in east
    assert east.index("Happening next") < east.index("== ")


def test_what_is_withdrawn_says_nothing_but_that(renderer: Renderer) -> None:
    gone = listed(renderer, "listing", "en-US", "retracted")
    text = sections(renderer, Issue(date(2026, 12, 1), MORNING, [gone], URL))["text"]

    assert "Withdrawn" in text
    assert gone.fragment.title in text
    assert gone.fragment.summary not in text
    assert "Happening next" not in text


LATER = datetime(2026, 12, 25, 2, tzinfo=UTC)


def told_of(renderer: Renderer, kind: str, stage: str, times: Times, locale: str = "en-US") -> str:
    """The text of a digest in which that is all."""
    of = replace(listed(renderer, kind, locale, "changed", stage), times=times)
    return sections(renderer, Issue(date(2026, 12, 1), MORNING, [of], URL), locale)["text"]


def test_what_is_postponed_says_the_new_time_and_none_that_was_announced_before(renderer: Renderer) -> None:
    text = told_of(renderer, "listing", "postponed", Times(LATER, None))

    assert text.count("25 Dec 2026, 10:00 (UTC+8; 02:00 UTC)") == 3  # what happens next, the fact, the text
    assert "New time: 25 Dec 2026" in text
    assert "The times announced before no longer hold." in text
    assert "Trading opens" not in text
    assert "Dec 2026" not in text.replace("25 Dec 2026", "").replace("1 Dec 2026", "")


def test_what_has_no_new_time_yet_says_that(renderer: Renderer) -> None:
    text = told_of(renderer, "maintenance", "postponed", Times(None, None))

    assert "New time: to be announced" in text
    assert "Happening next" not in text
    assert "When" not in text


def test_what_takes_longer_shows_the_end_that_holds(renderer: Renderer) -> None:
    start = datetime(2026, 12, 3, 2, tzinfo=UTC)

    assert "When: 3 Dec 2026, 10:00-15:30 (UTC+8" in told_of(
        renderer, "maintenance", "extended", Times(start, start + timedelta(hours=5.5))
    )
    assert "the end is not known yet" in told_of(renderer, "maintenance", "extended", Times(start, None))


def test_what_is_cancelled_does_not_happen_next(renderer: Renderer) -> None:
    start = datetime(2026, 12, 3, 2, tzinfo=UTC)
    text = told_of(renderer, "maintenance", "cancelled", Times(start, None, "third_party"))

    assert "It will not take place. Reason: a third party." in text
    assert "Happening next" not in text
    assert "When" not in text


@pytest.mark.parametrize("locale", locales())
@pytest.mark.parametrize("stage", ["postponed", "extended", "cancelled", "complete"])
def test_every_language_tells_what_holds_by_then(renderer: Renderer, locale: str, stage: str) -> None:
    text = told_of(renderer, "maintenance", stage, Times(LATER, LATER, "network"), locale)

    assert "{" not in text
    assert "reason." not in text


def test_what_does_not_fit_leads_to_the_website(renderer: Renderer) -> None:
    told = [listed(renderer, "listing", "en-US")] * 100
    made = sections(renderer, Issue(date(2026, 12, 1), MORNING, told, f"{URL}/en-US/"))

    assert len(made["html"].encode()) < 100_000
    assert made["text"].count("== New listing ==") == 1
    assert f"More announcements: {100 - MOST} {URL}/en-US/" in made["text"]


def test_hostile_words_are_words(renderer: Renderer) -> None:
    told = listed(renderer, "listing", "en-US")
    hostile = Fragment.model_validate({**told.fragment.model_dump(), "title": "<script>alert(1)</script> & co"})
    made = sections(renderer, Issue(date(2026, 12, 1), MORNING, [replace(told, fragment=hostile)], URL))

    assert "<script" not in made["html"]
    assert "&lt;script&gt;alert(1)&lt;/script&gt; &amp; co" in made["html"]
    assert "<script>alert(1)</script> & co" in made["text"]


def test_a_fragment_is_part_of_the_preview(renderer: Renderer) -> None:
    editions = renderer.fragments(builders.revision("listing"), [builders.target("email")])
    html = preview_html(editions, builders.TEMPLATES)

    assert fragment_of(editions[0].payload.parts[0]).title in html
    assert [edition.name for edition in editions] == ["digest/email-main/en-US"]


def test_a_changed_word_or_template_is_another_layout(tmp_path: Path) -> None:
    copied = tmp_path / "templates"
    shutil.copytree(builders.TEMPLATES, copied)
    hashes = [layout_hash(copied)]
    for name in ("_digest/text.j2", "locale/ar.po"):
        with (copied / name).open("a") as file:
            file.write("\n# more\n")
        hashes.append(layout_hash(copied))

    assert hashes[0] == layout_hash(builders.TEMPLATES)
    assert len(set(hashes)) == 3
