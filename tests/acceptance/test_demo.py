"""`publisher demo --once` on a machine without any network: all is delivered, and nothing is asked of the world."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tomllib
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from publisher.content.kinds.languages import locales
from tests.acceptance.desk import ROOT, SAMPLES

CUT_OFF = ["unshare", "--net", "--", "sh", "-c", 'ip link set lo up && exec "$@"', "sh"]
"""A command with no network but the machine itself; only root may say so."""


def cut_off() -> Sequence[str]:
    possible = os.geteuid() == 0 and shutil.which("unshare") and shutil.which("ip")
    return CUT_OFF if possible and subprocess.run([*CUT_OFF, "true"], check=False).returncode == 0 else ()


def test_the_demo_delivers_everything_without_a_network(tmp_path: Path) -> None:
    demo = [sys.executable, "-m", "publisher.cli", "demo", "--once", "--json", "--workspace", str(tmp_path / "demo")]
    done = subprocess.run([*cut_off(), *demo], cwd=ROOT, capture_output=True, text=True, check=False, timeout=300)

    assert done.returncode == 0, done.stderr
    rows = json.loads(done.stdout)
    assert {row["state"] for row in rows} == {"delivered"}
    published = tomllib.loads((SAMPLES / "demo.toml").read_text("utf-8"))["announcements"]
    heard = Counter((row["destination"], row["locale"], row["announcement"]) for row in rows)
    places = Counter((destination, locale) for destination, locale, _ in heard)
    assert places == dict.fromkeys(PLACES, len(published))
    assert len(published) == 6 == len({row["announcement"] for row in rows})
    assert all(row["link"] for row in rows)
    stages = ("announce", "reminder_24h", "reminder_1h", "start", "extended", "complete")
    status = [*demo[:3], "digest", "status", "--json", "--workspace", str(tmp_path / "demo")]
    runs = json.loads(subprocess.run(status, cwd=ROOT, capture_output=True, text=True, check=True).stdout)["runs"]
    hours = Counter(" ".join(group["at"].split()[1:]) for run in runs for group in run["groups"])
    assert hours == {"09:00 America/New_York": 2, "09:00 Asia/Tokyo": 2}
    assert sorted(heard.values(), reverse=True)[:2] == [len(stages)] * 2  # the first maintenance, in both chats


PLACES = [
    *(("website", locale) for locale in locales()),
    *(("newsletter", locale) for locale in locales()),
    ("telegram-en", "en-US"),
    ("telegram-zh", "zh-CN"),
    ("x-main", "en-US"),
]
