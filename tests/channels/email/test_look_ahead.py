"""The next envelope goes with the end of a message; whatever happens, each reader gets one mail or none."""

from __future__ import annotations

import asyncio

import pytest

from channels.email.sending import Mailer
from publisher.channel import Delivered, Retry
from tests.channels.email.builders import account, readers, send
from tests.channels.email.relay import Answer, Cut, Moment, Relay

PIPELINES = ("PIPELINING",)


async def test_a_relay_that_pipelines_gets_the_next_envelope_with_the_end_of_a_message() -> None:
    arrived: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 relay.example.com\r\n")
        await reader.readline()
        writer.write(b"250-relay.example.com\r\n250 PIPELINING\r\n")
        await reader.readuntil(b"DATA\r\n")
        writer.write(b"250 ok\r\n250 ok\r\n354 go on\r\n")
        await reader.readuntil(b"\r\n.\r\n")
        arrived.append(await reader.readuntil(b"DATA\r\n"))  # nothing is answered before the envelope is there
        writer.write(b"250 stored\r\n250 ok\r\n250 ok\r\n354 go on\r\n")
        await reader.readuntil(b"\r\n.\r\n")
        writer.write(b"250 stored\r\n")
        await reader.read()
        writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        mailer = Mailer(account(server.sockets[0].getsockname()[1], connections=1))
        outcomes = await send(mailer, readers(2))
        await mailer.close()

    assert {type(outcome) for outcome in outcomes.values()} == {Delivered}
    assert b"RCPT TO:<reader2@example.net>" in arrived[0]


def second(step: str, answer: Answer) -> Relay:
    """Does it at the second message of a connection."""
    return Relay(lambda moment: answer if (moment.step, moment.transaction) == (step, 2) else None, PIPELINES)


@pytest.mark.parametrize("step", ["MAIL", "RCPT", "DATA"])
@pytest.mark.parametrize("answer", ["421 4.3.2 going away", Cut.DROP])
async def test_a_relay_that_goes_away_at_an_envelope_sent_ahead_costs_nobody_anything(
    step: str, answer: str | Cut
) -> None:
    relay = second(step, answer)
    async with relay.running():
        mailer = Mailer(account(relay.port, connections=1))
        outcomes = await send(mailer, readers(6))
        await mailer.close()

    assert {type(outcome) for outcome in outcomes.values()} == {Delivered}
    assert sorted(mail.recipients[0] for mail in relay.received) == [f"reader{n}@example.net" for n in range(1, 7)]


async def test_a_relay_that_asks_for_a_rest_is_not_given_the_message_whose_envelope_went_ahead() -> None:
    relay = Relay(lambda moment: "451 4.7.1 too much mail, try later" if moment.step == "END" else None, PIPELINES)
    async with relay.running():
        mailer = Mailer(account(relay.port, connections=1))
        outcomes = await send(mailer, readers(4))
        await mailer.close()

    assert {type(outcome) for outcome in outcomes.values()} == {Retry}
    assert relay.received == []


async def test_nobody_is_looked_ahead_to_past_what_a_connection_may_carry() -> None:
    relay = Relay(extensions=PIPELINES)
    async with relay.running():
        mailer = Mailer(account(relay.port, connections=1, messages_per_connection=3))
        outcomes = await send(mailer, readers(7))
        await mailer.close()

    assert {type(outcome) for outcome in outcomes.values()} == {Delivered}
    assert [sum(mail.connection == n for mail in relay.received) for n in (1, 2, 3)] == [3, 3, 1]


async def test_urgent_mail_gets_the_connection_between_two_messages_of_a_group() -> None:
    stored = asyncio.Event()

    def script(moment: Moment) -> Answer:
        return stored if (moment.step, moment.connection, moment.transaction) == ("END", 1, 1) else None

    relay = Relay(script, PIPELINES, at_most=1)
    async with relay.running():
        mailer = Mailer(account(relay.port, connections=1, urgent_connections=1))
        everybody = readers(30)
        usual = asyncio.create_task(send(mailer, everybody[:25]))
        await relay.stored.wait()
        urgent = asyncio.create_task(send(mailer, everybody[25:], urgent=True))
        await asyncio.sleep(0.3)  # it was refused a connection of its own, and waits for the other
        stored.set()
        outcomes = {**await usual, **await urgent}
        await mailer.close()

    arrived = [mail.recipients[0] for mail in relay.received]
    assert {type(outcome) for outcome in outcomes.values()} == {Delivered}
    assert max(arrived.index(reader.address) for reader in everybody[25:]) < 10
