from __future__ import annotations

from typing import get_args

import aiosmtplib
import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.email.verdicts import NATURES, Stage, refusal, verdict
from publisher.channel import Outcome, Rejected, Retry, Unconfirmed

EXCEPTIONS = [
    thing
    for thing in (getattr(aiosmtplib, name) for name in aiosmtplib.__all__)
    if isinstance(thing, type) and issubclass(thing, BaseException)
]
ARGUMENTS: dict[type[BaseException], tuple[object, ...]] = {
    aiosmtplib.SMTPSenderRefused: (451, "later", "a@example.com"),
    aiosmtplib.SMTPRecipientRefused: (451, "later", "a@example.com"),
    aiosmtplib.SMTPRecipientsRefused: ([],),
}


def raised(exception: type[BaseException]) -> Exception:
    usual = (451, "later") if issubclass(exception, aiosmtplib.SMTPResponseException) else ("gone",)
    made = exception(*ARGUMENTS.get(exception, usual))
    assert isinstance(made, Exception)
    return made


def test_the_sdk_still_has_the_exceptions_we_know() -> None:
    assert len(EXCEPTIONS) >= 15


@pytest.mark.parametrize("exception", EXCEPTIONS)
def test_every_public_exception_has_a_verdict_of_its_own(exception: type[Exception]) -> None:
    assert exception in NATURES


@pytest.mark.parametrize("exception", [*EXCEPTIONS, OSError, ConnectionResetError, TimeoutError, ValueError])
@pytest.mark.parametrize("stage", Stage)
def test_only_a_loss_after_the_whole_message_is_unconfirmed(exception: type[BaseException], stage: Stage) -> None:
    outcome = verdict(raised(exception) if exception in EXCEPTIONS else _plain(exception), stage)

    assert isinstance(outcome, get_args(Outcome))
    if stage is not Stage.END:
        assert not isinstance(outcome, Unconfirmed)
    elif issubclass(exception, OSError) and not issubclass(exception, aiosmtplib.SMTPResponseException):
        assert isinstance(outcome, Unconfirmed)


def _plain(exception: type[BaseException]) -> Exception:
    made = exception("gone")
    assert isinstance(made, Exception)
    return made


def test_a_mistake_of_ours_is_not_taken_for_the_wire() -> None:
    with pytest.raises(ZeroDivisionError):
        verdict(ZeroDivisionError(), Stage.END)


ACCOUNT, DOMAIN, TARGET = "account", "domain", "target"


@pytest.mark.parametrize(
    ("code", "text", "stage", "scope"),
    [
        (421, "4.3.2 shutting down", Stage.RECIPIENT, ACCOUNT),
        (421, "too many connections", Stage.CONNECT, ACCOUNT),
        (450, "4.2.1 mailbox busy", Stage.RECIPIENT, TARGET),
        (450, "4.2.0 greylisted", Stage.RECIPIENT, TARGET),
        (450, "4.7.1 greylisted", Stage.RECIPIENT, DOMAIN),
        (450, "not now", Stage.RECIPIENT, DOMAIN),
        (450, "4.1.2 the domain cannot be found just now", Stage.RECIPIENT, DOMAIN),
        (450, "4.1.1 we do not know yet whether there is such a mailbox", Stage.RECIPIENT, TARGET),
        (451, "4.7.650 the sending address is limited for its reputation", Stage.END, DOMAIN),
        (451, "4.4.1 nobody answers there", Stage.RECIPIENT, DOMAIN),
        (452, "4.5.3 too many recipients", Stage.RECIPIENT, TARGET),
        (451, "4.3.0 local error", Stage.RECIPIENT, ACCOUNT),
        (451, "try later", Stage.END, DOMAIN),
        (451, "4.7.0 slow down", Stage.SENDER, ACCOUNT),
        (452, "4.3.1 disk full", Stage.END, ACCOUNT),
        (452, "4.2.2 mailbox full", Stage.RECIPIENT, TARGET),
        (454, "4.7.0 TLS not available", Stage.RECIPIENT, ACCOUNT),
        (530, "5.7.0 authentication required", Stage.SENDER, ACCOUNT),
        (530, "5.7.0 authentication required", Stage.RECIPIENT, ACCOUNT),
        (535, "5.7.8 bad credentials", Stage.CONNECT, ACCOUNT),
        (550, "5.1.8 sender domain unknown", Stage.SENDER, ACCOUNT),
        (552, "5.2.2 mailbox full", Stage.RECIPIENT, TARGET),
        (554, "no service", Stage.CONNECT, ACCOUNT),
    ],
)
def test_what_passes_is_tried_again_by_whom_it_concerns(code: int, text: str, stage: Stage, scope: str) -> None:
    outcome = refusal(code, text, stage)

    assert isinstance(outcome, Retry)
    assert outcome.scope == scope
    assert outcome.reason == f"{stage}: {code} {text}"


@pytest.mark.parametrize(
    ("code", "text", "stage", "disables"),
    [
        (550, "5.1.1 no such user", Stage.RECIPIENT, True),
        (550, "5.1.1 no such user", Stage.END, True),
        (550, "5.1.2 no such domain", Stage.RECIPIENT, True),
        (550, "5.2.1 mailbox disabled", Stage.RECIPIENT, True),
        (556, "5.1.10 null MX", Stage.RECIPIENT, True),
        (550, "no such user, or we do not like you", Stage.RECIPIENT, False),
        (550, "5.7.1 policy", Stage.RECIPIENT, False),
        (550, "5.7.515 your domain does not authenticate", Stage.END, False),
        (554, "5.3.0 system trouble", Stage.END, False),
        (552, "5.3.4 too big", Stage.SENDER, False),
        (552, "5.3.4 too big", Stage.RECIPIENT, False),
        (554, "5.1.1 no such user, said late", Stage.DATA, True),
        (550, "4.1.1 a code that contradicts itself", Stage.RECIPIENT, False),
    ],
)
def test_only_a_dead_address_is_disabled(code: int, text: str, stage: Stage, disables: bool) -> None:
    assert refusal(code, text, stage) == Rejected(f"{stage}: {code} {text}", disable_target=disables)


@given(st.integers(-1, 999), st.text(max_size=400), st.sampled_from(Stage))
def test_any_reply_has_an_outcome_and_a_short_reason(code: int, text: str, stage: Stage) -> None:
    outcome = refusal(code, text, stage)

    assert isinstance(outcome, Retry | Rejected | Unconfirmed)
    assert len(outcome.reason) < 300
    assert outcome.reason.isprintable() or not text.isprintable()
    assert isinstance(outcome, Unconfirmed) == (stage is Stage.END and code // 100 not in (4, 5))
