"""Which channels there are, and what is refused as one."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from publisher.registry import BUILT_IN, RegistryError, load

ROOT = Path(__file__).resolve().parents[1]


def test_the_built_in_channels_load_under_their_names() -> None:
    types = load().types

    assert list(types) == list(BUILT_IN)
    assert all(name == channel.name for name, channel in types.items())


def test_loading_them_imports_no_sdk() -> None:
    program = "import sys; from publisher.registry import load; load(); print(*sys.modules)"

    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert not {"telegram", "tweepy", "aiosmtplib"} & set(ended.stdout.split())


def test_an_unknown_name_is_answered_with_the_known_ones() -> None:
    with pytest.raises(RegistryError, match="'mail'; there are discord, email, telegram, webhook, website, x"):
        load()["mail"]


@pytest.mark.parametrize(
    ("module", "says"),
    [
        ("nowhere.at_all", "cannot load `channel` from nowhere.at_all"),
        ("publisher.measure", "cannot load `channel` from publisher.measure"),
        ("channels.x", "is not a ChannelType of that name"),
        ("neither", "exactly one of connect_posting and connect_mailing"),
    ],
)
def test_what_is_no_channel(module: str, says: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "neither.py").write_text(
        "from dataclasses import replace\nfrom channels.x import channel as x\n"
        "channel = replace(x, name='mine', connect_posting=None)\n",
        encoding="utf-8",
    )
    monkeypatch.syspath_prepend(tmp_path)

    with pytest.raises(RegistryError, match=says):
        load({"mine": module})


def test_somebody_elses_channels_are_refused(tmp_path: Path) -> None:
    (tmp_path / "channels").mkdir()
    (tmp_path / "channels/__init__.py").touch()
    paths = [str(tmp_path), str(ROOT)]
    # An editable installation finds its packages before sys.path is asked.
    finders = "[finder for finder in sys.meta_path if 'editable' not in str(finder)]"
    program = f"import sys; sys.path[:0] = {paths!r}; sys.meta_path[:] = {finders}"

    ended = subprocess.run(
        [sys.executable, "-c", f"{program}; from publisher.registry import load; load()"],
        capture_output=True,
        text=True,
        check=False,
    )

    assert "in a virtual environment of its own" in ended.stderr
