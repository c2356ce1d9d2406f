"""Every way in which reading the public page can fail has a reason; a bug has none."""

from __future__ import annotations

import errno

import aiohttp
import pytest

from channels.website.verdicts import DISK, VERDICTS, NotVisible, disk_reason, reading

NOT_OURS = {
    "BadContentDispositionHeader",
    "BadContentDispositionParam",
    "EofStream",
    "WebSocketError",
    "WSMessageTypeError",
}
"""Warnings, the end of a stream, and web sockets: never raised by a GET."""
PUBLIC = {
    name: value
    for name, value in vars(aiohttp).items()
    if isinstance(value, type) and issubclass(value, Exception) and name not in NOT_OURS
}


@pytest.mark.parametrize("name", sorted(PUBLIC))
def test_every_public_exception_of_aiohttp_has_a_verdict(name: str) -> None:
    assert issubclass(PUBLIC[name], tuple(VERDICTS)), f"add {name} to VERDICTS"


def test_the_most_specific_verdict_comes_first() -> None:
    kinds = list(VERDICTS)
    assert not [(a, b) for index, a in enumerate(kinds) for b in kinds[index + 1 :] if issubclass(b, a)]


def test_a_failure_of_the_network_is_a_reason() -> None:
    with pytest.raises(NotVisible, match="did not answer in time"), reading():
        raise aiohttp.ServerTimeoutError


def test_a_bug_stays_a_bug() -> None:
    with pytest.raises(KeyError), reading():
        raise KeyError("x")


@pytest.mark.parametrize("code", [*DISK, errno.EIO])
def test_an_error_of_the_disk_names_file_and_help(code: int) -> None:
    reason = disk_reason(OSError(code, "the system's words", "page.html"))
    assert reason.startswith("cannot write page.html: ")
    assert reason.endswith(DISK.get(code, "the system's words"))
