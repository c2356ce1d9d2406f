"""Pictures on X: which, where and with what words; a failure on the way never leaves a doubt."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from channels.x.composing import XComposer
from channels.x.sending import X
from publisher.channel import Delivered, Format, Json, Part, Rejected, Retry, Section, Target, Unconfirmed
from publisher.content.pictures import PictureFile
from publisher.sandbox import Channel, Effect, Fault, Sandbox
from publisher.sandbox.x.posts import Post
from tests.channels.x.builders import TEXT, filled, signed, with_token
from tests.pictures import drawn, listed, picture
from tests.site import samples

FIVE = [picture((64 + number, 48)) for number in range(5)]


def composed(
    text: str = TEXT,
    shown: Sequence[PictureFile] = (),
    kind: str = "listing",
    options: Mapping[str, Json] | None = None,
) -> Sequence[Part]:
    pictures = tuple(listed(each, f"Chart {number}") for number, each in enumerate(shown, 1))
    record = samples.record(kind=kind).model_copy(update={"pictures": pictures})
    sections = {"text": Section(Format.PLAIN, text), "record": Section(Format.JSON, record.model_dump_json())}
    return XComposer().compose(sections, Target("x-main", "x", "x", "ExampleExchange", "en-US", options or {}))


def post(*shown: PictureFile) -> Part:
    """What deliver hands over: slots and pictures filled in."""
    part = filled(composed(shown=shown)[0])
    return replace(part, pictures={each.sha256: each.content for each in shown})


def codes(text: str, kind: str) -> list[str]:
    return [finding.code for finding in XComposer().check(composed(text, kind=kind))]


# --- composing


def test_a_post_shows_four_pictures_at_most() -> None:
    assert composed(shown=FIVE)[0].picture_names == [each.sha256 for each in FIVE[:4]]


def test_a_thread_shows_them_at_its_first_post() -> None:
    first, *others = composed("Deposits stop. " * 40, FIVE[:1], options={"thread": True})

    assert first.picture_names == [FIVE[0].sha256]
    assert {name for part in others for name in part.picture_names} == set()


def test_a_destination_may_want_none() -> None:
    assert composed(shown=FIVE, options={"pictures": False})[0].picture_names == []


def test_a_cashtag_is_for_listings_and_a_topic_for_nobody() -> None:
    assert codes("$ACME opens", "listing") == []
    assert codes("$ACME stops", "risk_warning") == ["x.cashtags"]
    assert codes("$ACME and $BRIX open", "listing") == ["x.cashtags"]
    assert codes("Opens today #listing", "listing") == ["x.hashtags"]
    assert codes("Order #1 of https://example.com/a#part", "listing") == []


# --- on X


def now() -> datetime:
    return datetime.now(UTC)


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    async with Sandbox() as running:
        yield running


@pytest.fixture(params=[signed, with_token])
async def x(request: pytest.FixtureRequest, sandbox: Sandbox) -> AsyncIterator[X]:
    adapter = X(request.param(sandbox.addresses()["x"]), now)
    yield adapter
    await adapter.close()


def posts(sandbox: Sandbox) -> list[Post]:
    return sandbox.x.timelines.newest(sandbox.x.accounts[0].id)


async def test_readers_see_the_approved_bytes_and_those_who_cannot_hear_of_them(sandbox: Sandbox, x: X) -> None:
    outcome = await x.send(post(*FIVE[:2]), ())

    assert isinstance(outcome, Delivered), outcome
    (only,) = posts(sandbox)
    assert [hashlib.sha256(each.content).hexdigest() for each in only.pictures] == [each.sha256 for each in FIVE[:2]]
    assert [each.alt for each in only.pictures] == ["Chart 1", "Chart 2"]


async def test_a_post_with_pictures_is_read_back(sandbox: Sandbox, x: X) -> None:
    since = now()
    sandbox.faults.add(Fault(Channel.X, Effect.LOSE_ANSWER, stage="POST /2/tweets", times=1))

    assert isinstance(await x.send(post(FIVE[0]), ()), Unconfirmed)
    assert isinstance(await x.probe(post(FIVE[0]), since), Delivered)


@pytest.mark.parametrize("effect", [Effect.LOSE_ANSWER, Effect.DROP, Effect.ERROR])
@pytest.mark.parametrize("stage", ["POST /2/media/upload", "POST /2/media/metadata"])
async def test_whatever_fails_before_the_post_is_simply_tried_again(
    sandbox: Sandbox, x: X, stage: str, effect: Effect
) -> None:
    sandbox.faults.add(Fault(Channel.X, effect, stage=stage, times=1))

    assert isinstance(await x.send(post(FIVE[0]), ()), Retry)
    assert posts(sandbox) == []
    assert isinstance(await x.send(post(FIVE[0]), ()), Delivered)
    assert len(posts(sandbox)) == 1


async def test_a_used_up_limit_is_waited_for(sandbox: Sandbox, x: X) -> None:
    sandbox.faults.add(Fault(Channel.X, Effect.THROTTLE, stage="POST /2/media/upload", times=1, seconds=60))

    outcome = await x.send(post(FIVE[0]), ())

    assert isinstance(outcome, Retry)
    assert outcome.scope == "account"
    assert outcome.after is not None
    assert 50 < outcome.after <= 61


async def test_a_picture_that_x_refuses_is_refused(sandbox: Sandbox, x: X) -> None:
    part = post(FIVE[0])
    wrong = replace(part, pictures={FIVE[0].sha256: drawn("GIF")})

    outcome = await x.send(wrong, ())

    assert isinstance(outcome, Rejected)
    assert "not of its media_type" in outcome.reason
    assert posts(sandbox) == []
