"""Makes the pictures of the documentation from a running demo: `make pictures`."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

HERE = Path(__file__).parent / "pictures"
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


def main() -> None:
    """Writes docs/pictures/*.png."""
    HERE.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, _demo(Path(folder) / "demo") as addresses, sync_playwright() as play:
        browser = play.chromium.launch(executable_path="/usr/bin/chromium", args=list(FLAGS))
        _shoot(browser, f"{addresses['site']}en-US/", "site", width=1080, height=860)
        _shoot(browser, f"{addresses['site']}en-US/ANN-2026-00001", "announcement", width=1080, height=1000)
        _shoot(browser, f"{addresses['site']}zh-CN/ANN-2026-00002", "phone-dark", width=390, height=844, dark=True)
        _shoot(browser, addresses["sandbox"], "sandbox", width=1560, height=900)
        browser.close()


def _shoot(browser: Browser, url: str, name: str, *, width: int, height: int, dark: bool = False) -> None:
    context = browser.new_context(
        viewport={"width": width, "height": height}, color_scheme="dark" if dark else "light", reduced_motion="reduce"
    )
    page = context.new_page()
    page.goto(url)
    page.wait_for_timeout(500)
    page.screenshot(path=HERE / f"{name}.png")
    context.close()


@contextmanager
def _demo(workspace: Path) -> Iterator[Mapping[str, str]]:
    """A demo that serves; name -> address."""
    command = [sys.executable, "-m", "publisher.cli", "demo", "--workspace", str(workspace)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603 - our own program
        addresses: dict[str, str] = {}
        for line in process.stdout or ():
            addresses.update(re.findall(r"^(\w+) +(http://\S+)", line))
            if "Ctrl-C" in line:
                break
        yield addresses
        process.send_signal(signal.SIGTERM)
        process.wait()


if __name__ == "__main__":
    main()
