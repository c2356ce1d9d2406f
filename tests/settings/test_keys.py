"""Keys come from the environment, a command or a file; what is wrong with one is said without showing it."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from publisher.settings.keys import data_keys, hash_key
from publisher.settings.model import EncryptionSettings

ONE, TWO = "0a" * 32, "FF" * 32
NOTHING = EncryptionSettings()


def saying(text: str, code: int = 0) -> EncryptionSettings:
    program = f"import sys; print({text!r}); print('sealed', file=sys.stderr); sys.exit({code})"
    return EncryptionSettings(key_command=[sys.executable, "-c", program])


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    (tmp_path / "secrets").mkdir()
    (tmp_path / "secrets/data.key").write_text(f"{ONE}\n{TWO}\n")
    (tmp_path / "secrets/hash.key").write_text(f"{ONE}\n")
    return tmp_path


def test_from_files(workspace: Path) -> None:
    assert data_keys(workspace, NOTHING) == [b"\x0a" * 32, b"\xff" * 32]
    assert hash_key(workspace, NOTHING) == b"\x0a" * 32


def test_a_command_goes_before_the_file_and_the_environment_before_both(
    workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert data_keys(workspace, saying(f"{TWO}\n{ONE}")) == [b"\xff" * 32, b"\x0a" * 32]

    monkeypatch.setenv("PUBLISHER_DATA_KEY", f"{ONE} {TWO}")
    assert data_keys(workspace, saying(TWO))[0] == b"\x0a" * 32


def test_no_key_says_how_to_get_one(tmp_path: Path) -> None:
    with pytest.raises(LookupError, match=r"publisher init makes .*data\.key; or set PUBLISHER_DATA_KEY or encryption"):
        data_keys(tmp_path, NOTHING)


@pytest.mark.parametrize("text", ["canary", ONE + "0", ONE[:-1] + "g", f"{ONE} canary"])
def test_what_is_no_key_is_named_but_not_shown(workspace: Path, monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setenv("PUBLISHER_DATA_KEY", text)

    with pytest.raises(LookupError, match=r"data key \d of \d in PUBLISHER_DATA_KEY is not 64") as raised:
        data_keys(workspace, NOTHING)
    assert text.split()[-1] not in str(raised.value)


def test_an_empty_file_and_two_hash_keys(workspace: Path) -> None:
    (workspace / "secrets/data.key").write_text("\n")
    (workspace / "secrets/hash.key").write_text(f"{ONE}\n{TWO}\n")

    with pytest.raises(LookupError, match=r"data\.key holds no data key"):
        data_keys(workspace, NOTHING)
    with pytest.raises(LookupError, match="holds 2 hash keys"):
        hash_key(workspace, NOTHING)


def test_a_command_that_fails_or_is_not_there(workspace: Path) -> None:
    with pytest.raises(LookupError, match=r"encryption.key_command .* ended with exit code 3: sealed"):
        data_keys(workspace, saying(ONE, code=3))
    with pytest.raises(LookupError, match="failed: No such file"):
        data_keys(workspace, EncryptionSettings(key_command=["/nowhere/key"]))
