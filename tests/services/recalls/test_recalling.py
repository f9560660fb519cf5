"""An offer that lies with its borrower is recalled with a reason: a counter-offer as it is, an
approval only where the figures of a loan changed.
"""

from datetime import date, timedelta

import pytest
from sqlalchemy import select, update

from app.domain.calendar import BEIJING
from app.domain.errors import NotFound
from app.models import AuditEntry, Hold, Loan, OutboxItem, Plan, PlanLoan, PlanVersion
from app.services.cases.steps import PreviewChanged
from app.services.core.wording import BannedWords
from app.services.counters.answering import accept_counter
from app.services.counters.steps import CounterWordsNeeded
from app.services.outbox.occasions import Occasion, still_stands
from app.services.plans.status_queries import plan_status
from app.services.plans.words_queries import words_of_versions
from app.services.proposals.submitting import withdraw_plan
from app.services.recalls.recalling import (
    EndedMeanwhile,
    FiguresUnchanged,
    FiguresUnknown,
    NotTheirsToRecall,
    SignedMeanwhile,
    recall_version,
    rehearse_recall,
)
from tests.factories import make_borrower, make_loan
from tests.support import signing
from tests.support.acting import acting
from tests.support.cases import case_of
from tests.support.clock import NOW
from tests.support.counters import (
    at_desk,
    broken,
    counter,
    file_says,
    owner_of,
    recall,
    version_of,
)
from tests.support.proposals import (
    actor_of,
    answered,
    approved_at_once,
    decide,
    make_staff,
    submit,
    submitted,
)
from tests.support.several import approved_over, three_loans

WORDS = "有一笔还款后来入了账，按原来的数签会多还，所以先收回。"


def supervisor(session):
    return make_staff(session, roles=("supervisor",))


def loan_of(session, version) -> Loan:
    covered = (
        select(Loan)
        .join(PlanLoan, PlanLoan.loan_id == Loan.id)
        .join(PlanVersion, PlanVersion.plan_id == PlanLoan.plan_id)
    )
    return session.scalars(covered.where(PlanVersion.public_id == version)).first()


@pytest.fixture
def boss(session):
    return supervisor(session)


@pytest.fixture
def offer(session, vault, site) -> str:
    """A plan that policy approved by itself and nobody signed."""
    return approved_at_once(session, vault, site)


@pytest.fixture
def changed(session, offer) -> str:
    """An offer under which a payment came in."""
    loan = loan_of(session, offer)
    file_says(session, loan, paid=loan.paid + 1)
    return offer


@pytest.fixture
def lies(session, vault, site):
    """A counter-offer that lies with its borrower, with its author."""
    author = make_staff(session)
    made = counter(session, vault, site, submitted(session, vault, site), author)
    return made, author


def test_an_approval_is_recalled_where_less_is_owed_by_now(session, vault, site, changed, boss):
    recall(session, vault, site, changed, boss, words=WORDS)
    recall(session, vault, site, changed, boss, words=WORDS)
    version = version_of(session, changed)
    assert (version.state, version.ended_at) == ("recalled", NOW)
    plan = session.get_one(Plan, version.plan_id)
    assert (plan.state, session.scalars(select(PlanLoan.is_open)).all()) == ("recalled", [False])
    case = case_of(session, changed)
    assert (case.waits_for, case.owner_staff_id, case.answer_by_on) == ("nobody", None, None)
    until = session.scalars(select(Hold.until_at)).one().astimezone(BEIJING)
    assert until.date() == date(2026, 11, 26)  # as after a refusal
    told = words_of_versions(session, acting(vault=vault), ids=[version.id])
    assert told[version.id, "recalled"] == WORDS
    keys = session.scalars(select(OutboxItem.idempotency_key)).all()
    assert keys.count(f"plan-recalled:{changed}") == 1
    assert broken(session, vault) == set()


def test_what_changed_is_on_record_in_fen(session, vault, site, changed, boss):
    loan = loan_of(session, changed)
    then = version_of(session, changed).terms["loans"][0]["payoff_fen"]
    recall(session, vault, site, changed, boss)
    entry = session.scalars(select(AuditEntry).where(AuditEntry.action == "plan.recalled")).one()
    assert entry.before == {"state": "approved", "owed_fen": {loan.public_id: then}}
    assert entry.after["state"] == "recalled"
    assert 0 < entry.after["owed_fen"][loan.public_id] < then


def test_also_where_more_is_owed_the_lender_may_recall(session, vault, site, offer, boss):
    file_says(session, loan_of(session, offer), fee_fen=1)
    recall(session, vault, site, offer, boss)
    assert version_of(session, offer).state == "recalled"


def test_of_several_loans_one_is_enough(session, vault, site, boss):
    borrower, loans = three_loans(session, vault)
    version = approved_over(session, vault, site, borrower, loans)
    file_says(session, loans[2], fee_fen=1)
    recall(session, vault, site, version, boss)
    assert session.scalars(select(PlanLoan.is_open)).all() == [False] * 3
    assert broken(session, vault) == set()


def test_a_promise_stands_while_its_figures_do(session, vault, site, offer, boss):
    with pytest.raises(FiguresUnchanged):
        recall(session, vault, site, offer, boss)
    # the days that go by are free and change nothing
    with pytest.raises(FiguresUnchanged):
        recall(session, vault, site, offer, boss, now=NOW + timedelta(days=3))
    assert version_of(session, offer).state == "approved"


def test_a_loan_that_is_being_checked_has_no_figures_to_go_by(session, vault, site, changed, boss):
    session.execute(update(Loan).values(missing_since_on=date(2026, 11, 23)))
    session.commit()
    with pytest.raises(FiguresUnknown):
        recall(session, vault, site, changed, boss)


def test_who_approved_it_recalls_it_and_no_other_agent(session, vault, site):
    version, author = submitted(session, vault, site), make_staff(session)
    decide(session, vault, site, version, author)
    loan = loan_of(session, version)
    file_says(session, loan, paid=loan.paid + 1)
    with pytest.raises(NotTheirsToRecall):
        recall(session, vault, site, version, make_staff(session))
    recall(session, vault, site, version, author)
    assert version_of(session, version).state == "recalled"


def test_what_policy_approved_is_recalled_by_a_supervisor(session, vault, site, changed):
    with pytest.raises(NotTheirsToRecall):
        recall(session, vault, site, changed, make_staff(session))


def test_what_was_signed_is_recalled_by_nobody(session, gateways, site, boss):
    vault, borrower = gateways.vault, make_borrower(session, gateways.vault)
    loan = make_loan(session, borrower)
    plain = signing.plain(gateways)
    signing.signed(session, plain, site, borrower=borrower, loan=loan)
    version = session.scalars(select(PlanVersion.public_id)).one()
    file_says(session, loan, paid=loan.paid + 1)
    with pytest.raises(SignedMeanwhile):
        recall(session, vault, site, version, boss)


def test_what_ended_otherwise_is_not_recalled(session, vault, site, changed, boss):
    with pytest.raises(EndedMeanwhile):
        recall(session, vault, site, changed, boss, now=NOW + timedelta(days=8))
    borrower = owner_of(session, changed)
    context = acting(actor=actor_of(borrower), vault=vault, site=site)
    withdraw_plan(session, context, borrower_id=borrower.id, version_public_id=changed)
    with pytest.raises(EndedMeanwhile):
        recall(session, vault, site, changed, boss)
    with pytest.raises(NotFound):
        recall_version(
            session,
            at_desk(vault, site, boss),
            version_public_id="x" * 20,
            words=WORDS,
            shown_sha256="",
        )


def test_a_rehearsal_shows_it_and_changes_nothing(session, vault, site, changed, boss):
    desk, mine = at_desk(vault, site, boss), {"version_public_id": changed, "words": WORDS}
    shown = rehearse_recall(session, desk, **mine)
    assert "有变化，请登录安还看" in shown.sms
    assert (shown.page.state, shown.page.why_recalled) == ("recalled", WORDS)
    assert version_of(session, changed).state == "approved"
    told = session.scalars(select(OutboxItem.idempotency_key)).all()
    assert f"plan-recalled:{changed}" not in told
    session.rollback()
    for other in ("", shown.sha256[:-1] + "x"):
        with pytest.raises(PreviewChanged):
            recall_version(session, desk, shown_sha256=other, **mine)
    # other words are other words to read
    with pytest.raises(PreviewChanged):
        recall_version(session, desk, shown_sha256=shown.sha256, **(mine | {"words": "别的话"}))
    recall_version(session, desk, shown_sha256=shown.sha256, **mine)
    assert version_of(session, changed).state == "recalled"


def test_the_message_of_the_approval_goes_no_more(session, vault, site, changed, boss):
    recall(session, vault, site, changed, boss)
    approved, recalled = (Occasion("version", changed, one) for one in ("approved", "recalled"))
    assert not still_stands(session, occasion=approved, now=NOW)
    assert still_stands(session, occasion=recalled, now=NOW)


def test_the_borrower_proposes_anew_at_once_with_the_figures_of_today(
    session, vault, site, changed, boss
):
    borrower, loan = owner_of(session, changed), loan_of(session, changed)
    before = version_of(session, changed).terms["loans"][0]["payoff_fen"]
    recall(session, vault, site, changed, boss)
    proposed = answered(session, vault, borrower=borrower, loan=loan)
    again = version_of(session, submit(session, vault, site, proposed))
    # No second hold, so policy approves it by itself again.
    assert again.state == "approved"
    assert again.terms["loans"][0]["payoff_fen"] < before
    view = plan_status(
        session, acting(vault=vault), borrower_id=borrower.id, version_public_id=changed
    )
    assert (view.state, view.other_open) == ("recalled", again.public_id)
    assert broken(session, vault) == set()


class TestCounters:
    """A counter-offer is recalled as it is, until it is accepted."""

    def test_its_plan_ends_and_the_hold_lasts_some_days(self, session, vault, site, lies):
        made, author = lies
        recall(session, vault, site, made, author, words=WORDS)
        version = version_of(session, made)
        assert (version.state, version.ended_at) == ("recalled", NOW)
        assert session.scalars(select(PlanLoan.is_open)).all() == [False]
        until = session.scalars(select(Hold.until_at)).one().astimezone(BEIJING)
        assert until.date() == date(2026, 11, 26)
        assert broken(session, vault) == set()

    def test_who_recalls_says_why_in_words_that_may_be_read(self, session, vault, site, lies):
        made, author = lies
        for words, refusal in (("", CounterWordsNeeded), ("老赖", BannedWords)):
            with pytest.raises(refusal):
                recall(session, vault, site, made, author, words=words)
        with pytest.raises(NotTheirsToRecall):
            recall(session, vault, site, made, make_staff(session))

    def test_accepted_it_stands_while_its_figures_do(self, session, vault, site, lies):
        made, author = lies
        borrower = owner_of(session, made)
        context = acting(actor=actor_of(borrower), vault=vault, site=site)
        accept_counter(session, context, borrower_id=borrower.id, version_public_id=made)
        with pytest.raises(FiguresUnchanged):
            recall(session, vault, site, made, author)
        loan = loan_of(session, made)
        file_says(session, loan, paid=loan.paid + 1)
        recall(session, vault, site, made, author)
        assert version_of(session, made).state == "recalled"

    def test_what_its_borrower_proposed_is_never_recalled(self, session, vault, site, boss):
        parent = submitted(session, vault, site)
        with pytest.raises(EndedMeanwhile):
            recall(session, vault, site, parent, boss)
