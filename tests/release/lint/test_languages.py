"""What the kinds say themselves, in all languages at once, has no accident either."""

from __future__ import annotations

from pathlib import Path

import pytest

from publisher.content.kinds import KINDS
from publisher.content.kinds.kind import Kind
from publisher.content.kinds.languages import locales
from publisher.content.scaffold import scaffold
from publisher.content.source import read_draft
from publisher.release.lint import House, lint

WORDINGS = [(kind, name) for kind in KINDS.values() for name in ("", *kind.preapproved)]


@pytest.mark.parametrize(("kind", "wording"), WORDINGS, ids=[f"{kind.name}.{name}" for kind, name in WORDINGS])
def test_all_languages_of_a_sample_say_the_same(kind: Kind, wording: str, tmp_path: Path) -> None:
    scaffold(kind, tmp_path / "new", locales(), wording)

    assert lint(read_draft(tmp_path / "new"), House(("example.com",))) == []
