"""The same facts in every channel and language, at the same moment."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest

from publisher.channel import PublishedRecord
from publisher.store.status_rows import DeliveryLine
from tests.acceptance import reading
from tests.acceptance.conftest import ONE_OF_EACH, Published
from tests.site import feeds

CHANNELS = ("page", "feed", "mail", "mail's text", "telegram")


def records(published: Published) -> Mapping[tuple[str, str], PublishedRecord]:
    """What the website keeps, by reference and locale."""
    files = (published.desk.workspace / "site.state" / "records").glob("*/entries/*.json")
    found = [PublishedRecord.model_validate(json.loads(file.read_bytes())["record"]) for file in files]
    return {(record.reference, record.locale): record for record in found}


def shown(published: Published, kind: str, locale: str) -> Mapping[str, reading.Facts]:
    """The facts of a sample as each channel's readers see them."""
    desk, lines = published.desk, published.samples[kind]
    [site] = [line for line in lines.values() if (line.channel, line.locale) == ("website", locale)]
    reference = str(site.reference)
    mail = published.mails_of(site)[0]
    post = telegram(published, lines[f"telegram-{locale[:2]}", locale])
    entry = next(e for e in feeds.entries(desk.site(f"/{locale}/feed.atom").content) if e.link.endswith(reference))
    return {
        "page": reading.from_page(desk.site(f"/{locale}/{reference}").text),
        "feed": reading.from_page(entry.html),
        "mail": reading.from_mail(mail["letter"]["html"]),
        "mail's text": reading.from_lines(mail["letter"]["text"].replace("\r\n", "\n")),
        "telegram": reading.from_lines(
            reading.without_tags(post["parameters"].get("caption") or post["parameters"]["text"])
        ),
    }


def telegram(published: Published, line: DeliveryLine) -> Mapping[str, Any]:
    return next(post for post in published.desk.arrivals("telegram", str(line.reference)) if line.locale in str(post))


@pytest.mark.parametrize("kind", ONE_OF_EACH)
def test_every_channel_shows_the_facts_of_the_record(published: Published, kind: str) -> None:
    reference = next(iter(published.samples[kind].values())).reference
    for locale in ("en-US", "zh-CN"):
        record = records(published)[str(reference), locale]
        facts = [(fact.label, fact.value) for fact in record.facts]
        assert len(facts) >= 4
        assert shown(published, kind, locale) == dict.fromkeys(CHANNELS, facts)


@pytest.mark.parametrize("kind", ONE_OF_EACH)
def test_both_languages_say_the_same(published: Published, kind: str) -> None:
    english, chinese = ([value for _, value in shown(published, kind, locale)["page"]] for locale in ("en-US", "zh-CN"))

    assert reading.instants(english) == reading.instants(chinese)
    assert reading.hard(english) == reading.hard(chinese)
    assert reading.hard(english)


@pytest.mark.parametrize("kind", ONE_OF_EACH)
def test_a_post_on_x_says_nothing_else(published: Published, kind: str) -> None:
    line = published.samples[kind]["x-main", "en-US"]
    [post] = [each for each in published.desk.arrivals("x") if each["given_id"] == line.url.rpartition("/")[2]]
    page = published.desk.site(f"/en-US/{line.reference}").text

    said = reading.from_lines(post["parameters"]["text"])
    assert said
    assert set(said) <= set(reading.without_utc(reading.from_page(page)))


def test_the_times_are_those_of_the_announcement(published: Published) -> None:
    """Of the sample itself, read here by hand: 3 December, 10 to 12 o'clock in Singapore."""
    for locale in ("en-US", "zh-CN"):
        times = reading.instants(value for _, value in shown(published, "maintenance", locale)["page"])
        assert [f"{time:%Y-%m-%dT%H:%M}" for time in times] == ["2026-12-03T02:00", "2026-12-03T04:00"]


def test_feeds_are_valid(published: Published) -> None:
    files = sorted(published.desk.site_root.rglob("*.atom"))

    assert len(files) == 2 * (1 + len(ONE_OF_EACH))
    feeds.validate(files)


def test_each_item_of_a_feed_equals_its_record(published: Published) -> None:
    known, samples = records(published), {str(line.reference) for line in published}
    for locale in ("en-US", "zh-CN"):
        for path in ("feed.atom", *(f"{kind}/feed.atom" for kind in ONE_OF_EACH)):
            found = feeds.entries(published.desk.site(f"/{locale}/{path}").content)
            entries = [entry for entry in found if entry.link.rpartition("/")[2] in samples]
            assert entries
            for entry in entries:
                record = known[entry.link.rpartition("/")[2], locale]
                assert (entry.title, entry.summary, entry.kind) == (record.title, record.summary, record.kind)
                assert (entry.link, entry.published) == (record.url, record.at)


@pytest.mark.parametrize("kind", sorted(ONE_OF_EACH.keys() - {"risk_warning"}))
def test_no_post_was_out_before_the_page_that_it_links_to(published: Published, kind: str) -> None:
    """Urgent kinds do not wait."""
    lines = published.samples[kind].values()
    posts = [line.updated_at for line in lines if line.channel in ("telegram", "x")]

    assert min(posts) >= max(line.updated_at for line in lines if line.channel == "website")
