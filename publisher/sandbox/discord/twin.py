"""The twin of Discord's HTTP API, version 10: messages of a server's channels."""

from __future__ import annotations

import hmac
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from aiohttp import web

from publisher.sandbox.arrivals import Arrivals, Json
from publisher.sandbox.discord import requests
from publisher.sandbox.discord.limits import Limited, Limits
from publisher.sandbox.discord.messages import Message, Room
from publisher.sandbox.discord.requests import SUPPRESS_EMBEDS, SUPPRESS_NOTIFICATIONS, Problem, Written
from publisher.sandbox.faults import Channel, Effect, Fault, Faults
from publisher.sandbox.listening import Call, Listener, answer
from publisher.sandbox.world import DiscordServer
from publisher.wall_time import Clock

_MAX_BODY = 10_000_000
_BASE = "/api/v10"


@dataclass(frozen=True, slots=True)
class _Asked:
    """A request of the bot."""

    request: web.Request
    raw: bytes
    answered: bool


_Operation: TypeAlias = Callable[[_Asked], web.Response]


class DiscordTwin:
    """One server behind the API."""

    def __init__(
        self, server: DiscordServer, faults: Faults, arrivals: Arrivals, clock: Clock, host: str, port: int
    ) -> None:
        self.server, self._clock = server, clock
        self._faults, self._arrivals, self._limits = faults, arrivals, Limits(server)
        self._rooms = {channel.id: Room(channel) for channel in server.channels}
        app = web.Application(client_max_size=_MAX_BODY)
        messages = f"{_BASE}/channels/{{channel}}/messages"
        app.router.add_get(f"{_BASE}/users/@me", self._route("me", self._me))
        app.router.add_get(f"{_BASE}/channels/{{channel}}", self._route("channel", self._channel))
        app.router.add_get(messages, self._route("list", self._list))
        app.router.add_post(messages, self._route("create", self._create))
        app.router.add_patch(f"{messages}/{{message}}", self._route("edit", self._edit))
        app.router.add_delete(f"{messages}/{{message}}", self._route("delete", self._delete))
        app.router.add_route("*", "/{anything:.*}", self._unknown)
        self._listener = Listener(app, host, port)

    async def start(self) -> None:
        """Listens; raises OSError when the port is taken."""
        await self._listener.start()

    async def close(self) -> None:
        await self._listener.close()

    @property
    def url(self) -> str:
        """`http://127.0.0.1:PORT/api/v10`, once started."""
        return self._listener.url + _BASE

    def rooms(self) -> Sequence[Room]:
        return tuple(self._rooms.values())

    def _route(self, name: str, operation: _Operation) -> Callable[[web.Request], Awaitable[web.Response]]:
        async def handle(request: web.Request) -> web.Response:
            raw = await request.read()
            if problem := self._stranger(request):
                return self._refuse(problem)

            def act(answered: bool) -> web.Response:
                return self._act(name, operation, _Asked(request, raw, answered))

            call = Call(Channel.DISCORD, name, [request.match_info.get("channel", "")])
            return await answer(request, self._faults, call, act, self._refuse_as)

        return handle

    def _stranger(self, request: web.Request) -> Problem | None:
        given = request.headers.get("Authorization", "").encode()
        if not request.headers.get("User-Agent", "").startswith("DiscordBot ("):
            return Problem(*requests.NO_AGENT)
        if not hmac.compare_digest(given, f"Bot {self.server.token}".encode()):
            return Problem(*requests.UNAUTHORIZED)
        return None

    def _act(self, name: str, operation: _Operation, asked: _Asked) -> web.Response:
        try:
            headers = self._limits.enter(f"{name} {asked.request.match_info.get('channel', '')}", self._clock.now())
            response = operation(asked)
        except Problem as problem:
            return self._refuse(problem)
        except Limited as limited:
            return self._throttle(limited)
        response.headers.update(headers)
        return response

    # operations

    def _me(self, asked: _Asked) -> web.Response:
        return web.json_response({"id": self.server.bot_id, "username": self.server.bot_name, "bot": True})

    def _channel(self, asked: _Asked) -> web.Response:
        channel = self._room(asked).channel
        return web.json_response({"id": channel.id, "type": 0, "guild_id": self.server.id, "name": channel.name})

    def _list(self, asked: _Asked) -> web.Response:
        room, query = self._room(asked), asked.request.query
        limit = requests.number(query, "limit", 50, 100)
        found = room.newest(query.get("before", "")) if room.channel.can_read_history else []
        return web.json_response([message.to_json(self.server) for message in found[:limit]])

    def _create(self, asked: _Asked) -> web.Response:
        room = self._room(asked)
        if not room.channel.can_send:
            raise Problem(*requests.MISSING_PERMISSIONS)
        wanted = self._written(asked, SUPPRESS_EMBEDS | SUPPRESS_NOTIFICATIONS)
        now = self._clock.now()
        message = room.sent_as(wanted.nonce, now) if wanted.enforce_nonce else None
        if message is None:
            message = room.add(wanted.content, now, wanted.nonce, wanted.flags, answered=asked.answered)
            self._remember("create", message, asked)
        return web.json_response(message.to_json(self.server) | {"nonce": message.nonce})

    def _edit(self, asked: _Asked) -> web.Response:
        room, message = self._room(asked), self._message(asked)
        wanted = self._written(asked, SUPPRESS_EMBEDS)
        flags = message.flags & ~SUPPRESS_EMBEDS | wanted.flags
        edited = room.edit(message, wanted.content, flags, self._clock.now(), answered=asked.answered)
        self._remember("edit", edited, asked)
        return web.json_response(edited.to_json(self.server))

    def _delete(self, asked: _Asked) -> web.Response:
        message = self._message(asked)
        self._room(asked).remove(message)
        self._remember("delete", message, asked)
        return web.Response(status=204)

    async def _unknown(self, request: web.Request) -> web.Response:
        return self._refuse(Problem(*requests.NOT_FOUND))

    def _room(self, asked: _Asked) -> Room:
        room = self._rooms.get(asked.request.match_info["channel"])
        if room is None:
            raise Problem(*requests.UNKNOWN_CHANNEL)
        if not room.channel.can_see:
            raise Problem(*requests.MISSING_ACCESS)
        return room

    def _message(self, asked: _Asked) -> Message:
        message = self._room(asked).find(asked.request.match_info["message"])
        if message is None:
            raise Problem(*requests.UNKNOWN_MESSAGE)
        return message

    def _written(self, asked: _Asked, flags: int) -> Written:
        return requests.written(asked.raw, asked.request.content_type, flags)

    def _remember(self, action: str, message: Message, asked: _Asked) -> None:
        parameters: Mapping[str, Json] = {"content": message.content, "flags": message.flags}
        self._arrivals.record(
            Channel.DISCORD,
            message.channel.id,
            action,
            asked.raw,
            parameters,
            given_id=message.id,
            answered=asked.answered,
        )

    # refusals

    def _refuse_as(self, fault: Fault) -> web.Response:
        if fault.effect is Effect.THROTTLE:
            return self._throttle(Limited(fault.seconds))
        return self._refuse(Problem(fault.code, 0, "refused on request"))

    def _throttle(self, limited: Limited) -> web.Response:
        self._arrivals.refuse(Channel.DISCORD, 429)
        headers = {
            "Retry-After": str(max(1, round(limited.seconds))),
            "X-RateLimit-Scope": "global" if limited.everywhere else "user",
        }
        body = {
            "message": "You are being rate limited.",
            "retry_after": round(limited.seconds, 3),
            "global": limited.everywhere,
        }
        return web.json_response(body, status=429, headers=headers)

    def _refuse(self, problem: Problem) -> web.Response:
        self._arrivals.refuse(Channel.DISCORD, problem.status)
        return web.json_response({"message": problem.message, "code": problem.code}, status=problem.status)
