from __future__ import annotations

import asyncio
import base64
import smtplib
import ssl
from collections.abc import Callable
from email.message import EmailMessage
from typing import TypeVar

import aiosmtplib
import pytest

from publisher.sandbox import Channel, Relay, Sandbox, World

T = TypeVar("T")


def mail(body: str = "Hello", subject: str = "Notice") -> bytes:
    return f"Subject: {subject}\r\nFrom: news@example.com\r\n\r\n{body}\r\n".encode()


async def talk(port: int, *writes: bytes) -> list[bytes]:
    """Sends each write as it is, then ends; the reply lines."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for write in writes:
        writer.write(write)
    writer.write_eof()
    replies = await reader.read()
    writer.close()
    await writer.wait_closed()
    return replies.split(b"\r\n")[:-1]


async def with_smtplib(port: int, act: Callable[[smtplib.SMTP], T]) -> T:
    def run() -> T:
        with smtplib.SMTP("127.0.0.1", port, timeout=10) as client:
            return act(client)

    return await asyncio.to_thread(run)


def codes(replies: list[bytes]) -> list[int]:
    return [int(reply[:3]) for reply in replies]


async def test_aiosmtplib_delivers_bytes_as_they_are(sandbox: Sandbox) -> None:
    raw = mail("..two dots\r\n.\r\n.one dot, 公告")

    async with aiosmtplib.SMTP(hostname="127.0.0.1", port=sandbox.smtp.port) as client:
        refused, answer = await client.sendmail(
            "news@example.com", ["ada@example.com"], raw, mail_options=["BODY=8BITMIME"]
        )

    [arrival] = sandbox.arrivals.newest(Channel.EMAIL)
    assert (refused, answer) == ({}, "2.0.0 Ok: queued as 1")
    assert arrival.raw == raw
    assert arrival.parameters == {"sender": "news@example.com", "recipients": ["ada@example.com"]}


async def test_smtplib_delivers_and_reads_the_extensions(sandbox: Sandbox) -> None:
    def send(client: smtplib.SMTP) -> dict[str, str]:
        client.sendmail("news@example.com", ["ada@example.com"], mail())
        return client.esmtp_features

    features = await with_smtplib(sandbox.smtp.port, send)

    assert set(features) == {"pipelining", "size", "8bitmime", "smtputf8", "enhancedstatuscodes"}
    assert sandbox.arrivals.totals[Channel.EMAIL] == 1


async def test_a_pipelined_group_and_a_second_mail_behind_the_dot(sandbox: Sandbox) -> None:
    envelope = b"MAIL FROM:<news@example.com>\r\nRCPT TO:<ada@example.com>\r\nDATA\r\n"

    replies = await talk(
        sandbox.smtp.port, b"EHLO a\r\n" + envelope, mail("1") + b".\r\n" + envelope, mail("2") + b".\r\nQUIT\r\n"
    )

    assert codes(replies)[7:] == [250, 250, 354, 250, 250, 250, 354, 250, 221]
    assert [arrival.raw for arrival in sandbox.arrivals.newest(Channel.EMAIL)] == [mail("2"), mail("1")]


@pytest.mark.parametrize("size", [1, 2, 3, 7, 64])
async def test_input_in_pieces_of_any_size(sandbox: Sandbox, size: int) -> None:
    raw = mail("a\r\n..\r\n\r\n.b")
    stream = b"HELO a\r\nMAIL FROM:<>\r\nRCPT TO:<ada@example.com>\r\nDATA\r\n"
    stream += raw.replace(b"\r\n.", b"\r\n..") + b".\r\nQUIT\r\n"
    reader, writer = await asyncio.open_connection("127.0.0.1", sandbox.smtp.port)

    for at in range(0, len(stream), size):
        writer.write(stream[at : at + size])
        await writer.drain()
        await asyncio.sleep(0)
    replies = (await asyncio.wait_for(reader.read(), 20)).split(b"\r\n")[:-1]
    writer.close()

    assert codes(replies) == [220, 250, 250, 250, 354, 250, 221]
    assert sandbox.arrivals.newest(Channel.EMAIL)[0].raw == raw


async def test_an_empty_message(sandbox: Sandbox) -> None:
    replies = await talk(
        sandbox.smtp.port, b"HELO a\r\nMAIL FROM:<>\r\nRCPT TO:<ada@example.com>\r\nDATA\r\n.\r\nQUIT\r\n"
    )

    assert codes(replies)[-2:] == [250, 221]
    assert sandbox.arrivals.newest(Channel.EMAIL)[0].raw == b""


@pytest.mark.parametrize(
    ("commands", "answer"),
    [
        (b"MAIL FROM:<a@example.com>", b"503 5.5.1 Send EHLO first"),
        (b"EHLO a\r\nRCPT TO:<a@example.com>", b"503 5.5.1 Need MAIL before RCPT"),
        (b"EHLO a\r\nDATA", b"503 5.5.1 Need MAIL and RCPT before DATA"),
        (b"EHLO a\r\nMAIL FROM:<a@example.com>\r\nDATA", b"503 5.5.1 Need RCPT"),
        (b"EHLO a\r\nMAIL FROM:<a@example.com>\r\nMAIL FROM:<a@example.com>", b"503 5.5.1 Nested MAIL command"),
        (b"EHLO a\r\nMAIL FROM:a@example.com", b"501 5.1.7 Syntax: MAIL FROM:<address>"),
        (b"EHLO a\r\nMAIL FROM:<no at>", b"501 5.1.7 Syntax: MAIL FROM:<address>"),
        (b"EHLO a\r\nMAIL FROM:<> SIZE=99999999", b"552 5.3.4 Message size exceeds the limit of 25000000 bytes"),
        (b"EHLO a\r\nMAIL FROM:<a@example.com> SMTPUTF8\r\nRCPT TO:<\xe5\x85\xac@example.com>", b"250 2.1.5 Ok"),
        (b"EHLO a\r\nMAIL FROM:<>\r\nRCPT TO:<\xe5\x85\xac@example.com>", b"553 5.6.7 Such an address needs SMTPUTF8"),
        (b"EHLO a\r\nMAIL FROM:<\xe5\x85\xac@example.com>", b"553 5.6.7 Such an address needs SMTPUTF8"),
        (b"EHLO a\r\nMAIL FROM:<> SMTPUTF8\r\nRCPT TO:<\xff@example.com>", b"501 5.5.4 Only ASCII here"),
        (b"EHLO a\r\nMAIL FROM:<a@example.com> BODY=WHAT", b"555 5.5.4 Unsupported option BODY"),
        (b"EHLO a\r\nMAIL FROM:<a@example.com>\r\nRCPT TO:<nobody>", b"501 5.1.3 Syntax: RCPT TO:<address>"),
        (b"EHLO a\r\nMAIL FROM:<>\r\nRCPT TO:<a@example.com> NOTIFY=NEVER", b"555 5.5.4 Unsupported option NOTIFY"),
        (b"EHLO", b"501 5.5.4 Say who you are: EHLO host.example.com"),
        (b"TURN", b"500 5.5.2 Command unrecognised"),
        (b"NOOP " + b"x" * 3000, b"500 5.5.2 Line too long"),
        (b"HELO \xe5\x85\xac", b"501 5.5.4 Only ASCII here"),
        (b"STARTTLS", b"502 5.5.1 TLS is not available now"),
        (b"EHLO a\r\nAUTH PLAIN AGEAYg==", b"503 5.5.1 AUTH is not available now"),
        (b"VRFY a", b"252 2.0.0 Send some mail, I will try my best"),
        (b"RSET", b"250 2.0.0 Ok"),
    ],
)  # fmt: skip
async def test_answers_to_single_commands(sandbox: Sandbox, commands: bytes, answer: bytes) -> None:
    replies = await talk(sandbox.smtp.port, commands + b"\r\nQUIT\r\n")

    assert replies[-2:] == [answer, b"221 2.0.0 Bye"]


@pytest.mark.parametrize(
    ("raw", "answer"),
    [
        (b"Subject: x\n\nbare\r\n", b"550 5.5.2"),
        (b"Subject: x\r\n\r\nsmuggled\n.\nMAIL FROM:<x@example.com>\r\n", b"550 5.5.2"),
        (b"Subject: x\r\n\r\nbare\rCR\r\n", b"550 5.5.2"),
        (b"Subject: x\r\n\r\n" + b"x" * 999 + b"\r\n", b"554 5.6.0"),
        (b"Subject: x\r\n\r\n" + b"x" * 998 + b"\r\n", b"250 2.0.0"),
    ],
)
async def test_what_a_message_may_hold(sandbox: Sandbox, raw: bytes, answer: bytes) -> None:
    envelope = b"HELO a\r\nMAIL FROM:<>\r\nRCPT TO:<ada@example.com>\r\nDATA\r\n"

    replies = await talk(sandbox.smtp.port, envelope + raw + b".\r\nQUIT\r\n")

    assert replies[-2][:9] == answer


async def test_a_message_beyond_the_size_is_read_to_its_end_and_refused() -> None:
    async with Sandbox(World(relay=Relay(max_bytes=2000))) as sandbox:
        envelope = b"HELO a\r\nMAIL FROM:<>\r\nRCPT TO:<ada@example.com>\r\nDATA\r\n"
        too_big, fits = mail("x" * 70 + "\r\n" + "y\r\n" * 90_000), mail("z\r\n" * 600)

        replies = await talk(sandbox.smtp.port, envelope + too_big + b".\r\n" + envelope[8:], fits + b".\r\nQUIT\r\n")

        assert codes(replies)[4:] == [354, 552, 250, 250, 354, 250, 221]
        assert [arrival.raw for arrival in sandbox.arrivals.newest(Channel.EMAIL)] == [fits]


async def test_too_many_recipients_and_connections() -> None:
    async with Sandbox(World(relay=Relay(max_recipients=1, max_connections=1))) as sandbox:
        rcpt = b"RCPT TO:<ada@example.com>\r\n"
        first = await talk(sandbox.smtp.port, b"HELO a\r\nMAIL FROM:<>\r\n" + rcpt + rcpt)
        await asyncio.sleep(0.01)
        _, holder = await asyncio.open_connection("127.0.0.1", sandbox.smtp.port)
        second = await talk(sandbox.smtp.port)
        holder.close()

        assert (first[-1], second) == (b"452 4.5.3 Too many recipients", [b"421 4.7.0 Too many connections"])


async def test_an_idle_client_is_told_and_let_go() -> None:
    async with Sandbox(World(relay=Relay(idle_seconds=0.05))) as sandbox:
        reader, writer = await asyncio.open_connection("127.0.0.1", sandbox.smtp.port)
        replies = await reader.read()
        writer.close()

        assert replies.endswith(b"421 4.4.2 Idle for too long, closing transmission channel\r\n")


async def test_starttls_with_the_relays_own_certificate() -> None:
    async with Sandbox(World(relay=Relay(tls=True, require_tls=True))) as sandbox:
        trusting = sandbox.smtp.client_context()
        async with aiosmtplib.SMTP(
            hostname="127.0.0.1", port=sandbox.smtp.port, start_tls=True, tls_context=trusting
        ) as client:
            await client.sendmail("news@example.com", ["ada@example.com"], mail())
            offered_again = client.supports_extension("starttls")
        with pytest.raises(aiosmtplib.SMTPResponseException) as refusal:
            async with aiosmtplib.SMTP(hostname="127.0.0.1", port=sandbox.smtp.port, start_tls=False) as client:
                await client.sendmail("news@example.com", ["ada@example.com"], mail())

        assert (sandbox.arrivals.totals[Channel.EMAIL], offered_again) == (1, False)
        assert refusal.value.code == 530


async def test_commands_sent_ahead_in_clear_are_forgotten_by_starttls() -> None:
    """RFC 3207 section 4.2: whoever sits on the wire must not slip a command in before TLS."""
    async with Sandbox(World(relay=Relay(tls=True))) as sandbox:
        reader, writer = await asyncio.open_connection("127.0.0.1", sandbox.smtp.port)
        writer.write(b"EHLO a\r\nSTARTTLS\r\nEHLO b\r\nMAIL FROM:<slipped@example.com>\r\n")
        while not (await reader.readline()).startswith(b"220 2.0.0"):
            pass

        await writer.start_tls(sandbox.smtp.client_context(), server_hostname="127.0.0.1")
        writer.write(b"NOOP\r\nEHLO a\r\nMAIL FROM:<a@example.com>\r\nQUIT\r\n")
        replies = (await asyncio.wait_for(reader.read(), 20)).split(b"\r\n")[:-1]
        writer.close()

        assert (replies[0], replies[-2]) == (b"250 2.0.0 Ok", b"250 2.1.0 Ok")


async def test_an_unknown_certificate_is_not_trusted_by_a_client() -> None:
    async with Sandbox(World(relay=Relay(tls=True))) as sandbox:
        client = aiosmtplib.SMTP(
            hostname="127.0.0.1", port=sandbox.smtp.port, start_tls=True, tls_context=ssl.create_default_context()
        )
        with pytest.raises(ssl.SSLCertVerificationError):
            await client.connect()
        client.close()

        assert sandbox.arrivals.totals[Channel.EMAIL] == 0


@pytest.mark.parametrize("mechanism", ["plain", "login"])
async def test_auth(mechanism: str) -> None:
    async with Sandbox(World(relay=Relay(credentials={"desk": "right"}))) as sandbox:

        def log_in(password: str) -> Callable[[smtplib.SMTP], int]:
            def run(client: smtplib.SMTP) -> int:
                client.ehlo()
                client.user, client.password = "desk", password
                act = client.auth_plain if mechanism == "plain" else client.auth_login
                return client.auth(mechanism.upper(), act, initial_response_ok=mechanism == "plain")[0]

            return run

        with pytest.raises(smtplib.SMTPSenderRefused) as stranger:
            await with_smtplib(
                sandbox.smtp.port, lambda client: client.sendmail("a@example.com", ["b@example.com"], mail())
            )
        with pytest.raises(smtplib.SMTPAuthenticationError) as wrong:
            await with_smtplib(sandbox.smtp.port, log_in("wrong"))
        code = await with_smtplib(sandbox.smtp.port, log_in("right"))

        assert (stranger.value.smtp_code, wrong.value.smtp_code, code) == (530, 535, 235)


async def test_auth_that_is_not_base64_or_not_known() -> None:
    async with Sandbox(World(relay=Relay(credentials={"desk": "right"}))) as sandbox:
        good = base64.b64encode(b"\0desk\0right")

        replies = await talk(
            sandbox.smtp.port, b"EHLO a\r\nAUTH PLAIN !\r\nAUTH CRAM-MD5\r\nAUTH PLAIN " + good + b"\r\n"
        )

        assert codes(replies)[-3:] == [501, 504, 235]


async def test_only_the_newest_are_kept_and_all_are_counted() -> None:
    async with Sandbox(keep=3) as sandbox:
        async with aiosmtplib.SMTP(hostname="127.0.0.1", port=sandbox.smtp.port) as client:
            for number in range(10):
                await client.sendmail("news@example.com", ["ada@example.com"], mail(str(number)))

        kept = [arrival.number for arrival in sandbox.arrivals.newest(Channel.EMAIL)]
        assert (kept, sandbox.arrivals.totals[Channel.EMAIL]) == ([10, 9, 8], 10)
        assert sandbox.arrivals.find(Channel.EMAIL, 9) is not None
        assert sandbox.arrivals.find(Channel.EMAIL, 7) is None


async def test_a_thousand_mails_over_ten_connections(sandbox: Sandbox) -> None:
    async def send(number: int) -> None:
        async with aiosmtplib.SMTP(hostname="127.0.0.1", port=sandbox.smtp.port) as client:
            for each in range(100):
                await client.sendmail("news@example.com", [f"r{number}-{each}@example.com"], mail("x" * 900))

    await asyncio.gather(*(send(number) for number in range(10)))

    targets = {arrival.target for arrival in sandbox.arrivals.newest(Channel.EMAIL)}
    assert (len(targets), sandbox.arrivals.totals[Channel.EMAIL]) == (1000, 1000)


async def test_a_message_of_the_email_package_is_decoded_for_reading(sandbox: Sandbox) -> None:
    message = EmailMessage()
    message["Subject"], message["From"], message["To"] = (
        "公告",
        "Example Exchange <news@example.com>",
        "ada@example.com",
    )
    message.set_content("纯文本")
    message.add_alternative("<p>你好</p>", subtype="html")

    await with_smtplib(sandbox.smtp.port, lambda client: client.send_message(message))

    from publisher.sandbox.smtp.letter import read

    letter = read(sandbox.arrivals.newest(Channel.EMAIL)[0].raw)
    assert (letter.subject, letter.text.strip(), letter.html.strip()) == ("公告", "纯文本", "<p>你好</p>")


async def test_the_body_is_cut_after_a_lost_client() -> None:
    """A client that leaves in the middle of a message has sent nothing (RFC 5321 section 4.1.1.4)."""
    async with Sandbox() as sandbox:
        await talk(sandbox.smtp.port, b"HELO a\r\nMAIL FROM:<>\r\nRCPT TO:<a@example.com>\r\nDATA\r\nSubject: x\r\n")

        assert sandbox.arrivals.totals[Channel.EMAIL] == 0
