"""A hundred ways to write one address, typed into the page: its mailbox gets one letter."""

from __future__ import annotations

import asyncio
import random
import re
import unicodedata
from collections.abc import Sequence

import pytest

from publisher.mailing.signing_up import BETWEEN
from publisher.sandbox import Channel
from tests.web.readers.test_subscribing import FORM, WISH, Subscribing, desk  # noqa: F401 the fixture

DOMAINS = ("bücher.example", "BÜCHER.Example", "xn--bcher-kva.example", "XN--BCHER-KVA.EXAMPLE", "bu\u0308cher.example")
DOTS = ("", ".")
NAMES = ("reader", "Reader", "READER", "reader+news", "Reader+1", "ｒｅａｄｅｒ", "Ｒeader")
REQUESTS = 100


def wide(text: str) -> str:
    """As a keyboard that is set to full width types it."""
    return "".join(chr(ord(each) + 0xFEE0) if "!" <= each <= "~" else each for each in text)


def spellings(chance: random.Random, domains: Sequence[str], names: Sequence[str]) -> list[str]:
    """`REQUESTS` of them, each differently."""
    hosts = {domain + dot for domain in domains for dot in DOTS}
    written = {f"{name}@{host}" for name in names for host in (*hosts, *(host.replace(".", "。") for host in hosts))}
    written |= {wide(each) for each in written}
    written |= {f" {each} " for each in written} | {unicodedata.normalize("NFD", each) for each in written}
    assert len(written) >= REQUESTS
    return chance.sample(sorted(written), REQUESTS)


@pytest.mark.parametrize(
    ("domains", "names"),
    [
        (DOMAINS, NAMES),
        (("gmail.com", "Googlemail.com"), ("first.last", "firstlast", "FIRST.LAST", "f.i.r.s.t.last+x", "ﬁrstlast")),
    ],
)
async def test_one_mailbox_gets_one_letter(
    desk: Subscribing,  # noqa: F811
    domains: Sequence[str],
    names: Sequence[str],
) -> None:
    seed = random.randrange(10**6)
    print(f"seed {seed}")  # noqa: T201 to repeat a failure
    typed = spellings(random.Random(seed), domains, names)

    [wording] = re.findall(r'name="wording" value="([^"]+)"', (await desk.pages.get(FORM)).text)

    async def browser(number: int, address: str) -> int:
        fields = {"address": address, "locale": "en-US", "wording": wording, **WISH}
        return (await desk.pages.post(FORM, fields, x_forwarded_for=f"198.51.{number}.7")).status_code

    for half in (typed[: REQUESTS // 2], typed[REQUESTS // 2 :]):
        answers = await asyncio.gather(*(browser(number, each) for number, each in enumerate(half)))
        assert set(answers) == {200}, f"seed {seed}"
        await desk.work()
    assert len(desk.sandbox.arrivals.newest(Channel.EMAIL)) == 1, f"seed {seed}"

    await desk.later(BETWEEN)
    assert await browser(0, typed[0]) == 200
    await desk.work()
    assert len(desk.sandbox.arrivals.newest(Channel.EMAIL)) == 2
