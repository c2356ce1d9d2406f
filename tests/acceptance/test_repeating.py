"""What is posted again: at its hour, as approved, where posts go, and mailed to readers who want everything."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

import pytest

from publisher.content.kinds.kind import Follow
from tests.acceptance import opening
from tests.acceptance.desk import Desk
from tests.acceptance.test_stages import HERE

WORD = "Weekly proof of reserves"


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """One of its own: three weeks pass."""
    with opening.desk(tmp_path_factory.mktemp("repeating") / "desk") as running:
        yield running


NAMES = ("wants-all", "wants-some")


def posts(desk: Desk) -> Sequence[str]:
    return [str(each["action"]) for each in desk.arrivals("telegram", WORD) if each["target"] == "@example_exchange"]


def mails(desk: Desk, name: str) -> int:
    """How many it got of it."""
    found = desk.arrivals("email", WORD)
    return len([mail for mail in found if mail["target"] == f"{name}@readers.example"])


def test_once_each_week_in_the_same_words(desk: Desk) -> None:
    for name, follow in zip(NAMES, (Follow.EVERYTHING, Follow.IMPORTANT), strict=True):
        desk.add_readers([name], follow=follow)
    folder = desk.announcement("notice", "New opening hours", after=5)
    file = folder / "announcement.toml"
    text = re.sub(r"(?m)^subject = .*$", f'subject = {{ en-US = "{WORD}", zh-CN = "{WORD}" }}', file.read_text("utf-8"))
    text = re.sub(r"(?m)^# repeat = .*$", 'repeat = { every = "week", count = 3 }', text)
    file.write_text(text, encoding="utf-8")

    release = desk.publish(folder)
    [first] = [line for line in desk.lines(release) if (line.destination, line.locale) == ("website", "en-US")]
    page = desk.site(first.url).text
    on_x = len(desk.arrivals("x", WORD))
    at = desk.now().astimezone(HERE)
    seen = [(len(posts(desk)), mails(desk, "wants-all"), mails(desk, "wants-some"))]
    for week in (1, 2, 3):
        wait_until_told(desk, release, at + timedelta(days=7 * week), last=week == 3)
        seen.append((len(posts(desk)), mails(desk, "wants-all"), mails(desk, "wants-some")))

    assert seen == [(1, 1, 1), (2, 2, 1), (3, 3, 1), (3, 3, 1)]
    assert set(posts(desk)) == {"sendMessage"}
    assert len(desk.arrivals("x", WORD)) == on_x
    assert desk.site(first.url).text == page
    texts = [str(each["parameters"]["text"]) for each in desk.arrivals("telegram", WORD)]
    first_text, *again = [text for text in texts if "Reference" in text]
    assert again == [first_text.replace(f"{WORD}</b>\n", f"{WORD}</b>\n<b>Reminder</b>\n", 1)] * 2


def wait_until_told(desk: Desk, release: int, moment: datetime, *, last: bool) -> None:
    """The workspace's clock is there, and everything of the release has ended."""
    before = len(desk.lines(release))
    desk.pass_time((moment - desk.now()).total_seconds())
    if not last:
        desk.wait_until(lambda: len(desk.lines(release)) > before, f"nothing came at {moment}", hurry=1)
    desk.wait_until(lambda: desk.state(release) == "published", "it did not end", hurry=1)
