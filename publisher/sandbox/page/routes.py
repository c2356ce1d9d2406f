"""The sandbox's page and its small HTTP interface: `/`, `/arrivals.json`, `/faults`."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path

from aiohttp import web
from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template
from pydantic import TypeAdapter, ValidationError
from pydantic_core import ErrorDetails

from publisher.sandbox.arrivals import Arrival, Arrivals
from publisher.sandbox.faults import Channel, Effect, Fault, Faults, Switched
from publisher.sandbox.listening import Listener
from publisher.sandbox.page import switches, views
from publisher.sandbox.page.guard import guarded
from publisher.sandbox.page.inbox import inbox
from publisher.sandbox.page.reader import Deed, Readers
from publisher.sandbox.smtp.letter import read
from publisher.sandbox.telegram.chats import Chats
from publisher.sandbox.x.twin import XTwin

_HERE = Path(__file__).parent
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; frame-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'self'"
)
_MAIL_POLICY = (
    "sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; style-src 'unsafe-inline'; "
    "img-src data: http://127.0.0.1:* http://localhost:*; frame-ancestors 'self'"
)
"""A mail may style itself and show pictures of this machine; it runs no script and loads nothing else."""
_FAULT = TypeAdapter(Fault)
_LIMIT = 10_000
_TYPES = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}


class Page:
    """Shows what arrived and switches faults."""

    def __init__(self, chats: Chats, x: XTwin, faults: Faults, arrivals: Arrivals, host: str, port: int) -> None:
        self._chats, self._x, self._faults, self._arrivals = chats, x, faults, arrivals
        self._readers = Readers(arrivals.now)
        app = web.Application(middlewares=[guarded(host)])
        app.add_routes(self._routes())
        self._listener = Listener(app, host, port)

    def _routes(self) -> list[web.RouteDef]:
        return [
            web.get("/", self._show),
            web.get("/static/{name}", self._asset),
            web.get("/version", self._version),
            web.get("/arrivals.json", self._list),
            web.get("/faults", self._active),
            web.post("/faults", self._add),
            web.post("/faults/switch", self._switch),
            web.post(r"/faults/{id:\d+}/off", self._off),
            web.delete("/faults", self._clear),
            web.delete(r"/faults/{id:\d+}", self._remove),
            web.get(r"/mail/{number:\d+}", self._mail),
            web.get(r"/mail/{number:\d+}/source", self._source),
            web.post(r"/mail/{number:\d+}/{deed}", self._act),
            web.get(r"/x/photo/{id:\d+}", self._media),
            web.get(r"/photo/{id:[0-9a-f]+}", self._photo),
        ]

    async def start(self) -> None:
        """Listens; raises OSError when the port is taken."""
        await self._listener.start()

    async def close(self) -> None:
        await self._listener.close()

    @property
    def url(self) -> str:
        """`http://127.0.0.1:PORT`, once started."""
        return self._listener.url

    async def _asset(self, request: web.Request) -> web.Response:
        body = _assets().get(request.match_info["name"])
        if body is None:
            raise web.HTTPNotFound
        return web.Response(body=body, content_type=_TYPES[Path(request.match_info["name"]).suffix], charset="utf-8")

    # what arrived

    async def _show(self, request: web.Request) -> web.Response:
        tabs = views.chat_tabs(self._chats, _number(request.query.get("chat")))
        chosen = next((tab.room for tab in tabs if tab.chosen), None)
        reader = request.query.get("reader", "").strip()
        mails = inbox(self._arrivals, _number(request.query.get("mail")), reader, _number(request.query.get("before")))
        page = _template().render(
            query=request.query_string,
            chat=request.query.get("chat", ""),
            mail=request.query.get("mail", ""),
            reader=reader,
            before=request.query.get("before", ""),
            tabs=tabs,
            room=chosen,
            bubbles=views.bubbles(chosen) if chosen else [],
            accounts={account.id: account for account in self._x.accounts},
            tweets=views.tweets(self._x),
            inbox=mails,
            deeds=self._readers.done(mails.opened.arrival.number) if mails.opened else (),
            counters=views.counters(self._arrivals),
            lights={channel.value: views.lights(self._faults, channel) for channel in Channel},
            active=self._faults.active(),
            channels=list(Channel),
            effects=list(Effect),
            version=self._state(),
        )
        return web.Response(text=page, content_type="text/html", headers={"Content-Security-Policy": _POLICY})

    def _state(self) -> str:
        return f"{self._arrivals.version}.{self._faults.version}.{self._readers.version}"

    async def _version(self, request: web.Request) -> web.Response:
        return web.Response(text=self._state())

    async def _list(self, request: web.Request) -> web.Response:
        """Newest first; `channel` and `limit` narrow it."""
        channels = [_channel(request.query["channel"])] if "channel" in request.query else list(Channel)
        limit = _number(request.query.get("limit")) or _LIMIT
        found = [arrival for channel in channels for arrival in self._arrivals.newest(channel, limit)]
        found.sort(key=lambda arrival: (arrival.at, arrival.number), reverse=True)
        totals = {channel.value: self._arrivals.totals[channel] for channel in channels}
        return web.json_response({"totals": totals, "arrivals": [views.to_json(each) for each in found[:limit]]})

    async def _mail(self, request: web.Request) -> web.Response:
        html = read(self._kept(request).raw).html or "<p>This mail has no HTML part.</p>"
        head = '<!doctype html><base target="_blank">'
        return web.Response(
            text=head + html, content_type="text/html", headers={"Content-Security-Policy": _MAIL_POLICY}
        )

    async def _source(self, request: web.Request) -> web.Response:
        text = self._kept(request).raw.decode("utf-8", "replace")
        return web.Response(text=text, content_type="text/plain")

    async def _act(self, request: web.Request) -> web.Response:
        """What a reader, their provider or their filter does with a mail."""
        arrival = self._kept(request)
        if request.match_info["deed"] not in tuple(Deed):
            raise web.HTTPNotFound(text=f"A mail can be given to: {', '.join(Deed)}.")
        await self._readers.act(arrival.number, read(arrival.raw), Deed(request.match_info["deed"]))
        raise _back(request)

    async def _photo(self, request: web.Request) -> web.Response:
        for room in self._chats.rooms():
            for message in room.newest():
                if message.photo and message.photo.file_id == request.match_info["id"] and message.photo.content:
                    kind = "image/png" if message.photo.content.startswith(b"\x89PNG") else "image/jpeg"
                    return web.Response(body=message.photo.content, content_type=kind)
        raise web.HTTPNotFound

    async def _media(self, request: web.Request) -> web.Response:
        for account in self._x.accounts:
            for post in self._x.timelines.newest(account.id):
                for picture in post.pictures:
                    if picture.id == request.match_info["id"]:
                        return web.Response(body=picture.content, content_type=picture.media_type)
        raise web.HTTPNotFound

    def _kept(self, request: web.Request) -> Arrival:
        arrival = self._arrivals.find(Channel.EMAIL, int(request.match_info["number"]))
        if arrival is None:
            raise web.HTTPNotFound(text="This mail is not kept any more; the sandbox remembers the newest ones only.")
        return arrival

    # faults

    async def _active(self, request: web.Request) -> web.Response:
        return web.json_response([_fault_json(each) for each in self._faults.active()])

    async def _add(self, request: web.Request) -> web.Response:
        """From JSON, answered with 201; or from the page's form, answered with the page."""
        is_form = request.content_type == "application/x-www-form-urlencoded"
        switched = self._faults.add(_fault(await _form(request) if is_form else await _json(request)))
        if is_form:
            raise _back(request)
        return web.json_response(_fault_json(switched), status=201)

    async def _switch(self, request: web.Request) -> web.Response:
        form = await _form(request)
        if not switches.toggle(self._faults, _channel(form.get("channel", "")), form.get("key", "")):
            raise web.HTTPBadRequest(text=f"There is no switch {form.get('key', '')!r}.")
        raise _back(request)

    async def _off(self, request: web.Request) -> web.Response:
        self._faults.remove(int(request.match_info["id"]))
        raise _back(request)

    async def _clear(self, request: web.Request) -> web.Response:
        self._faults.clear(_channel(request.query["channel"]) if "channel" in request.query else None)
        return web.Response(status=204)

    async def _remove(self, request: web.Request) -> web.Response:
        if not self._faults.remove(int(request.match_info["id"])):
            raise web.HTTPNotFound(text="This fault is not on.")
        return web.Response(status=204)


@cache
def _assets() -> Mapping[str, bytes]:
    """Each file's content by its name, read once.

    aiohttp's own static route opens the file in a thread: a browser that goes on to another page meanwhile leaves it
    open.
    """
    return {file.name: file.read_bytes() for file in sorted((_HERE / "static").iterdir())}


@cache
def _template() -> Template:
    """Compiled once for all sandboxes of a process."""
    loader = FileSystemLoader(_HERE / "templates")
    environment = Environment(
        loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    return environment.get_template("page.html.j2")


def _back(request: web.Request) -> web.HTTPSeeOther:
    return web.HTTPSeeOther(f"/?{request.query_string}" if request.query_string else "/")


def _number(text: str | None) -> int | None:
    try:
        return int(text or "")
    except ValueError:
        return None


def _channel(name: str) -> Channel:
    try:
        return Channel(name)
    except ValueError as error:
        raise web.HTTPBadRequest(text=f"There is no channel {name!r}; use {', '.join(Channel)}.") from error


async def _form(request: web.Request) -> dict[str, str]:
    """The form's filled fields."""
    return {name: value for name, value in (await request.post()).items() if isinstance(value, str) and value}


async def _json(request: web.Request) -> Mapping[str, object]:
    try:
        content = await request.json()
    except ValueError as error:
        raise web.HTTPBadRequest(text=f"This is not JSON: {error}.") from error
    if not isinstance(content, dict):
        raise web.HTTPBadRequest(text='A fault is a JSON object such as {"channel": "x", "effect": "drop"}.')
    return content


def _fault(given: Mapping[str, object]) -> Fault:
    names = Fault.__slots__
    if unknown := sorted(set(given) - set(names)):
        raise web.HTTPBadRequest(text=f"A fault has no {unknown[0]!r}; it has {', '.join(names)}.")
    try:
        return _FAULT.validate_python(dict(given))
    except ValidationError as error:
        raise web.HTTPBadRequest(text="; ".join(_reason(detail) for detail in error.errors())) from error


def _reason(detail: ErrorDetails) -> str:
    place = ".".join(str(part) for part in detail["loc"])
    return f"{place}: {detail['msg']}" if place else detail["msg"].removeprefix("Value error, ")


def _fault_json(switched: Switched) -> dict[str, object]:
    fields = {name: getattr(switched.fault, name) for name in Fault.__slots__}
    return {"id": switched.id, "struck": switched.struck, **fields}
