"""A throttle is a wait of one provider, never a failed reader; the others get their mail, and a restart remembers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import date, timedelta

from publisher.channel import Addressee, Outcome, Retry
from publisher.delivery.engine.port import Lane
from publisher.mailing.ledger import Timing
from publisher.mailing.pace import Pacing
from publisher.mailing.providers import BIG, Provider, Providers
from publisher.mailing.warm_up import WarmUp
from tests.mailing.builders import NOON, D, Plan, PostOffice, R, accepted, subscribe

SLOW, QUICK = "slow.example", "quick.example"
THROTTLE = Retry("451 4.7.650 too much from you", scope="domain")


def throttling(*domains: str) -> Callable[[Addressee], Outcome]:
    def answer(addressee: Addressee) -> Outcome:
        return THROTTLE if addressee.address.rpartition("@")[2] in domains else accepted(addressee)

    return answer


def paced(rate: float) -> Pacing:
    return Pacing(Providers([Provider("paced", frozenset({SLOW}), rate)]))


def sent_to(office: PostOffice) -> Counter[str]:
    """Domain -> messages."""
    return Counter(addressee.address.rpartition("@")[2] for addressee in office.relay.sent)


# --- a provider says "not now"


async def test_a_throttle_holds_up_one_provider_and_nobody_else(office: PostOffice) -> None:
    await subscribe(office.store, 12, domain=SLOW)
    await subscribe(office.store, 12, domain=QUICK)
    office.relay.answer = throttling(SLOW)
    mailing = await office.start()

    await office.work()

    assert sent_to(office) == {SLOW: 3, QUICK: 12}, "one group met the throttle, no other was offered"
    assert await office.counts(mailing) == {R.DELIVERED: 12, R.WAITING: 3, R.QUEUED: 9}
    assert {each.attempts for each in await office.missed(mailing) if each.state is R.QUEUED} == {0}
    assert await office.work() == 0, "it rests"

    office.relay.answer = accepted
    await office.pass_time(120)
    assert await office.counts(mailing) == {R.DELIVERED: 24}
    assert (await office.delivery(mailing)).state is D.DELIVERED


async def test_a_rest_grows_while_the_provider_goes_on_throttling(office: PostOffice) -> None:
    await subscribe(office.store, 200, domain=SLOW)
    office.relay.answer = throttling(SLOW)
    await office.start()

    groups = []
    for _ in range(20):
        before = office.relay.groups
        await office.pass_time(30)
        groups.append(office.relay.groups > before)

    assert [30 * (number + 1) for number, some in enumerate(groups) if some] == [30, 90, 210, 450], "60, 120, 240 s"


async def test_a_restart_remembers_a_rest_and_how_slow_it_was(office: PostOffice) -> None:
    await subscribe(office.store, 9, domain=SLOW)
    office.relay.answer, office.pacing = throttling(SLOW), paced(20)
    await office.start()
    await office.work()
    tried = len(office.relay.sent)

    restarted = PostOffice(office.store, office.relay, office.clock, pacing=paced(20), batch_size=50)
    await subscribe(office.store, 40, domain=SLOW)
    await restarted.start()
    await restarted.work()
    assert len(office.relay.sent) == tried, "it rests after the restart too"

    office.relay.answer = accepted
    office.clock.advance(60)
    await restarted.work()
    assert len(office.relay.sent) == tried + 5, "half of what the rate lets through at once"


async def test_a_throttle_of_one_account_is_not_one_of_another(office: PostOffice) -> None:
    pacing = Pacing()
    async with office.store.begin() as tx:
        await pacing.throttled(tx, "relay", {SLOW: None}, NOON)
        await pacing.look(tx, "other", NOON)
        assert pacing.ends_at("relay", {SLOW: 1}, NOON) == NOON + timedelta(seconds=60)
        assert pacing.ends_at("other", {SLOW: 1}, NOON) == NOON


async def test_ten_answers_of_one_moment_are_one_throttle(office: PostOffice) -> None:
    pacing = Pacing()
    for second in range(10):
        async with office.store.begin() as tx:
            await pacing.throttled(tx, "relay", {SLOW: None}, NOON + timedelta(seconds=second))
    assert pacing.ends_at("relay", {SLOW: 1}, NOON) == NOON + timedelta(seconds=60)


async def test_what_the_provider_asks_for_is_kept(office: PostOffice) -> None:
    pacing = Pacing()
    async with office.store.begin() as tx:
        await pacing.throttled(tx, "relay", {SLOW: 3_600.0}, NOON)
    assert pacing.ends_at("relay", {SLOW: 1}, NOON) == NOON + timedelta(hours=1)


async def test_a_cancelled_mailing_ends_although_a_provider_rests(office: PostOffice) -> None:
    await subscribe(office.store, 4, domain=SLOW)
    office.relay.answer = throttling(SLOW)
    mailing = await office.start(Plan(window=timedelta(seconds=90)))
    await office.work()
    await office.pass_time(120)
    assert await office.counts(mailing) == {R.EXPIRED: 4}
    assert (await office.delivery(mailing)).state is D.EXPIRED


# --- rates


async def test_a_rate_is_kept_by_all_batches_together(office: PostOffice) -> None:
    office.pacing = paced(10)
    await subscribe(office.store, 60, domain=SLOW)
    await subscribe(office.store, 60, domain=QUICK)
    mailing = await office.start()

    times: list[float] = []
    for tick in range(120):
        before = sent_to(office)[SLOW]
        await office.work()
        times += [tick * 0.1] * (sent_to(office)[SLOW] - before)
        office.clock.advance(0.1)

    assert await office.counts(mailing) == {R.DELIVERED: 120}
    worst = max(sum(start <= time < start + 1.0 for time in times) for start in times)
    assert worst <= 15, "messages in the busiest second"
    assert times[-1] < 9, "60 at ten a second, in batches that come back on time"


async def test_batches_that_wait_for_their_turn_are_not_asked_again_and_again(office: PostOffice) -> None:
    office.pacing, office.timing = paced(10), Timing(window=5)
    await subscribe(office.store, 100, domain=SLOW)
    await office.start()
    claims = 0
    for _ in range(140):
        claims += await office.work()
        office.clock.advance(0.1)
    assert len(office.relay.sent) == 100
    assert claims < 10 + 100 / 5 * 1.5, "after the first look of all ten, each comes back for a burst of five"


async def test_domains_of_one_provider_share_its_rate() -> None:
    providers = Providers(BIG.values())
    assert providers.of("a@googlemail.com") == providers.of("a@gmail.com") == "gmail"
    assert providers.of("a@example.com") == "example.com"
    assert providers.rate("example.com") is None


# --- a plan for an address that nobody knows yet


async def test_what_exceeds_the_day_s_allowance_waits_for_the_next_day(office: PostOffice) -> None:
    office.pacing = Pacing(warm_ups={"relay": WarmUp(NOON.date(), 20, growth=2, days=3)})
    await subscribe(office.store, 50)
    mailing = await office.start(Plan(window=timedelta(days=3)))
    await office.work()
    assert await office.counts(mailing) == {R.DELIVERED: 20, R.QUEUED: 30}
    await office.pass_time(11.9 * 3600, step=3600)
    assert await office.counts(mailing) == {R.DELIVERED: 20, R.QUEUED: 30}
    await office.pass_time(2 * 3600, step=3600)
    assert await office.counts(mailing) == {R.DELIVERED: 50}, "twice as many on the second day"


async def test_a_restart_remembers_what_the_day_has_seen(office: PostOffice) -> None:
    plans = {"relay": WarmUp(NOON.date(), 20, growth=2, days=3)}
    office.pacing = Pacing(warm_ups=plans)
    await subscribe(office.store, 15)
    await office.start()
    await office.work()
    office.pacing = Pacing(warm_ups=plans)
    mailing = await office.start()
    await office.work()
    assert await office.counts(mailing) == {R.DELIVERED: 5, R.QUEUED: 10}


async def test_urgent_mail_is_not_held_up_by_a_plan(office: PostOffice) -> None:
    office.pacing = Pacing(warm_ups={"relay": WarmUp(NOON.date(), 5, days=3)})
    await subscribe(office.store, 20)
    mailing = await office.start(Plan(lane=Lane.URGENT))
    await office.work()
    assert await office.counts(mailing) == {R.DELIVERED: 20}


def test_a_plan_grows_and_ends() -> None:
    plan = WarmUp(date(2026, 11, 1), 5_000, growth=2, days=4)
    days = [date(2026, 10, 30), *(date(2026, 11, day) for day in range(1, 6))]
    assert [plan.allowance(day) for day in days] == [5_000, 5_000, 10_000, 20_000, 40_000, None]
    assert plan.last_day(5_000, date(2026, 11, 1), 0) == date(2026, 11, 1)
    assert plan.last_day(5_000, date(2026, 11, 1), 1) == date(2026, 11, 2)
    assert plan.last_day(1_000_000, date(2026, 11, 1), 0) == date(2026, 11, 5)


def test_when_a_mailing_can_be_over() -> None:
    pacing = Pacing(Providers([Provider("paced", frozenset({SLOW}), 10)]))
    end = pacing.ends_at("relay", {SLOW: 600, QUICK: 1_000_000}, NOON)
    assert end - NOON == timedelta(seconds=60)
    planned = Pacing(warm_ups={"relay": WarmUp(NOON.date(), 100, growth=2, days=30)})
    assert planned.ends_at("relay", {QUICK: 101}, NOON).date() == NOON.date() + timedelta(days=1)
