"""The suite that every channel inherits: see docs/how-to-add-a-channel.md.

`ComposerContract` is for all; `PostingContract` for those that post; a channel's test says what its outside is.
"""

from __future__ import annotations

import json
import subprocess
import sys
from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any

import pytest
from pydantic import BaseModel, ValidationError

from publisher.channel import (
    SLOTS,
    ChannelType,
    Delivered,
    Format,
    Part,
    Payload,
    PostingChannel,
    Receipt,
    Rejected,
    Rendered,
    Retry,
    Section,
    Target,
    Tools,
    Unconfirmed,
    fill,
)

SLOT_VALUES: Mapping[str, str] = {name: kind.sample for name, kind in SLOTS.items()}


class ComposerContract(ABC):
    """What holds for every channel without any network."""

    sdk: str = ""
    """The top-level package of its SDK, which only sending may import; empty for none."""

    @pytest.fixture
    @abstractmethod
    def channel(self) -> ChannelType: ...

    @pytest.fixture
    @abstractmethod
    def target(self) -> Target: ...

    @pytest.fixture
    def rendered(self, channel: ChannelType) -> Rendered:
        """A short text for every section."""
        from tests.site import samples

        record = samples.record().model_dump_json()
        return {
            name: Section(format, record if format is Format.JSON else "Deposits resume at 12:00 (UTC+8)")
            for name, format in channel.composer.capabilities.sections.items()
        }

    def test_composing_is_pure(self, channel: ChannelType, rendered: Rendered, target: Target) -> None:
        first, second = (channel.composer.compose(rendered, target) for _ in range(2))

        assert Payload(target, tuple(first)).to_json() == Payload(target, tuple(second)).to_json()

    def test_a_payload_survives_the_store(self, channel: ChannelType, rendered: Rendered, target: Target) -> None:
        payload = Payload(target, tuple(channel.composer.compose(rendered, target)))

        assert Payload.from_json(payload.to_json()).sha256 == payload.sha256

    def test_parts_have_names_of_their_own(self, channel: ChannelType, rendered: Rendered, target: Target) -> None:
        names = [part.name for part in channel.composer.compose(rendered, target)]

        assert names
        assert len(set(names)) == len(names)

    def test_a_good_text_has_no_findings(self, channel: ChannelType, rendered: Rendered, target: Target) -> None:
        assert not channel.composer.check(channel.composer.compose(rendered, target))

    def test_a_text_beyond_the_limit_is_found(self, channel: ChannelType, rendered: Rendered, target: Target) -> None:
        for name in channel.composer.capabilities.limits:
            section = rendered[name]
            longer = {**rendered, name: Section(section.format, section.text + " word" * 60_000)}

            assert channel.composer.check(channel.composer.compose(longer, target)), name

    def test_the_whole_text_is_in_the_payload(self, channel: ChannelType, rendered: Rendered, target: Target) -> None:
        content = json.dumps([dict(part.content) for part in channel.composer.compose(rendered, target)])

        plain = [section.text for section in rendered.values() if section.format is not Format.JSON]
        assert all(text.split()[0] in content for text in plain)

    def test_an_unknown_option_is_refused(self, channel: ChannelType) -> None:
        with pytest.raises(ValidationError):
            channel.Options.model_validate({"no_such_option": 1})

    def test_an_unknown_account_setting_is_refused(self, channel: ChannelType) -> None:
        with pytest.raises(ValidationError, match="no_such_setting"):
            channel.Account.model_validate({"no_such_setting": 1})

    def test_checking_does_not_import_the_sdk(self, channel: ChannelType) -> None:
        module = type(channel.composer).__module__
        code = f"import sys, {module}; sys.exit({self.sdk!r} in sys.modules)"

        assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


class Outside(ABC):
    """The network behind a channel, as a test controls it."""

    @property
    @abstractmethod
    def account(self) -> BaseModel:
        """An account that reaches it."""

    @property
    @abstractmethod
    def nowhere(self) -> BaseModel:
        """An account where nobody listens."""

    @abstractmethod
    def arrived(self) -> int:
        """How many publications are out there."""

    @abstractmethod
    def refuse(self) -> None:
        """From now on it says no."""

    @abstractmethod
    def lose_answers(self) -> None:
        """From now on it does what it is asked and never answers."""


class PostingContract(ComposerContract):
    """What holds for every channel that posts, against its real SDK."""

    @pytest.fixture
    @abstractmethod
    def outside(self) -> Any: ...

    @pytest.fixture
    def tools(self) -> Tools:
        """What the composition root lends; a channel that derives pages brings its own."""
        from tests.site import samples

        return Tools(lambda: samples.NOW, samples.site())

    @pytest.fixture
    def part(self, channel: ChannelType, rendered: Rendered, target: Target) -> Part:
        return filled(channel.composer.compose(rendered, target)[0])

    async def test_sends_and_says_what_proves_it(
        self, channel: ChannelType, outside: Outside, tools: Tools, part: Part
    ) -> None:
        adapter = connected(channel, outside.account, tools)
        outcome = await adapter.send(part, ())
        await adapter.close()

        assert isinstance(outcome, Delivered), outcome
        assert outcome.receipt.part == part.name
        assert outcome.receipt.ids or outcome.receipt.url
        assert outside.arrived() == 1

    async def test_nobody_there_is_certainly_not_sent(
        self, channel: ChannelType, outside: Outside, tools: Tools, part: Part
    ) -> None:
        adapter = connected(channel, outside.nowhere, tools)
        outcome = await adapter.send(part, ())
        await adapter.close()

        assert isinstance(outcome, Retry), outcome

    async def test_a_refusal_is_never_taken_for_doubt(
        self, channel: ChannelType, outside: Outside, tools: Tools, part: Part
    ) -> None:
        outside.refuse()
        adapter = connected(channel, outside.account, tools)
        outcome = await adapter.send(part, ())
        await adapter.close()

        assert isinstance(outcome, Retry | Rejected), outcome
        assert outside.arrived() == 0

    async def test_a_lost_answer_is_doubt_unless_a_repeat_is_harmless(
        self, channel: ChannelType, outside: Outside, tools: Tools, part: Part
    ) -> None:
        outside.lose_answers()
        adapter = connected(channel, outside.account, tools)
        outcome = await adapter.send(part, ())
        await adapter.close()

        assert outside.arrived() == 1
        assert isinstance(outcome, Retry if channel.composer.capabilities.repeatable else Unconfirmed), outcome

    async def test_amending_twice_leaves_one_publication(
        self, channel: ChannelType, outside: Outside, tools: Tools, part: Part
    ) -> None:
        if not channel.composer.capabilities.amends:
            return
        adapter = connected(channel, outside.account, tools)
        receipts = [receipt_of(await adapter.send(part, ()))]
        outcomes = [await adapter.amend(part, receipts) for _ in range(2)]
        await adapter.close()

        assert all(isinstance(outcome, Delivered) for outcome in outcomes), outcomes
        assert outside.arrived() == 1

    async def test_retracting_what_is_gone_is_done(
        self, channel: ChannelType, outside: Outside, tools: Tools, part: Part
    ) -> None:
        if not channel.composer.capabilities.retracts:
            return
        adapter = connected(channel, outside.account, tools)
        receipts = [receipt_of(await adapter.send(part, ()))]
        outcomes = [await adapter.retract(part, receipts) for _ in range(2)]
        await adapter.close()

        assert all(isinstance(outcome, Delivered) for outcome in outcomes), outcomes

    async def test_closing_twice_does_no_harm(self, channel: ChannelType, outside: Outside, tools: Tools) -> None:
        adapter = connected(channel, outside.account, tools)
        await adapter.close()
        await adapter.close()


def connected(channel: ChannelType, account: BaseModel, tools: Tools) -> PostingChannel:
    assert channel.connect_posting is not None
    return channel.connect_posting(account, tools)


def filled(part: Part) -> Part:
    """The part as deliver hands it over: slots filled with their samples."""
    content = fill(part.content, SLOT_VALUES)
    assert isinstance(content, Mapping)
    return Part(part.name, content)


def receipt_of(outcome: object) -> Receipt:
    assert isinstance(outcome, Delivered), outcome
    return outcome.receipt
