"""A machine's draft is nobody's words until a translator signs exactly these."""

from __future__ import annotations

from dataclasses import replace

import pytest

from publisher.content.announcement import Text
from publisher.content.document import Document
from publisher.release.approval import Refused
from publisher.release.signing import sign, signed
from publisher.store.transaction import Store
from tests.release.builders import NOON, staff

DRAFT = Text("ja-JP", "\n# 題名\n\n本文。\n", Document((), (), ()), by_machine=True)
WRITTEN = Text("en-US", "# Title\n\nText.\n", Document((), (), ()))


async def problem(store: Store, text: Text) -> str:
    async with store.read() as tx:
        found = await signed(tx, "a-one", {WRITTEN.locale: WRITTEN, text.locale: text}, "announcements/one")
    return "; ".join(finding.message for finding in found.findings) or found.words


async def by(store: Store, name: str, *groups: str, text: Text = DRAFT) -> None:
    async with store.begin() as tx:
        await sign(tx, "a-one", text, await staff(tx, name, groups), NOON)


async def test_until_somebody_signs_it_blocks(store: Store) -> None:
    assert await problem(store, DRAFT) == "ja-JP is a machine draft: no translator has signed it"
    await by(store, "tora", "translators")
    assert await problem(store, DRAFT) == "ja-JP signed by tora"


async def test_any_edit_voids_the_signature_and_another_one_renews_it(store: Store) -> None:
    await by(store, "tora", "translators")
    edited = replace(DRAFT, source=DRAFT.source.replace("本文", "本 文"))

    assert "changed after tora signed it on 2026-12-01 12:00 UTC" in await problem(store, edited)
    await by(store, "yuki", "translators", text=edited)
    assert await problem(store, edited) == "ja-JP signed by yuki"


async def test_who_lost_the_right_answers_for_nothing(store: Store) -> None:
    await by(store, "tora", "translators")
    async with store.begin() as tx:
        await tx.disable_person("tora", NOON)

    assert "tora, who signed it, is no translator any more" in await problem(store, DRAFT)


async def test_editors_cannot_sign(store: Store) -> None:
    with pytest.raises(Refused, match="erin is not in the group translators"):
        await by(store, "erin", "editors")


async def test_what_a_person_wrote_needs_no_signature(store: Store) -> None:
    with pytest.raises(Refused, match="en-US is no machine draft"):
        await by(store, "tora", "translators", text=WRITTEN)


async def test_the_signature_of_another_announcement_is_worth_nothing(store: Store) -> None:
    async with store.begin() as tx:
        await sign(tx, "a-two", DRAFT, await staff(tx, "tora", ["translators"]), NOON)

    assert "no translator has signed it" in await problem(store, DRAFT)
