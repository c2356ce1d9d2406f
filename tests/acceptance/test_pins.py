"""What readers of a chat see on top: what is urgent, until its time is over, and then what is still going on."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from tests.acceptance.desk import Desk

CHAT = "-1001000000002"


def on_top(desk: Desk) -> str:
    """The text of the message that the chat shows above all, empty without one."""
    token = (desk.workspace / "secrets" / "telegram.token").read_text().strip()
    url = f"http://127.0.0.1:{desk.ports['telegram']}/bot{token}/getChat"
    return str(
        desk.client.get(url, params={"chat_id": CHAT}).json()["result"].get("pinned_message", {}).get("text", "")
    )


def pinned_until(desk: Desk, folder: Path, minutes: float) -> Path:
    """The author says until when; times in the file are of its own zone."""
    file = folder / "announcement.toml"
    local = desk.now().astimezone(ZoneInfo("Asia/Singapore")) + timedelta(minutes=minutes)
    line = f"pinned_until = {local:%Y-%m-%dT%H:%M:00}"
    file.write_text(re.sub(r"(?m)^# pinned_until = .*$", line, file.read_text("utf-8")), encoding="utf-8")
    return folder


def test_what_is_urgent_stays_on_top_until_its_author_said(desk: Desk) -> None:
    warning = pinned_until(desk, desk.announcement("risk_warning", "PELI", to="board"), 120)
    desk.publish(warning)
    desk.wait_until(lambda: "PELI" in on_top(desk), "the warning is not on top")

    desk.publish(desk.announcement("maintenance", "Pelican", to="board"))
    assert "PELI" in on_top(desk)
    desk.pass_time(3 * 3600)

    desk.wait_until(lambda: "Pelican" in on_top(desk), "the maintenance is not on top after the warning")
