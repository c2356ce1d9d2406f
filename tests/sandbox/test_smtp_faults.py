from __future__ import annotations

import asyncio
import time

import aiosmtplib
import pytest

from publisher.sandbox import Channel, Effect, Fault, Sandbox
from publisher.sandbox.faults import SMTP_STAGES

RAW = b"Subject: Notice\r\n\r\nHello\r\n"


async def send(sandbox: Sandbox, recipient: str = "ada@example.com", seconds: float = 5) -> str:
    async with aiosmtplib.SMTP(hostname="127.0.0.1", port=sandbox.smtp.port, timeout=seconds) as client:
        return (await client.sendmail("news@example.com", [recipient], RAW))[1]


async def refused_with(sandbox: Sandbox, recipient: str) -> int:
    """The code a recipient is refused with, by RCPT or by closing the connection."""
    try:
        await send(sandbox, recipient)
    except aiosmtplib.SMTPRecipientsRefused as refusal:
        return refusal.recipients[0].code
    except aiosmtplib.SMTPResponseException as refusal:
        return refusal.code
    raise AssertionError("the recipient was accepted")


@pytest.mark.parametrize("stage", SMTP_STAGES)
async def test_a_cut_at_each_stage_leaves_nothing_behind(sandbox: Sandbox, stage: str) -> None:
    sandbox.faults.add(Fault(Channel.EMAIL, Effect.DROP, stage, times=1))

    with pytest.raises((aiosmtplib.SMTPException, ConnectionError)):
        await send(sandbox)

    assert sandbox.arrivals.totals[Channel.EMAIL] == 0
    assert (await send(sandbox)).startswith("2.0.0 Ok")


async def test_an_accepted_mail_whose_answer_is_lost(sandbox: Sandbox) -> None:
    sandbox.faults.add(Fault(Channel.EMAIL, Effect.LOSE_ANSWER, times=1))

    with pytest.raises(aiosmtplib.SMTPServerDisconnected):
        await send(sandbox)

    [arrival] = sandbox.arrivals.newest(Channel.EMAIL)
    assert (arrival.raw, arrival.answered) == (RAW, False)


@pytest.mark.parametrize("stage", SMTP_STAGES)
async def test_a_hang_at_each_stage_ends_when_the_client_leaves(sandbox: Sandbox, stage: str) -> None:
    sandbox.faults.add(Fault(Channel.EMAIL, Effect.HANG, stage, times=1))

    with pytest.raises((aiosmtplib.SMTPTimeoutError, aiosmtplib.SMTPServerDisconnected)):
        await send(sandbox, seconds=0.1)

    assert sandbox.arrivals.totals[Channel.EMAIL] == 0


async def test_slow_is_slow_and_then_works(sandbox: Sandbox) -> None:
    sandbox.faults.add(Fault(Channel.EMAIL, Effect.SLOW, "dot", seconds=0.2))
    before = time.monotonic()

    await send(sandbox)

    assert time.monotonic() - before >= 0.2


@pytest.mark.parametrize("code", [421, 450, 451, 452, 550, 552, 554])
async def test_a_recipient_is_refused_by_pattern(sandbox: Sandbox, code: int) -> None:
    sandbox.faults.add(Fault(Channel.EMAIL, Effect.ERROR, target="*@bad.example.com", code=code))

    told = await refused_with(sandbox, "ada@bad.example.com")
    await send(sandbox)

    assert (told, sandbox.arrivals.totals[Channel.EMAIL]) == (code, 1)
    assert sandbox.arrivals.refusals[Channel.EMAIL, code] == 1


@pytest.mark.parametrize("stage", SMTP_STAGES)
async def test_an_error_code_at_each_stage(sandbox: Sandbox, stage: str) -> None:
    sandbox.faults.add(Fault(Channel.EMAIL, Effect.ERROR, stage, code=451, times=1))

    with pytest.raises(aiosmtplib.SMTPException) as refusal:
        await send(sandbox)

    assert "4.3.0 Local error in processing" in str(refusal.value)
    assert sandbox.arrivals.totals[Channel.EMAIL] == 0


async def test_throttling_closes_the_connection_with_421(sandbox: Sandbox) -> None:
    sandbox.faults.add(Fault(Channel.EMAIL, Effect.THROTTLE, "mail", times=1))
    reader, writer = await asyncio.open_connection("127.0.0.1", sandbox.smtp.port)

    writer.write(b"HELO a\r\nMAIL FROM:<a@example.com>\r\nNOOP\r\n")
    replies = (await reader.read()).split(b"\r\n")[:-1]
    writer.close()

    assert replies[2:] == [b"421 4.3.2 Service not available, closing transmission channel"]


async def test_when_every_recipient_is_refused_data_is_and_the_transaction_stays_open(sandbox: Sandbox) -> None:
    sandbox.faults.add(Fault(Channel.EMAIL, Effect.ERROR, code=550, times=1))
    group = b"HELO a\r\nMAIL FROM:<a@example.com>\r\nRCPT TO:<b@example.com>\r\nDATA\r\n"
    reader, writer = await asyncio.open_connection("127.0.0.1", sandbox.smtp.port)

    writer.write(group + b"RSET\r\n" + group + RAW + b".\r\nQUIT\r\n")
    replies = (await reader.read()).split(b"\r\n")[:-1]
    writer.close()

    assert [int(reply[:3]) for reply in replies] == [220, 250, 250, 550, 554, 250, 250, 250, 250, 354, 250, 221]
