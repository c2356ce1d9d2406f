"""Maintenances from announcement to end, said by those on duty: each reader is mailed what they asked for."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from publisher.content.kinds.kind import Follow
from tests.acceptance.desk import Desk
from tests.cli.desk import Said, publisher

HERE = ZoneInfo("Asia/Singapore")
CHOICES = {f"{follow}-follows": follow for follow in Follow}


@dataclass(frozen=True)
class Works:
    """One maintenance, and what is done with it on the command line by erin, who approved it."""

    desk: Desk
    word: str
    release: int

    def say(self, *words: object, ok: bool = True) -> Said:
        file = self.desk.workspace / "erin.token"
        file.write_text(self.desk.tokens["erin"])
        command = ("maintenance", words[0], self.release, *words[1:], "--reason", "as it is")
        said = publisher(*command, "--token-file", file, "--workspace", self.desk.workspace)
        assert (said.code == 0) is ok, said.err
        if ok:
            self.ended()
        return said

    def ended(self) -> None:
        self.desk.wait_until(lambda: self.desk.state(self.release) == "published", f"{self.word} did not end", hurry=1)

    def letters(self) -> Mapping[str, Sequence[str]]:
        """Reader -> the subjects of what they were mailed of it, without its title."""
        found: dict[str, list[str]] = {name: [] for name in CHOICES}
        for letter in self._all():
            name, _, domain = letter["to"].partition("@")
            if name in found and domain == "readers.example":
                found[name].append(re.sub(rf":? ?{self.word}.*", "", letter["subject"]))
        return found

    def threads(self) -> set[str]:
        return {dict(letter["headers"])["References"] for letter in self._all()}

    def _all(self) -> Sequence[Mapping[str, Any]]:
        return [each["letter"] for each in self.desk.arrivals("email", self.word) if "letter" in each]


def announced(desk: Desk, word: str, starts_at: datetime) -> Works:
    return Works(desk, word, desk.publish(dated(desk, word, starts_at)))


def dated(desk: Desk, word: str, starts_at: datetime) -> Path:
    """The folder of a maintenance of an hour."""
    folder = desk.announcement("maintenance", word)
    _dated(folder, "starts_at", starts_at)
    _dated(folder, "ends_at", starts_at + timedelta(hours=1))
    return folder


def _dated(folder: Path, name: str, moment: datetime) -> None:
    file = folder / "announcement.toml"
    text = re.sub(rf"(?m)^{name} = .*$", f"{name} = {moment:%Y-%m-%dT%H:%M:00}", file.read_text("utf-8"))
    file.write_text(text, encoding="utf-8")


def test_each_reader_is_mailed_what_follows_as_far_as_they_want_it(desk: Desk) -> None:
    for name, follow in CHOICES.items():
        desk.add_readers([name], follow=follow)
    starts_at = (desk.now() + timedelta(minutes=90)).astimezone(HERE).replace(second=0, microsecond=0)

    def wait(moment: datetime, until: Callable[[], bool]) -> None:
        desk.pass_time((moment - desk.now()).total_seconds())
        desk.wait_until(until, f"nothing happened at {moment}", hurry=1)
        for each in (falcon, petrel, merlin):
            each.ended()

    falcon, petrel, merlin = (announced(desk, word, starts_at) for word in ("Falcon", "Petrel", "Merlin"))
    reminded = lambda: all("Starts in 1 hour" in each.letters()["everything-follows"] for each in (falcon, merlin))  # noqa: E731
    wait(starts_at - timedelta(hours=1), reminded)
    petrel.say("cancel", "--because", "third_party")
    desk.pass_time((starts_at - timedelta(minutes=1) - desk.now()).total_seconds())
    merlin.say("postpone", "--to", f"{starts_at + timedelta(hours=9):%Y-%m-%dT%H:%M}")
    wait(starts_at, lambda: "In progress" in falcon.letters()["everything-follows"])
    falcon.say("extend", "--to", f"{starts_at + timedelta(hours=2):%Y-%m-%dT%H:%M}", "--because", "network")
    falcon.say("extend", "--until-further-notice")
    desk.pass_time(3 * 3600)
    falcon.say("complete")
    refused = falcon.say("extend", "--until-further-notice", ok=False)

    assert "it is completed: what happens now is a new announcement" in refused.err
    assert falcon.letters() == {
        "announcement-follows": [""],
        "important-follows": ["", "Extended", "Extended"],
        "everything-follows": ["", "Starts in 1 hour", "In progress", "Extended", "Extended", "Completed"],
    }
    assert petrel.letters() == {
        "announcement-follows": [""],
        "important-follows": ["", "Cancelled"],
        "everything-follows": ["", "Starts in 1 hour", "Cancelled"],
    }
    assert merlin.letters() == {
        "announcement-follows": [""],
        "important-follows": ["", "Postponed"],
        "everything-follows": ["", "Starts in 1 hour", "Postponed"],
    }
    assert [len(each.threads()) for each in (falcon, petrel, merlin)] == [1, 1, 1]
    for each, state in ((falcon, "Completed"), (petrel, "Cancelled"), (merlin, "Postponed")):
        assert state in desk.site(desk.lines(each.release)[0].url).text.partition("</article>")[0]
