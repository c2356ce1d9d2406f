"""A published announcement is corrected and supplemented: exactly what changed, to exactly those who lack it."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from pathlib import Path

import pytest

from publisher.release.approval import Refused
from publisher.store.status_rows import DeliveryLine
from tests.acceptance.desk import Desk, Place


def change(folder: Path, file: str, old: str, new: str) -> None:
    text = (folder / file).read_text(encoding="utf-8")
    assert text.count(old) == 1
    (folder / file).write_text(text.replace(old, new), encoding="utf-8")


def operations(lines: Mapping[Place, DeliveryLine]) -> Mapping[Place, str]:
    return {place: line.operation for place, line in lines.items()}


def test_a_typo_is_corrected_where_it_stands_and_nobody_is_sent_it_twice(desk: Desk) -> None:
    folder = desk.announcement("maintenance", "Correctum")
    first = desk.settled(desk.publish(folder))
    before = {channel: desk.total(channel) for channel in ("x", "email")}
    url = {locale: first["website", locale].url for locale in ("en-US", "zh-CN")}
    english = desk.site(url["en-US"]).text

    change(folder, "zh-CN.md", "您无需进行任何操作", "无需任何操作")
    second = desk.publish(folder)

    assert desk.state(second) == "published"
    lines = desk.settled(second)
    assert operations(lines) == {("website", "zh-CN"): "amend", ("telegram-zh", "zh-CN"): "amend"}
    assert {channel: desk.total(channel) for channel in before} == before
    assert lines["website", "zh-CN"].url == url["zh-CN"]
    page = desk.site(url["zh-CN"]).text
    assert "无需任何操作" in page.partition('id="history"')[0]
    assert '<del><span class="heard">删除： </span>进行</del>' in page
    assert page.count('<p class="difference">') == 1
    assert desk.site(url["en-US"]).text == english
    actions = [post["action"] for post in desk.arrivals("telegram", "Correctum")]
    assert (actions.count("sendMessage"), actions.count("editMessageText")) == (2, 1)
    feed = json.loads(desk.site("/zh-CN/feed.json").content)
    [item] = [item for item in feed["items"] if "Correctum" in item["title"]]
    assert item["date_modified"] > item["date_published"]


def test_a_correction_waits_for_its_approval(desk: Desk) -> None:
    folder = desk.announcement("maintenance", "Waitum", to="website")
    url = desk.settled(desk.publish(folder))["website", "en-US"].url
    before = desk.site(url).text

    change(folder, "en-US.md", "You do not need to do anything.", "Send your coins to Mallory.")
    review = desk.submit(folder)

    assert review.release.state == "in_review"
    assert set(review.lacking) == {"en-US"}
    desk.pass_time(3600)
    assert desk.site(url).text == before


def test_nothing_new_is_nothing_to_submit(desk: Desk) -> None:
    folder = desk.announcement("maintenance", "Nihilum", to="website")
    desk.publish(folder)

    with pytest.raises(Refused, match="nothing has changed"):
        desk.submit(folder)


def test_a_late_language_reaches_those_who_have_nothing_yet(desk: Desk, tmp_path: Path) -> None:
    desk.add_readers(["late-en"], "en-US")
    desk.add_readers(["late-zh"], "zh-CN")
    folder = desk.announcement("notice", "opening hours", after=5)
    chinese = shutil.move(folder / "zh-CN.md", tmp_path / "zh-CN.md")
    subject = '{ en-US = "New opening hours of support", zh-CN = "客服服务时间调整" }'
    change(folder, "announcement.toml", subject, '{ en-US = "New opening hours of support" }')
    first = desk.settled(desk.publish(folder))
    readers = desk.recipients(first["newsletter", "en-US"].id)
    assert {"late-en@readers.example", "late-zh@readers.example"} <= set(readers)
    post, mails = desk.total("x"), desk.total("email")
    desk.add_readers(["newest-zh"], "zh-CN")
    desk.add_readers(["newest-en"], "en-US")

    shutil.move(chinese, folder / "zh-CN.md")
    change(folder, "announcement.toml", '{ en-US = "New opening hours of support" }', subject)
    review = desk.submit(folder)
    assert review.lacking == {"zh-CN": {"translators": 1}}
    second = desk.published(review)

    lines = desk.settled(second)
    assert set(operations(lines)) == {("website", "zh-CN"), ("telegram-zh", "zh-CN"), ("newsletter", "zh-CN")}
    assert set(operations(lines).values()) == {"publish"}
    assert set(desk.recipients(lines["newsletter", "zh-CN"].id)) == {"newest-zh@readers.example"}
    assert (desk.total("x"), desk.total("email")) == (post, mails + 1)
    page = desk.site(first["website", "en-US"].url).text
    assert f'hreflang="zh-CN">{"简体中文"}</a>' in page
    assert lines["website", "zh-CN"].url.removeprefix("https://news.example.com") in page
