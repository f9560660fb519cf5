"""Which loans can go into one plan, and how each says what keeps it out or sends it to a person."""

from datetime import date

from app.services.chosen_loans.queries import loans_question
from app.services.proposals.basis import Answers
from app.services.proposals.drafts import save_answers
from tests.factories import make_borrower, make_loan, make_plan
from tests.support.acting import acting


def asked(session, vault, borrower, loan):
    return loans_question(
        session, acting(vault=vault), borrower_id=borrower.id, loan_public_id=loan.public_id
    )


def ticked(question):
    return [one.public_id for one in question.loans if one.is_planned_for]


def test_plain_ones_are_ticked_the_others_say_why(session, vault):
    borrower = make_borrower(session, vault)
    plain, other = make_loan(session, borrower), make_loan(session, borrower)
    disputed = make_loan(session, borrower, disputed=True)
    differs = make_loan(session, borrower, differences={"penalty": 37})
    current = make_loan(session, borrower, paid=11)
    taken = make_loan(session, borrower)
    version = make_plan(session, taken)
    missing = make_loan(session, borrower, missing_since_on=date(2026, 11, 20))
    found = asked(session, vault, borrower, plain)
    assert sorted(ticked(found)) == sorted([plain.public_id, other.public_id])
    assert {one.public_id for one in found.looked_at} == {disputed.public_id, differs.public_id}
    by_id = {one.public_id: one for one in found.loans}
    assert by_id[differs.public_id].difference_fen == 37
    assert by_id[disputed.public_id].is_disputed
    told = {one.public_id: one.refusal.code for one in found.not_now}
    assert told == {
        current.public_id: "not_overdue",
        taken.public_id: "already_open",
        missing.public_id: "missing",
    }
    assert by_id[taken.public_id].open_version == version.public_id
    assert by_id[current.public_id].next_due_on > date(2026, 11, 23)


def test_as_answered_before_and_the_longest_overdue_first(session, vault):
    borrower = make_borrower(session, vault)
    late = make_loan(session, borrower, paid=6)
    later = make_loan(session, borrower, paid=8)
    save_answers(
        session,
        acting(vault=vault),
        borrower_id=borrower.id,
        loan_public_id=later.public_id,
        given=Answers(loans=(later.public_id,)),
    )
    found = asked(session, vault, borrower, later)
    assert [one.public_id for one in found.loans] == [late.public_id, later.public_id]
    assert ticked(found) == [later.public_id]


def test_no_more_are_ticked_beforehand_than_a_plan_takes(session, vault):
    borrower = make_borrower(session, vault)
    loans = [make_loan(session, borrower) for _one in range(12)]
    found = asked(session, vault, borrower, loans[0])
    assert (len(ticked(found)), len(found.plain), found.most) == (10, 12, 10)
