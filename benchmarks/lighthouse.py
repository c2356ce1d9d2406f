"""Lighthouse on pages of a running demo, served by our public listener: four scores for each page.

    python -m benchmarks.lighthouse

Needs npm and Debian's Chromium; Lighthouse itself is installed into a temporary folder. Without them it says so and
ends. The telephone that it pretends to be is slow, so on a busy machine performance is lower than it is: the target is
for a quiet one. Exits 1 when a target is missed.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

CHROMIUM = "/usr/bin/chromium"
FLAGS = "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking"
TARGETS = {"performance": 95, "accessibility": 100, "best-practices": 100, "seo": 100}
PAGES = {
    "the newest list": "en-US/",
    "the list of a kind": "en-US/maintenance/",
    "an announcement": "en-US/ANN-2026-00001",
    "an announcement in Arabic": "ar/ANN-2026-00001",
}


def main() -> None:
    if not Path(CHROMIUM).exists() or shutil.which("npm") is None:
        sys.exit("skipped: npm and Chromium (Debian: npm, chromium) are needed")
    with tempfile.TemporaryDirectory() as place:
        program = installed(Path(place))
        with demo(Path(place)) as site:
            missed = [name for name, path in PAGES.items() if not audited(program, name, site + path)]
    sys.exit(1 if missed else 0)


def installed(place: Path) -> Path:
    """Lighthouse's command."""
    command = ["npm", "install", "--silent", "--no-fund", "--no-audit", "--prefix", str(place), "lighthouse"]
    subprocess.run(command, check=True)
    return place / "node_modules" / ".bin" / "lighthouse"


@contextmanager
def demo(place: Path) -> Iterator[str]:
    """The public address of a demo that has published everything, `http://127.0.0.1:PORT/`."""
    command = [sys.executable, "-m", "publisher.cli", "demo", "--workspace", str(place / "demo")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            found = (re.match(r"site +(http://\S+/)", line) for line in process.stdout)
            address = next((each[1] for each in found if each), None)
            if address is None:
                sys.exit("the demo ended before it served its site")
            yield address
        finally:
            process.terminate()


def audited(program: Path, name: str, url: str) -> bool:
    """Prints the scores of a page; False when one misses its target."""
    options = ["--quiet", "--output=json", f"--chrome-flags={FLAGS}", f"--only-categories={','.join(TARGETS)}"]
    environment = os.environ | {"CHROME_PATH": CHROMIUM}
    said = subprocess.run([program, url, *options], check=True, capture_output=True, text=True, env=environment)
    scores = {key: round(each["score"] * 100) for key, each in json.loads(said.stdout)["categories"].items()}
    print(f"{name}: {told(scores)}", flush=True)
    return all(scores[key] >= target for key, target in TARGETS.items())


def told(scores: Mapping[str, int]) -> str:
    """`performance 99 (target >= 95), ...`."""
    return ", ".join(f"{key} {scores[key]} (target >= {target})" for key, target in TARGETS.items())


if __name__ == "__main__":
    main()
