"""What search engines read of an announcement says what its record says, and ends where it should."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from pathlib import Path

from tests.site import samples
from tests.site.samples import NOW, record


def structured(page: Path) -> dict[str, object]:
    """The one data block of a page, found as a browser finds it."""
    found = re.findall(r'<script type="application/ld\+json">(.*?)</script>', page.read_text(), re.DOTALL)
    assert len(found) == 1
    return dict(json.loads(found[0]))


def test_an_article_with_a_time_is_about_an_event(root: Path) -> None:
    data = structured(root / "en-US/ANN-2026-00005.html")
    event = data["about"]
    assert isinstance(event, dict)
    assert (data["@type"], event["@type"]) == ("NewsArticle", "Event")
    assert (data["headline"], data["identifier"]) == ("Ethereum wallet maintenance - 3 Dec 2026", "ANN-2026-00005")
    assert data["mainEntityOfPage"] == "https://example.com/en-US/ANN-2026-00005"
    assert (event["startDate"], event["endDate"]) == ("2026-12-03T02:00:00Z", "2026-12-03T04:00:00Z")


def test_a_moment_has_no_end_and_what_is_withdrawn_no_event(tmp_path: Path) -> None:
    opens = record(1, "listing", starts_at=NOW + timedelta(days=2))
    root = samples.publish(tmp_path, [opens])
    event = structured(root / "en-US/ANN-2026-00001.html")["about"]
    assert isinstance(event, dict)
    assert "endDate" not in event
    samples.press(tmp_path).withdraw(opens)
    gone = structured(root / "en-US/ANN-2026-00001.html")
    assert "about" not in gone
    assert str(gone["headline"]).startswith("Withdrawn: ")


def test_what_is_put_off_to_a_known_time_is_rescheduled(tmp_path: Path) -> None:
    new_time = NOW + timedelta(days=9)
    root = samples.publish(tmp_path, [record(1, stage="postponed", starts_at=new_time)])
    event = structured(root / "en-US/ANN-2026-00001.html")["about"]
    assert isinstance(event, dict)
    assert (event["startDate"], event["eventStatus"]) == (
        f"{new_time:%Y-%m-%dT%H:%M:%SZ}",
        "https://schema.org/EventRescheduled",
    )


def test_no_title_ends_the_block(tmp_path: Path) -> None:
    title = '</script><script>alert("1")</script><!-- & \u2028'
    root = samples.publish(tmp_path, [record(1, title=title)])
    page = root / "en-US/ANN-2026-00001.html"
    assert structured(page)["headline"] == title
    assert "<script>" not in page.read_text()
