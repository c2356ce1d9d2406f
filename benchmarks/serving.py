"""Pages and feeds from our public listener beside nginx: the same files, the same load, one process each.

    python -m benchmarks.serving [--seconds 2] [--connections 32]

Needs nginx and wrk (Debian: nginx-light, wrk); without them it says so and ends. nginx has one worker, as we have one
process, and compresses what we do, as it is asked. Prints requests per second for each question and, as the figure to
keep, the geometric mean of the ratios; the target is at least 0.2.
"""

from __future__ import annotations

import argparse
import math
import re
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from urllib.request import urlopen

from tests.site import samples

TARGET = 0.2
ROUNDS = 3
GZIP = "Accept-Encoding: gzip"
ASKED = (
    ("an announcement, gzip", "/en-US/ANN-2026-00005", GZIP),
    ("an announcement, as it is", "/en-US/ANN-2026-00005", ""),
    ("the newest list, gzip", "/en-US/", GZIP),
    ("the Atom feed, gzip", "/en-US/feed.atom", GZIP),
    ("the Atom feed, not modified", "/en-US/feed.atom", "If-Modified-Since: {modified}"),
)
"""Name, path, and a header that the client sends."""
NGINX = """
daemon off; worker_processes 1; pid {folder}/nginx.pid; error_log stderr crit; {user}
events {{ worker_connections 1024; }}
http {{
  sendfile on; tcp_nopush on; access_log off; server_tokens off; keepalive_requests 1000000;
  gzip on; gzip_vary on; gzip_types application/atom+xml;
  types {{ text/html html; application/atom+xml atom; text/css css; }}
  client_body_temp_path {folder}/a; proxy_temp_path {folder}/b; fastcgi_temp_path {folder}/c;
  uwsgi_temp_path {folder}/d; scgi_temp_path {folder}/e;
  server {{
    listen 127.0.0.1:{port}; root {root}; index index.html;
    add_header Cache-Control "public, max-age=60"; location / {{ try_files $uri $uri.html $uri/index.html =404; }}
  }}
}}
"""
OURS = """
import asyncio, sys, uvloop
from pathlib import Path
from publisher.web.public import public_app
from publisher.web.serving import listening


async def main() -> None:
    async with listening(public_app(Path(sys.argv[1])), "127.0.0.1", int(sys.argv[2])):
        await asyncio.sleep(3600)

uvloop.run(main())
"""


def main() -> None:
    parser = argparse.ArgumentParser(description="Pages and feeds beside nginx.")
    parser.add_argument("--seconds", type=int, default=2, help="of load, three times for each question")
    parser.add_argument("--connections", type=int, default=32)
    chosen = parser.parse_args()
    missing = [name for name in ("nginx", "wrk") if shutil.which(name, path="/usr/sbin:/usr/bin:/bin") is None]
    if missing:
        sys.exit(f"skipped: {' and '.join(missing)} not installed (Debian: nginx-light, wrk)")
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        folder.chmod(0o755)
        root = samples.grown(folder, 45)
        ours = stack.enter_context(started([sys.executable, "-c", OURS, str(root)]))
        peer = stack.enter_context(nginx(folder, root))
        ratios = [compare(ours, peer, chosen.seconds, chosen.connections, *asked) for asked in ASKED]
    mean = math.exp(sum(map(math.log, ratios)) / len(ratios))
    print(f"geometric mean: ratio {mean:.2f} (target >= {TARGET}), worst {min(ratios):.2f}")


def compare(ours: str, peer: str, seconds: int, connections: int, name: str, path: str, header: str) -> float:
    """In turns, so that both meet the same machine; the median of each."""
    rates: tuple[list[float], list[float]] = [], []
    for _ in range(ROUNDS):
        for base, seen in zip((ours, peer), rates, strict=True):
            with urlopen(base + path) as answer:
                sent = header.format(modified=answer.headers["last-modified"])
            seen.append(rate(base + path, seconds, connections, sent))
    ours_rate, peer_rate = map(statistics.median, rates)
    print(f"{name}: ours {ours_rate:.0f}/s, nginx {peer_rate:.0f}/s, {ours_rate / peer_rate:.2f} x")
    return ours_rate / peer_rate


def rate(url: str, seconds: int, connections: int, header: str) -> float:
    """Requests per second; ends the benchmark when an answer was an error."""
    command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", *(("-H", header) if header else ()), url]
    said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    if "Non-2xx" in said and "If-Modified" not in header:
        sys.exit(f"{url} answered with errors:\n{said}")
    found = re.search(r"Requests/sec:\s+([0-9.]+)", said)
    assert found is not None, said
    return float(found[1])


@contextmanager
def started(command: list[str]) -> Iterator[str]:
    """The base URL of a server that takes its port as its last argument."""
    port = free_port()
    with subprocess.Popen([*command, str(port)]) as process:
        try:
            yield answering(port, process)
        finally:
            process.terminate()


@contextmanager
def nginx(folder: Path, root: Path) -> Iterator[str]:
    port, config = free_port(), folder / "nginx.conf"
    # As root its worker would be somebody who may not read the temporary folder.
    config.write_text(NGINX.format(folder=folder, root=root, port=port, user="user root;"))
    with subprocess.Popen(["/usr/sbin/nginx", "-p", str(folder), "-c", str(config)]) as process:
        try:
            yield answering(port, process)
        finally:
            process.terminate()


def answering(port: int, process: subprocess.Popen[bytes]) -> str:
    for _ in range(200):
        with socket.socket() as client:
            if client.connect_ex(("127.0.0.1", port)) == 0:
                return f"http://127.0.0.1:{port}"
        if process.poll() is not None:
            break
        time.sleep(0.05)
    sys.exit(f"{process.args!r} does not listen")


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


if __name__ == "__main__":
    main()
