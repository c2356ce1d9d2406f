"""What a request to X may hold, checked as the API's schema checks it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from publisher import measure
from publisher.sandbox.arrivals import Json
from publisher.sandbox.x import problems
from publisher.sandbox.x.posts import FIELDS

_CREATE = frozenset({
    "text", "reply", "media", "poll", "quote_tweet_id", "reply_settings", "for_super_followers_only",
    "direct_message_deep_link", "geo", "card_uri", "community_id", "edit_options", "made_with_ai", "nullcast",
    "paid_partnership", "share_with_followers",
})  # fmt: skip
_MEDIA = frozenset({"media_ids", "tagged_user_ids"})
_REPLY = frozenset({"in_reply_to_tweet_id", "exclude_reply_user_ids", "auto_populate_reply_metadata"})


@dataclass(frozen=True, slots=True)
class Create:
    """A post to make."""

    text: str
    in_reply_to: str
    media_ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Read:
    """A page of a timeline."""

    max_results: int
    start_time: datetime | None
    end_time: datetime | None
    since_id: int
    fields: frozenset[str]
    offset: int


def create(body: bytes, content_type: str, limit: int) -> Create:
    """The post in a request's body; raises Problem 400 or 403."""
    if content_type != "application/json":
        raise problems.invalid({}, "Requests with bodies must have content-type of application/json.")
    content = object_in(body)
    refuse_unknown("$", content, _CREATE)
    text = content.get("text", "")
    if not isinstance(text, str):
        raise problems.invalid({"text": [str(text)]}, "$.text: must be a string")
    media_ids = _media(content.get("media"))
    _check_text(text, limit, has_media=bool(media_ids))
    return Create(text, _reply(content.get("reply")), media_ids)


def read(query: Mapping[str, str]) -> Read:
    """The page asked for; raises Problem 400."""
    known = {"max_results", "start_time", "end_time", "since_id", "tweet.fields", "pagination_token", "exclude"}
    for name in query:
        if name not in known:
            raise problems.invalid({name: [query[name]]}, f"The query parameter [{name}] is not one of {sorted(known)}")
    fields = frozenset(filter(None, query.get("tweet.fields", "").split(",")))
    if unknown := sorted(fields - FIELDS):
        message = f"The `tweet.fields` query parameter value [{unknown[0]}] is not one of {sorted(FIELDS)}"
        raise problems.invalid({"tweet.fields": list(fields)}, message)
    return Read(
        _number(query, "max_results", 10, 5, 100),
        _time(query, "start_time"),
        _time(query, "end_time"),
        _number(query, "since_id", 0, 0, 2**63),
        fields,
        _number(query, "pagination_token", 0, 0, 2**31),
    )


def _media(media: Json) -> tuple[str, ...]:
    if media is None:
        return ()
    if not isinstance(media, Mapping):
        raise problems.invalid({"media": [str(media)]}, "$.media: must be an object")
    refuse_unknown("$.media", media, _MEDIA)
    ids = media.get("media_ids")
    listed = [each for each in ids if isinstance(each, str) and each.isdecimal()] if isinstance(ids, list) else []
    if not isinstance(ids, list) or len(listed) != len(ids) or not 1 <= len(listed) <= 4:
        raise problems.invalid({"media.media_ids": [str(ids)]}, "$.media.media_ids: must be 1 to 4 ids")
    return tuple(listed)


def object_in(body: bytes) -> dict[str, Json]:
    try:
        content = json.loads(body)
    except ValueError as error:
        raise problems.invalid({}, "The request body is not valid JSON.") from error
    if not isinstance(content, dict):
        raise problems.invalid({}, "$: must be an object")
    return content


def refuse_unknown(where: str, content: Mapping[str, Json], known: frozenset[str]) -> None:
    for name in content:
        if name not in known:
            message = (
                f"{where}.{name}: is not defined in the schema and the schema does not allow additional properties"
            )
            raise problems.invalid({f"{where}.{name}": [str(content[name])]}, message)


def _check_text(text: str, limit: int, *, has_media: bool) -> None:
    if not text.strip() and not has_media:
        raise problems.invalid({"text": [text]}, "$.text: is missing or empty, and there is no media")
    if any(character in text for character in measure.INVALID):
        raise problems.invalid({"text": [text]}, "$.text: holds a character that X refuses")
    if measure.weighted(text) > limit:
        raise problems.invalid({"text": [text]}, f"Your post is too long: {measure.weighted(text)} of {limit}.")
    if len(measure.cashtags(text)) > 1:
        raise problems.plain(403, problems.CASHTAGS)


def _reply(reply: Json) -> str:
    if reply is None:
        return ""
    if not isinstance(reply, Mapping):
        raise problems.invalid({"reply": [str(reply)]}, "$.reply: must be an object")
    refuse_unknown("$.reply", reply, _REPLY)
    post_id = reply.get("in_reply_to_tweet_id")
    if not isinstance(post_id, str) or not post_id.isdecimal() or len(post_id) > 19:
        message = "$.reply.in_reply_to_tweet_id: does not match the regex pattern ^[0-9]{1,19}$"
        raise problems.invalid({"reply.in_reply_to_tweet_id": [str(post_id)]}, message)
    return post_id


def _number(query: Mapping[str, str], name: str, default: int, least: int, most: int) -> int:
    text = query.get(name, str(default))
    if not text.isdecimal() or not least <= int(text) <= most:
        message = f"The `{name}` query parameter value [{text}] is not between {least} and {most}"
        raise problems.invalid({name: [text]}, message)
    return int(text)


def _time(query: Mapping[str, str], name: str) -> datetime | None:
    if (text := query.get(name)) is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise problems.invalid({name: [text]}, f"The `{name}` query parameter value [{text}] is not RFC 3339 date-time")
    return moment
