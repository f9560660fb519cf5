"""What a borrower reads before and after signing."""

import hashlib
from datetime import date, timedelta

import pytest
from sqlalchemy import func, select, update

from app.domain.errors import NotFound
from app.models import Hold, Plan, PlanPart
from app.services.agreements import queries as agreement_queries
from app.services.agreements.basis import OfferLapsed, OfferOver
from app.services.agreements.queries import sign_view
from app.services.agreements.text import text_sha256
from app.services.signed_files.handing_out import own_pdf
from app.services.upkeep.invariants import check_invariants
from tests.support.acting import acting
from tests.support.clock import NOW
from tests.support.several import signed_over, three_loans
from tests.support.signing import sign

LATER = NOW + timedelta(minutes=1)


def test_the_agreement_is_read_as_it_was_hashed(session, gateways, site, asked, borrower):
    number = sign(session, gateways, site, asked, now=LATER)
    view = agreement_queries.agreement_view(
        session, acting(now=LATER), borrower_id=borrower.id, number=number
    )
    assert text_sha256(view.text) == view.text_sha256 == asked.assent.shown_sha256
    file = own_pdf(session, gateways=gateways, borrower_id=borrower.id, number=number)
    assert hashlib.sha256(file.pdf).hexdigest() == view.pdf_sha256


def test_someone_elses_agreement_does_not_exist(session, gateways, site, asked, borrower):
    number = sign(session, gateways, site, asked, now=LATER)
    with pytest.raises(NotFound):
        agreement_queries.agreement_view(
            session, acting(now=LATER), borrower_id=borrower.id + 1, number=number
        )
    with pytest.raises(NotFound):
        own_pdf(session, gateways=gateways, borrower_id=borrower.id + 1, number=number)


def seen(session, vault, site, borrower, version, *, now=NOW):
    found = sign_view(
        session,
        acting(now=now, vault=vault, site=site),
        borrower_id=borrower.id,
        version_public_id=version,
    )
    session.rollback()
    return found


def test_before_signing_it_is_told_whether_and_until_when(session, vault, site, borrower, version):
    view = seen(session, vault, site, borrower, version)
    assert (view.state, view.refusal, view.agreement) == ("approved", None, None)
    assert (view.valid_until_on, view.reading_seconds) == (date(2026, 11, 30), 10)
    assert {one["code"] for one in view.clauses} == {"limitation", "missed", "credit", "order"}
    late = seen(session, vault, site, borrower, version, now=NOW + timedelta(days=8))
    assert (late.state, type(late.refusal)) == ("expired", OfferLapsed)
    assert late.sha256 == view.sha256


def test_once_signed_the_page_leads_to_the_agreement(
    session, gateways, site, asked, borrower, version
):
    number = sign(session, gateways, site, asked, now=LATER)
    view = seen(session, gateways.vault, site, borrower, version, now=LATER)
    assert (view.state, view.agreement, type(view.refusal)) == ("signed", number, OfferOver)


@pytest.mark.parametrize(
    ("state", "runs"),
    [("active", True), ("in_cure", True), ("completed", False), ("broken", False)],
)
def test_an_agreement_runs_until_its_plan_has_ended(
    session, gateways, site, asked, borrower, state, runs
):
    number = sign(session, gateways, site, asked, now=LATER)
    session.execute(update(Plan).values(state=state))
    view = agreement_queries.agreement_view(
        session, acting(now=LATER), borrower_id=borrower.id, number=number
    )
    assert view.is_running is runs


@pytest.mark.parametrize("count", [1, 2, 3])
def test_one_agreement_over_all_loans_holds_each_by_itself(session, gateways, site, count):
    borrower, loans = three_loans(session, gateways.vault, count)
    number = signed_over(session, gateways, site, borrower, loans)
    view = agreement_queries.agreement_view(
        session, acting(now=LATER), borrower_id=borrower.id, number=number
    )
    assert text_sha256(view.text) == view.text_sha256
    assert [one.public_id for one in view.loans] == [one.public_id for one in view.kept.terms.loans]
    assert view.text["total_fen"] == sum(one["total_fen"] for one in view.text["loans"])
    held = session.scalars(
        select(Hold.loan_id).where(Hold.cause == "plan_kept", Hold.until_at.is_(None))
    )
    assert sorted(held) == sorted(one.id for one in loans)
    parts = select(PlanPart.loan_id, func.sum(PlanPart.fen)).group_by(PlanPart.loan_id)
    sums = {loan_id: int(fen) for loan_id, fen in session.execute(parts)}
    assert sums == {
        loan.id: told["total_fen"]
        for loan in loans
        for told in view.text["loans"]
        if told["ref"] == loan.ref
    }
    assert check_invariants(session, gateways=gateways)[1] == ()
