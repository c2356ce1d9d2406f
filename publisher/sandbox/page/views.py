"""What the page shows, prepared for its template."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from publisher.sandbox.arrivals import Arrival, Arrivals, Json
from publisher.sandbox.faults import Channel, Faults
from publisher.sandbox.page.switches import SWITCHES, Switch
from publisher.sandbox.smtp.letter import read
from publisher.sandbox.telegram.chats import Chats, Message, Room
from publisher.sandbox.telegram.entities import Marked
from publisher.sandbox.x.posts import Post, segments
from publisher.sandbox.x.twin import XTwin

_SHOWN = 50
"""Messages and posts on one screen."""


@dataclass(frozen=True, slots=True)
class Run:
    """Characters that look alike: style names for CSS, and where a press leads."""

    text: str
    styles: str = ""
    href: str = ""


@dataclass(frozen=True, slots=True)
class Bubble:
    """A Telegram message on the screen."""

    message: Message
    runs: Sequence[Run]
    pinned: bool
    preview: str
    """The link shown beside the text; empty when there is none or it is disabled."""
    preview_above: bool = False
    topic: str = ""
    """The title of its topic, in a forum."""


@dataclass(frozen=True, slots=True)
class ChatTab:
    room: Room
    chosen: bool
    count: int


@dataclass(frozen=True, slots=True)
class Tweet:
    """A post on the screen."""

    post: Post
    runs: Sequence[Run]
    is_reply: bool


@dataclass(frozen=True, slots=True)
class Light:
    """A switch and whether it is on; `struck` counts how often it has struck since."""

    switch: Switch
    on: bool
    struck: int


@dataclass(frozen=True, slots=True)
class Counter:
    arrived: int
    refused: int


def chat_tabs(chats: Chats, chosen: int | None) -> list[ChatTab]:
    """The chats; without a choice the one that spoke last (or the first) is open."""
    rooms = list(chats.rooms())
    last = max(rooms, key=_last_spoken, default=None)
    open_id = chosen if any(room.chat.id == chosen for room in rooms) else (last.chat.id if last else None)
    return [ChatTab(room, room.chat.id == open_id, len(room.newest())) for room in rooms]


def _last_spoken(room: Room) -> float:
    newest = room.newest()
    return newest[0].sent_at.timestamp() if newest else 0.0


def bubbles(room: Room) -> list[Bubble]:
    """The newest messages of a chat."""
    return [
        Bubble(
            message,
            runs(message.marked),
            message.id in room.pinned,
            _preview(message),
            _preview_options(message).get("show_above_text") is True,
            room.chat.topics.get(message.topic, "") if message.topic else "",
        )
        for message in room.newest()[:_SHOWN]
    ]


def _preview(message: Message) -> str:
    options = _preview_options(message)
    if options.get("is_disabled") or message.photo:
        return ""
    if isinstance(url := options.get("url"), str) and url:
        return url
    links = [run.href for run in runs(message.marked) if run.href.startswith("http")]
    return links[0] if links else ""


def _preview_options(message: Message) -> Mapping[str, Json]:
    options = message.options.get("link_preview_options")
    return options if isinstance(options, Mapping) else {}


def runs(marked: Marked) -> list[Run]:
    """Marked text cut where its look changes."""
    raw = marked.text.encode("utf-16-le")
    edges = {0, len(raw) // 2}
    for entity in marked.entities:
        edges |= {int(entity["offset"]), int(entity["offset"]) + int(entity["length"])}
    cuts = sorted(edges)
    return [_run(marked, raw, start, end) for start, end in pairwise(cuts)]


def _run(marked: Marked, raw: bytes, start: int, end: int) -> Run:
    text = raw[2 * start : 2 * end].decode("utf-16-le")
    here = [
        entity
        for entity in marked.entities
        if int(entity["offset"]) <= start and end <= int(entity["offset"]) + int(entity["length"])
    ]
    href = next((str(entity.get("url", text)) for entity in here if entity["type"] in ("text_link", "url")), "")
    return Run(text, " ".join(str(entity["type"]) for entity in here), _safe(href))


def _safe(href: str) -> str:
    if not href or href.startswith(("http://", "https://", "mailto:", "tel:")):
        return href
    return "" if ":" in href.partition("/")[0] else f"http://{href}"


def tweets(twin: XTwin) -> list[Tweet]:
    """The newest posts of all accounts."""
    posts = [post for account in twin.accounts for post in twin.timelines.newest(account.id)]
    newest = sorted(posts, key=lambda post: int(post.id), reverse=True)[:_SHOWN]
    return [Tweet(post, [Run(**segment) for segment in segments(post)], bool(post.in_reply_to)) for post in newest]


def lights(faults: Faults, channel: Channel) -> list[Light]:
    """The switches of a channel as they stand."""
    found = [(switch, switch.found(faults)) for switch in SWITCHES[channel]]
    return [Light(switch, on is not None, on.struck if on else 0) for switch, on in found]


def counters(arrivals: Arrivals) -> dict[str, Counter]:
    """Arrived and refused, by channel."""
    refused = dict.fromkeys(Channel, 0)
    for (channel, _), count in arrivals.refusals.items():
        refused[channel] += count
    return {channel.value: Counter(arrivals.totals[channel], refused[channel]) for channel in Channel}


def to_json(arrival: Arrival) -> dict[str, object]:
    """An arrival for programs. `raw` is Latin-1 of the bytes, so that every byte survives."""
    content: dict[str, object] = {
        "number": arrival.number,
        "at": arrival.at.isoformat(),
        "channel": arrival.channel,
        "target": arrival.target,
        "action": arrival.action,
        "given_id": arrival.given_id,
        "answered": arrival.answered,
        "parameters": arrival.parameters,
        "raw": arrival.raw.decode("latin-1"),
    }
    if arrival.channel is Channel.EMAIL:
        letter = read(arrival.raw)
        content["letter"] = {
            name: getattr(letter, name) for name in ("subject", "sender", "to", "date", "html", "text", "headers")
        }
    return content
