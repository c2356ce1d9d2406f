"""The word beside a title follows from the record and the hour."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from publisher.channel import PublishedRecord
from publisher.site.standing import NOBODY_KNOWS, State, next_turn, states
from tests.site import samples

START, END = (datetime(2026, 12, 3, hour, tzinfo=UTC) for hour in (2, 4))
MINUTE = timedelta(minutes=1)


def published(**more: object) -> PublishedRecord:
    fields = {"starts_at": START, "ends_at": END} | more
    ours = {name: fields.pop(name) for name in ("withdrawn_at", "corrections") if name in fields}
    record = samples.record(**fields).model_dump()  # type: ignore[arg-type]
    times = {"published_at": START, "updated_at": START}
    return PublishedRecord.model_validate({**record, **times, **ours, "version": "0"})


@pytest.mark.parametrize(
    ("now", "state"),
    [
        (START - MINUTE, State.SCHEDULED),
        (START, State.IN_PROGRESS),
        (END - MINUTE, State.IN_PROGRESS),
        (END, State.COMPLETED),
    ],
)
def test_with_start_and_end_the_clock_decides(now: datetime, state: State) -> None:
    assert states(published(), now) == (state,)


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({"stage": "complete"}, (State.COMPLETED,)),
        ({"stage": "start", "starts_at": END}, (State.IN_PROGRESS,)),
        ({"stage": "extended", "ends_at": None}, (State.IN_PROGRESS,)),
        ({"ends_at": None}, ()),
        ({"ends_at": None, "services": ["Deposits"]}, (State.IN_PROGRESS,)),
        ({"starts_at": None, "ends_at": None}, ()),
        ({"corrections": 1}, (State.IN_PROGRESS, State.CORRECTED)),
        ({"corrections": 1, "starts_at": None, "ends_at": None}, (State.CORRECTED,)),
        ({"corrections": 1, "withdrawn_at": START}, (State.WITHDRAWN,)),
    ],
)
def test_what_staff_said_decides_before_the_clock(more: dict[str, object], expected: tuple[State, ...]) -> None:
    assert states(published(**more), START + MINUTE) == expected


def test_each_turn_is_where_the_word_or_the_strip_changes() -> None:
    record, now, turns = published(), START - timedelta(days=30), []
    while (turn := next_turn(record, now)) is not None:
        turns.append(turn)
        now = turn
    midnights = [datetime(2026, 11, day, tzinfo=UTC) for day in (27, 28, 29, 30)]
    midnights += [datetime(2026, 12, day, tzinfo=UTC) for day in (1, 2, 3)]
    assert turns == [START - timedelta(days=7), *midnights, START, END]


@pytest.mark.parametrize(
    ("more", "turn"),
    [
        ({"stage": "complete"}, END),
        ({"withdrawn_at": START}, END),
        ({"withdrawn_at": START, "starts_at": None, "ends_at": None}, None),
        ({"ends_at": None}, None),
        ({"stage": "complete", "pinned_until": END}, END),
        ({"withdrawn_at": START, "ends_at": None, "pinned_until": END}, None),
        ({"starts_at": None, "ends_at": None, "pinned_until": START}, None),
        ({"ends_at": None, "services": ["Deposits"], "pinned_until": END}, END),
        ({"ends_at": None, "services": ["Deposits"]}, NOBODY_KNOWS),
    ],
)
def test_the_last_turn(more: dict[str, object], turn: datetime | None) -> None:
    assert next_turn(published(**more), START + MINUTE) == turn
