"""`publisher sign`, and what `submit` and `show` say of what follows a publication."""

from __future__ import annotations

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
