"""What users can cause ends with a sentence and exit code 1; anything else is a bug and keeps its traceback."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from publisher.cli.output import Stop, say, show_findings


@contextmanager
def ended_well() -> Iterator[None]:
    """The length of a command."""
    try:
        yield
    except BrokenPipeError:
        # Whoever read us (`| head`) has enough; a second attempt to write would only fail again.
        sys.stdout = sys.stderr = None
        sys.exit(1)
    except Exception as error:
        if findings := getattr(error, "findings", ()):
            show_findings(findings)
        elif (sentence := _sentence(error)) is not None:
            say(f"publisher: {sentence}", error=True)
        else:
            raise
        sys.exit(1)


def _sentence(error: Exception) -> str | None:
    """None for a bug."""
    if isinstance(error, Stop):
        return str(error)
    if isinstance(error, OSError):
        return f"{error.strerror or error}: {error.filename}" if error.filename else str(error.strerror or error)
    if isinstance(error, _expected()):
        return str(error)
    # A KeyError is a LookupError, but its text is for programmers.
    if type(error) is LookupError:
        return str(error)
    from publisher.store.failure import explanation

    return explanation(error)


def _expected() -> tuple[type[Exception], ...]:
    # Imported only when something went wrong: a command that goes well must not pay for every step.
    from publisher.app import SchemaNotCurrent
    from publisher.app.database_file import DatabaseMissing
    from publisher.content.kinds.languages import BrokenText
    from publisher.content.scaffold import ScaffoldError
    from publisher.delivery.publish import NotPublishable
    from publisher.mailing.intake.files import IntakeError
    from publisher.mailing.segments.snapshots import SegmentError
    from publisher.registry import RegistryError
    from publisher.release.approval import Refused
    from publisher.release.transitions import Overtaken
    from publisher.settings import SettingsError
    from publisher.store.migrate import SchemaTooNew
    from publisher.supervise import RoleTaken

    of_steps = (Refused, NotPublishable, Overtaken, ScaffoldError, IntakeError, SegmentError)
    of_installation = (
        SettingsError,
        RegistryError,
        RoleTaken,
        DatabaseMissing,
        SchemaNotCurrent,
        SchemaTooNew,
        BrokenText,
    )
    return (*of_steps, *of_installation)
