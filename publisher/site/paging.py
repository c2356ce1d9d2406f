"""Lists are numbered from the oldest page, so that a full page never changes when something new is published."""

from __future__ import annotations

from collections.abc import Sequence

PAGE = 20
"""Announcements on a numbered page; the newest list has the last two pages, so `PAGE` + 1 to 2 * `PAGE`."""


def pages(count: int) -> int:
    """How many numbered pages `count` announcements fill."""
    return -(-count // PAGE)


def page_of(position: int) -> int:
    """The page, from 1, on which a position (from 0) stands."""
    return position // PAGE + 1


def span(number: int) -> tuple[int, int]:
    """The positions of a numbered page: first, and one past the last."""
    return (number - 1) * PAGE, number * PAGE


def newest_from(count: int) -> int:
    """The first position on the newest list: what is older begins on a page of its own."""
    return max(0, (pages(count) - 2) * PAGE)


def touched(position: int) -> Sequence[int]:
    """The numbered pages that a change at `position` touches; a page's birth also gives the one before a successor."""
    number = page_of(position)
    return (number - 1, number) if position % PAGE == 0 and number > 1 else (number,)
