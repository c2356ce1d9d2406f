"""What readers are told of a change: values whole, texts word by word, never more than a page can bear."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

import pytest

from publisher.channel import Difference, Record
from publisher.content.announcement import Revision, Text
from publisher.content.kinds import KINDS
from publisher.content.markup import parse
from publisher.rendering.differences import MOST
from publisher.rendering.render import Renderer
from tests.rendering import builders

SITE = builders.target("website")


def told(renderer: Renderer, before: Revision, after: Revision, locale: str = "en-US") -> Sequence[Difference]:
    """What the page's record says of the change."""
    target = builders.target("website", locale)
    [edition] = [
        edition
        for edition in renderer.editions(after, [target], "amend", {(target.destination, locale): before})
        if edition.stage == "announce"
    ]
    record = json.loads(str(edition.payload.parts[0].content["record"]))
    return Record.model_validate(record).differences


def said(found: Sequence[Difference]) -> list[str]:
    marks = {"same": "{}", "gone": "[-{}-]", "new": "[+{}+]"}
    return [
        f"{each.where}: " + "".join(marks[piece.sort].format(piece.text) for piece in each.pieces) for each in found
    ]


def texts(source: str, *, more: str = "") -> Revision:
    return builders.saying(f"# {KINDS['maintenance'].titles['en-US']}\n\n{source}\n{more}")


def test_a_fact_is_exchanged_as_a_value_wherever_it_is_said(renderer: Renderer) -> None:
    before = texts("From {{ starts_at | datetime }} deposits pause.")
    later = builders.revision(starts_at=datetime(2026, 12, 3, 11, 0))  # noqa: DTZ001 an author's wall clock
    found = said(told(renderer, before, replace(before, facts=later.facts)))
    rest = "-12:00 (UTC+8; "

    assert found == [
        f"When: [-3 Dec 2026, 10:00{rest}02:00-04:00 UTC)-][+3 Dec 2026, 11:00{rest}03:00-04:00 UTC)+]",
        "Text: From 3 Dec 2026, [-10:00-][+11:00+] (UTC+8) deposits pause.",
    ]


def test_a_word_is_marked_where_it_stands_under_its_heading(renderer: Renderer) -> None:
    before = texts("It pauses.", more="\n## Your open orders {#open_orders}\n\nOrders stay in the book.\n\n- One\n")
    after = texts("It pauses.", more="\n## Your open orders {#open_orders}\n\nOrders leave the book.\n\n- One\n- Two\n")

    assert said(told(renderer, before, after)) == [
        "Your open orders: Orders [-stay in-][+leave+] the book.",
        "Your open orders: [+- Two+]",
    ]


def test_chinese_is_compared_by_characters(renderer: Renderer) -> None:
    before = builders.saying("# 标题\n\n您无需进行任何操作，订单将保留。", locale="zh-CN")
    after = builders.saying("# 标题\n\n您无需任何操作，订单将保留。", locale="zh-CN")

    assert said(told(renderer, before, after, "zh-CN")) == ["正文: 您无需[-进行-]任何操作，订单将保留。"]


def test_a_sentence_written_anew_is_exchanged_whole(renderer: Renderer) -> None:
    found = told(renderer, texts("Nothing happens to anybody."), texts("Withdrawals on this network close at noon."))

    assert [piece.sort for piece in found[0].pieces] == ["gone", "new"]


def test_of_what_stayed_only_the_neighbourhood_is_shown(renderer: Renderer) -> None:
    long = "word " * 50
    [line] = said(told(renderer, texts(f"{long}old {long}end."), texts(f"{long}new {long}end.")))

    assert line.startswith("Text: … word")
    assert line.endswith("word …")
    assert "[-old-][+new+]" in line
    assert len(line) < 120


@pytest.mark.parametrize("channel", ["telegram", "discord"])
def test_an_edited_post_ends_with_what_changed_and_when(renderer: Renderer, channel: str) -> None:
    before = texts("It pauses.", more="\n## Orders\n\nThey stay.\n")
    after = texts("It pauses.", more="\n## Orders\n\nThey leave.\n\n## *Risk* <b> & co\n\nNew.\n")
    target = builders.target(channel)
    editions = renderer.editions(after, [target], "amend", {(target.destination, "en-US"): before})
    text = next(str(e.payload.parts[0].content["text"]) for e in editions if e.stage == "announce")

    line = text.splitlines()[-1]
    assert "Corrected, updated" in line
    assert "Orders, " in line
    assert {"telegram": "Risk &lt;b&gt; &amp; co", "discord": r"Risk \<b> & co"}[channel] in line


def test_nothing_is_told_of_what_is_first_published_or_unknown(renderer: Renderer) -> None:
    [edition] = [e for e in renderer.editions(builders.revision(), [SITE], "amend") if e.stage == "announce"]

    assert "differences" not in json.loads(str(edition.payload.parts[0].content["record"]))


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_tells_its_facts(renderer: Renderer, kind: str) -> None:
    before = builders.revision(kind)
    texts = {name: Text(name, t.source + "\n\nMore.\n", parse(t.source + "\n\nMore.\n").document)
             for name, t in before.texts.items()}  # fmt: skip

    assert told(renderer, before, before) == ()
    assert [line.partition(": ")[2] for line in said(told(renderer, before, replace(before, texts=texts)))] == [
        "[+More.+]"
    ]


def test_whatever_is_rewritten_it_stays_small_and_quick(renderer: Renderer) -> None:
    before = texts("First.", more="\n\n".join(f"Paragraph {n} with some words of its own." for n in range(900)))
    after = texts("First!", more="\n\n".join(f"Paragraph {n} has other words now." for n in range(900, 0, -1)))
    start = time.process_time()
    found = told(renderer, before, after)

    assert sum(each.weight for each in found[:-1]) <= MOST
    assert (found[-1].where, found[-1].pieces) == ("More has changed than is shown here.", ())
    assert time.process_time() - start < 10
