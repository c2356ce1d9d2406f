"""Which network a request counts for: nobody chooses it who is not trusted."""

from __future__ import annotations

from ipaddress import ip_network

import pytest

from publisher.web.networks import UNKNOWN, network_of

PROXIES = (ip_network("10.0.0.0/8"), ip_network("::1/128"))


@pytest.mark.parametrize(
    ("peer", "forwarded", "expected"),
    [
        ("203.0.113.7", [], "203.0.113.0/24"),
        ("2001:db8:1:2:3:4:5:6", [], "2001:db8:1:2::/64"),
        ("::ffff:203.0.113.7", [], "203.0.113.0/24"),
        ("203.0.113.7", ["198.51.100.1"], "203.0.113.0/24"),
        ("10.1.2.3", ["198.51.100.1"], "198.51.100.0/24"),
        ("10.1.2.3", ["192.0.2.1, 198.51.100.1"], "198.51.100.0/24"),
        ("10.1.2.3", ["192.0.2.1", "198.51.100.1, 10.9.9.9"], "198.51.100.0/24"),
        ("::1", ["198.51.100.1, nonsense"], "::/64"),
        ("10.1.2.3", [], "10.1.2.0/24"),
        ("unix", [], UNKNOWN),
    ],
)
def test_a_request_counts_for_its_own_network(peer: str, forwarded: list[str], expected: str) -> None:
    assert network_of(peer, forwarded, PROXIES) == expected
