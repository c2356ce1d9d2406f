"""Before its hour a release is looked at once: what is not in place is kept and is an alarm, and nothing is sent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from structlog.testing import capture_logs

from publisher.channel import Finding, Target
from publisher.delivery import preflight, stop
from publisher.delivery.alarms import alarms
from publisher.delivery.gate import KILL_SWITCH
from publisher.delivery.preflight import Ground
from publisher.delivery.transaction import Transaction
from publisher.release.release import Release
from publisher.release.states import ReleaseState
from tests.delivery.builders import NOON, Bench, Plan, scheduled
from tests.delivery.network import Network, Posts

LEAD = timedelta(minutes=10)
PLAN = Plan(("site", "posts"), ("en-US", "zh-CN"), publish_at=NOON + timedelta(minutes=30))
REVOKED = Finding("posts.token", "the token was revoked", "Make a new one.")


class Careful(Posts):
    """Posts that look before they are sent; `found` says what of each destination."""

    def __init__(self, network: Network, **found: list[Finding | Exception]) -> None:
        super().__init__(network)
        self.found, self.asked = found, list[str]()

    async def preflight(self, target: Target) -> Sequence[Finding]:
        self.asked.append(target.destination)
        found = self.found.get(target.destination, [])
        for each in found:
            if isinstance(each, Exception):
                raise each
        return [each for each in found if isinstance(each, Finding)]


@dataclass
class Careless:
    """Connections whose adapters are all the same careful one."""

    adapter: Careful

    def fans_out(self, channel: str) -> bool:
        return False

    def posting(self, account: str) -> Careful:
        return self.adapter


async def no_mail(tx: Transaction, release: Release) -> Sequence[Finding]:
    return ()


def ground(desk: Bench, adapter: Careful, *, wrong: Sequence[Finding] = ()) -> Ground:
    # The releases of these tests have no real hashes: what the look at the approvals finds is tried in its own test.
    return Ground(desk.store.begin, desk.store.read, Careless(adapter), {}, lambda: wrong, no_mail, desk.clock)  # type: ignore[arg-type]


async def of_places(desk: Bench, release: int) -> list[tuple[str, str]]:
    async with desk.store.read() as tx:
        done = await tx.preflight(release)
    assert done is not None
    return [(each.about, each.message) for each in done.findings if each.about]


async def test_what_a_place_lacks_is_kept_and_raises_an_alarm_and_nothing_is_sent(desk: Bench) -> None:
    async with desk.store.begin() as tx:
        release = await scheduled(tx, PLAN)
    desk.clock.advance(21 * 60)

    with capture_logs() as log:
        assert await preflight.run_due(ground(desk, Careful(desk.network, posts=[REVOKED])), LEAD) == 1

    assert await of_places(desk, release) == [("posts", "the token was revoked")]
    assert [(each["log_level"], each["action"]) for each in log] == [("critical", "preflight_failed")]
    async with desk.store.read() as tx:
        [alarm] = await alarms(tx, desk.clock.now())
    assert (alarm.release_id, "is not ready" in alarm.sentence) == (release, True)
    assert desk.network.accepted() == []
    assert await desk.release_state(release) is ReleaseState.SCHEDULED


async def test_it_is_looked_at_once_an_hour_and_again_when_it_is_moved(desk: Bench) -> None:
    async with desk.store.begin() as tx:
        release = await scheduled(tx, PLAN)
    adapter = Careful(desk.network)
    early = await preflight.run_due(ground(desk, adapter), LEAD)
    desk.clock.advance(21 * 60)
    first = await preflight.run_due(ground(desk, adapter), LEAD)
    again = await preflight.run_due(ground(desk, adapter), LEAD)  # another worker, after a restart
    async with desk.store.begin() as tx:
        await tx.move_publish_at(release, NOON + timedelta(hours=2))
    moved = await preflight.run_due(ground(desk, adapter), LEAD)
    desk.clock.advance(95 * 60)

    assert (early, first, again, moved) == (0, 1, 0, 0)
    assert await preflight.run_due(ground(desk, adapter), LEAD) == 1
    assert adapter.asked == ["site", "posts"] * 2  # each place once, whatever its languages


async def test_a_channel_that_fails_is_a_finding_and_the_others_are_still_asked(desk: Bench) -> None:
    async with desk.store.begin() as tx:
        release = await scheduled(tx, replace(PLAN, destinations=("site", "posts", "mute")))

    await preflight.run(ground(desk, Careful(desk.network, site=[RuntimeError("boom")], mute=[REVOKED])), release)

    [(broken, said), other] = await of_places(desk, release)
    assert (broken, other) == ("site", ("mute", "the token was revoked"))
    assert said.startswith("channel site failed: RuntimeError")


async def test_a_stop_and_a_full_disk_are_found(desk: Bench) -> None:
    async with desk.store.begin() as tx:
        release = await scheduled(tx, PLAN)
        await stop.switch_off(tx, KILL_SWITCH, at=NOON, actor="anna", reason="fire")
    full = Finding("disk.full", "3 MB free", "Make room.")

    done = await preflight.run(ground(desk, Careful(desk.network), wrong=[full]), release)

    said = {each.code: each.message for each in done.findings}
    assert said["stopped"] == "kill_switch is stopped by anna: fire"
    assert said["disk.full"] == "3 MB free"
    assert "its hash differs" in said["release.refused"]
