from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import aiohttp
import pytest

from publisher.sandbox import Chat, Flood, Sandbox, Standing, World, XAccount, XLimits

CHANNEL = Chat(-1001000000001, "channel", "Example Exchange announcements", "example_exchange")
GROUP = Chat(-1001000000003, "supergroup", "Example Exchange lounge")
PRIVATE = Chat(42, "private", "Ada")
WORLD = World(
    chats=(
        CHANNEL,
        GROUP,
        PRIVATE,
        Chat(-1001000000004, "channel", "Left behind", standing=Standing.KICKED),
        Chat(-1001000000005, "channel", "Only a member", standing=Standing.MEMBER),
        Chat(-1001000000006, "channel", "No pins here", can_pin=False),
        Chat(-1001000000007, "channel", "May delete", can_delete=True),
        Chat(-500, "group", "Moved", migrated_to=GROUP.id),
    ),
    flood=Flood(burst=3, per_group_per_minute=5, overall_per_second=6),
    x=(XAccount(), XAccount("1600000000000000002", "Other", consumer_key="other", access_token="o", user_bearer="b2")),
    x_limits=XLimits(posts=4, deletes=2, reads=20, user_day=6, app_day=7),
)


class HandClock:
    """Time that moves when a test says so."""

    def __init__(self) -> None:
        self.time = datetime(2026, 12, 3, 2, 0, tzinfo=UTC)

    def now(self) -> datetime:
        return self.time

    def forward(self, **by: float) -> None:
        self.time += timedelta(**by)


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
async def sandbox(clock: HandClock) -> AsyncIterator[Sandbox]:
    async with Sandbox(WORLD, clock=clock) as running:
        yield running


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=5)) as session:
        yield session
