"""Two counter-offers at once, an acceptance against a recall and against another counter-offer, a
release by two: every round ends in a legal state, and nothing is lost unseen.
"""

from collections import Counter

import pytest
from sqlalchemy import select

from app.domain.allocation import Components
from app.models import OutboxItem, PlanVersion, VersionRelease
from app.services.counters.answering import accept_counter
from app.services.counters.releasing import release_counter
from app.services.counters.writing import write_counter
from app.services.recalls.recalling import recall_version, rehearse_recall
from tests.support.acting import acting
from tests.support.counters import (
    TEXT,
    at_desk,
    counter,
    owner_of,
    shown,
    sound,
    version_of,
    wish,
)
from tests.support.proposals import actor_of, make_staff, submitted
from tests.support.races import race_rounds, run_together

pytestmark = pytest.mark.race
BEYOND = {"rate": "zero"}
# What the second one is told: it lies with its borrower, it waits, its case is someone's.
SECOND = {
    (False, 1): "NothingToCounter",
    (False, 2): "NothingToCounter",
    (True, 1): "CounterWaiting",
    (True, 2): "CaseOwnedByAnother",
}
PRINCIPAL = {"waived": Components(0, 33_29, 0, 100_00)}


def kinds(results) -> list[str]:
    return [type(one).__name__ if isinstance(one, Exception) else "done" for one in results]


def states(session, parent: str) -> list[str]:
    """Of all versions of a plan, in their order."""
    plan_id = version_of(session, parent).plan_id
    query = select(PlanVersion.state).where(PlanVersion.plan_id == plan_id)
    return list(session.scalars(query.order_by(PlanVersion.id)))


def written(session, vault, site, parent, staff, seen, key, **values) -> str:
    return write_counter(
        session,
        at_desk(vault, site, staff),
        version_public_id=parent,
        wish=wish(**values),
        text=TEXT,
        shown_sha256=seen.sha256,
        request_key=key,
    )


@pytest.mark.parametrize("people", [1, 2], ids=["two-windows", "two-people"])
@pytest.mark.parametrize("given", [{}, BEYOND], ids=["within", "beyond"])
def test_two_counter_offers_at_once_are_one(database, vault, site, given, people):
    for number in range(race_rounds()):
        with database.sessions() as session:
            parent = submitted(session, vault, site)
            authors = [make_staff(session) for _ in range(people)]
            both = [authors[0], authors[-1]]
            seen = [shown(session, vault, site, parent, one, **given) for one in both]

        def act(thread, parent=parent, both=both, seen=seen, number=number):
            with database.sessions() as own:
                key = f"race-{number}-{thread}"
                written(own, vault, site, parent, both[thread], seen[thread], key, **given)

        results = kinds(run_together(act, threads=2))
        with database.sessions() as session:
            # the lock, and not a constraint: whoever comes second reads what the first one left
            assert Counter(results) == {"done": 1, SECOND[bool(given), people]: 1}
            found = states(session, parent)
            expected = ["submitted", "draft"] if given else ["superseded", "countered"]
            assert found == expected, results
    sound(database, vault)


def test_accepted_or_recalled_is_one_of_the_two(database, vault, site):
    for _ in range(race_rounds()):
        with database.sessions() as session:
            author = make_staff(session)
            parent = submitted(session, vault, site)
            made = counter(session, vault, site, parent, author)
            borrower = owner_of(session, made)
            mine = {"borrower_id": borrower.id, "version_public_id": made}
            who = acting(actor=actor_of(borrower), vault=vault, site=site)

            words = {"version_public_id": made, "words": "要先核对。"}
            shown_now = rehearse_recall(session, at_desk(vault, site, author), **words)
            seen = {"words": words["words"], "shown_sha256": shown_now.sha256}

        def act(thread, author=author, made=made, mine=mine, who=who, seen=seen):
            with database.sessions() as own:
                if thread:
                    desk = at_desk(vault, site, author)
                    recall_version(own, desk, version_public_id=made, **seen)
                else:
                    accept_counter(own, who, **mine)

        results = kinds(run_together(act, threads=2))
        with database.sessions() as session:
            found = results, states(session, parent)
            assert found in (
                # Accepted it is an approval, and its figures are as they were.
                (["done", "FiguresUnchanged"], ["superseded", "approved"]),
                (["StateChanged", "done"], ["superseded", "recalled"]),
            )
    sound(database, vault)


def test_accepted_or_replaced_by_another_is_one_of_the_two(database, vault, site):
    for number in range(race_rounds()):
        with database.sessions() as session:
            parent = submitted(session, vault, site)
            first = counter(session, vault, site, parent, make_staff(session))
            other = make_staff(session)
            seen = shown(session, vault, site, first, other, periods=12)
            borrower = owner_of(session, first)
            mine = {"borrower_id": borrower.id, "version_public_id": first}
            who = acting(actor=actor_of(borrower), vault=vault, site=site)

        def act(thread, first=first, other=other, seen=seen, mine=mine, who=who, number=number):
            with database.sessions() as own:
                if thread:
                    key = f"other-{number}"
                    written(own, vault, site, first, other, seen, key, periods=12)
                else:
                    accept_counter(own, who, **mine)

        results = kinds(run_together(act, threads=2))
        with database.sessions() as session:
            found = results, states(session, parent)
            assert found in (
                (["done", "NothingToCounter"], ["superseded", "approved"]),
                (["StateChanged", "done"], ["superseded", "superseded", "countered"]),
            )
    sound(database, vault)


@pytest.mark.parametrize(("given", "needed"), [(BEYOND, 1), (PRINCIPAL, 2)], ids=["one", "two"])
def test_released_by_two_it_goes_once(database, vault, site, given, needed):
    for _ in range(race_rounds()):
        with database.sessions() as session:
            parent = submitted(session, vault, site)
            made = counter(session, vault, site, parent, make_staff(session), **given)
            version = version_of(session, made)
            sha256 = version.terms_sha256
            both = [make_staff(session, roles=("supervisor",)) for _ in range(2)]

        def act(thread, made=made, sha256=sha256, both=both):
            with database.sessions() as own:
                desk = at_desk(vault, site, both[thread])
                release_counter(own, desk, version_public_id=made, shown_sha256=sha256)

        results = Counter(kinds(run_together(act, threads=2)))
        with database.sessions() as session:
            # the lock, and not a constraint: whoever comes second reads that it went
            expected = {"done": 2} if needed == 2 else {"done": 1, "NotWaiting": 1}
            assert results == expected
            assert states(session, parent) == ["superseded", "countered"]
            version_id = version_of(session, made).id
            behind = select(VersionRelease.person_id).where(VersionRelease.version_id == version_id)
            assert len(session.scalars(behind).all()) == needed
            told = select(OutboxItem.id).where(
                OutboxItem.idempotency_key == f"plan-countered:{made}"
            )
            assert len(session.scalars(told).all()) == 1
    sound(database, vault)


def test_tapped_twice_one_supervisor_stands_behind_it_once(database, vault, site):
    for _ in range(race_rounds()):
        with database.sessions() as session:
            parent = submitted(session, vault, site)
            made = counter(session, vault, site, parent, make_staff(session), **PRINCIPAL)
            version = version_of(session, made)
            version_id, sha256 = version.id, version.terms_sha256
            desk = at_desk(vault, site, make_staff(session, roles=("supervisor",)))

        def tap(_thread, made=made, sha256=sha256, desk=desk):
            with database.sessions() as own:
                return release_counter(own, desk, version_public_id=made, shown_sha256=sha256)

        # another supervisor is waited for, whichever tap comes first
        assert run_together(tap, threads=2) == [False, False]
        with database.sessions() as session:
            assert states(session, parent) == ["submitted", "draft"]
            behind = select(VersionRelease.id).where(VersionRelease.version_id == version_id)
            assert len(session.scalars(behind).all()) == 1
    sound(database, vault)
