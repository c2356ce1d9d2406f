"""Promise one: what was approved is what is sent. Approvals are bound to hashes, authors never count."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy import update
from structlog.testing import capture_logs

from publisher.content.kinds import KINDS
from publisher.release import coverage
from publisher.release.approval import Refused, Review, approve, authenticate, lacking, return_for_changes, wanted
from publisher.release.scheduling import schedule
from publisher.release.states import ReleaseState
from publisher.release.transitions import move
from publisher.release.verify import refusal
from publisher.store import tables
from publisher.store.transaction import SqlTransaction, Store
from publisher.wall_time import resolve
from tests.release.builders import NOON, STARTS, approved, revision, staff, submitted, targets


async def test_one_editor_approves_a_maintenance(store: Store) -> None:
    async with store.begin() as tx:
        review = await approved(tx, await submitted(tx, revision()), "erin", ["editors"])

    assert review.release.state == "approved"
    assert not review.lacking


async def test_a_rule_change_needs_both_groups_and_says_which_is_missing(store: Store) -> None:
    async with store.begin() as tx:
        review = await approved(tx, await submitted(tx, revision(kind="rule_change")), "erin", ["editors"])

    assert review.release.state == "in_review"
    assert coverage.sentence(review.lacking) == "1 more of compliance (en-US, zh-CN)"


async def test_inside_information_needs_compliance_and_another_person(store: Store) -> None:
    asked = revision(kind="inside_information")
    async with store.begin() as tx:
        first = await approved(tx, await submitted(tx, asked), "erin", ["editors"])
        second = await approved(tx, first, "carl", ["compliance", "editors"])

    assert coverage.sentence(first.lacking) == "1 more of compliance (en-US, zh-CN)"
    assert second.release.state == "approved"


async def test_two_strangers_to_compliance_are_not_enough(store: Store) -> None:
    asked = revision(kind="inside_information")
    async with store.begin() as tx:
        review = await approved(tx, await submitted(tx, asked), "carl", ["compliance"])
        assert coverage.sentence(review.lacking) == "1 more of any (en-US, zh-CN)"
        again = await approved(tx, review, "cora", ["compliance"])

    assert again.release.state == "approved"


async def test_an_incident_in_own_words_needs_an_editor_too(store: Store) -> None:
    known = KINDS["incident"].preapproved["delayed"].texts
    agreed = {locale: f"# Title\n\n{text}" for locale, text in known.items()}
    async with store.begin() as tx:
        quick = await approved(tx, await submitted(tx, revision(agreed, kind="incident")), "otto", ["on_call"])
        slow = await approved(tx, await submitted(tx, revision(kind="incident", id="a-two")), "otto", ["on_call"])

    assert quick.release.state == "approved"
    assert coverage.sentence(slow.lacking) == "1 more of editors (en-US, zh-CN)"


async def test_one_person_in_both_groups_counts_once(store: Store) -> None:
    async with store.begin() as tx:
        review = await approved(
            tx, await submitted(tx, revision(kind="rule_change")), "erin", ["editors", "compliance"]
        )
        with pytest.raises(Refused, match="erin has approved"):
            await approved(tx, review, "erin", ["editors", "compliance"])


async def test_the_author_never_counts(store: Store) -> None:
    async with store.begin() as tx:
        author = await staff(tx, "alice", ["authors", "editors"])
        review = await submitted(tx, revision(), author)
        with pytest.raises(Refused, match="the author never counts"):
            await approve(tx, review.release.id, author, root_hash=review.release.root_hash, at=NOON)


async def test_who_wrote_an_earlier_revision_does_not_count_for_the_next(store: Store) -> None:
    async with store.begin() as tx:
        alice = await staff(tx, "alice", ["editors"])
        bob = await staff(tx, "bob", ["editors"])
        await submitted(tx, revision(), alice)
        second = await submitted(tx, revision({"en-US": "Hello!", "zh-CN": "你好"}), bob)
        with pytest.raises(Refused, match="the author never counts"):
            await approve(tx, second.release.id, alice, root_hash=second.release.root_hash, at=NOON)


async def test_a_stranger_to_the_groups_is_refused(store: Store) -> None:
    async with store.begin() as tx:
        review = await submitted(tx, revision())
        with pytest.raises(Refused, match="in none of the groups asked: editors"):
            await approved(tx, review, "oscar", ["operators"])


async def test_approving_another_hash_than_was_looked_at_is_refused(store: Store) -> None:
    async with store.begin() as tx:
        review = await submitted(tx, revision())
        person = await staff(tx, "erin", ["editors"])
        with pytest.raises(Refused, match="not what you looked at"):
            await approve(tx, review.release.id, person, root_hash="0" * 64, at=NOON)


async def test_a_typo_in_one_language_asks_again_for_that_language_only(store: Store) -> None:
    async with store.begin() as tx:
        await approved(tx, await submitted(tx, revision()), "erin", ["editors"])
        again = await submitted(tx, revision({"en-US": "Hello", "zh-CN": "您好"}))

    assert coverage.sentence(again.lacking) == "1 more of editors (zh-CN)"


async def test_a_change_of_facts_voids_every_approval(store: Store) -> None:
    async with store.begin() as tx:
        first = await approved(tx, await submitted(tx, revision()), "erin", ["editors"])
        again = await submitted(tx, revision(ends_at=STARTS + timedelta(hours=3)))
        void = await tx.release(first.release.id)

    assert coverage.sentence(again.lacking) == "1 more of editors (en-US, zh-CN)"
    assert void.state == "void"


async def test_going_back_to_the_approved_text_needs_no_new_approval(store: Store) -> None:
    async with store.begin() as tx:
        await approved(tx, await submitted(tx, revision()), "erin", ["editors"])
        await submitted(tx, revision({"en-US": "Hello", "zh-CN": "您好"}))
        back = await submitted(tx, revision())

    assert back.release.state == "approved"


async def test_submitting_the_same_again_says_so(store: Store) -> None:
    async with store.begin() as tx:
        await submitted(tx, revision())
        with pytest.raises(Refused, match="nothing has changed"):
            await submitted(tx, revision())


async def test_a_returned_release_carries_the_reason(store: Store) -> None:
    async with store.begin() as tx:
        review = await submitted(tx, revision())
        erin = await staff(tx, "erin", ["editors"])
        release = await return_for_changes(tx, review.release.id, erin, reason="the end is missing", at=NOON)
        history = await tx.history("release", [release.id])

    assert (release.state, history[-1].reason) == ("returned", "the end is missing")


async def test_an_unknown_token_is_nobody(store: Store) -> None:
    async with store.read() as tx:
        with pytest.raises(Refused, match="belongs to nobody"):
            await authenticate(tx, "publisher_wrong")


class TestBreakGlass:
    """Where waiting does more harm, one person is enough, and everybody sees it."""

    async def test_one_person_is_enough_and_the_history_says_why(self, store: Store) -> None:
        with capture_logs() as logs:
            async with store.begin() as tx:
                review = await self.broken(tx, await submitted(tx, revision(kind="risk_warning")))
                history = await tx.history("release", [review.release.id])
                still = await wanted(tx, review.release)

        assert review.release.state == "approved"
        assert history[-1].reason == "break-glass, approved by one person: holders lose money now"
        assert [(entry["log_level"], entry["action"], entry["person"]) for entry in logs] == [
            ("critical", "break_glass", "erin")
        ]
        assert still == "a second look: erin approved it alone"

    async def test_it_may_go(self, store: Store) -> None:
        async with store.begin() as tx:
            review = await self.broken(tx, await submitted(tx, revision(kind="security")))
            await schedule(tx, review.release.id, actor="erin", at=NOON)
            [edition, *_] = await tx.editions(review.release.id)
            assert await refusal(tx, review.release.id, edition.id, targets()) is None

            await tx.disable_person("erin", NOON)

            assert "approvals no longer hold" in str(await refusal(tx, review.release.id, edition.id, targets()))

    async def test_other_kinds_wait(self, store: Store) -> None:
        async with store.begin() as tx:
            review = await submitted(tx, revision(kind="rule_change"))
            with pytest.raises(Refused, match="a rule_change cannot be approved by one person alone"):
                await self.broken(tx, review)

            assert await tx.approvals("a-one") == []

    async def test_the_author_is_never_that_person(self, store: Store) -> None:
        async with store.begin() as tx:
            author = await staff(tx, "erin", ["editors"])
            with pytest.raises(Refused, match="the author never counts"):
                await self.broken(tx, await submitted(tx, revision(kind="risk_warning"), author))

    async def test_without_it_two_are_needed(self, store: Store) -> None:
        async with store.begin() as tx:
            review = await approved(tx, await submitted(tx, revision(kind="risk_warning")), "erin", ["editors"])
            assert await wanted(tx, review.release) == "1 more of any (en-US, zh-CN)"

    async def broken(self, tx: SqlTransaction, review: Review) -> Review:
        person, seen = await staff(tx, "erin", ["editors"]), review.release.root_hash
        why = "holders lose money now"
        return await approve(tx, review.release.id, person, root_hash=seen, at=NOON, break_glass=why)


class TestBeforeSending:
    """The last look refuses what is not what was approved."""

    async def test_what_was_approved_may_go(self, store: Store) -> None:
        async with store.begin() as tx:
            review = await approved(tx, await submitted(tx, revision()), "erin", ["editors"])
            edition = (await tx.editions(review.release.id))[0]

            assert await refusal(tx, review.release.id, edition.id, targets()) is None

    async def test_a_payload_changed_in_the_database_is_refused(self, store: Store) -> None:
        async with store.begin() as tx:
            review = await approved(tx, await submitted(tx, revision()), "erin", ["editors"])
            edition = (await tx.editions(review.release.id))[0]
            forged = edition.payload.replace("Hello", "Send money")
            await tx.connection.execute(
                update(tables.edition).where(tables.edition.c.id == edition.id).values(payload=forged)
            )

            reason = await refusal(tx, review.release.id, edition.id, targets())
        assert reason == "the stored edition is not the one that was approved: its hash differs"

    async def test_a_forged_payload_with_its_forged_hash_is_refused(self, store: Store) -> None:
        async with store.begin() as tx:
            review = await approved(tx, await submitted(tx, revision()), "erin", ["editors"])
            first, second = await tx.editions(review.release.id)
            copied = {"payload": second.payload, "sha256": second.sha256}
            await tx.connection.execute(update(tables.edition).where(tables.edition.c.id == first.id).values(**copied))

            reason = await refusal(tx, review.release.id, first.id, targets())
        assert reason == "the stored release is not the one that was approved: its hash differs"

    async def test_a_destination_pointed_elsewhere_is_refused(self, store: Store) -> None:
        async with store.begin() as tx:
            review = await approved(tx, await submitted(tx, revision()), "erin", ["editors"])
            edition = (await tx.editions(review.release.id))[0]

            reason = await refusal(tx, review.release.id, edition.id, targets("@elsewhere"))
        assert reason == "destination posts was changed after the approval; submit again"

    async def test_an_approver_who_lost_the_right_counts_no_more(self, store: Store) -> None:
        async with store.begin() as tx:
            review = await approved(tx, await submitted(tx, revision()), "erin", ["editors"])
            edition = (await tx.editions(review.release.id))[0]
            await tx.disable_person("erin", NOON)

            reason = await refusal(tx, review.release.id, edition.id, targets())
        assert reason == "approvals no longer hold: 1 more of editors (en-US, zh-CN)"


class TestScheduling:
    async def test_an_approved_release_goes_on_the_clock(self, store: Store) -> None:
        async with store.begin() as tx:
            review = await approved(tx, await submitted(tx, revision()), "erin", ["editors"])
            release = await schedule(tx, review.release.id, actor="erin", at=NOON)

            assert (release.state, await tx.due_releases(NOON, 10)) == ("scheduled", [release.id])

    async def test_of_a_backlog_the_oldest_are_taken_first(self, store: Store) -> None:
        hours = (2, 0, 1)
        async with store.begin() as tx:
            reviews = [await submitted(tx, revision(id=f"backlog-{hour}")) for hour in hours]
            for hour, review in zip(hours, reviews, strict=True):
                await approved(tx, review, "erin" if hour == 2 else f"erin{hour}", ["editors"])
                at = NOON + timedelta(hours=hour)
                await schedule(tx, review.release.id, actor="erin", at=NOON, publish_at=at)
            due = await tx.due_releases(NOON + timedelta(hours=3), 2)
        assert due == [reviews[1].release.id, reviews[2].release.id]

    async def test_a_move_inside_the_window_keeps_the_approvals(self, store: Store) -> None:
        async with store.begin() as tx:
            review = await approved(tx, await submitted(tx, revision()), "erin", ["editors"])
            later = NOON + timedelta(hours=5)
            release = await schedule(tx, review.release.id, actor="erin", at=NOON, publish_at=later)

            assert (release.publish_at, await lacking(tx, release)) == (later, {})
            assert resolve(datetime.fromisoformat(release.local_time), release.time_zone) == later

    async def test_a_move_out_of_the_window_is_refused(self, store: Store) -> None:
        async with store.begin() as tx:
            review = await approved(tx, await submitted(tx, revision()), "erin", ["editors"])
            with pytest.raises(Refused, match="outside the approved window"):
                await schedule(tx, review.release.id, actor="erin", at=NOON, publish_at=NOON - timedelta(minutes=1))

    async def test_what_is_on_the_clock_is_moved_and_the_history_says_by_whom(self, store: Store) -> None:
        later = NOON + timedelta(hours=5)
        async with store.begin() as tx:
            review = await approved(tx, await submitted(tx, revision()), "erin", ["editors"])
            await schedule(tx, review.release.id, actor="erin", at=NOON)
            release = await schedule(tx, review.release.id, actor="max", at=NOON, publish_at=later)
            history = await tx.history("release", [release.id])

            assert (release.state, release.publish_at) == ("scheduled", later)
            assert resolve(datetime.fromisoformat(release.local_time), release.time_zone) == later
            assert [await tx.due_releases(moment, 10) for moment in (NOON, later)] == [[], [release.id]]
        assert (history[-1].actor, history[-1].reason.startswith("moved from")) == ("max", True)

    async def test_what_is_on_the_clock_is_not_moved_out_of_its_window_or_to_where_it_is(self, store: Store) -> None:
        async with store.begin() as tx:
            review = await approved(tx, await submitted(tx, revision()), "erin", ["editors"])
            await schedule(tx, review.release.id, actor="erin", at=NOON)
            with pytest.raises(Refused, match="outside the approved window"):
                await schedule(tx, review.release.id, actor="max", at=NOON, publish_at=NOON - timedelta(minutes=1))
            with pytest.raises(Refused, match="--at moves it"):
                await schedule(tx, review.release.id, actor="max", at=NOON)

    async def test_what_the_clock_has_taken_is_not_moved(self, store: Store) -> None:
        async with store.begin() as tx:
            review = await approved(tx, await submitted(tx, revision()), "erin", ["editors"])
            release = await schedule(tx, review.release.id, actor="erin", at=NOON)
            await move(tx, release, ReleaseState.PUBLISHING, at=NOON, actor="publisher", reason="its time has come")
            with pytest.raises(Refused, match="is publishing"):
                await schedule(tx, release.id, actor="max", at=NOON, publish_at=NOON + timedelta(hours=5))

    async def test_what_still_lacks_approvals_is_refused(self, store: Store) -> None:
        async with store.begin() as tx:
            review = await submitted(tx, revision())
            with pytest.raises(Refused, match="still needs approvals"):
                await schedule(tx, review.release.id, actor="erin", at=NOON)
