"""A crash at any step leaves the site before or after a change, never in between, once the next process came."""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path

from channels.website.journal import Journal
from channels.website.press import Press
from channels.website.records import RecordFolder
from tests.site import samples
from tests.site.samples import NOW, record

NEW = record(21, starts_at=NOW + timedelta(hours=1))


def snapshot(folder: Path) -> dict[str, bytes]:
    return {str(file.relative_to(folder)): file.read_bytes() for file in folder.rglob("*") if file.is_file()}


def press(folder: Path, journal: Journal) -> Press:
    return Press(journal, RecordFolder(folder / "site.state"), samples.site(), lambda: NOW)


def steps_of_a_publication(folder: Path) -> list[str]:
    steps: list[str] = []
    journal = Journal(folder / "site", folder / "site.state", steps.append)
    press(folder, journal).publish(NEW, samples.article(NEW))
    return steps


def publish_and_die(folder: Path, step: int) -> None:
    """In a process of its own, which ends at `step` as by `kill -9`: nothing is cleaned up."""
    child = os.fork()
    if child:
        os.waitpid(child, 0)
        return
    seen: list[str] = []

    def trace(name: str) -> None:
        seen.append(name)
        if len(seen) > step:
            os._exit(9)

    try:
        press(folder, Journal(folder / "site", folder / "site.state", trace)).publish(NEW, samples.article(NEW))
    finally:
        os._exit(0)


def test_killed_at_every_step(tmp_path: Path) -> None:
    old = [record(number) for number in range(1, 21)]
    samples.publish(tmp_path / "reference", old)
    before = snapshot(tmp_path / "reference")
    steps = steps_of_a_publication(tmp_path / "reference")
    after = snapshot(tmp_path / "reference")
    decided = steps.index("decided")
    assert len(steps) > 20
    samples.publish(tmp_path / "crashed", old)
    pristine = snapshot(tmp_path / "crashed")
    assert pristine == before
    for step in every_kind_of(steps):
        folder = tmp_path / f"crashed{step}"
        restore(folder, pristine)
        publish_and_die(folder, step)
        with Journal(folder / "site", folder / "site.state").held():
            pass
        assert snapshot(folder) == (after if step >= decided else before), steps[step]


def every_kind_of(steps: list[str]) -> list[int]:
    """All steps, but of the many files that are staged alike only the first and the last."""
    staged = [number for number, step in enumerate(steps) if step.startswith("staged ")]
    return [number for number in range(len(steps)) if number not in staged[1:-1]]


def restore(folder: Path, files: dict[str, bytes]) -> None:
    for name, data in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)


def test_a_reader_never_follows_a_link_to_nowhere(tmp_path: Path) -> None:
    """The events of an article are there before it, the article before the lists, the lists before the feeds, and those
    before the sitemap.
    """
    samples.publish(tmp_path, [record(1)])
    moves = [step.removeprefix("moved ") for step in steps_of_a_publication(tmp_path) if step.startswith("moved en-US")]
    assert [moves.pop(0), moves[0]] == ["en-US/ANN-2026-00021.ics", "en-US/ANN-2026-00021.html"]
    lists, feeds = [m for m in moves if m.endswith("html")], [m for m in moves if not m.endswith("html")]
    assert moves == [*lists, *feeds]
    every = [step for step in steps_of_a_publication(tmp_path / "new") if step.startswith("moved")]
    assert every.index("moved sitemap.xml") > every.index("moved en-US/feed.atom")


def test_what_is_equal_is_not_written(tmp_path: Path) -> None:
    steps_of_a_publication(tmp_path)
    assert steps_of_a_publication(tmp_path) == []


def test_pictures_are_there_before_the_article_that_shows_them(tmp_path: Path) -> None:
    steps: list[str] = []
    journal = Journal(tmp_path / "site", tmp_path / "site.state", steps.append)

    press(tmp_path, journal).publish(NEW, samples.article(NEW), {"pictures/a.png": b"picture"})

    moves = [step for step in steps if step.startswith(("moved pictures", f"moved {NEW.locale}"))]
    assert moves[0] == "moved pictures/a.png"
    assert (tmp_path / "site/pictures/a.png").read_bytes() == b"picture"
