from __future__ import annotations

import asyncio
import re
import ssl
from collections import Counter
from email import message_from_bytes, policy
from pathlib import Path

import pytest
from pydantic import ValidationError

from channels.email import channel
from channels.email.options import Account
from channels.email.sending import Mailer
from publisher.channel import (
    SLOT_MARKER,
    Addressee,
    ChannelType,
    Delivered,
    Outcome,
    Part,
    Payload,
    Receipt,
    Rejected,
    Retry,
    Unconfirmed,
    slot,
)
from tests.channels.email.builders import (
    account,
    edition,
    message_of,
    pem,
    readers,
    rendered,
    rsa_key,
    send,
    slots,
    target,
)
from tests.channels.email.relay import Cut, Moment, Relay, Script, always, first_time

NOBODY = "203.0.113.1"


async def outcome_of_one(relay: Relay, payload: Payload | None = None, **settings: object) -> Outcome:
    async with relay.running():
        mailer = Mailer(account(relay.port, **settings))
        outcomes = await send(mailer, readers(1), payload)
        await mailer.close()
    return outcomes[1]


async def test_every_reader_gets_one_message_of_their_own() -> None:
    relay = Relay()
    async with relay.running():
        mailer = Mailer(account(relay.port))

        outcomes = await send(mailer, readers(25))

        await mailer.close()
    assert outcomes == {n: Delivered(Receipt("message", (f"<m{n}.r1@mail.example.com>",))) for n in range(1, 26)}
    assert Counter(mail.recipients for mail in relay.received) == Counter(
        (f"reader{n}@example.net",) for n in range(1, 26)
    )
    for mail in relay.received:
        message = message_from_bytes(mail.raw, policy=policy.default)
        assert (message["To"],) == mail.recipients
        number = int(re.findall(r"\d+", message["To"])[0])
        assert message["List-Unsubscribe"] == f"<https://example.com/u/{number:032x}?l=news>"
    assert {mail.sender for mail in relay.received} == {"news@mail.example.com"}
    assert relay.most_open == 3


async def test_what_was_approved_is_what_arrives_with_only_the_slots_filled() -> None:
    relay = Relay()
    payload = edition()

    await outcome_of_one(relay, payload)

    constants = SLOT_MARKER.split(message_of(payload))[::2]
    names = SLOT_MARKER.findall(message_of(payload))
    arrived = re.fullmatch("(.+?)".join(map(re.escape, constants)), relay.received[0].raw.decode(), re.DOTALL)
    assert arrived is not None
    values = [value.replace("=\r\n", "").replace("=3D", "=") for value in arrived.groups()]
    assert values == [{**slots(), "recipient.address": "reader1@example.net"}[name] for name in names]


@pytest.mark.parametrize(
    ("options", "settings", "expected"),
    [
        ({}, {"envelope_sender": "bounces@example.com"}, "bounces@example.com"),
        ({"envelope_sender": "b@example.com"}, {"envelope_sender": "bounces@example.com"}, "b@example.com"),
    ],
)
async def test_bounces_go_where_the_settings_say(
    options: dict[str, str], settings: dict[str, str], expected: str
) -> None:
    relay = Relay()

    await outcome_of_one(relay, edition(to=target(**options)), **settings)

    assert relay.received[0].sender == expected


CERTAINLY_NOT_SENT = [
    always("CONNECT", Cut.DROP),
    always("CONNECT", Cut.HANG),
    always("CONNECT", "421 too many connections"),
    always("CONNECT", "554 no service"),
    always("EHLO", Cut.DROP),
    always("EHLO", "502 what"),
    always("MAIL", Cut.DROP),
    always("MAIL", Cut.HANG),
    always("MAIL", "421 closing"),
    always("MAIL", "354 what"),
    always("MAIL", "gibberish"),
    always("RCPT", Cut.DROP),
    always("RCPT", Cut.HANG),
    always("RCPT", "421 closing"),
    always("RCPT", "450 4.2.1 busy"),
    always("DATA", Cut.DROP),
    always("DATA", Cut.HANG),
    always("DATA", "451 later"),
    always("DATA", "250 what"),
    always("END", "451 4.7.1 later"),
    always("END", "421 closing"),
]


@pytest.mark.parametrize("extensions", [(), ("PIPELINING",)])
@pytest.mark.parametrize("script", CERTAINLY_NOT_SENT)
async def test_before_the_end_of_the_message_nothing_is_in_doubt(script: Script, extensions: tuple[str, ...]) -> None:
    relay = Relay(script, extensions)

    outcome = await outcome_of_one(relay, timeout=0.3)

    assert isinstance(outcome, Retry)
    assert [mail.recipients for mail in relay.received if mail.recipients] == []


@pytest.mark.parametrize("fault", [Cut.DROP, Cut.HANG, "gibberish", "354 again", "250-" + "x" * 70_000])
async def test_after_the_end_of_the_message_a_lost_answer_is_in_doubt(fault: str | Cut) -> None:
    relay = Relay(always("END", fault), ("PIPELINING",))

    outcome = await outcome_of_one(relay, final_timeout=0.3)

    assert isinstance(outcome, Unconfirmed)


def huge() -> Payload:
    """Larger than what the buffers of two sockets hold."""
    filler = ("x" * 70 + "\r\n") * 200_000
    return Payload(
        target(), (Part("message", {"message": f"X-Id: {slot('message_id')}\r\n\r\n{filler}", "envelope_sender": ""}),)
    )


@pytest.mark.parametrize("fault", Cut)
async def test_a_connection_lost_in_the_middle_of_the_message_is_not_in_doubt(fault: Cut) -> None:
    outcome = await outcome_of_one(Relay(always("BODY", fault)), huge(), timeout=0.5)

    assert isinstance(outcome, Retry)
    assert "writing the message" in outcome.reason


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ("552 5.3.4 too big", Rejected("writing the message: 552 5.3.4 too big")),
        ("452 4.2.2 full", Retry("writing the message: 452 4.2.2 full")),
        ("250 2.0.0 already", Retry("writing the message: 250 2.0.0 already")),
    ],
)
async def test_an_answer_before_the_end_of_the_message_is_heard_and_is_never_a_yes(
    answer: str, expected: Outcome
) -> None:
    assert await outcome_of_one(Relay(always("BODY", answer)), huge()) == expected


async def test_nobody_listens() -> None:
    relay = Relay()
    async with relay.running():
        pass
    mailer = Mailer(account(relay.port))

    outcomes = await send(mailer, readers(40))

    assert {type(outcome) for outcome in outcomes.values()} == {Retry}
    assert {outcome.scope for outcome in outcomes.values() if isinstance(outcome, Retry)} == {"account"}


@pytest.mark.parametrize("extensions", [(), ("PIPELINING",)])
async def test_one_refused_reader_leaves_the_others_alone(extensions: tuple[str, ...]) -> None:
    nobody: list[int] = []

    def script(moment: Moment) -> str | None:
        if moment.step == "RCPT" and "reader3@" in moment.argument:
            nobody.append(moment.transaction)
            return "550 5.1.1 no such user"
        return "554 5.5.1 no valid recipients" if moment.step == "DATA" and moment.transaction in nobody else None

    relay = Relay(script, extensions)
    async with relay.running():
        mailer = Mailer(account(relay.port, connections=1))
        outcomes = await send(mailer, readers(6))
        await mailer.close()

    assert outcomes[3] == Rejected("naming the recipient: 550 5.1.1 no such user", disable_target=True)
    assert sorted(mail.recipients[0] for mail in relay.received) == [f"reader{n}@example.net" for n in (1, 2, 4, 5, 6)]
    assert relay.connections == 1
    assert relay.commands.count("RSET") == 1


async def test_a_relay_that_asks_for_a_message_to_nobody_gets_an_empty_one() -> None:
    """RFC 2920 section 3.1: DATA may be answered with 354 although the recipient was refused."""
    nobody: list[int] = []

    def script(moment: Moment) -> str | None:
        if moment.step == "RCPT" and "reader1@" in moment.argument:
            nobody.append(moment.transaction)
            return "550 5.1.1 no such user"
        return "554 5.5.1 no valid recipients" if moment.step == "END" and moment.transaction in nobody else None

    relay = Relay(script, ("PIPELINING",))
    async with relay.running():
        mailer = Mailer(account(relay.port, connections=1))
        outcomes = await send(mailer, readers(3))
        await mailer.close()

    assert outcomes[1] == Rejected("naming the recipient: 550 5.1.1 no such user", disable_target=True)
    assert [mail.recipients for mail in relay.received] == [("reader2@example.net",), ("reader3@example.net",)]
    assert relay.connections == 1


async def test_a_refused_sender_sends_nobody_an_empty_mail() -> None:
    relay = Relay(always("MAIL", "451 4.7.1 not now"), ("PIPELINING",))

    outcome = await outcome_of_one(relay)

    assert outcome == Retry("naming the sender: 451 4.7.1 not now", scope="account")
    assert relay.received == []


async def test_a_relay_that_pipelines_is_told_the_envelope_at_once() -> None:
    arrived: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 relay.example.com\r\n")
        await reader.readline()
        writer.write(b"250-relay.example.com\r\n250 PIPELINING\r\n")
        arrived.append(await reader.readuntil(b"DATA\r\n"))  # nothing is answered before all three are there
        writer.write(b"250 ok\r\n250 ok\r\n354 go on\r\n")
        await reader.readuntil(b"\r\n.\r\n")
        writer.write(b"250 stored\r\n")
        await reader.read()
        writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        mailer = Mailer(account(server.sockets[0].getsockname()[1], connections=1))
        outcomes = await send(mailer, readers(1))
        await mailer.close()

    assert isinstance(outcomes[1], Delivered)
    assert [line.split(b":")[0] for line in arrived[0].splitlines()] == [b"MAIL FROM", b"RCPT TO", b"DATA"]


async def test_a_relay_that_refuses_us_is_not_asked_again_for_everybody() -> None:
    relay = Relay(always("MAIL", "550 5.7.1 sender not allowed"))
    async with relay.running():
        mailer = Mailer(account(relay.port))
        outcomes = await send(mailer, readers(200))
        await mailer.close()

    assert len(outcomes) == 200
    assert {type(outcome) for outcome in outcomes.values()} == {Retry}
    assert sum(command.startswith("MAIL") for command in relay.commands) <= 6


async def test_an_idle_connection_that_the_relay_closed_costs_nobody_anything() -> None:
    relay = Relay(
        lambda moment: "421 4.4.2 idle too long" if moment.transaction == 2 and moment.step == "MAIL" else None
    )
    async with relay.running():
        mailer = Mailer(account(relay.port, connections=1))
        outcomes = await send(mailer, readers(5))
        await mailer.close()

    assert {type(outcome) for outcome in outcomes.values()} == {Delivered}
    assert len(relay.received) == 5
    assert relay.connections == 5


async def test_a_connection_carries_a_limited_number_of_messages() -> None:
    relay = Relay()
    async with relay.running():
        mailer = Mailer(account(relay.port, connections=1, messages_per_connection=4))
        await send(mailer, readers(10))
        await mailer.close()

    assert sorted(Counter(mail.connection for mail in relay.received).values()) == [2, 4, 4]
    assert relay.commands.count("QUIT") == 3


async def test_a_relay_that_allows_fewer_connections_still_gets_everything() -> None:
    relay = Relay(at_most=2)
    async with relay.running():
        mailer = Mailer(account(relay.port, connections=6, messages_per_connection=5))
        outcomes = await send(mailer, readers(60))
        await mailer.close()

    assert {type(outcome) for outcome in outcomes.values()} == {Delivered}
    assert len(relay.received) == 60
    assert max(Counter(mail.connection for mail in relay.received).values()) == 5


async def test_groups_sent_at_once_share_the_connections() -> None:
    relay = Relay()
    async with relay.running():
        mailer = Mailer(account(relay.port, connections=2))
        both = await asyncio.gather(send(mailer, readers(20)), send(mailer, readers(20)))
        await mailer.close()

    assert [len(outcomes) for outcomes in both] == [20, 20]
    assert len(relay.received) == 40
    assert relay.most_open == 2


async def test_the_group_that_came_first_is_through_first() -> None:
    relay, everybody = Relay(), readers(60)
    async with relay.running():
        mailer = Mailer(account(relay.port, connections=2))
        await asyncio.gather(send(mailer, everybody[:30]), send(mailer, everybody[30:]))
        await mailer.close()

    arrived = [mail.recipients[0] for mail in relay.received]
    assert max(arrived.index(reader.address) for reader in everybody[:30]) < 45, "the groups took turns"
    assert len(arrived) == 60


async def test_urgent_mail_does_not_wait_for_a_connection() -> None:
    stuck = asyncio.Event()
    relay = Relay(lambda moment: stuck if moment.step == "END" and moment.connection <= 3 else None)
    async with relay.running():
        mailer = Mailer(account(relay.port, connections=3, urgent_connections=2))
        slow = asyncio.create_task(send(mailer, readers(30)))
        while relay.open < 3:  # noqa: ASYNC110 - another task of this loop opens them
            await asyncio.sleep(0)
        urgent = await send(mailer, readers(10), urgent=True)
        stuck.set()
        outcomes = await slow
        await mailer.close()

    assert {type(outcome) for outcome in (*urgent.values(), *outcomes.values())} == {Delivered}
    assert (len(urgent), len(outcomes), relay.most_open) == (10, 30, 5)


async def test_urgent_mail_goes_first_where_the_relay_allows_no_more_connections() -> None:
    relay = Relay(at_most=2)
    async with relay.running():
        mailer = Mailer(account(relay.port, connections=2, urgent_connections=2))
        everybody = readers(60)
        usual = asyncio.create_task(send(mailer, everybody[:40]))
        while len(relay.received) < 5:  # noqa: ASYNC110 - another task of this loop receives them
            await asyncio.sleep(0)
        urgent = await send(mailer, everybody[40:], urgent=True)
        outcomes = await usual
        await mailer.close()

    assert {type(outcome) for outcome in (*outcomes.values(), *urgent.values())} == {Delivered}
    assert len(relay.received) == 60
    arrived = [mail.recipients[0] for mail in relay.received]
    places = [arrived.index(reader.address) for reader in everybody[40:]]
    assert max(places) - min(places) < 30, "urgent mail took turns with the others"


async def test_leaving_early_closes_what_was_under_way() -> None:
    relay = Relay(lambda moment: Cut.HANG if moment.step == "END" and moment.connection == 2 else None)
    async with relay.running():
        mailer = Mailer(account(relay.port, connections=2))
        sending = mailer.send_group(edition(), readers(2))
        first = await anext(sending)
        await sending.aclose()  # type: ignore[attr-defined]

        again = await send(mailer, [Addressee(3, "reader3@example.net", slots(3))])
        await mailer.close()

    assert isinstance(first[1], Delivered)
    assert again == {3: Delivered(Receipt("message", ("<m3.r1@mail.example.com>",)))}
    assert [mail.connection for mail in relay.received if mail.recipients == ("reader3@example.net",)] == [1]


async def test_the_late_answer_to_a_cancelled_message_never_answers_the_next() -> None:
    late = asyncio.Event()
    held = first_time("END", late)
    relay = Relay(lambda moment: "550 5.1.1 no" if moment.step == "RCPT" and relay.received else held(moment))
    async with relay.running():
        mailer = Mailer(account(relay.port, connections=1))
        sending = asyncio.create_task(send(mailer, readers(1)))
        await relay.stored.wait()
        sending.cancel()
        await asyncio.gather(sending, return_exceptions=True)
        late.set()

        again = await send(mailer, readers(1))
        await mailer.close()

    assert again == {1: Rejected("naming the recipient: 550 5.1.1 no", disable_target=True)}
    assert relay.connections == 2


@pytest.mark.parametrize("answer", ["354 again", "gibberish", "421 4.3.2 closing", "299 well"])
async def test_after_an_odd_answer_the_connection_is_not_used_again(answer: str) -> None:
    relay = Relay(first_time("END", answer))
    async with relay.running():
        mailer = Mailer(account(relay.port, connections=1))
        await send(mailer, readers(1))
        again = await send(mailer, readers(1))
        await mailer.close()

    assert isinstance(again[1], Delivered)
    assert relay.received[-1].connection == (1 if answer.startswith("2") else 2)
    assert relay.connections == relay.received[-1].connection


async def test_a_value_that_is_not_of_its_slot_rejects_that_reader_only() -> None:
    relay = Relay()
    group = [
        Addressee(1, "reader1@example.net", slots(1, recipient__unsubscribe_url="javascript:alert(1)")),
        Addressee(2, "reader2@example.net\r\nRCPT TO:<evil@example.org>", slots(2)),
        Addressee(3, "reader3@example.net", slots(3)),
    ]
    async with relay.running():
        mailer = Mailer(account(relay.port))
        outcomes = await send(mailer, group)
        await mailer.close()

    assert {n: type(outcome) for n, outcome in outcomes.items()} == {1: Rejected, 2: Rejected, 3: Delivered}
    assert [mail.recipients for mail in relay.received] == [("reader3@example.net",)]


async def test_text_cannot_end_the_message_early() -> None:
    relay = Relay()
    text = f".\n\r\n.\r\nMAIL FROM:<evil@example.org>\n\n.\n{slot('recipient.unsubscribe_url')}"
    outcome = await outcome_of_one(relay, edition(rendered(text=text)))

    assert isinstance(outcome, Delivered)
    assert len(relay.received) == 1
    assert [command for command in relay.commands if "evil" in command] == []


async def test_a_payload_we_did_not_compose_is_refused_before_anything_is_sent() -> None:
    relay = Relay()
    part = Part("message", {"message": "Subject: a\r\n\r\n.\r\nMAIL FROM:<a@b.c>\r\n", "envelope_sender": ""})

    outcome = await outcome_of_one(relay, Payload(target(), (part,)))

    assert isinstance(outcome, Rejected)
    assert relay.connections == 0


async def test_the_size_is_announced_where_the_relay_wants_to_know_it() -> None:
    relay = Relay(extensions=("SIZE 1000",))

    await outcome_of_one(relay)

    announced = next(command for command in relay.commands if command.startswith("MAIL"))
    assert announced == f"MAIL FROM:<news@mail.example.com> SIZE={len(relay.received[0].raw)}"


async def test_an_account_signs_what_asks_for_a_signature() -> None:
    relay = Relay()
    key = {"domain": "example.com", "selector": "news", "private_key": pem(rsa_key())}

    await outcome_of_one(relay, edition(to=target(dkim=True)), dkim=key)

    assert relay.received[0].raw.startswith(b"DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/simple; d=example.com;")


async def test_nothing_goes_out_unsigned_for_want_of_a_key() -> None:
    relay = Relay()

    outcome = await outcome_of_one(relay, edition(to=target(dkim=True)))

    assert isinstance(outcome, Retry)
    assert outcome.scope == "account"
    assert "dkim" in outcome.reason
    assert relay.received == []


@pytest.mark.parametrize("implicit", [True, False])
async def test_mail_is_encrypted(relay_certificate: tuple[Path, ssl.SSLContext], implicit: bool) -> None:
    trusted, shown = relay_certificate
    relay = Relay(certificate=shown, implicit_tls=implicit, extensions=("AUTH PLAIN",))
    tls = "implicit" if implicit else "starttls"

    outcome = await outcome_of_one(relay, tls=tls, ca_file=trusted, username="mailer", password="secret")

    assert isinstance(outcome, Delivered)
    assert ("STARTTLS" in relay.commands) is not implicit
    assert len([command for command in relay.commands if command.startswith("AUTH PLAIN")]) == 1


async def test_an_encrypted_connection_is_used_again(relay_certificate: tuple[Path, ssl.SSLContext]) -> None:
    trusted, shown = relay_certificate
    relay = Relay(certificate=shown)
    async with relay.running():
        mailer = Mailer(account(relay.port, connections=1, tls="starttls", ca_file=trusted))
        outcomes = await send(mailer, readers(20))
        await mailer.close()

    assert {type(outcome) for outcome in outcomes.values()} == {Delivered}
    assert relay.connections == 1


@pytest.mark.parametrize("fault", Cut)
async def test_an_encrypted_message_lost_in_the_middle_is_not_in_doubt(
    relay_certificate: tuple[Path, ssl.SSLContext], fault: Cut
) -> None:
    trusted, shown = relay_certificate
    relay = Relay(always("BODY", fault), certificate=shown)

    outcome = await outcome_of_one(relay, huge(), tls="starttls", ca_file=trusted, timeout=1)

    assert isinstance(outcome, Retry)


async def test_a_relay_stripped_of_starttls_gets_nothing() -> None:
    relay = Relay(extensions=("AUTH PLAIN",))

    outcome = await outcome_of_one(relay, tls="required", username="mailer", password="secret")

    assert isinstance(outcome, Retry)
    assert "STARTTLS" in outcome.reason
    assert [command for command in relay.commands if not command.startswith(("EHLO", "QUIT"))] == []


@pytest.mark.parametrize("implicit", [True, False])
async def test_a_certificate_nobody_vouches_for_gets_nothing(
    relay_certificate: tuple[Path, ssl.SSLContext], implicit: bool
) -> None:
    relay = Relay(certificate=relay_certificate[1], implicit_tls=implicit)

    outcome = await outcome_of_one(relay, tls="implicit" if implicit else "starttls")

    assert isinstance(outcome, Retry)
    assert outcome.scope == "account"
    assert "certificate verify failed" in outcome.reason
    assert [command for command in relay.commands if command.startswith("MAIL")] == []


async def test_wrong_credentials_are_the_accounts_trouble() -> None:
    relay = Relay(always("AUTH", "535 5.7.8 no"), extensions=("AUTH PLAIN",))

    outcome = await outcome_of_one(relay, username="mailer", password="wrong")

    assert isinstance(outcome, Retry)
    assert outcome.scope == "account"


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"host": NOBODY, "tls": "none"}, "would send mail to 203.0.113.1 in clear text"),
        ({"host": "relay.example.com", "tls": "none"}, "clear text"),
        ({"username": "mailer"}, "both username and password"),
        ({"envelope_sender": "a@b.c> SIZE=1"}, "envelope_sender"),
        ({"conections": 3}, "conections"),
    ],
)
def test_settings_that_cannot_work_are_refused(settings: dict[str, object], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        account(2525, **settings)


def test_a_certificate_file_that_is_not_there_is_named() -> None:
    with pytest.raises(ValueError, match=r"ca_file absent\.pem of relay\.example\.com: No such file"):
        Mailer(account(465, host="relay.example.com", tls="implicit", ca_file="absent.pem"))


def test_secrets_are_not_shown() -> None:
    shown = repr(account(2525, username="mailer", password="hunter2"))

    assert "hunter2" not in shown


def test_the_channel_is_registered_as_a_mailing_channel() -> None:
    assert isinstance(channel, ChannelType)
    assert channel.connect_mailing is not None
    assert channel.connect_posting is None
    assert channel.composer.capabilities.wave == 3
    assert channel.Account is Account


ABROAD = Addressee(1, "läser@example.net", slots(1))


async def test_an_international_address_is_carried_by_a_relay_that_announces_it() -> None:
    relay = Relay(extensions=("8BITMIME", "SMTPUTF8"))
    async with relay.running():
        mailer = Mailer(account(relay.port))
        outcomes = await send(mailer, [ABROAD, *readers(3)[1:]])
        await mailer.close()

    assert {type(outcome) for outcome in outcomes.values()} == {Delivered}
    (abroad,) = (received for received in relay.received if received.recipients == ("läser@example.net",))
    assert "To: läser@example.net\r\n".encode() in abroad.raw
    assert sum("SMTPUTF8" in command for command in relay.commands) == 1


@pytest.mark.parametrize("extensions", [(), ("SMTPUTF8",), ("8BITMIME",)])
async def test_an_international_address_is_refused_by_name_where_the_relay_cannot_carry_it(
    extensions: tuple[str, ...],
) -> None:
    relay = Relay(extensions=extensions)
    async with relay.running():
        mailer = Mailer(account(relay.port))
        outcomes = await send(mailer, [ABROAD, *readers(2)[1:]])
        await mailer.close()

    refused = outcomes[1]
    assert isinstance(refused, Rejected)
    assert (refused.disable_target, "does not announce SMTPUTF8" in refused.reason) == (False, True)
    assert isinstance(outcomes[2], Delivered)
