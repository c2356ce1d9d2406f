"""What was changed after the publication, told on the page for good."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from channels.website.composing import CHROME_BYTES, PAGE_BYTES
from publisher.channel import Difference, Piece, PublishedRecord, Record
from tests.site import samples
from tests.site.samples import NOW

ADDRESS = "en-US/ANN-2026-00042.html"


def revised(number: int, *, length: int = 20, stage: str = "announce") -> Record:
    """The `number`th revision of one announcement."""
    told = Difference(where="Text", pieces=(Piece(text=f"{number}" * length, sort="new"),))
    at = NOW + timedelta(hours=number)
    return samples.record(stage=stage, at=at, summary=f"Revision {number}").model_copy(
        update={"differences": (told,) if number else ()}
    )


def publish(folder: Path, *records: Record) -> tuple[str, PublishedRecord]:
    """The page and the record after these."""
    press = samples.press(folder)
    for record in records:
        last = press.publish(record, samples.article(record))
    return (folder / "site" / ADDRESS).read_text("utf-8"), last


def test_values_are_struck_and_marked_and_said_in_words(root: Path) -> None:
    page = (root / "en-US" / "ANN-2026-00002.html").read_text("utf-8")

    assert '<del><span class="heard">removed: </span>9 Dec 2026, 18:00</del>' in page
    assert '<ins><span class="heard">added: </span>10 Dec 2026, 18:00</ins>' in page
    assert page.index("9 Dec 2026, 18:00</del>") < page.index("10 Dec 2026, 18:00</ins>")
    assert '<h2 id="history">History</h2>' in page


def test_a_first_publication_has_no_history(tmp_path: Path) -> None:
    page, record = publish(tmp_path, revised(0))

    assert ("history" in page, record.history, record.corrections) == (False, (), 0)


def test_every_revision_stays_newest_first(tmp_path: Path) -> None:
    page, record = publish(tmp_path, revised(0), revised(1), revised(2))

    assert page.index("2" * 20) < page.index("1" * 20)
    assert [update.at for update in record.history] == [NOW + timedelta(hours=1), NOW + timedelta(hours=2)]
    assert (record.published_at, record.updated_at) == (NOW, NOW + timedelta(hours=2))


def test_the_same_delivery_again_is_no_further_revision(tmp_path: Path) -> None:
    _, record = publish(tmp_path, revised(0), revised(1), revised(1))

    assert len(record.history) == 1


def test_a_stage_of_a_revision_is_no_further_revision(tmp_path: Path) -> None:
    _, record = publish(tmp_path, revised(0), revised(1), revised(1, stage="start"))

    assert (len(record.history), record.corrections) == (1, 1)


def test_a_page_with_many_long_revisions_stays_light_and_keeps_every_date(tmp_path: Path) -> None:
    page, record = publish(tmp_path, *(revised(number, length=3_500) for number in range(25)))

    assert len(page.encode()) < PAGE_BYTES - CHROME_BYTES + 20_000
    assert len(record.history) == 24
    assert record.history[-1].differences
    assert not record.history[0].differences
    assert page.count('<p class="when">') == 25


def test_markup_in_a_difference_is_shown_as_text(tmp_path: Path) -> None:
    hostile = Difference(where="<b>x", pieces=(Piece(text="<script>alert(1)</script>", sort="gone"),))
    page, _ = publish(tmp_path, revised(0), revised(1).model_copy(update={"differences": (hostile,)}))

    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)" in page
    assert "<b>x" not in page
