"""Whom an announcement with regions is mailed to, and how the others are counted."""

from __future__ import annotations

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import update

from publisher.channel import EVERYWHERE, Regions
from publisher.mailing.left_out import LeftOut
from publisher.store import tables as t
from tests.mailing.builders import Plan, PostOffice, readers_of, subscribe

PLACES = ("SG", "US", "DE", None)
restrictions = st.sampled_from([EVERYWHERE, Regions(("DE", "SG")), Regions(("US",)), Regions(deny=("US",))])


async def everywhere(office: PostOffice) -> dict[str | None, str]:
    """A reader in each place, by place."""
    return {place: (await subscribe(office.store, 1, jurisdiction=place))[0] for place in PLACES}


async def test_only_readers_who_are_known_to_be_admitted_get_it(office: PostOffice) -> None:
    reader = await everywhere(office)

    mailing = await office.start(Plan(regions=Regions(deny=("US",))))

    assert await readers_of(office, mailing) == {reader["SG"], reader["DE"]}
    assert mailing.left_out == LeftOut(elsewhere=1, unknown=1)


async def test_what_is_for_everywhere_needs_no_region(office: PostOffice) -> None:
    reader = await everywhere(office)

    mailing = await office.start(Plan(jurisdictions=EVERYWHERE))

    assert await readers_of(office, mailing) == set(reader.values())
    assert mailing.left_out == LeftOut()


async def test_two_entities_mail_each_its_own_customers(office: PostOffice) -> None:
    reader = await everywhere(office)

    here = await office.start(Plan(destination="mail-sg", jurisdictions=Regions(("SG",))))
    there = await office.start(Plan(destination="mail-eu", jurisdictions=Regions(("DE", "FR"))))

    assert await readers_of(office, here) == {reader["SG"]}
    assert await readers_of(office, there) == {reader["DE"]}


async def test_the_report_says_who_was_left_out_and_why(office: PostOffice) -> None:
    await everywhere(office)
    mailing = await office.start(Plan(regions=Regions(("SG",))))

    await office.work()

    report = await office.report(mailing)
    report.check()
    assert report.sentence == "1 delivered of 1; 2 in other regions and 1 of unknown region left out"


async def test_a_mailing_for_nobody_ends_and_says_why(office: PostOffice) -> None:
    await subscribe(office.store, 2, jurisdiction=None)

    delivery = await office.delivery(await office.start(Plan(regions=Regions(("SG",)))))

    assert delivery.state == "delivered"
    assert delivery.reason == "nobody who may read it subscribes to it in this language; 2 of unknown region left out"


async def test_a_correction_reaches_who_has_moved_since(office: PostOffice) -> None:
    (moved,) = await subscribe(office.store, 1, jurisdiction="SG")
    await office.start(Plan(announcement="a-1", regions=Regions(("SG",))))
    await office.work()
    async with office.store.begin() as tx:
        await tx.connection.execute(update(t.subscriber).values(jurisdiction="US"))

    correction = await office.start(Plan(announcement="a-1", regions=Regions(("SG",))))
    elsewhere = await office.start(Plan(announcement="a-1", destination="mail-2", regions=Regions(("SG",))))

    assert await readers_of(office, correction) == {moved}
    assert await readers_of(office, elsewhere) == set()


@given(announcement=restrictions, destination=st.one_of(st.none(), restrictions))
@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_everybody_gets_it_or_is_counted(
    office: PostOffice, announcement: Regions, destination: Regions | None
) -> None:
    reader = await everywhere(office)

    mailing = await office.start(Plan(regions=announcement, jurisdictions=destination))

    limits = [where for where in (announcement, destination) if where is not None]
    admitted = {address for place, address in reader.items() if all(where.admits(place) for where in limits)}
    got, left_out = await readers_of(office, mailing), mailing.left_out
    assert got & set(reader.values()) == admitted
    async with office.store.read() as tx:
        everybody = len(await tx.subscribers(0, 1_000))
    assert len(got) + left_out.elsewhere + left_out.unknown == everybody
