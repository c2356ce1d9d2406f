"""What the errors of aiohttp and of the disk mean here. A repeat is harmless, so all of them are reasons to retry."""

from __future__ import annotations

import errno
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import aiohttp

VERDICTS: Mapping[type[Exception], str] = {
    aiohttp.InvalidURL: "the account's `url` is not a URL",
    aiohttp.ClientConnectorDNSError: "its host name is not known",
    aiohttp.ClientConnectorCertificateError: "its certificate is not valid",
    aiohttp.ClientSSLError: "its TLS handshake failed",
    aiohttp.ServerTimeoutError: "it did not answer in time",
    aiohttp.ClientConnectorError: "no connection to it",
    aiohttp.ServerDisconnectedError: "it closed the connection",
    aiohttp.ClientPayloadError: "its answer was cut short",
    aiohttp.ClientResponseError: "its answer is not HTTP as it should be",
    aiohttp.ClientConnectionError: "the connection failed",
    aiohttp.ClientError: "it cannot be read",
    TimeoutError: "it did not answer in time",
    OSError: "the connection failed",
}
"""Most specific first."""

DISK: Mapping[int, str] = {
    errno.ENOSPC: "the disk is full: free some space",
    errno.EDQUOT: "the disk quota is used up: free some space",
    errno.EROFS: "the file system is read-only: mount it writable",
    errno.EACCES: "no permission: let this user write there",
    errno.EPERM: "no permission: let this user write there",
    errno.EXDEV: "not on the file system of `root`: set the account's `state` to a folder that is",
}


class NotVisible(Exception):
    """The public URL could not be read; the message says why."""


@contextmanager
def reading() -> Iterator[None]:
    """Raises NotVisible for everything that the network does; bugs pass."""
    try:
        yield
    except tuple(VERDICTS) as error:
        raise NotVisible(reason_for(error)) from error


def reason_for(error: Exception) -> str:
    """Why the page could not be read."""
    return next(reason for kind, reason in VERDICTS.items() if isinstance(error, kind))


def disk_reason(error: OSError) -> str:
    """Why the site could not be written, and what helps."""
    return f"cannot write {error.filename or 'the site'}: {DISK.get(error.errno or 0, error.strerror or str(error))}"
