"""What anybody on duty may do from the staff pages: stop, hold, cancel, and let go on. Everything else is a command.

The person is whoever is signed in, and stands in the history. A form of another site is refused before it comes here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Protocol

from fastapi import FastAPI, Form, Request, Response
from fastapi.responses import RedirectResponse

from publisher.app import App
from publisher.delivery import stop
from publisher.delivery.states import DeliveryState
from publisher.mailing import control
from publisher.mailing.progress import Progress, Standing, named
from publisher.release.approval import Refused
from publisher.release.states import TRANSITIONS, ReleaseState
from publisher.store.transaction import SqlTransaction
from publisher.web.overview import Whole
from publisher.web.showing import Pages

Reason = Annotated[str, Form()]


class _Deciding(Protocol):
    """`hold`, `resume` and `cancel` of `publisher.delivery.stop`, and what `publisher.mailing.control` decides."""

    async def __call__(
        self, tx: SqlTransaction, number: int, /, *, at: datetime, actor: str, reason: str
    ) -> object: ...


_NOT_BEGUN = frozenset({DeliveryState.QUEUED, DeliveryState.WAITING, DeliveryState.HELD})
_DECISIONS: Mapping[str, _Deciding] = {"hold": stop.hold, "resume": stop.resume, "cancel": stop.cancel}
_OF_MAILINGS: Mapping[str, _Deciding] = {
    "pause": control.pause,
    "resume": control.resume,
    "cancel": control.cancel,
    "go": control.go,
}


def add_acts(web: FastAPI, pages: Pages) -> None:
    """The forms of Today and of a release."""

    @web.post("/releases/{release_id}/{decision}")
    async def decide(request: Request, release_id: int, decision: str, reason: Reason = "") -> Response:
        path = f"/releases/{release_id}"
        if decision not in _DECISIONS:
            return pages.missing(request)
        try:
            async with pages.app.store.begin() as tx:
                at, person = pages.app.clock.now(), request.state.person
                await _DECISIONS[decision](tx, release_id, at=at, actor=person, reason=_why(reason))
        except LookupError:
            return pages.missing(request)
        except Refused as refused:
            return pages.refused(request, str(refused), back=path)
        return RedirectResponse(path, 303)

    @web.post("/mailings/{mailing_id}/{decision}")
    async def decide_mailing(request: Request, mailing_id: int, decision: str, reason: Reason = "") -> Response:
        if decision not in _OF_MAILINGS:
            return pages.missing(request)
        back = "/"
        try:
            async with pages.app.store.begin() as tx:
                at, person = pages.app.clock.now(), request.state.person
                back = f"/releases/{(await named(tx, mailing_id)).release_id}"
                await _OF_MAILINGS[decision](tx, mailing_id, at=at, actor=person, reason=_why(reason))
        except LookupError:
            return pages.missing(request)
        except Refused as refused:
            return pages.refused(request, str(refused), back=back)
        return RedirectResponse(back, 303)

    @web.post("/stops")
    async def switch_off(request: Request, what: Annotated[str, Form()] = "", reason: Reason = "") -> Response:
        return await _switch(request, pages, what, reason, on=False)

    @web.post("/stops/end")
    async def switch_on(request: Request, what: Annotated[str, Form()] = "", reason: Reason = "") -> Response:
        return await _switch(request, pages, what, reason, on=True)


def offered(whole: Whole) -> Sequence[tuple[str, str, str, bool]]:
    """The acts that the release's state allows: name, words of the button, what it means, whether there is no way back.

    A page can be older than the state; the act itself refuses then.
    """
    state, held = whole.release.state, any(line.state is DeliveryState.HELD for line in whole.deliveries)
    begun = any(line.state not in _NOT_BEGUN for line in whole.deliveries)
    offers = []
    if state is ReleaseState.SCHEDULED or (state is ReleaseState.PUBLISHING and not begun and not held):
        offers.append(("hold", "Hold this release", "Nothing of it goes out until somebody lets it go on.", False))
    if state is ReleaseState.HELD or (state is ReleaseState.PUBLISHING and held):
        offers.append(("resume", "Let this release go on", "At once where its time has passed.", False))
    if ReleaseState.CANCELLED in TRANSITIONS[state] or state is ReleaseState.PUBLISHING:
        offers.append(
            ("cancel", "Cancel this release for good", "Nothing more of it ever goes out. What is out stays out.", True)
        )
    return offers


def offered_mailing(progress: Progress) -> Sequence[tuple[str, str, bool]]:
    """The acts that a mailing allows: name, words of the button, whether there is no way back."""
    pause, cancel = ("pause", "Pause", False), ("cancel", "Cancel for good", True)
    match progress.standing:
        case Standing.OVER | Standing.CANCELLED:
            return ()
        case Standing.PAUSED:
            return (("resume", "Let it go on", False), cancel)
        case Standing.CANARY:
            return (("go", "Let the rest follow", False), pause, cancel)
        case _:
            return (pause, cancel)


async def _switch(request: Request, pages: Pages, what: str, reason: str, *, on: bool) -> Response:
    at, person = pages.app.clock.now(), request.state.person
    try:
        _known(pages.app, what)
        async with pages.app.store.begin() as tx:
            if on:
                await stop.switch_on(tx, what, at=at, actor=person, reason=_why(reason))
            else:
                await stop.switch_off(tx, what, at=at, actor=person, reason=_why(reason))
    except Refused as refused:
        return pages.refused(request, str(refused), back="/")
    return RedirectResponse("/", 303)


def _known(app: App, what: str) -> None:
    if what not in app.switches:
        raise Refused("choose what to stop from the list: everything, a destination or an account")


def _why(reason: str) -> str:
    if not reason.strip():
        raise Refused("say why in a few words: whoever comes after you reads it in the history")
    return reason.strip()
