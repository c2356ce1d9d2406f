"""The twin of an operator's own system: takes signed events, each once."""

from __future__ import annotations

import json
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from aiohttp import web

from publisher.sandbox.arrivals import Arrivals, Json
from publisher.sandbox.faults import Channel, Effect, Fault, Faults
from publisher.sandbox.listening import Call, Listener, answer
from publisher.sandbox.webhook.signature import UnprovenError, verify
from publisher.sandbox.world import World
from publisher.wall_time import Clock

_MAX_BODY = 1_000_000
_KEPT = 1000


@dataclass(frozen=True, slots=True)
class Event:
    """An event as its receiver understood it; `repeats` is how often it came again."""

    id: str
    at: datetime
    type: str
    data: Mapping[str, Json]
    answered: bool = True
    repeats: int = 0

    def text(self, name: str) -> str:
        """A text of the event's data; empty when there is none."""
        value = self.data.get(name, "")
        return value if isinstance(value, str) else ""


class WebhookTwin:
    """An endpoint that verifies what it gets and knows an event by its id. Every path is its own."""

    def __init__(self, world: World, faults: Faults, arrivals: Arrivals, clock: Clock, host: str, port: int) -> None:
        self._endpoint, self._clock = world.webhook, clock
        self._faults, self._arrivals = faults, arrivals
        self._events: OrderedDict[str, Event] = OrderedDict()
        app = web.Application(client_max_size=_MAX_BODY)
        app.router.add_post("/{anything:.*}", self._handle)
        self._listener = Listener(app, host, port)

    async def start(self) -> None:
        """Listens; raises OSError when the port is taken."""
        await self._listener.start()

    async def close(self) -> None:
        await self._listener.close()

    @property
    def url(self) -> str:
        """`http://127.0.0.1:PORT`, once started."""
        return self._listener.url

    def newest(self) -> Sequence[Event]:
        """Newest first."""
        return list(reversed(self._events.values()))

    async def _handle(self, request: web.Request) -> web.Response:
        raw, endpoint = await request.read(), self._endpoint
        try:
            message_id = verify(endpoint.secrets, request.headers, raw, self._clock.now(), endpoint.tolerance)
            event = _event(message_id, self._clock.now(), raw)
        except UnprovenError as error:
            return self._refuse(401, str(error))
        except ValueError as error:
            return self._refuse(400, str(error))

        def act(answered: bool) -> web.Response:
            return self._take(event, raw, answered)

        call = Call(Channel.WEBHOOK, event.type, [event.text("segment")])
        return await answer(request, self._faults, call, act, self._refuse_as)

    def _take(self, event: Event, raw: bytes, answered: bool) -> web.Response:
        known = self._events.get(event.id)
        if known is None:
            parameters = {"type": event.type, **event.data}
            self._arrivals.record(
                Channel.WEBHOOK,
                event.text("segment"),
                event.type,
                raw,
                parameters,
                given_id=event.id,
                answered=answered,
            )
        repeats = 0 if known is None else known.repeats + 1
        self._events[event.id] = Event(event.id, event.at, event.type, event.data, answered, repeats)
        if len(self._events) > _KEPT:
            self._events.popitem(last=False)
        return web.json_response({"id": event.id}, status=202)

    def _refuse_as(self, fault: Fault) -> web.Response:
        if fault.effect is Effect.THROTTLE:
            return self._refuse(429, "too many events", {"Retry-After": str(max(1, round(fault.seconds)))})
        return self._refuse(fault.code, "refused on request")

    def _refuse(self, code: int, reason: str, headers: Mapping[str, str] | None = None) -> web.Response:
        self._arrivals.refuse(Channel.WEBHOOK, code)
        return web.json_response({"error": reason}, status=code, headers=headers)


def _event(message_id: str, at: datetime, raw: bytes) -> Event:
    """Raises ValueError for what is no event."""
    content = json.loads(raw)
    if not isinstance(content, dict) or not isinstance(content.get("data"), dict):
        raise ValueError("an event is a JSON object with type, timestamp and data")
    return Event(message_id, at, str(content.get("type", "")), content["data"])
