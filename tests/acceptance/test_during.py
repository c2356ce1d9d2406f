"""A maintenance is corrected, and gets another language, while it is in progress and takes longer."""

from __future__ import annotations

import re
import shutil
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from publisher.content.correction import Act, Correction
from tests.acceptance.desk import Desk
from tests.acceptance.test_correcting import mailed
from tests.acceptance.test_stages import HERE, Works, announced, dated


def in_progress(desk: Desk, works: Works, starts_at: datetime) -> Works:
    """Begun by its facts."""
    desk.pass_time((starts_at - desk.now()).total_seconds())
    desk.wait_until(lambda: "In progress" in page(desk, works), f"{works.word} did not start", hurry=1)
    works.ended()
    return works


def page(desk: Desk, works: Works) -> str:
    url = desk.settled(works.release)["website", "en-US"].url
    return desk.site(url).text.partition("</article>")[0]


def rewrite(folder: Path, old: str, new: str) -> None:
    file = folder / "announcement.toml"
    text, count = re.subn(old, new, file.read_text("utf-8"))
    assert count == 1
    file.write_text(text, "utf-8")


def test_a_correction_in_progress_is_mailed_and_says_why_and_keeps_the_end_that_holds(desk: Desk) -> None:
    desk.add_readers(["told-of-goshawk"])
    starts_at = (desk.now() + timedelta(minutes=90)).astimezone(HERE).replace(second=0, microsecond=0)
    works = in_progress(desk, announced(desk, "Goshawk", starts_at), starts_at)
    folder = desk.workspace / "announcements/Goshawk-maintenance"
    desk.add_readers(["later-than-goshawk"])
    until = (desk.now() + timedelta(hours=2)).astimezone(HERE).replace(second=0, microsecond=0)
    works.say("extend", "--to", f"{until:%Y-%m-%dT%H:%M}", "--because", "network")

    rewrite(folder, r'assets = \["ETH", ', 'assets = ["ETH", "SOL", ')
    with pytest.raises(AssertionError, match=r"event\.end") as stale:
        desk.submit(folder, Correction.of(Act.CORRECT, "wrong_amount"))
    rewrite(folder, r"(?m)^ends_at = .*$", f"ends_at = {until:%Y-%m-%dT%H:%M:00}")
    rewrite(folder, r"(?m)^#? ?extension = .*$", "extension = 1")
    posts = desk.total("x")
    second = desk.published(desk.submit(folder, Correction.of(Act.CORRECT, "wrong_amount")))

    assert "event.extension" in str(stale.value)
    assert desk.state(second) == "published", desk.settled(second)
    shown = page(desk, works)
    assert "An amount in the first version was wrong" in shown
    assert f"{until:%H:%M}" in shown
    assert "In progress" in shown
    assert desk.total("x") > posts
    assert [len(mailed(desk, "Goshawk", name)) for name in ("told-of-goshawk", "later-than-goshawk")] == [
        3,
        0,
    ]  # told of the extension
    assert mailed(desk, "Goshawk", "told-of-goshawk")[-1]["letter"]["subject"].startswith("Correction: ")


def test_a_language_that_follows_tells_the_end_that_holds(desk: Desk, tmp_path: Path) -> None:
    starts_at = (desk.now() + timedelta(minutes=90)).astimezone(HERE).replace(second=0, microsecond=0)
    folder = dated(desk, "Shrike", starts_at)
    rewrite(folder, r"(?m)^reason = .*$", "")
    chinese = shutil.move(folder / "zh-CN.md", tmp_path / "zh-CN.md")
    works = in_progress(desk, Works(desk, "Shrike", desk.publish(folder)), starts_at)
    until = starts_at + timedelta(hours=5)
    works.say("extend", "--to", f"{until:%Y-%m-%dT%H:%M}", "--because", "network")

    shutil.move(chinese, folder / "zh-CN.md")
    second = desk.publish(folder)

    lines = desk.settled(second)
    assert desk.state(second) == "published", lines
    assert f"{until:%H:%M}" in desk.site(lines["website", "zh-CN"].url).text
