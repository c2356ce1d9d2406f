"""The environment overrides publisher.toml, and a mistake in it names its variable."""

from __future__ import annotations

from pathlib import Path

import pytest

from publisher.settings import load
from tests.settings.test_loading import mistakes, workspace


def test_a_variable_overrides_the_file(tmp_path: Path) -> None:
    variables = {
        "PUBLISHER_WEB__STAFF_PORT": "9000",
        "PUBLISHER_SITE__LOCALES": '["zh-CN"]',
        "PUBLISHER_EXCHANGE": '{"name": "Other Exchange"}',
        "PUBLISHER_EXCHANGE__SUPPORT_URL": "https://help.example.com",
        "PUBLISHER_TEMPLATES": "mine",
    }

    settings = load(workspace(tmp_path), variables)

    assert settings.web.staff_port == 9000
    assert settings.web.public_port == 8080
    assert settings.site.locales == ["zh-CN"]
    assert (settings.exchange.name, settings.exchange.support_url) == ("Other Exchange", "https://help.example.com")
    assert settings.templates == Path("mine")


def test_names_with_dashes_are_found(tmp_path: Path) -> None:
    settings = load(workspace(tmp_path), {"PUBLISHER_DESTINATIONS__X_MAIN__ADDRESS": "Other"})

    assert settings.destinations["x-main"].address == "Other"
    assert "x_main" not in settings.destinations


@pytest.mark.parametrize(
    ("variable", "value", "says"),
    [
        ("PUBLISHER_WEB__STAFF_PORT", "x", "web.staff_port: Input should be a valid integer"),
        ("PUBLISHER_WEB__STAF_PORT", "1", "unknown setting web.staf_port. Did you mean staff_port?"),
        ("PUBLISHER_WEBB__STAFF_PORT", "1", "no setting has this name. Did you mean PUBLISHER_WEB__STAFF_PORT?"),
        ("PUBLISHER_TOKENKEY", "1", "no setting has this name. Did you mean PUBLISHER_TOKEN_KEY?"),
        ("PUBLISHER_SITE__LOCALES", "[en", "this is not JSON"),
        ("PUBLISHER_SITE__LOCALES", "en-US", "site.locales: "),
        ("PUBLISHER_DATABASE__URL", "oracle", "database.url: write sqlite:///FILE"),
        ("PUBLISHER_DESTINATIONS__X_MAIN__ACCOUNT", "y", "there is no account 'y'"),
        ("PUBLISHER_SECRET__BOTT__TOKEN", "canary", "there is no account BOTT"),
    ],
)
def test_a_mistake_names_the_variable(tmp_path: Path, variable: str, value: str, says: str) -> None:
    [found] = mistakes(workspace(tmp_path), {variable: value})

    assert found.startswith(f"{variable}: ")
    assert says in found
    assert "canary" not in found


@pytest.mark.parametrize(
    "variable", ["PUBLISHER_PORT_8080_TCP_ADDR", "PUBLISHER_SERVICE_HOST", "PUBLISHER_WORKSPACE", "PUBLISHERS", "PATH"]
)
def test_variables_of_others_are_left_alone(tmp_path: Path, variable: str) -> None:
    assert load(workspace(tmp_path), {variable: "x"}) == load(workspace(tmp_path), {})
