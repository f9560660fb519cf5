"""What a signature stands on: whether it may be signed at all, and what was read of it."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from app.domain.errors import NotFound
from app.domain.mobile_change import SETTLING
from app.domain.plan import FiguresChanged
from app.services.agreements.basis import (
    Assent,
    BookOld,
    ClausesMissing,
    LoanUnderCheck,
    MobileObjected,
    MobileSettling,
    OfferLapsed,
    OfferOver,
    OwesLess,
    TooEarly,
    signing_basis,
)
from app.services.agreements.queries import sign_view
from app.services.core.transaction import transaction
from app.services.identity import objecting
from tests.factories import make_borrower, make_plan
from tests.support.acting import acting
from tests.support.callers import Phone, confirmed
from tests.support.clock import NOW
from tests.support.proposals import make_staff
from tests.support.several import approved_over, three_loans
from tests.support.signing import ask, sign

UNTIL = timedelta(days=7)


@pytest.fixture
def basis(session, vault, site, borrower, version):
    return signing_basis(
        session,
        acting(vault=vault, site=site),
        borrower_id=borrower.id,
        version_public_id=version,
    )


def change(session, row, **values):
    with transaction(session):
        for name, value in values.items():
            setattr(row, name, value)


def test_what_staff_approved_may_be_signed_to_its_last_second(basis):
    until = basis.version.valid_until_at
    for now in (NOW, until):
        fresh = replace(basis, now=now)
        fresh.loans[0].as_of_on = now.date()
        fresh.check_may_sign()
    with pytest.raises(OfferLapsed):
        replace(basis, now=until + timedelta(seconds=1)).check_may_sign()


@pytest.mark.parametrize(
    ("state", "refusal"),
    [
        ("submitted", OfferOver),
        ("under_appeal", OfferOver),
        ("refused", OfferOver),
        ("withdrawn", OfferOver),
        ("signed", OfferOver),
        ("expired", OfferLapsed),
    ],
)
def test_only_an_offer_that_stands_is_signed(basis, state, refusal):
    basis.version.state = state
    with pytest.raises(refusal):
        basis.check_may_sign()


@pytest.mark.parametrize(
    ("values", "refusal"),
    [
        ({"missing_since_on": date(2026, 11, 23)}, LoanUnderCheck),
        ({"as_of_on": date(2026, 11, 20)}, None),
        ({"as_of_on": date(2026, 11, 19)}, BookOld),
    ],
)
def test_a_loan_out_of_the_file_or_of_an_old_one_is_not_signed(basis, values, refusal):
    for name, value in values.items():
        setattr(basis.loans[0], name, value)
    if refusal is None:
        basis.check_may_sign()
    else:
        with pytest.raises(refusal):
            basis.check_may_sign()


@pytest.mark.parametrize(("more_fen", "may"), [(1, True), (0, True), (-1, False)])
def test_a_fen_less_owed_than_was_known_is_enough_to_stop(basis, more_fen, may):
    (loan,) = basis.terms.loans
    found = replace(basis, owed_fen={loan.public_id: loan.payoff_fen + more_fen})
    if may:
        found.check_may_sign()
    else:
        with pytest.raises(OwesLess):
            found.check_may_sign()


def test_it_is_known_what_is_owed_for_the_day_of_the_submission(basis):
    assert list(basis.owed_fen.values()) == [basis.terms.payoff_fen]
    assert basis.number == basis.text["number"]


def test_every_clause_is_confirmed_of_this_very_text_after_its_time(basis):
    read = Assent(basis.sha256, NOW - timedelta(seconds=10), dict.fromkeys(basis.clauses, NOW))
    basis.check_assent(read)
    for unread in (replace(read, shown_sha256="0" * 64), replace(read, shown_at=None)):
        with pytest.raises(FiguresChanged):
            basis.check_assent(unread)
    hasty = replace(read, shown_at=NOW - timedelta(seconds=9.5))
    with pytest.raises(TooEarly) as early:
        basis.check_assent(hasty)
    assert early.value.seconds == 1
    with pytest.raises(ClausesMissing) as short:
        basis.check_assent(replace(hasty, clauses=frozenset(basis.clauses[1:])))
    assert short.value.missing == basis.clauses[:1]


class TestSeveralLoans:
    """What stands in the way of one loan stands in the way of all; each is held by itself."""

    @pytest.fixture
    def together(self, session, vault, site):
        borrower, loans = three_loans(session, vault)
        version = approved_over(session, vault, site, borrower, loans)
        return signing_basis(
            session,
            acting(vault=vault, site=site),
            borrower_id=borrower.id,
            version_public_id=version,
        )

    def test_all_of_them_may_be_signed(self, together):
        together.check_may_sign()
        assert [one.public_id for one in together.loans] == [
            one.public_id for one in together.terms.loans
        ]
        assert [one["ref"] for one in together.text["loans"]] == [one.ref for one in together.loans]
        assert sum(together.owed_fen.values()) == together.terms.payoff_fen

    @pytest.mark.parametrize("place", [0, 1, 2])
    def test_one_loan_out_of_the_file_stops_all(self, together, place):
        together.loans[place].missing_since_on = date(2026, 11, 23)
        with pytest.raises(LoanUnderCheck):
            together.check_may_sign()

    @pytest.mark.parametrize("place", [0, 1, 2])
    def test_the_oldest_file_of_them_counts(self, together, place):
        together.loans[place].as_of_on = date(2026, 11, 19)
        assert together.as_of_on == date(2026, 11, 19)
        with pytest.raises(BookOld):
            together.check_may_sign()

    @pytest.mark.parametrize("place", [0, 1, 2])
    def test_a_fen_less_of_one_is_not_made_up_by_more_of_the_others(self, together, place):
        owed = {one.public_id: one.payoff_fen + 100 for one in together.terms.loans}
        less = together.terms.loans[place]
        found = replace(together, owed_fen=owed | {less.public_id: less.payoff_fen - 1})
        with pytest.raises(OwesLess):
            found.check_may_sign()


def test_a_draft_and_what_is_someone_elses_are_not_found(
    session, vault, site, borrower, loan, version
):
    stranger = make_borrower(session, vault, mobile="19003740001")
    draft = make_plan(session, loan, state="refused", submitted_at=None)
    for whose, which in ((stranger, version), (borrower, draft.public_id), (borrower, "x" * 20)):
        with pytest.raises(NotFound):
            signing_basis(
                session,
                acting(vault=vault, site=site),
                borrower_id=whose.id,
                version_public_id=which,
            )


class TestAfterAChangedMobile:
    """For a day nothing is signed; after an objection nothing until a person decides (I-19)."""

    def refusal(self, session, gateways, site, borrower, version, now):
        view = sign_view(
            session,
            acting(now=now, vault=gateways.vault, site=site),
            borrower_id=borrower.id,
            version_public_id=version,
        )
        session.rollback()
        return view.refusal

    def test_it_says_from_when_it_goes_on(self, session, gateways, site, borrower, version):
        phone = Phone(session, gateways.vault, site, borrower, make_staff(session))
        confirmed(phone, make_staff(session))
        asked = session, gateways, site, borrower, version
        last = phone.now + SETTLING - timedelta(seconds=1)
        for now in (phone.now, last):
            refusal = self.refusal(*asked, now)
            assert isinstance(refusal, MobileSettling)
            assert "2026年11月24日 10:01 前先不能签字" in refusal.words
        assert self.refusal(*asked, phone.now + SETTLING) is None

    def test_an_objection_holds_it_until_a_person_decides(
        self, session, gateways, site, borrower, version
    ):
        phone = Phone(session, gateways.vault, site, borrower, make_staff(session))
        change = confirmed(phone, make_staff(session))
        boss = make_staff(session, roles=("supervisor",))
        context = acting(now=phone.now, vault=gateways.vault, site=site, staff=boss)
        objecting.object_to_mobile(session, context, change_public_id=change)
        asked = session, gateways, site, borrower, version
        later = phone.now + SETTLING * 2
        assert isinstance(self.refusal(*asked, later), MobileObjected)
        objecting.decide_mobile(session, context, change_public_id=change, is_new_right=False)
        assert self.refusal(*asked, later) is None

    def test_a_code_asked_before_signs_nothing(self, session, gateways, site, borrower, asked):
        phone = Phone(session, gateways.vault, site, borrower, make_staff(session))
        confirmed(phone, make_staff(session))
        with pytest.raises(MobileSettling):
            sign(session, gateways, site, asked, now=phone.now)
        with pytest.raises(MobileSettling):
            ask(session, gateways, site, asked, now=phone.now)
