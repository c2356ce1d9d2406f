"""Ports for servers that are started later, in another process."""

from __future__ import annotations

import secrets
import socket
from contextlib import ExitStack

NEVER_GIVEN = range(10_000, 32_000)
"""Below those that systems give to whoever asks for any port: such a one may be taken before its server starts."""


def free_ports(count: int) -> list[int]:
    """Ports of loopback where nobody listens, all different."""
    with ExitStack() as held:
        found: list[int] = []
        while len(found) < count:
            port = secrets.choice(NEVER_GIVEN)
            try:
                held.enter_context(socket.create_server(("127.0.0.1", port)))
            except OSError:
                continue
            found.append(port)
        return found
