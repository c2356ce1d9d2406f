"""docs/quickstart.md, typed literally."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

from tests.ports import free_ports

PAGE = Path(__file__).resolve().parents[2] / "docs" / "quickstart.md"
PATIENCE = 540.0


def lines() -> list[str]:
    blocks = re.findall(r"```console\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    return [line.removeprefix("$ ") for block in blocks for line in block.splitlines()]


def elsewhere() -> dict[str, str]:
    """The variables that move everything to free ports."""
    public, staff, page, smtp, telegram, x = free_ports(6)
    site = f"http://127.0.0.1:{public}"
    return {
        "PUBLISHER_SITE__URL": site,
        "PUBLISHER_DESTINATIONS__WEBSITE__ADDRESS": site,
        "PUBLISHER_WEB__PUBLIC_PORT": str(public),
        "PUBLISHER_WEB__STAFF_PORT": str(staff),
        "PUBLISHER_SANDBOX__PAGE_PORT": str(page),
        "PUBLISHER_SANDBOX__SMTP_PORT": str(smtp),
        "PUBLISHER_SANDBOX__TELEGRAM_PORT": str(telegram),
        "PUBLISHER_SANDBOX__X_PORT": str(x),
        "PUBLISHER_ACCOUNTS__RELAY__PORT": str(smtp),
        "PUBLISHER_ACCOUNTS__BOT__API_URL": f"http://127.0.0.1:{telegram}",
        "PUBLISHER_ACCOUNTS__X__API_URL": f"http://127.0.0.1:{x}",
    }


def typed(script: str, folder: Path) -> tuple[int, str, str]:
    """Exit code and output; nothing of it is left running, however it ends."""
    environment = {
        **os.environ,
        **elsewhere(),
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
    }
    with subprocess.Popen(
        ["bash", "-ec", script],
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as shell:
        try:
            said, complaint = shell.communicate(timeout=PATIENCE)
        finally:
            with suppress(ProcessLookupError):
                os.killpg(shell.pid, signal.SIGKILL)
    return shell.returncode, said, complaint


def test_the_quickstart_publishes_to_every_channel(tmp_path: Path) -> None:
    code, said, complaint = typed("\n".join(lines()), tmp_path)

    assert code == 0, complaint
    delivered = re.findall(r"^\d+ +\S+ +(?:en-US|zh-CN) +delivered ", said, re.MULTILINE)
    assert len(delivered) == 7
    assert (tmp_path / "desk/preview.html").exists()
    assert "stopping" in (tmp_path / "desk/run.log").read_text(encoding="utf-8")
