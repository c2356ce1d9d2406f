"""`publisher sign`, and what `submit` and `show` say of what follows a publication."""

from __future__ import annotations

import re

from publisher.content.source.machine import MARKER
from tests.cli.desk import Desk


def test_a_machine_draft_is_signed_and_submitted(desk: Desk) -> None:
    desk.person("tora", "translators")
    folder = desk.announcement()
    chinese = folder / "zh-CN.md"
    chinese.write_text(f"{MARKER}\n{chinese.read_text('utf-8')}", encoding="utf-8")

    said = desk.tried("check", folder)
    assert said.code == 1
    assert "zh-CN is a machine draft: no translator has signed it" in said.err
    assert f"publisher sign {folder} --locale zh-CN" in said.err
    assert "was not submitted" in desk.refused("alice", "submit", folder)
    assert "erin is not in the group translators" in desk.refused("erin", "sign", folder, "--locale", "zh-CN")
    assert "has no text in ja-JP" in desk.refused("tora", "sign", folder, "--locale", "ja-JP")

    assert "zh-CN is signed by tora" in desk.as_("tora", "sign", folder, "--locale", "zh-CN").out
    release = desk.submitted(folder)
    history = desk("show", release, "--json").json["history"]
    assert history[0]["reason"].endswith("; zh-CN signed by tora")

    chinese.write_text(chinese.read_text("utf-8").replace("无需", "不需"), encoding="utf-8")
    assert "was changed after tora signed it" in desk.tried("check", folder).err


def test_submit_and_show_say_what_a_release_is(desk: Desk) -> None:
    release = desk.submitted()

    assert "form: first publication: en-US, zh-CN" in desk("show", release).out
    assert desk("show", release, "--json").json["keeps"] == []
    assert re.search(
        "^first publication: en-US, zh-CN$", desk.as_("alice", "submit", desk.announcement("two")).out, re.M
    )


def test_the_settings_say_which_languages_are_required(desk: Desk) -> None:
    folder = desk.announcement()
    (folder / "zh-CN.md").unlink()
    toml = folder / "announcement.toml"
    toml.write_text(re.sub(', zh-CN = "[^"]*"', "", toml.read_text("utf-8")), encoding="utf-8")
    assert "the language zh-CN is missing" in desk.tried("check", folder).err

    desk.setting(r"^# \[policies.maintenance\]", "[policies.maintenance]")
    desk.setting(r"^# required_locales = ", "required_locales = ")
    desk.setting(r"^# late_locales = ", "late_locales = ")

    assert "ready:" in desk("check", folder).out
    desk.setting(r"^required_locales = .*", 'required_locales = ["de-DE"]')
    assert "a maintenance cannot be written in 'de-DE'" in desk.tried("check", folder).err
