"""Regions and legal footers from the command line: what `check` says until it is right, and what `show` says then."""

from __future__ import annotations

from pathlib import Path

from tests.cli.desk import Desk

ENTITY = """
[entities.sg]
legal_name = "Example SG Pte. Ltd."
postal_address = "1 Example Square, Singapore 018956"
footer = "2026-11"
"""


def change(file: Path, *changes: tuple[str, str]) -> None:
    text = file.read_text(encoding="utf-8")
    for before, after in changes:
        assert before in text
        text = text.replace(before, after, 1)
    file.write_text(text, encoding="utf-8")


def test_a_restricted_announcement_until_it_is_right(desk: Desk) -> None:
    folder = desk.announcement()
    change(folder / "announcement.toml", ("[facts]", 'regions = { deny = ["SG", "UK"] }\n\n[facts]'))
    assert "`UK` is neither a code of ISO 3166 nor a group of regions" in desk.tried("check", folder).err

    change(folder / "announcement.toml", ('"UK"', '"GB"'))
    said = desk.tried("check", folder)
    assert said.code == 1
    assert "telegram-en has readers in SG; the announcement is for everywhere but GB, SG" in said.err
    assert "Leave telegram-en out (name a set without it), or change `regions`." in said.err

    change(folder / "announcement.toml", ('"SG", "GB"', '"GB"'))
    release = desk.submitted(folder)
    assert "regions: everywhere but GB" in desk("show", release).out


def test_a_mail_without_its_legal_footer_is_not_submitted(desk: Desk) -> None:
    file, folder = desk.root / "publisher.toml", desk.announcement()
    change(file, ('address = "news@example.com"\n', 'address = "news@example.com"\nentity = "sg"\n'))
    change(file, ("[sets]", f"{ENTITY}\n[sets]"))
    footers = desk.root / "footers" / "sg" / "2026-11"
    footers.mkdir(parents=True)
    (footers / "en-US.md").write_text("Registered in Singapore.\n", encoding="utf-8")

    said = desk.tried("check", folder)
    assert said.code == 1
    assert f"{footers}/zh-CN.md: error: there is no legal footer of sg in zh-CN for service mail" in said.err

    (footers / "zh-CN.md").write_text("注册于新加坡。\n", encoding="utf-8")
    assert desk("check", folder).code == 0
