"""Secrets come from the environment or from files; publisher.toml never holds one, and no message shows one."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel, SecretStr

from publisher.channel import Finding
from publisher.settings import place_of
from publisher.settings.secrets import secret_fields, token_keys, with_secrets

CANARY = "canary-secret-value"


class Key(BaseModel):
    domain: str = ""
    private_key: SecretStr


class Account(BaseModel):
    host: str = ""
    token: SecretStr | None = None
    dkim: Key | None = None


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "publisher.toml"
    path.write_text('[accounts.tg-main]\ntoken = "x"\ntoken_file = "y"\n', encoding="utf-8")
    return path


def filled(file: Path, values: Mapping[str, Any]) -> tuple[dict[str, Any], list[Finding]]:
    return with_secrets("tg-main", values, Account, file, partial(place_of, file))


def test_the_secrets_of_a_model_nested_ones_included() -> None:
    assert list(secret_fields(Account)) == ["token", "dkim.private_key"]


def test_from_a_file_beside_the_settings(file: Path) -> None:
    (file.parent / "token").write_text(f"{CANARY}\n", encoding="utf-8")

    values, findings = filled(file, {"host": "h", "token_file": "token"})

    assert (values, findings) == ({"host": "h", "token": CANARY}, [])


def test_the_environment_wins(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PUBLISHER_SECRET__TG_MAIN__DKIM__PRIVATE_KEY", CANARY)

    values, findings = filled(file, {"dkim": {"domain": "example.com", "private_key_file": "nowhere"}})

    assert (values["dkim"], findings) == ({"domain": "example.com", "private_key": CANARY}, [])


def test_a_secret_in_the_settings_is_refused_without_being_shown(file: Path) -> None:
    _, [finding] = filled(file, {"token": CANARY})

    assert str(finding.place) == f"{file}:2:9"
    assert "must not stand in publisher.toml" in finding.message
    assert "PUBLISHER_SECRET__TG_MAIN__TOKEN or token_file" in finding.fix
    assert CANARY not in str(finding)


@pytest.mark.parametrize(("content", "says"), [(None, "No such file or directory"), (b"\xff\xfe", "not UTF-8 text")])
def test_a_file_that_cannot_be_read(file: Path, content: bytes | None, says: str) -> None:
    if content is not None:
        (file.parent / "token").write_bytes(content)

    _, [finding] = filled(file, {"token_file": "token"})

    assert finding.message == f"[accounts.tg-main] token_file: cannot read token: {says}"
    assert str(finding.place) == f"{file}:3:14"


def test_the_keys_of_readers_links(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(LookupError, match="PUBLISHER_TOKEN_KEY"):
        token_keys(file)
    (file.parent / "secrets").mkdir()
    (file.parent / "secrets/token.key").write_text("new\nold\n", encoding="utf-8")
    assert token_keys(file) == [b"new", b"old"]
    monkeypatch.setenv("PUBLISHER_TOKEN_KEY", "newest new")
    assert token_keys(file) == [b"newest", b"new"]
