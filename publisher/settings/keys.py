"""The keys of what the database must not tell: from the environment, a command or a file, never from publisher.toml."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from publisher.settings.model import EncryptionSettings

DATA_KEY_VARIABLE = "PUBLISHER_DATA_KEY"
HASH_KEY_VARIABLE = "PUBLISHER_HASH_KEY"
DATA_KEY_FILE = "secrets/data.key"
HASH_KEY_FILE = "secrets/hash.key"

PATIENCE = 30.0
"""Seconds that a command may take to answer."""


@dataclass(frozen=True, slots=True)
class _Source:
    what: str
    variable: str
    command: Sequence[str]
    setting: str
    file: Path


def data_keys(workspace: Path, chosen: EncryptionSettings) -> list[bytes]:
    """What encrypts (the first) and decrypts (all); raises LookupError where there is none that can be used."""
    file = workspace / DATA_KEY_FILE
    return _keys(_Source("data key", DATA_KEY_VARIABLE, chosen.key_command, "encryption.key_command", file))


def hash_key(workspace: Path, chosen: EncryptionSettings) -> bytes:
    """What erased addresses and networks are hashed with; raises LookupError where there is not exactly one."""
    file, setting = workspace / HASH_KEY_FILE, "encryption.hash_key_command"
    source = _Source("hash key", HASH_KEY_VARIABLE, chosen.hash_key_command, setting, file)
    keys = _keys(source)
    if len(keys) > 1:
        raise LookupError(f"{_place(source)} holds {len(keys)} hash keys; there is only one, and it is never changed")
    return keys[0]


def _keys(source: _Source) -> list[bytes]:
    words = _text(source).split()
    if not words:
        raise LookupError(f"{_place(source)} holds no {source.what}")
    for number, word in enumerate(words, start=1):
        # The word itself is never shown: it may be a key with a typing error.
        if not re.fullmatch("[0-9A-Fa-f]{64}", word):
            wrong = f"{source.what} {number} of {len(words)} in {_place(source)} is not 64 hexadecimal digits"
            raise LookupError(f"{wrong}; make one: openssl rand -hex 32")
    return [bytes.fromhex(word) for word in words]


def _text(source: _Source) -> str:
    named = os.environ.get(source.variable)
    if named is not None:
        return named
    if source.command:
        return _said(source)
    try:
        return source.file.read_text(encoding="ascii")
    except FileNotFoundError:
        fix = f"publisher init makes {source.file}; or set {source.variable} or {source.setting}"
        raise LookupError(f"there is no {source.what}: {fix}") from None
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not plain text"
        raise LookupError(f"the {source.what} cannot be read from {source.file}: {reason}") from None


def _said(source: _Source) -> str:
    try:
        done = subprocess.run(source.command, capture_output=True, timeout=PATIENCE, check=False, text=True)  # noqa: S603 - the operator's own command, no shell
    except subprocess.TimeoutExpired:
        raise LookupError(f"{_place(source)} did not answer within {PATIENCE:.0f} s") from None
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it does not say plain text"
        raise LookupError(f"{_place(source)} failed: {reason}") from None
    if done.returncode:
        said = done.stderr.strip().splitlines()
        why = f": {said[-1][:200]}" if said else ""
        raise LookupError(f"{_place(source)} ended with exit code {done.returncode}{why}")
    return done.stdout


def _place(source: _Source) -> str:
    if source.variable in os.environ:
        return source.variable
    return f"{source.setting} ({shlex.join(source.command)})" if source.command else str(source.file)
