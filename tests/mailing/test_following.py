"""The mail of a stage goes to those who were mailed the announcement and want to hear what follows: nobody else."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from publisher.content.kinds.kind import Follow, MailClass
from publisher.mailing.preferences import Frequency, Wish
from publisher.mailing.transaction import Mailing
from publisher.release.policy import Planned
from tests.mailing.builders import NOON, POLICY, Plan, PostOffice, R, readers_of, subscribe, suppress

STAGES = (
    Planned("start", NOON, "start", None, None, Follow.EVERYTHING),
    Planned("extended", None, "person", None, None, Follow.IMPORTANT),
)
WORKS = replace(POLICY, stages=STAGES)


async def choose(office: PostOffice, address: str, follow: Follow, **kinds: Frequency) -> None:
    async with office.store.begin() as tx:
        [reader] = (await tx.subscribers_by_key([address])).values()
        wanted = kinds or {"maintenance": Frequency.INSTANT}
        await tx.save_wish(reader.id, Wish("en-US", None, wanted, follow=follow), NOON)


async def announced(office: PostOffice, plan: Plan | None = None) -> Mailing:
    mailing = await office.start(plan or Plan(WORKS, announcement="works"))
    await office.work()
    return mailing


def stage(name: str, minutes: int = 60, *, policy: object = WORKS) -> Plan:
    walked_at = NOON + timedelta(minutes=minutes)
    assert isinstance(policy, type(POLICY))
    return Plan(policy, announcement="works", operation="follow", stage=name, walked_at=walked_at)


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("start", {Follow.EVERYTHING}),
        ("extended", {Follow.EVERYTHING, Follow.IMPORTANT}),
        ("postponed", {Follow.EVERYTHING, Follow.IMPORTANT}),
    ],
)
async def test_each_reader_gets_as_much_as_they_chose(office: PostOffice, name: str, wanted: set[Follow]) -> None:
    choices = dict(zip(await subscribe(office.store, 3), Follow, strict=True))
    for address, follow in choices.items():
        await choose(office, address, follow)
    await announced(office)

    told = await readers_of(office, await office.start(stage(name)))

    assert {choices[address] for address in told} == wanted


async def test_who_chose_nothing_hears_what_changes_it(office: PostOffice) -> None:
    [reader] = await subscribe(office.store, 1)
    await announced(office)

    assert await readers_of(office, await office.start(stage("start"))) == set()
    assert await readers_of(office, await office.start(stage("extended"))) == {reader}


async def test_only_those_who_were_mailed_the_announcement_hear_what_follows(office: PostOffice) -> None:
    had, gave_up, reads_digests, stopped = await subscribe(office.store, 4)
    await announced(office)
    await choose(office, gave_up, Follow.EVERYTHING, listing=Frequency.INSTANT)
    await choose(office, reads_digests, Follow.EVERYTHING, maintenance=Frequency.DAILY)
    await suppress(office, stopped, MailClass.SERVICE)
    [came_later] = await subscribe(office.store, 1)
    await choose(office, came_later, Follow.EVERYTHING)

    assert await readers_of(office, await office.start(stage("extended"))) == {had}


async def test_a_second_extension_is_mailed_again_and_one_walk_once_whatever_language_is_chosen(
    office: PostOffice,
) -> None:
    [reader] = await subscribe(office.store, 1)
    await announced(office)
    first = await office.start(stage("extended", 60))
    await office.work()
    async with office.store.begin() as tx:
        [known] = (await tx.subscribers_by_key([reader])).values()
        await tx.save_wish(known.id, Wish("zh-CN", None, {"maintenance": Frequency.INSTANT}), NOON)

    same = await office.start(replace(stage("extended", 60), locale="zh-CN"))
    second = await office.start(replace(stage("extended", 90), locale="zh-CN"))

    assert [await readers_of(office, each) for each in (first, same, second)] == [{reader}, set(), {reader}]


async def test_nobody_can_give_up_what_becomes_of_a_mandatory_announcement(office: PostOffice) -> None:
    mandatory = replace(WORKS, mail_class=MailClass.MANDATORY)
    least, gave_up, stopped = await subscribe(office.store, 3)
    await announced(office, Plan(mandatory, announcement="works"))
    await choose(office, least, Follow.ANNOUNCEMENT)
    await choose(office, gave_up, Follow.ANNOUNCEMENT, listing=Frequency.INSTANT)
    await suppress(office, stopped, MailClass.SERVICE)

    told = await readers_of(office, await office.start(stage("postponed", policy=mandatory)))

    assert told == {least, gave_up, stopped}


async def test_a_stage_that_reaches_nobody_says_why(office: PostOffice) -> None:
    await subscribe(office.store, 1)
    await announced(office)

    mailing = await office.start(stage("start"))

    assert (await office.delivery(mailing)).reason == (
        "nobody got a mail of it that this could follow and wants this in this language"
    )


async def test_the_mail_of_a_stage_is_a_mailing_like_any_other(office: PostOffice) -> None:
    await subscribe(office.store, 4)
    await announced(office)

    mailing = await office.start(stage("extended"))
    await office.work()

    assert (await office.counts(mailing), (await office.report(mailing)).identity) == (
        {R.DELIVERED: 4},
        "4 = 4 delivered",
    )
