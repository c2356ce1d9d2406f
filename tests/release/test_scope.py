"""What follows a publication: only what readers do not have yet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from publisher.channel import Capabilities, Regions, Severity, Target
from publisher.content.announcement import Revision
from publisher.content.correction import Act, Correction
from publisher.content.kinds.kind import Approvals
from publisher.release.approval import Refused, Review, submit
from publisher.release.coverage import sentence
from publisher.release.policy import policy_of
from publisher.release.release import Person
from publisher.release.scheduling import schedule
from publisher.release.scope import Form, Scope, Standing, scope_of
from publisher.store.transaction import SqlTransaction, Store
from tests.release.builders import NOON, STARTS, TEXTS, approved, editions, revision, staff, submitted

ABLE = {
    "website": Capabilities({}, amends=True),
    "telegram": Capabilities({}, amends=True, amend_within=3600),
    "x": Capabilities({}, when_kept="The post stays.", reposts=True, retracts=True),
    "email": Capabilities({}, when_kept="Nobody is mailed again.", follows=True),
}
CHANNELS = ("website", "telegram", "x", "email")
SOON = NOON + timedelta(minutes=5)
JAPANESE = {**TEXTS, "ja-JP": "こんにちは"}


def targets(locales: Sequence[str], *, channels: Sequence[str] = CHANNELS) -> list[Target]:
    return [Target(channel, channel, "account", "@example", locale) for channel in channels for locale in locales]


def published(of: Revision, *, missed: Sequence[str] = ()) -> list[Standing]:
    """Everywhere, but where a channel in `missed` refused it."""
    return [
        Standing(t.destination, t.channel, t.locale, of.to_json(), t.channel not in missed, NOON)
        for t in targets(list(of.texts))
    ]


def scope(
    of: Revision,
    standing: Sequence[Standing],
    *,
    channels: Sequence[str] = CHANNELS,
    now: timedelta,
    correction: Correction | None = None,
) -> Scope:
    there = targets(list(of.texts), channels=channels)
    return scope_of(of, there, standing, ABLE.__getitem__, NOON + now, correction)


def places(found: Sequence[Target]) -> list[str]:
    return [f"{target.channel}/{target.locale}" for target in found]


def codes(found: Scope) -> Mapping[str, Severity]:
    return {f"{finding.code} {finding.about}".strip(): finding.severity for finding in found.findings}


MINUTE = timedelta(minutes=1)


def test_what_nobody_has_goes_everywhere() -> None:
    found = scope(revision(), published(revision(), missed=CHANNELS), now=MINUTE)

    assert (found.form, places(found.publish), found.amend) == (Form.FIRST, places(targets(list(TEXTS))), ())


def test_a_new_language_goes_to_its_own_places_and_nowhere_else() -> None:
    found = scope(revision(JAPANESE), published(revision()), now=MINUTE)

    assert found.form is Form.SUPPLEMENT
    assert places(found.publish) == ["website/ja-JP", "telegram/ja-JP", "x/ja-JP", "email/ja-JP"]
    assert (found.amend, found.findings) == ([], [])


def test_a_typo_amends_its_language_and_says_what_keeps_it() -> None:
    found = scope(revision({**TEXTS, "zh-CN": "您好"}), published(revision()), now=MINUTE)

    assert (found.form, found.publish) == (Form.REVISION, [])
    assert places(found.amend) == ["website/zh-CN", "telegram/zh-CN", "x/zh-CN", "email/zh-CN"]
    assert codes(found) == {
        "published.kept x/zh-CN": Severity.WARNING,
        "published.kept email/zh-CN": Severity.WARNING,
    }
    assert [finding.fix for finding in found.findings] == ["The post stays.", "Nobody is mailed again."]


def test_a_change_of_facts_amends_every_language() -> None:
    found = scope(revision(ends_at=STARTS + timedelta(hours=9)), published(revision()), now=MINUTE)

    assert places(found.amend) == places(targets(list(TEXTS)))


def test_another_hour_of_publication_changes_nothing_that_is_read() -> None:
    later = replace(revision().schedule, at=NOON + timedelta(hours=1))
    found = scope(replace(revision(), schedule=later), published(revision()), now=MINUTE)

    assert codes(found) == {"published.unchanged": Severity.WARNING}


def test_another_zone_changes_every_time_that_is_read() -> None:
    there = replace(revision().schedule, time_zone="Asia/Tokyo")
    found = scope(replace(revision(), schedule=there), published(revision()), now=MINUTE)

    assert len(found.amend) == 8


def test_a_new_destination_gets_what_the_others_have() -> None:
    have = [known for known in published(revision()) if known.channel != "x"]
    found = scope(revision(), have, now=MINUTE)

    assert (places(found.publish), found.amend, found.form) == (["x/en-US", "x/zh-CN"], [], Form.REVISION)


def test_what_was_refused_there_gets_only_news() -> None:
    have = published(revision(), missed=["x"])

    assert scope(revision(), have, now=MINUTE).publish == []
    assert places(scope(revision({**TEXTS, "zh-CN": "您好"}), have, now=MINUTE).publish) == ["x/zh-CN"]


def test_what_was_sent_too_long_ago_keeps_its_text() -> None:
    found = scope(revision({**TEXTS, "zh-CN": "您好"}), published(revision()), now=timedelta(hours=2))

    assert "published.kept telegram/zh-CN" in codes(found)


def test_a_destination_that_the_set_lost_is_named() -> None:
    found = scope(revision({**TEXTS, "zh-CN": "您好"}), published(revision()), channels=["website"], now=MINUTE)

    [telegram] = [finding for finding in found.findings if finding.about == "telegram/zh-CN"]
    assert "in no set of destinations" in telegram.message


def test_a_language_cannot_be_taken_back_and_a_kind_not_be_changed() -> None:
    fewer = scope(revision({"en-US": "Hello"}), published(revision()), now=MINUTE)
    other = scope(revision(kind="listing"), published(revision()), now=MINUTE)

    assert codes(fewer) == {"published.language": Severity.ERROR}
    assert codes(other)["published.kind"] is Severity.ERROR


def test_regions_that_a_correction_closes_are_named() -> None:
    narrowed = replace(revision(), regions=Regions(deny=("KP", "US")))

    found = scope(narrowed, published(revision()), now=MINUTE)
    again = scope(narrowed, published(narrowed), now=MINUTE)

    [warning] = [finding for finding in found.findings if finding.code == "published.regions"]
    assert "readers in KP, US have it" in warning.message
    assert "published.regions" not in codes(again)


def test_nothing_is_added_to_what_is_in_doubt() -> None:
    doubtful = [replace(known, open="delivery 7 is unconfirmed") for known in published(revision())]
    found = scope(revision({**TEXTS, "zh-CN": "您好"}), doubtful, now=MINUTE)

    assert codes(found)["published.open"] is Severity.ERROR
    assert "delivery 7 is unconfirmed" in next(f.message for f in found.findings if f.code == "published.open")


def test_a_first_copy_that_waits_for_the_morning_gives_way_to_another_text() -> None:
    waits = [
        replace(known, open="delivery 7 is queued", gives_way=known.destination == "telegram")
        for known in published(revision(), missed=["telegram"])
    ]
    waits = [replace(known, open="") if known.destination == "website" else known for known in waits]

    found = scope(revision({**TEXTS, "zh-CN": "您好"}), waits, now=MINUTE, channels=["website", "telegram"])

    assert "published.open" not in codes(found)
    assert places(found.publish) == ["telegram/zh-CN"]


class TestApprovals:
    """What people are asked for, on both databases."""

    async def test_a_typo_in_a_second_revision_asks_again_for_its_language_only(self, store: Store) -> None:
        both = {"en-US": "Hello.", "zh-CN": "你好。"}
        async with store.begin() as tx:
            author = await staff(tx, "author", ["authors"])
            await approved(tx, await self.amended(tx, revision(both), author), "erin", ["editors"])
            again = await self.amended(tx, revision({**both, "zh-CN": "您好。"}), author)

        assert sentence(again.lacking) == "1 more of editors (zh-CN)"

    async def test_a_change_of_facts_asks_again_for_all(self, store: Store) -> None:
        async with store.begin() as tx:
            author = await staff(tx, "author", ["authors"])
            await approved(tx, await self.amended(tx, revision(), author), "erin", ["editors"])
            again = await self.amended(tx, revision(ends_at=STARTS + timedelta(hours=9)), author)

        assert sentence(again.lacking) == "1 more of editors (en-US, zh-CN)"

    async def test_what_was_approved_for_the_first_copy_approves_no_correction(self, store: Store) -> None:
        async with store.begin() as tx:
            first = await approved(tx, await submitted(tx, revision()), "erin", ["editors"])
            again = await self.amended(tx, revision(), await staff(tx, "author", ["authors"]))

        assert first.release.state == "approved"
        assert again.release.state == "in_review"

    async def test_a_language_that_joins_before_publication_asks_for_itself(self, store: Store) -> None:
        async with store.begin() as tx:
            await approved(tx, await submitted(tx, revision()), "erin", ["editors"])
            again = await submitted(tx, revision(JAPANESE))

        assert sentence(again.lacking) == "1 more of editors (ja-JP)"

    async def test_a_supplement_may_ask_a_lighter_group(self, store: Store) -> None:
        lighter = replace(revision().kind, approvals_of_supplement=Approvals({"translators": 1}))
        late = replace(revision(JAPANESE), kind=lighter)
        async with store.begin() as tx:
            author = await staff(tx, "author", ["authors"])
            new = [edition for edition in editions(late) if edition.locale == "ja-JP"]
            review = await submit(tx, late, new, title="T", author=author, at=SOON, form=Form.SUPPLEMENT)

            assert sentence(review.lacking) == "1 more of translators (ja-JP)"
            assert (await approved(tx, review, "tora", ["translators"])).release.state == "approved"

    async def test_it_goes_out_when_it_is_approved_not_at_an_hour_that_has_passed(self, store: Store) -> None:
        async with store.begin() as tx:
            author = await staff(tx, "author", ["authors"])
            review = await self.amended(tx, revision(), author, at=NOON + timedelta(days=3))
            await approved(tx, review, "erin", ["editors"])
            done = await schedule(tx, review.release.id, actor="author", at=NOON + timedelta(days=3, hours=5))

        assert done.publish_at == NOON + timedelta(days=3, hours=5)
        assert review.release.local_time == "2026-12-04T12:00:00"

    async def test_the_same_again_is_refused_until_its_window_has_passed(self, store: Store) -> None:
        async with store.begin() as tx:
            author = await staff(tx, "author", ["authors"])
            await self.amended(tx, revision(), author)
            with pytest.raises(Refused, match="nothing has changed"):
                await self.amended(tx, revision(), author, at=NOON + timedelta(hours=23))
            again = await self.amended(tx, revision(), author, at=NOON + timedelta(hours=30))

        assert again.release.deadline == NOON + timedelta(hours=54)

    async def amended(self, tx: SqlTransaction, of: Revision, author: Person, *, at: datetime = NOON) -> Review:
        changed = [replace(edition, operation="amend") for edition in editions(of)]
        return await submit(tx, of, changed, title="T", author=author, at=at, form=Form.REVISION)


def test_a_correction_goes_out_when_all_is_over_a_language_does_not() -> None:
    over = STARTS + timedelta(hours=2)

    assert policy_of(revision(), Form.SUPPLEMENT).expires == over
    assert policy_of(revision(), Form.REVISION).expires is None


# --- a correction that is told


@pytest.mark.parametrize(
    ("correction", "kept"),
    [
        (None, {"email", "x"}),
        (Correction.of(Act.AMEND, "details", mails=False), {"email", "x"}),
        (Correction.of(Act.AMEND, "details", mails=True), {"x"}),
        (Correction.of(Act.CORRECT, "wrong_text"), {"x"}),
        (Correction.of(Act.CORRECT, "wrong_text", dangerous=True), set()),
        (Correction.of(Act.CORRECT, "wrong_address"), set()),
    ],
)
def test_what_each_network_can_do_about_a_correction_is_told(correction: Correction | None, kept: set[str]) -> None:
    changed = revision({**TEXTS, "en-US": "Quite different."})

    found = scope(changed, published(revision()), now=MINUTE, correction=correction)

    assert {finding.about.split("/")[0] for finding in found.findings if finding.code == "published.kept"} == kept


def test_a_retraction_is_of_every_place_that_has_it() -> None:
    retraction = Correction.of(Act.RETRACT, "mistake")

    found = scope(revision(), published(revision(), missed=["x"]), now=MINUTE, correction=retraction)

    assert (found.form, found.publish, found.amend) == (Form.RETRACTION, (), ())
    assert places(found.retract) == places(targets(list(TEXTS), channels=("website", "telegram", "email")))
    assert {code for code in codes(found) if code.startswith("published.kept")} == {
        f"published.kept {channel}/{locale}" for channel in ("telegram", "website") for locale in TEXTS
    }


def test_a_retraction_reaches_whom_a_mailing_reached_before_it_was_cancelled() -> None:
    first = published(revision(), missed=["email"])
    half_way = [replace(known, in_part=known.channel == "email") for known in first]

    found = scope(revision(), half_way, now=MINUTE, correction=Correction.of(Act.RETRACT, "mistake"))
    changed = scope(revision({**TEXTS, "en-US": "Quite different."}), half_way, now=MINUTE)

    assert places(found.retract) == places(targets(list(TEXTS)))
    assert places(changed.publish) == ["email/en-US"]  # to everybody: nobody else would ever hear of it


def test_what_was_withdrawn_does_not_come_back() -> None:
    withdrawn = [replace(known, there=False, withdrawn=True) for known in published(revision())]

    assert codes(scope(revision(JAPANESE), withdrawn, now=MINUTE)) == {"published.withdrawn": Severity.ERROR}


@pytest.mark.parametrize("act", list(Act))
def test_nothing_that_is_not_out_is_corrected(act: Act) -> None:
    reason = {Act.AMEND: "news", Act.CORRECT: "wrong_text", Act.RETRACT: "mistake"}[act]

    found = scope(revision(), [], now=MINUTE, correction=Correction.of(act, reason))

    assert codes(found) == {"published.nothing": Severity.ERROR}
