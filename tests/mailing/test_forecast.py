"""When the last reader has the mail, before anybody approves it; with both databases."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

import pytest
from sqlalchemy import update

from publisher.content.kinds.kind import MailClass
from publisher.mailing.forecast import WORTH_MEASURING, Forecast, forecast, measured_rate, slowest
from publisher.mailing.pace import Pacing
from publisher.mailing.providers import Provider, Providers
from publisher.mailing.transaction import Readership
from publisher.mailing.warm_up import WarmUp
from publisher.store import tables as t
from tests.mailing.builders import NOON, Plan, PostOffice, subscribe

HOUR = timedelta(hours=1)
GMAIL = Provider("gmail", frozenset({"gmail.com"}), 10)


async def foreseen(
    office: PostOffice, domains: Mapping[str, int], *, pacing: Pacing | None = None, configured: float | None = None
) -> Forecast:
    async with office.store.read() as tx:
        return await forecast(tx, {"relay": domains}, NOON, pacing or Pacing(), configured, NOON)


@pytest.mark.parametrize(
    ("configured", "measured", "rate"),
    [(None, None, None), (100, None, 100), (None, 50, 50), (100, 50, 50), (50, 100, 50)],
)
def test_the_slower_rate_counts(configured: float | None, measured: float | None, rate: float | None) -> None:
    assert slowest(configured, measured)[0] == rate


async def test_a_relay_that_takes_so_much_a_second(office: PostOffice) -> None:
    found = await foreseen(office, {"example.com": 7_200}, configured=2)

    assert found.ends_at == NOON + HOUR
    assert found.sentence == (
        "mail to 7,200 readers until about 2026-12-01 13:00 UTC: 2 a second as configured (mailing.rate)"
    )


async def test_a_provider_that_takes_less_decides(office: PostOffice) -> None:
    pacing = Pacing(Providers([GMAIL]))

    found = await foreseen(office, {"gmail.com": 36_000, "example.com": 36_000}, pacing=pacing, configured=1_000)

    assert (found.ends_at, found.because.partition(" of ")[0]) == (NOON + HOUR, "rates")


async def test_a_warm_up_plan_takes_days(office: PostOffice) -> None:
    pacing = Pacing(warm_ups={"relay": WarmUp(NOON.date(), 1_000, growth=2)})

    found = await foreseen(office, {"example.com": 2_500}, pacing=pacing, configured=1_000)

    assert found.ends_at.date() == NOON.date() + timedelta(days=1)


async def test_nothing_known_is_nothing_said(office: PostOffice) -> None:
    found = await foreseen(office, {"example.com": 1_000_000})

    assert (found.ends_at, found.because, found.check(NOON)) == (NOON, "", [])


async def test_an_end_after_the_event_is_an_error_with_its_numbers(office: PostOffice) -> None:
    found = await foreseen(office, {"example.com": 7_200}, configured=1)

    [finding] = found.check(NOON + HOUR)
    assert (finding.code, finding.severity) == ("mailing.too_late", "error")
    assert "7,200 readers until about 2026-12-01 14:00 UTC" in finding.message
    assert "it is about 2026-12-01 13:00 UTC" in finding.message
    assert found.check(NOON + 2 * HOUR) == []
    assert found.check(NOON - HOUR) == [], "what has begun before the first mail is not announced in time anyway"


async def test_the_fastest_of_the_last_mailings_is_what_the_relay_takes(office: PostOffice) -> None:
    for number, (readers, seconds) in enumerate([(WORTH_MEASURING, 10), (WORTH_MEASURING, 5), (10, 0)]):
        mailing = await office.start(Plan(announcement=f"a-{number}"))
        values = {"audience": readers, "frozen_at": NOON, "finished_at": NOON + timedelta(seconds=seconds)}
        async with office.store.begin() as tx:
            await tx.connection.execute(update(t.mailing).where(t.mailing.c.id == mailing.id).values(**values))

    async with office.store.read() as tx:
        assert await measured_rate(tx) == WORTH_MEASURING / 5


async def test_readers_are_counted_by_the_domain_of_their_address(office: PostOffice) -> None:
    await subscribe(office.store, 3)
    await subscribe(office.store, 2, domain="gmail.com")
    await subscribe(office.store, 4, domain="gmail.com", kinds="listing")
    meant = Readership("a", 0, "mail", "announce", "publish", MailClass.SERVICE, {"en-US"}, "maintenance")

    async with office.store.read() as tx:
        assert await tx.reader_domains(meant) == {"example.com": 3, "gmail.com": 2}
