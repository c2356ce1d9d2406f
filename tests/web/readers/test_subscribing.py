"""Subscribing: a request, a letter through a real relay, a button; and what limits keep from happening."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from email import message_from_bytes, policy
from pathlib import Path

import pytest
from sqlalchemy import event, func, select

from publisher.app import App, opened
from publisher.app.letters import post_of, take_requests
from publisher.app.working import connect, work
from publisher.channel import Addressee
from publisher.content.kinds.kind import MailClass
from publisher.delivery.gate import KILL_SWITCH
from publisher.delivery.transaction import Stop
from publisher.mailing.erasure import erase
from publisher.mailing.letters import GROUP
from publisher.mailing.preferences import Frequency
from publisher.mailing.signing_up import BETWEEN, Purpose
from publisher.mailing.subscribers import SubscriberState
from publisher.sandbox import Channel, Ports, Sandbox
from publisher.sandbox.faults import Effect, Fault
from publisher.store import tables as t
from publisher.store.transaction import SqlTransaction
from tests.cli.desk import Desk, copied
from tests.web.readers.desk import READER, Pages, serving

FORM = "/en-US/subscribe"
YES = {"confirm": "yes"}
WISH = {"kind.maintenance": "instant", "kind.activity": "instant", "zone": "Asia/Singapore"}


@dataclass(frozen=True)
class Subscribing:
    """A workspace on whose pages readers can subscribe, with the relay that its letters go to."""

    pages: Pages
    sandbox: Sandbox

    @property
    def app(self) -> App:
        return self.pages.app

    async def subscribe(self, address: str = READER, network: str = "203.0.113.7", **more: str) -> int:
        """The status of the answer."""
        page = await self.pages.get(FORM)
        [version] = re.findall(r'name="wording" value="([^"]+)"', page.text)
        fields = {"address": address, "locale": "zh-CN", "wording": version, **WISH, **more}
        return (await self.pages.post(FORM, fields, x_forwarded_for=network)).status_code

    async def work(self) -> list[str]:
        """Lets the worker do what it does until it has nothing to do; the texts of the letters that arrived by then."""
        connections = connect(self.app)
        post = post_of(self.app, connections)
        while await take_requests(self.app) or await post.send_due():
            pass
        await connections.close()
        return [text_of(arrival.raw) for arrival in self.sandbox.arrivals.newest(Channel.EMAIL)[::-1]]

    async def letters(self) -> list[str]:
        """Their states."""
        async with self.app.store.read() as tx:
            return list((await tx.connection.scalars(select(t.letter.c.state))).all())

    async def later(self, time: timedelta) -> None:
        async with self.app.store.begin() as tx:
            await self.app.clock.move(tx, time)
        await self.app.clock.refresh()

    async def state(self, address: str = READER) -> SubscriberState | None:
        async with self.app.store.read() as tx:
            found = (await tx.readers_behind([address])).get(address)
        return found[1] if found else None

    async def id(self, address: str = READER) -> int:
        async with self.app.store.read() as tx:
            return (await tx.readers_behind([address]))[address][0]


@pytest.fixture
async def desk(made_once: Desk, tmp_path: Path) -> AsyncIterator[Subscribing]:
    root = copied(made_once, tmp_path / "desk").root
    file = root / "publisher.toml"
    sandbox = Sandbox(host="127.0.0.1", ports=Ports())
    await sandbox.start()
    text = re.sub(r"(?m)^port = [0-9]+$", f"port = {sandbox.smtp.port}", file.read_text(encoding="utf-8"))
    file.write_text(f'{text}\n[subscribing]\ndestination = "newsletter"\nper_hour = 100\n', encoding="utf-8")
    async with opened(root) as app, serving(app) as pages:
        yield Subscribing(pages, sandbox)
    await sandbox.close()


@contextmanager
def statements(app: App) -> Iterator[list[str]]:
    """Everything that the database is asked for the length of the block."""
    asked: list[str] = []

    def note(connection: object, cursor: object, statement: str, *_: object) -> None:
        asked.append(statement)

    engine = app.store.database._writing.sync_engine
    event.listen(engine, "before_cursor_execute", note)
    yield asked
    event.remove(engine, "before_cursor_execute", note)


def text_of(raw: bytes) -> str:
    message = message_from_bytes(raw, policy=policy.default)
    body = message.get_body(("plain",))
    assert body is not None
    return str(body.get_content())


def link(letter: str, page: str) -> str:
    [found] = re.findall(rf"https?://[^/\s]+(/{page}/\S+)", letter)
    return str(found)


async def test_who_confirms_gets_what_they_asked_for(desk: Subscribing) -> None:
    assert await desk.subscribe() == 200
    [letter] = await desk.work()
    assert await desk.state() is SubscriberState.PENDING

    page = await desk.pages.get(link(letter, "c"))
    assert "系统维护" in page.text or "确认订阅" in page.text
    answer = await desk.pages.post(link(letter, "c"), YES)

    assert answer.status_code == 200
    standing = await desk.pages.standing(await desk.id())
    assert standing.state is SubscriberState.ACTIVE
    assert standing.wish.kinds == {"maintenance": Frequency.INSTANT, "activity": Frequency.INSTANT}
    assert (standing.wish.locale, standing.wish.zone) == ("zh-CN", "Asia/Singapore")
    assert await desk.pages.acts(standing.id) == ["asked", "confirmed"]


async def test_the_proof_holds_the_words_that_were_seen_and_no_network(desk: Subscribing) -> None:
    await desk.subscribe()
    [letter] = await desk.work()
    await desk.pages.post(link(letter, "c"), YES, x_forwarded_for="203.0.113.7")

    async with desk.app.store.read() as tx:
        lines = (await tx.connection.execute(select(t.consent).order_by(t.consent.c.id))).mappings().all()
    assert {line["wording"].partition(" ")[0] for line in lines} == {"en-US"}
    assert len({line["network_hash"] for line in lines}) == 1
    assert all(re.fullmatch("[0-9a-f]{64}", line["network_hash"]) for line in lines)


async def test_a_scanner_that_opens_the_link_confirms_nothing(desk: Subscribing) -> None:
    await desk.subscribe()
    [letter] = await desk.work()

    for _ in range(3):
        assert (await desk.pages.get(link(letter, "c"))).status_code == 200

    assert await desk.state() is SubscriberState.PENDING


async def test_a_second_yes_does_not_undo_what_the_reader_did_since(desk: Subscribing) -> None:
    await desk.subscribe()
    [letter] = await desk.work()
    await desk.pages.post(link(letter, "c"), YES)
    async with desk.app.store.begin() as tx:
        await tx.suppress([READER], [MailClass.SERVICE], "unsubscribed", desk.app.clock.now())

    assert (await desk.pages.post(link(letter, "c"), YES)).status_code == 200

    assert await desk.pages.stopped(await desk.id()) == {MailClass.SERVICE}


async def test_a_link_to_confirm_acts_for_seven_days(desk: Subscribing) -> None:
    await desk.subscribe()
    [letter] = await desk.work()
    await desk.later(timedelta(days=7, minutes=1))

    assert (await desk.pages.post(link(letter, "c"), YES)).status_code == 400
    assert await desk.state() is SubscriberState.PENDING


async def test_the_answer_is_the_same_whoever_has_the_address(desk: Subscribing) -> None:
    for who in ("known", "gone", "erased"):
        await desk.pages.add(f"{who}@example.com")
    async with desk.app.store.begin() as tx:
        await tx.suppress(["gone@example.com"], list(MailClass), "bounced", desk.app.clock.now())
        await erase(tx, desk.app.hashing, "erased@example.com", desk.app.clock.now())
    version = re.findall(r'name="wording" value="([^"]+)"', (await desk.pages.get(FORM)).text)[0]
    await desk.pages.post(FORM, {"address": "pending@example.com", "wording": version, **WISH})
    await desk.work()

    answers, work = [], []
    for who in ("known", "gone", "erased", "pending", "new"):
        with statements(desk.app) as asked:
            answers.append(await desk.pages.post(FORM, {"address": f"{who}@example.com", "wording": version, **WISH}))
        work.append(asked)

    assert {(answer.status_code, answer.content) for answer in answers} == {(200, answers[0].content)}
    headers = [{name: value for name, value in answer.headers.items() if name != "date"} for answer in answers]
    assert headers == [headers[0]] * len(headers)
    assert work == [work[0]] * len(work), "the time it takes must not tell who is known"
    assert await desk.state("known@example.com") is SubscriberState.ACTIVE
    letters = await desk.work()
    assert len(letters) == 1 + 2, "one to confirm, one link to the preferences, none to a dead or an erased address"


async def test_who_is_subscribed_gets_the_link_to_their_preferences(desk: Subscribing) -> None:
    reader = await desk.pages.add()
    await desk.pages.post("/en-US/preferences", {"address": READER})
    [letter] = await desk.work()

    page = await desk.pages.get(link(letter, "p"))
    assert 'name="code"' in page.text
    await desk.pages.post(link(letter, "p"), {"kind.listing": "instant", "code": "Sesame42"})

    standing = await desk.pages.standing(reader)
    assert standing.code is not None
    assert "Sesame42" not in standing.code
    after = await desk.pages.get(link(letter, "p"))
    assert "A code is set" in after.text
    assert "Sesame42" not in after.text


async def test_a_code_that_cannot_be_one_is_refused_and_nothing_is_saved(desk: Subscribing) -> None:
    reader = await desk.pages.add(kinds="maintenance")
    await desk.pages.post("/en-US/preferences", {"address": READER})
    [letter] = await desk.work()

    answer = await desk.pages.post(link(letter, "p"), {"kind.listing": "instant", "code": "a b"})

    assert (answer.status_code, 'id="code-wrong"' in answer.text) == (400, True)
    assert await desk.pages.kinds(reader) == {"maintenance"}


async def test_a_link_that_was_asked_for_acts_for_a_day_and_letters_show_the_code(desk: Subscribing) -> None:
    await desk.pages.add()
    await desk.pages.post("/en-US/preferences", {"address": READER})
    [letter] = await desk.work()
    await desk.pages.post(link(letter, "p"), {"kind.listing": "instant", "code": "Sesame42"})
    await desk.later(BETWEEN + timedelta(minutes=1))

    assert (await desk.pages.get(link(letter, "p"))).status_code == 400
    await desk.pages.post("/en-US/preferences", {"address": READER})
    assert any("Sesame42" in letter for letter in await desk.work())


async def test_nobody_gets_a_link_who_is_not_subscribed(desk: Subscribing) -> None:
    assert (await desk.pages.post("/en-US/preferences", {"address": READER})).status_code == 200
    assert await desk.work() == []


async def test_who_unsubscribed_comes_back_by_confirming(desk: Subscribing) -> None:
    reader = await desk.pages.add()
    async with desk.app.store.begin() as tx:
        stops = [MailClass.SERVICE, MailClass.PROMOTIONAL]
        await tx.suppress([READER], stops, "unsubscribed", desk.app.clock.now())
    await desk.subscribe()
    [letter] = await desk.work()
    assert await desk.pages.stopped(reader) != set()

    await desk.pages.post(link(letter, "c"), YES)

    assert await desk.pages.stopped(reader) == set()


async def test_who_was_erased_is_not_written_to_again(desk: Subscribing) -> None:
    await desk.subscribe()
    [letter] = await desk.work()
    async with desk.app.store.begin() as tx:
        await erase(tx, desk.app.hashing, READER, desk.app.clock.now())

    assert (await desk.pages.post(link(letter, "c"), YES)).status_code == 400
    await desk.later(BETWEEN * 2)
    await desk.subscribe()
    assert await desk.work() == [letter]


async def test_the_worker_does_all_this_by_itself(desk: Subscribing) -> None:
    stop = asyncio.Event()
    working = asyncio.create_task(work(desk.app, stop, asyncio.Event()))
    await desk.subscribe()
    async with asyncio.timeout(30):
        while not desk.sandbox.arrivals.newest(Channel.EMAIL):  # noqa: ASYNC110 - the twin offers no event
            await asyncio.sleep(0.05)
    stop.set()
    await working

    assert await desk.letters() == ["delivered"]


async def test_a_worker_that_is_stopped_lets_the_letter_in_flight_arrive(desk: Subscribing) -> None:
    desk.sandbox.faults.add(Fault(Channel.EMAIL, Effect.SLOW, stage="dot", seconds=1.0))
    stop = asyncio.Event()
    working = asyncio.create_task(work(desk.app, stop, asyncio.Event()))
    await desk.subscribe()
    async with asyncio.timeout(30):
        while await desk.letters() != ["sending"]:  # noqa: ASYNC110 - another task's work
            await asyncio.sleep(0.02)
    await asyncio.sleep(0.3)
    stop.set()
    await working

    assert await desk.letters() == ["delivered"]


async def test_what_the_relay_took_is_noted_by_a_worker_that_is_cancelled_then(desk: Subscribing) -> None:
    await desk.subscribe()
    assert await take_requests(desk.app)
    connections, noting = connect(desk.app), asyncio.Event()

    @asynccontextmanager
    async def begin() -> AsyncIterator[SqlTransaction]:
        async with desk.app.store.begin() as tx:
            yield tx
            if desk.sandbox.arrivals.newest(Channel.EMAIL):
                noting.set()
                await asyncio.sleep(0.2)

    sending = asyncio.create_task(replace(post_of(desk.app, connections), begin=begin).send_due())
    await noting.wait()
    sending.cancel()
    await asyncio.wait([sending])
    await connections.close()

    assert sending.cancelled()
    assert await desk.letters() == ["delivered"]


async def test_a_letter_does_not_wait_for_a_mailing(desk: Subscribing) -> None:
    connections = connect(desk.app)
    post = post_of(desk.app, connections)
    payload = post.payload(Purpose.CONFIRM, "en-US")
    slots = {"date": "now", "message_id": "<1@example.com>", "recipient.anti_phishing_code": "-"}
    links = {name: f"https://example.com/{name}" for name in ("recipient.letter_url", "recipient.unsubscribe_url")}
    readers = [Addressee(number, f"r{number}@slow.example", slots | links) for number in range(40)]
    desk.sandbox.faults.add(Fault(Channel.EMAIL, Effect.SLOW, stage="dot", target="*@slow.example", seconds=5))

    async def mailing() -> None:
        async for _ in connections.mailing(payload.target.account).send_group(payload, readers):
            pass

    bulk = asyncio.create_task(mailing())
    await asyncio.sleep(0.5)
    await desk.subscribe()
    assert await take_requests(desk.app)
    await post.send_due()

    assert [arrival.target for arrival in desk.sandbox.arrivals.newest(Channel.EMAIL)] == [READER]
    bulk.cancel()
    await asyncio.gather(bulk, return_exceptions=True)
    await connections.close()


# --- what limits keep from happening


async def test_a_storm_of_requests_for_one_mailbox_sends_one_letter(desk: Subscribing) -> None:
    spellings = [READER, "Reader@Example.com", "reader+1@example.com", "reader+shop@example.com"]
    for number in range(40):
        await desk.subscribe(spellings[number % 4], network=f"10.{number}.0.1")

    assert len(await desk.work()) == 1
    await desk.later(BETWEEN - timedelta(minutes=1))
    await desk.subscribe()
    assert len(await desk.work()) == 1
    await desk.later(timedelta(minutes=2))
    await desk.subscribe()
    assert len(await desk.work()) == 2


async def test_a_network_writes_to_so_many_an_hour_and_others_go_on(desk: Subscribing) -> None:
    for number in range(25):
        await desk.subscribe(f"victim{number}@example.com", network=f"198.51.100.{number}")
    await desk.subscribe("other@example.com", network="203.0.113.9")

    assert len(await desk.work()) == 20 + 1
    await desk.later(timedelta(hours=1))
    await desk.subscribe("late@example.com", network="198.51.100.1")
    assert len(await desk.work()) == 22


async def test_all_together_get_so_many_letters_an_hour(desk: Subscribing) -> None:
    for number in range(110):
        await desk.subscribe(f"victim{number}@example.com", network=f"10.0.{number}.1")

    assert len(await desk.work()) == 100 > GROUP


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({"address": "no address"}, "address-wrong"),
        ({"address": "a@example.com\r\nBcc: b@example.com"}, "address-wrong"),
        ({"address": "a" * 300 + "@example.com"}, "address-wrong"),
        ({"kind.maintenance": "", "kind.activity": "never"}, "kinds-wrong"),
        ({"wording": "en-US 0000"}, "have changed meanwhile"),
    ],
)
async def test_what_cannot_be_is_said_beside_its_field(desk: Subscribing, fields: dict[str, str], wrong: str) -> None:
    version = re.findall(r'name="wording" value="([^"]+)"', (await desk.pages.get(FORM)).text)[0]

    answer = await desk.pages.post(FORM, {"address": READER, "wording": version, **WISH, **fields})

    assert (answer.status_code, wrong in answer.text) == (400, True)
    assert await desk.work() == []


async def test_a_program_that_fills_in_every_field_is_thanked_and_forgotten(desk: Subscribing) -> None:
    assert await desk.subscribe(website="https://spam.example") == 200
    assert await desk.work() == []


async def test_a_form_of_another_site_subscribes_nobody(desk: Subscribing) -> None:
    answer = await desk.pages.post(FORM, {"address": READER, **WISH}, sec_fetch_site="cross-site")

    assert answer.status_code == 400
    assert await desk.work() == []


async def test_the_kill_switch_holds_letters_too(desk: Subscribing) -> None:
    await desk.subscribe()
    async with desk.app.store.begin() as tx:
        await tx.set_stop(Stop(KILL_SWITCH, desk.app.clock.now(), "erin", "drill"))
    assert await desk.work() == []

    async with desk.app.store.begin() as tx:
        await tx.clear_stop(KILL_SWITCH)
    assert len(await desk.work()) == 1


async def test_a_letter_that_may_have_gone_out_is_not_sent_again(desk: Subscribing) -> None:
    await desk.subscribe()
    await take_requests(desk.app)
    now = desk.app.clock.now()
    async with desk.app.store.begin() as tx:
        [due] = await tx.due_letters(now, 1)
        await tx.begin_letters({due.id: "0" * 64}, now)
        assert await tx.doubt_letters(now) == 1

    assert await desk.work() == []


async def test_who_never_confirms_is_forgotten_after_a_month(desk: Subscribing) -> None:
    await desk.subscribe()
    await desk.work()
    await desk.later(timedelta(days=31))
    async with desk.app.store.begin() as tx:
        await tx.forget_letters(desk.app.clock.now() - timedelta(days=30))

    assert await desk.state() is None
    async with desk.app.store.read() as tx:
        assert await tx.connection.scalar(select(func.count()).select_from(t.letter)) == 0


async def test_without_a_destination_nobody_can_subscribe(pages: Pages) -> None:
    assert (await pages.get(FORM)).status_code == 404
    assert (await pages.post(FORM, {"address": READER, **WISH})).status_code == 404
    assert (await pages.get("/en-US/preferences")).status_code == 404
