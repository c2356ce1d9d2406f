"""When each wave of a release may start: the site, then posts, then mail. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta

SITE, POSTS, MAIL = 1, 2, 3
MAIL_AFTER_POSTS = timedelta(seconds=2)
"""Posts start together within this time; mail begins after it, so that a big mailing never delays a post."""


def link_wait(*, urgent: bool, configured: timedelta) -> timedelta:
    """How long what links to the site waits for it; an urgent announcement does not wait."""
    return timedelta(0) if urgent else configured


def opening(wave: int, site_confirmed: datetime | None, published: datetime, wait: timedelta) -> datetime:
    """The earliest instant for `wave`: as soon as every locale of the site is confirmed, at the latest after `wait`."""
    if wave == SITE:
        return published
    latest = published + wait
    posts = min(site_confirmed, latest) if site_confirmed else latest
    return posts + MAIL_AFTER_POSTS if wave == MAIL else posts
