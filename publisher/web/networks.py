"""Where a request comes from, as far as limits need to know: a network, never one machine."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from itertools import chain

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

UNKNOWN = "unknown"


def network_of(peer: str, forwarded: Iterable[str], trusted: Sequence[Network]) -> str:
    """`203.0.113.0/24` or `2001:db8::/64` of the client.

    `forwarded`: the values of X-Forwarded-For, which count only as far as the proxies in `trusted` wrote them: anybody
    can send the header, and would choose their own network with it.
    """
    hops = [peer, *reversed([*chain.from_iterable(value.split(",") for value in forwarded)])]
    client = UNKNOWN
    for hop in hops:
        address = _address(hop.strip())
        if address is None:
            break
        client = _network(address)
        if not any(address in network for network in trusted):
            break
    return client


def _address(text: str) -> Address | None:
    try:
        address = ip_address(text)
    except ValueError:
        return None
    return address.ipv4_mapped or address if isinstance(address, IPv6Address) else address


def _network(address: Address) -> str:
    """What one household or server can be taken for: an IPv6 customer has 2^64 addresses."""
    return str(ip_network((address, 24 if address.version == 4 else 64), strict=False))
