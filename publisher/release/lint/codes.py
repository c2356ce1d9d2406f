"""Every mistake that lint knows, and how it is said. docs/lint.md explains each."""

from __future__ import annotations

from collections.abc import Mapping

from publisher.channel import Finding, Place, Severity

_ERROR, _WARNING = Severity.ERROR, Severity.WARNING

CODES: Mapping[str, Severity] = {
    "address.checksum": _ERROR,
    "address.length": _ERROR,
    "address.network": _ERROR,
    "address.no_checksum": _WARNING,
    "address.many": _WARNING,
    "announcement.similar": _WARNING,
    "asset.unknown": _WARNING,
    "asset.ambiguous": _WARNING,
    "asset.name": _ERROR,
    "asset.address": _ERROR,
    "language.address": _ERROR,
    "language.number": _WARNING,
    "language.date": _WARNING,
    "language.time": _WARNING,
    "language.symbol": _WARNING,
    "language.link": _WARNING,
    "language.fact": _WARNING,
    "glossary.missing": _WARNING,
    "glossary.spelling": _WARNING,
    "link.http": _ERROR,
    "link.ip": _ERROR,
    "link.punycode": _WARNING,
    "link.look_alike": _ERROR,
    "link.resembles": _WARNING,
    "link.other_domain": _ERROR,
    "number.format": _WARNING,
    "date.ambiguous": _WARNING,
    "time.no_zone": _WARNING,
    "time.ambiguous_zone": _WARNING,
    "text.invisible": _ERROR,
    "text.mixed_script": _ERROR,
    "text.too_long": _WARNING,
}
"""Errors are surely accidents and stop a release; a warning may be meant."""


def mistake(code: str, message: str, fix: str, place: Place) -> Finding:
    """A finding with the severity of its code."""
    return Finding(code, message, fix, CODES[code], place)
