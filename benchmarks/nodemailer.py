"""The pool of nodemailer, as a peer: installed by npm into a temporary folder, driven by a script of a few lines."""

from __future__ import annotations

import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.smtp import SENDER

VERSION = "10.6.0"

_SCRIPT = """
const nodemailer = require("nodemailer")
const [port, connections, count, sender, file] = process.argv.slice(2)
const message = require("fs").readFileSync(file)
const pool = nodemailer.createTransport({
  host: "127.0.0.1", port: Number(port), pool: true, secure: false, ignoreTLS: true,
  maxConnections: Number(connections), maxMessages: Infinity,
})
let begun = 0
async function lane() {
  while (begun < Number(count)) {
    const to = `reader${begun++}@example.net`
    await pool.sendMail({ envelope: { from: sender, to: [to] }, raw: message })
  }
}
const start = process.hrtime.bigint()
// Twice as many as connections, so that none of them ever waits for the next message.
Promise.all(Array.from({ length: 2 * connections }, lane)).then(() => {
  const seconds = Number(process.hrtime.bigint() - start) / 1e9
  console.log(`rate ${count / seconds}`)
  pool.close()
})
"""


@dataclass(frozen=True)
class Nodemailer:
    """Installed in `folder`."""

    folder: Path

    def rate(self, port: int, connections: int, count: int, message: bytes) -> float:
        """Messages per second: the same bytes to everybody, so that nothing but sending is measured."""
        (self.folder / "message.eml").write_bytes(message)
        command = ["node", "send.js", str(port), str(connections), str(count), SENDER, "message.eml"]
        done = subprocess.run(command, cwd=self.folder, check=True, capture_output=True, text=True)
        found = re.search(r"rate ([0-9.]+)", done.stdout)
        assert found, done.stdout
        return float(found[1])


@contextmanager
def installed() -> Iterator[Nodemailer | None]:
    """None, with a printed reason, where npm is missing or cannot install."""
    if shutil.which("npm") is None:
        print("nodemailer left out: npm is not installed (Debian: apt-get install npm)")
        yield None
        return
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "send.js").write_text(_SCRIPT)
        command = ["npm", "install", "--no-audit", "--no-fund", f"nodemailer@{VERSION}"]
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
        if done.returncode:
            print(f"nodemailer left out: npm could not install it ({(done.stderr.strip().splitlines() or ['?'])[-1]})")
        yield None if done.returncode else Nodemailer(folder)
