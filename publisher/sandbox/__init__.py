"""The outside networks on this machine: twins of the networks. Nothing leaves it."""

from publisher.sandbox.arrivals import Arrival, Arrivals
from publisher.sandbox.faults import Channel, Effect, Fault, FaultError, Faults
from publisher.sandbox.outside import Ports, Sandbox, serve
from publisher.sandbox.world import (
    Bot,
    Chat,
    DiscordChannel,
    DiscordServer,
    Endpoint,
    Flood,
    Relay,
    Standing,
    World,
    XAccount,
    XLimits,
)

__all__ = [
    "Arrival",
    "Arrivals",
    "Bot",
    "Channel",
    "Chat",
    "DiscordChannel",
    "DiscordServer",
    "Effect",
    "Endpoint",
    "Fault",
    "FaultError",
    "Faults",
    "Flood",
    "Ports",
    "Relay",
    "Sandbox",
    "Standing",
    "World",
    "XAccount",
    "XLimits",
    "serve",
]
