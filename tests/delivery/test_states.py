"""Every way from one state to another, legal and illegal, in the table, in the store and in the documentation."""

from __future__ import annotations

import itertools
import re
from pathlib import Path

import pytest

from publisher.delivery.publish import publish
from publisher.delivery.states import RECIPIENT_TRANSITIONS, TRANSITIONS, DeliveryState, IllegalTransition, step
from publisher.delivery.transitions import move
from publisher.release.transitions import Overtaken
from tests.delivery.builders import NOON, Bench, Plan, scheduled

PAIRS = list(itertools.product(DeliveryState, DeliveryState))
LIFE_CYCLE = Path(__file__).parents[2] / "docs" / "life-cycle.md"


@pytest.mark.parametrize(("before", "after"), PAIRS, ids=lambda state: str(state))
def test_only_the_table_is_legal(before: DeliveryState, after: DeliveryState) -> None:
    if after in TRANSITIONS[before]:
        assert step(before, after) is after
    else:
        with pytest.raises(IllegalTransition, match=f"from {before} to {after}"):
            step(before, after)


async def test_every_legal_change_is_a_row_and_every_illegal_one_leaves_none(desk: Bench) -> None:
    for before, after in PAIRS:
        async with desk.store.begin() as tx:
            release_id = await scheduled(tx, Plan(("posts",)))
            [made] = await publish(tx, await tx.release(release_id), desk.outlet, at=NOON, reason="test")
            fresh = await tx.delivery(made)
            await tx.set_delivery_state(fresh, before, run_at=NOON, reason="", at=NOON)
            delivery = await tx.delivery(made)
            if after in TRANSITIONS[before]:
                await move(tx, delivery, after, at=NOON, reason="because")
                history = await tx.history("delivery", [made])
                assert (history[-1].before, history[-1].after, history[-1].reason) == (before, after, "because")
            else:
                with pytest.raises(IllegalTransition):
                    await move(tx, delivery, after, at=NOON, reason="because")
                assert len(await tx.history("delivery", [made])) == 1


async def test_who_comes_second_is_overtaken(desk: Bench) -> None:
    release = await desk.published(Plan(("posts",)))
    delivery = (await desk.deliveries(release))["posts/en-US"]
    async with desk.store.begin() as tx:
        await move(tx, delivery, DeliveryState.HELD, at=NOON, reason="first")

        with pytest.raises(Overtaken):
            await move(tx, delivery, DeliveryState.CANCELLED, at=NOON, reason="second")


def test_the_documentation_draws_the_table() -> None:
    text = LIFE_CYCLE.read_text()

    drawn = {name: _arrows(text, name) for name in ("delivery", "recipient")}

    assert drawn == {"delivery": _edges(TRANSITIONS), "recipient": _edges(RECIPIENT_TRANSITIONS)}


def _arrows(text: str, name: str) -> dict[tuple[str, str], str]:
    """The rows of the table under the heading: from, to, why."""
    section = text.split(f"## The states of a {name}")[1].split("\n## ")[0]
    rows = re.findall(r"^\| `(\w+)` \| `(\w+)` \| (.+?) \|$", section, re.MULTILINE)
    return {(before, after): why for before, after, why in rows}


def _edges(table: object) -> dict[tuple[str, str], str]:
    assert isinstance(table, dict)
    return {(str(before), str(after)): why for before, ways in table.items() for after, why in ways.items()}
