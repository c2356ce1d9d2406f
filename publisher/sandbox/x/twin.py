"""The twin of the X API v2: posts, deletions and the own timeline on loopback."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from aiohttp import web

from publisher.sandbox.arrivals import Arrivals, Json
from publisher.sandbox.faults import Channel, Effect, Fault, Faults
from publisher.sandbox.listening import Call, Listener, answer
from publisher.sandbox.world import World, XAccount
from publisher.sandbox.x import problems, requests
from publisher.sandbox.x.posts import Post, Timelines
from publisher.sandbox.x.problems import Problem
from publisher.sandbox.x.signature import Door
from publisher.sandbox.x.uploads import Uploads
from publisher.sandbox.x.windows import DELETE, ME, METADATA, POST, READ, UPLOAD, Windows
from publisher.wall_time import Clock

_MAX_BODY = 6_000_000


@dataclass(frozen=True, slots=True)
class _Asked:
    """A request of a known caller."""

    account: XAccount
    request: web.Request
    raw: bytes
    answered: bool


@dataclass(frozen=True, slots=True)
class _Done:
    """The answer of an operation; with `given_id`, the post it made or removed, it is remembered."""

    body: Json
    given_id: str = ""
    status: int = 200
    parameters: Mapping[str, Json] = field(default_factory=dict)


_Operation: TypeAlias = Callable[[_Asked], _Done]


class XTwin:
    """Accounts and their posts behind API v2; requests are signed for api.twitter.com and sent here."""

    def __init__(self, world: World, faults: Faults, arrivals: Arrivals, clock: Clock, host: str, port: int) -> None:
        self.accounts, self._clock = world.x, clock
        self._faults, self._arrivals = faults, arrivals
        self._door, self._windows = Door(world.x), Windows(world.x_limits)
        self.uploads = Uploads()
        self.timelines = Timelines(world.x_limits.duplicate_hours)
        app = web.Application(client_max_size=_MAX_BODY)
        app.router.add_post("/2/tweets", self._route(POST, self._create))
        for path, operation in (
            ("/2/media/upload/initialize", self._initialize),
            ("/2/media/upload/{id}/append", self._append),
            ("/2/media/upload/{id}/finalize", self._finalize),
        ):
            app.router.add_post(path, self._route(UPLOAD, operation))
        app.router.add_post("/2/media/metadata", self._route(METADATA, self._describe))
        app.router.add_delete("/2/tweets/{id}", self._route(DELETE, self._delete))
        app.router.add_get("/2/users/me", self._route(ME, self._me))
        app.router.add_get("/2/users/{id}/tweets", self._route(READ, self._timeline))
        app.router.add_route("*", "/{anything:.*}", self._unknown)
        self._listener = Listener(app, host, port)

    async def start(self) -> None:
        """Listens; raises OSError when the port is taken."""
        await self._listener.start()

    async def close(self) -> None:
        await self._listener.close()

    @property
    def url(self) -> str:
        """`http://127.0.0.1:PORT`, once started; it stands for https://api.twitter.com."""
        return self._listener.url

    def _route(self, name: str, operation: _Operation) -> Callable[[web.Request], Awaitable[web.Response]]:
        async def handle(request: web.Request) -> web.Response:
            raw = await request.read()
            authorization = request.headers.get("Authorization", "")
            try:
                account = self._door.caller(request.method, request.path, request.query_string, authorization)
            except Problem as problem:
                return self._refuse(problem, {})

            def act(answered: bool) -> web.Response:
                return self._act(name, operation, _Asked(account, request, raw, answered))

            return await answer(
                request,
                self._faults,
                Call(Channel.X, name, [account.handle]),
                act,
                lambda fault: self._refuse_as(name, account, fault),
            )

        return handle

    def _act(self, name: str, operation: _Operation, asked: _Asked) -> web.Response:
        passes, headers = self._windows.enter(asked.account.id, name, self._clock.now())
        try:
            if not passes:
                raise problems.plain(429)
            done = operation(asked)
        except Problem as problem:
            return self._refuse(problem, headers)
        if done.given_id:
            handle, given_id, answered = asked.account.handle, done.given_id, asked.answered
            self._arrivals.record(
                Channel.X, handle, name, asked.raw, done.parameters, given_id=given_id, answered=answered
            )
        return web.json_response(done.body, status=done.status, headers=headers)

    # operations

    def _create(self, asked: _Asked) -> _Done:
        account, now = asked.account, self._clock.now()
        wanted = requests.create(asked.raw, asked.request.content_type, account.limit)
        if wanted.in_reply_to and self.timelines.find(wanted.in_reply_to) is None:
            raise problems.plain(403, problems.GONE)
        if wanted.in_reply_to and not account.replies_to_self:
            raise problems.plain(403, problems.NO_REPLIES)
        if self.timelines.is_duplicate(account.id, wanted.text, now):
            raise problems.plain(403, problems.DUPLICATE)
        pictures = self.uploads.ready(account.id, wanted.media_ids)
        post = self.timelines.add(
            account.id, wanted.text, now, wanted.in_reply_to, answered=asked.answered, pictures=pictures
        )
        parameters: dict[str, Json] = {"text": wanted.text, "in_reply_to": wanted.in_reply_to}
        if pictures:
            parameters["media"] = [{"sha256": each.sha256, "alt": each.alt} for each in pictures]
        return _Done({"data": post.to_json(frozenset())}, post.id, 201, parameters)

    def _initialize(self, asked: _Asked) -> _Done:
        return _Done({"data": self.uploads.begin(asked.account.id, asked.raw).to_json()})

    def _append(self, asked: _Asked) -> _Done:
        upload = self.uploads.find(asked.account.id, asked.request.match_info["id"])
        self.uploads.append(upload, asked.request.headers.get("Content-Type", ""), asked.raw)
        return _Done({"data": {"expires_at": int(self._clock.now().timestamp()) + 86_400}})

    def _finalize(self, asked: _Asked) -> _Done:
        upload = self.uploads.find(asked.account.id, asked.request.match_info["id"])
        return _Done({"data": self.uploads.finish(upload).to_json()})

    def _describe(self, asked: _Asked) -> _Done:
        upload = self.uploads.describe(asked.account.id, asked.raw)
        return _Done({"data": {"id": upload.id, "associated_metadata": {"alt_text": {"text": upload.alt}}}})

    def _delete(self, asked: _Asked) -> _Done:
        post = self.timelines.find(asked.request.match_info["id"])
        if post is None:
            raise Problem(404, problems.missing("tweet", asked.request.match_info["id"]))
        if post.account_id != asked.account.id:
            raise problems.plain(403, "You are not authorized to delete this Tweet.")
        self.timelines.remove(post)
        return _Done({"data": {"deleted": True}}, post.id)

    def _me(self, asked: _Asked) -> _Done:
        account = asked.account
        return _Done({"data": {"id": account.id, "name": account.name, "username": account.handle}})

    def _timeline(self, asked: _Asked) -> _Done:
        wanted = requests.read(asked.request.query)
        if all(account.id != asked.request.match_info["id"] for account in self.accounts):
            return _Done({"errors": [problems.missing("user", asked.request.match_info["id"])]})
        posts = [post for post in self.timelines.newest(asked.request.match_info["id"]) if _is_wanted(post, wanted)]
        page = posts[wanted.offset : wanted.offset + wanted.max_results]
        end = wanted.offset + len(page)
        if not page:
            return _Done({"meta": {"result_count": 0}})
        meta: dict[str, Json] = {"result_count": len(page), "newest_id": page[0].id, "oldest_id": page[-1].id}
        more: dict[str, Json] = {"next_token": str(end)} if end < len(posts) else {}
        return _Done({"data": [post.to_json(wanted.fields) for post in page], "meta": meta | more})

    async def _unknown(self, request: web.Request) -> web.Response:
        return self._refuse(problems.plain(404), {})

    # refusals

    def _refuse_as(self, name: str, account: XAccount, fault: Fault) -> web.Response:
        if fault.effect is not Effect.THROTTLE:
            return self._refuse(problems.plain(fault.code), {})
        headers = self._windows.exhausted(account.id, name, self._clock.now(), fault.seconds)
        return self._refuse(problems.plain(429), headers)

    def _refuse(self, problem: Problem, headers: Mapping[str, str]) -> web.Response:
        self._arrivals.refuse(Channel.X, problem.status)
        return web.json_response(
            problem.body, status=problem.status, headers=headers, content_type="application/problem+json"
        )


def _is_wanted(post: Post, wanted: requests.Read) -> bool:
    return (
        (wanted.start_time is None or post.at >= wanted.start_time)
        and (wanted.end_time is None or post.at < wanted.end_time)
        and int(post.id) > wanted.since_id
    )
