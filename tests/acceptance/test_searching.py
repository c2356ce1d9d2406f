"""Readers find what is published, in their language, on the running website, and nothing else."""

from __future__ import annotations

import re
from collections.abc import Sequence

import pytest

from tests.acceptance.conftest import Published
from tests.acceptance.desk import Desk


def found(desk: Desk, locale: str, asked: str) -> Sequence[str]:
    """References, in the order of the page."""
    page = desk.site(f"/{locale}/search", params={"q": asked})
    assert page.status_code == 200
    return re.findall(rf'<h2><a href="/{locale}/(ANN-[0-9-]+)">', page.text)


@pytest.mark.parametrize(("locale", "asked"), [("en-US", "aurora protocol"), ("zh-CN", "上线"), ("zh-CN", "线")])
def test_an_announcement_is_found_where_it_was_published(published: Published, locale: str, asked: str) -> None:
    listing = next(line for line in published.samples["listing"].values() if line.channel == "website")
    published.desk.wait_until(
        lambda: str(listing.reference) in found(published.desk, locale, asked), f"{asked} finds {listing.reference}"
    )


def test_what_waits_for_its_time_is_not_found(published: Published) -> None:
    desk = published.desk
    release = desk.scheduled(desk.announcement("maintenance", "Wombatword", to="website", after=5))
    assert found(desk, "en-US", "Wombatword") == []
    desk.due(release)
    [line] = {line.reference for line in desk.settled(release).values()}
    desk.wait_until(lambda: found(desk, "en-US", "Wombatword") == [str(line)], "it is found once it is public")
