"""publisher.toml: what it may hold, and where a mistake stands."""

from __future__ import annotations

from datetime import timedelta
from importlib.resources import files
from pathlib import Path

import pytest

from publisher.settings import SettingsError, load

COMMENTED = (files("publisher.settings") / "commented.toml").read_text(encoding="utf-8")


def workspace(folder: Path, *changes: tuple[str, str]) -> Path:
    """A workspace with the commented settings and these changes in them."""
    text = COMMENTED
    for before, after in changes:
        assert before in text
        text = text.replace(before, after, 1)
    (folder / "publisher.toml").write_text(text, encoding="utf-8")
    return folder


def mistakes(folder: Path, environment: dict[str, str] | None = None) -> list[str]:
    """Place, what is wrong, and how to put it right."""
    with pytest.raises(SettingsError) as caught:
        load(folder, environment or {})
    return [f"{finding.place}: {finding.message}. {finding.fix}" for finding in caught.value.findings]


def test_the_commented_settings_load(tmp_path: Path) -> None:
    settings = load(workspace(tmp_path), {})

    assert settings.web.staff_port == 8081
    assert settings.delivery.link_wait == timedelta(seconds=60)
    assert settings.sets["default"][0] == "website"


@pytest.mark.parametrize(
    ("before", "after", "says"),
    [
        ("staff_port = 8081", "staf_port = 8081", "unknown setting web.staf_port. Did you mean staff_port?"),
        ("[delivery]", "[delivry]", "unknown setting delivry. Did you mean delivery?"),
        ("staff_port = 8081", 'staff_port = "x"', "web.staff_port: Input should be a valid integer"),
        ("staff_port = 8081", "staff_port = 70000", "web.staff_port: Input should be less than or equal to 65535"),
        ("link_wait = 60", "link_wait = -1", "delivery.link_wait: Input should be greater than or equal to 0"),
        ('url = "http://127.0.0.1:8080"', 'url = "example.com"', "site.url: write http:// or https://"),
        (
            'address = "ExampleExchange"',
            'campaign = "utm_source=x&<script>"\naddress = "ExampleExchange"',
            "destinations.x-main.campaign: write name=value",
        ),
        ('url = "http://127.0.0.1:8080"', 'url = "http://example.com/"', "no slash at the end"),
        ("sqlite:///publisher.sqlite3", "mysql://x", "database.url: write sqlite:///FILE or postgresql://"),
        ('locales = ["en-US", "zh-CN"]', "locales = []", "site.locales: "),
        (
            '# native_digits = ["ar"]',
            'native_digits = ["vi-VN"]',
            "site.native_digits.0: vi-VN has no digits of its own",
        ),
        ('# native_digits = ["ar"]', 'native_digits = ["xx"]', "site.native_digits.0: there is no language xx"),
        ('account = "bot"', 'account = "bott"', "there is no account 'bott'. Did you mean bot?"),
        ('default = ["website"', 'default = ["webs"', "there is no destination 'webs'. Did you mean website?"),
        ('channel = "email"\n', "", "accounts.relay names no channel. Add channel ="),
        ("# [policies.maintenance]", "[policies.maintenanc]", "no kind 'maintenanc'. Did you mean maintenance?"),
        ('address = "news@example.com"\n', "", "destinations.newsletter.address is missing. Add address ="),
        ("drain = 30", "drain = ", "this is not TOML"),
    ],
)
def test_a_mistake_has_a_place_and_a_fix(tmp_path: Path, before: str, after: str, says: str) -> None:
    found = mistakes(workspace(tmp_path, (before, after)))

    line = COMMENTED[: COMMENTED.index(before)].count("\n") + 1
    places = [text for text in found if text.startswith(f"{tmp_path}/publisher.toml:")]
    assert any(says in text for text in found), found
    assert len(places) == len(found)
    if after:
        assert any(text.startswith(f"{tmp_path}/publisher.toml:{line}:") for text in found), found


def test_all_mistakes_are_told_at_once(tmp_path: Path) -> None:
    found = mistakes(workspace(tmp_path, ("drain = 30", 'drain = "x"'), ("staff_port = 8081", 'staff_port = "x"')))

    assert len(found) == 2


def test_a_file_that_is_not_utf_8(tmp_path: Path) -> None:
    (tmp_path / "publisher.toml").write_bytes(b'[exchange]\nname = "\xff"\n')

    assert "not UTF-8: byte 19" in mistakes(tmp_path)[0]


def test_a_workspace_that_is_none(tmp_path: Path) -> None:
    assert "Make one: publisher init" in mistakes(tmp_path)[0]
    assert "cannot be read: Not a directory" in mistakes(workspace(tmp_path) / "publisher.toml")[0]
