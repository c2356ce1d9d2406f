"""The twin of the Telegram Bot API: `/bot<token>/<method>` on loopback."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping

from aiohttp import web

from publisher.sandbox.arrivals import Arrivals, Json
from publisher.sandbox.faults import Channel, Effect, Fault, Faults
from publisher.sandbox.listening import Call, Listener, answer
from publisher.sandbox.telegram.chats import Chats, Forbidden, Migrated
from publisher.sandbox.telegram.methods import Methods, TooManyRequests
from publisher.sandbox.telegram.parameters import METHODS, BadRequest, Incoming, read
from publisher.sandbox.world import Bot, World
from publisher.wall_time import Clock

_MAX_BODY = 52_428_800
_READING = frozenset({"getme", "getchat", "getchatmember"})
_NAMES: Mapping[str, str] = {name.lower(): name for name in METHODS}


class TelegramTwin:
    """Bots, chats and their messages behind the Bot API. Give SDKs `url + "/bot"` as their base URL."""

    def __init__(self, world: World, faults: Faults, arrivals: Arrivals, clock: Clock, host: str, port: int) -> None:
        self._bots, self._faults, self._arrivals = world.bots, faults, arrivals
        self.chats = Chats(world.chats)
        self._methods = Methods(self.chats, world.flood, clock.now)
        app = web.Application(client_max_size=_MAX_BODY)
        app.router.add_route("*", "/bot{token}/{method}", self._handle)
        app.router.add_route("*", "/{anything:.*}", _not_found)
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

    async def _handle(self, request: web.Request) -> web.Response:
        raw = await request.read()
        name = request.match_info["method"].lower()
        bot = self._bot(request.match_info["token"])
        if bot is None:
            return self._refuse(401, "Unauthorized")
        if name not in _NAMES:
            return self._refuse(404, "Not Found: method not found")
        try:
            incoming = read(request.headers.get("Content-Type", ""), raw, request.query_string)
        except BadRequest as error:
            return self._refuse(400, f"Bad Request: {error}")

        def act(answered: bool) -> web.Response:
            return self._act(_NAMES[name], bot, incoming, raw, answered)

        call = Call(Channel.TELEGRAM, _NAMES[name], [incoming.values.get("chat_id", "")])
        return await answer(request, self._faults, call, act, self._refuse_as)

    def _act(self, method: str, bot: Bot, incoming: Incoming, raw: bytes, answered: bool) -> web.Response:
        try:
            result = self._methods.call(method, bot, incoming, answered=answered)
        except BadRequest as error:
            return self._refuse(400, f"Bad Request: {error}")
        except Forbidden as error:
            return self._refuse(403, f"Forbidden: {error}")
        except Migrated as error:
            more: Json = {"migrate_to_chat_id": error.args[0]}
            return self._refuse(400, "Bad Request: group chat was upgraded to a supergroup chat", more)
        except TooManyRequests as error:
            return self._throttle(error.args[0])
        if method.lower() not in _READING:
            self._remember(method, incoming, raw, _id_in(result) or incoming.values.get("message_id", ""), answered)
        return web.json_response({"ok": True, "result": result})

    def _remember(self, method: str, incoming: Incoming, raw: bytes, message_id: str, answered: bool) -> None:
        target = incoming.values.get("chat_id", "")
        parameters: dict[str, Json] = dict(incoming.values)
        if incoming.files:
            parameters["files"] = [hashlib.sha256(each.content).hexdigest() for each in incoming.files.values()]
        self._arrivals.record(Channel.TELEGRAM, target, method, raw, parameters, given_id=message_id, answered=answered)

    def _bot(self, token: str) -> Bot | None:
        return next((bot for bot in self._bots if hmac.compare_digest(bot.token.encode(), token.encode())), None)

    def _refuse_as(self, fault: Fault) -> web.Response:
        if fault.effect is Effect.THROTTLE:
            return self._throttle(max(1, round(fault.seconds)))
        return self._refuse(fault.code, "Internal Server Error" if fault.code == 500 else "Refused on request")

    def _throttle(self, seconds: int) -> web.Response:
        return self._refuse(429, f"Too Many Requests: retry after {seconds}", {"retry_after": seconds})

    def _refuse(self, code: int, description: str, parameters: Json = None) -> web.Response:
        self._arrivals.refuse(Channel.TELEGRAM, code)
        content: dict[str, Json] = {"ok": False, "error_code": code, "description": description}
        return web.json_response(content | ({"parameters": parameters} if parameters else {}), status=code)


async def _not_found(request: web.Request) -> web.Response:
    return web.json_response({"ok": False, "error_code": 404, "description": "Not Found"}, status=404)


def _id_in(result: Json) -> str:
    return str(result.get("message_id", "")) if isinstance(result, Mapping) else ""
