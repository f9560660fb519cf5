"""A file applied by mistake is taken back by two people: everything stands as it did before."""

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select, update

from app.models import (
    AuditEntry,
    Borrower,
    ContestedValue,
    Loan,
    LoanSnapshot,
    NightlyFile,
    NightlyFileAct,
)
from app.services.file_decisions.deciding import WhyNeeded
from app.services.file_decisions.taking_back import (
    AskedAlready,
    NotAsked,
    NothingApplied,
    SameAsker,
    TooLate,
    answer_taking_back,
    ask_to_take_back,
)
from app.services.nightly.importing import OlderFile
from tests.factories import make_agreement, make_plan
from tests.services.file_decisions.conftest import by
from tests.support.books import AS_OF, ListBook, good_cells, id_number

NEXT = AS_OF + timedelta(days=1)
# After the file came, which is when people act on it.
LATER = datetime(2026, 11, 26, 2, tzinfo=UTC)


def stored(session):
    """Every loan, figure and person; figures without the number of their row, for some are
    written anew.
    """
    session.expire_all()
    found = {}
    for table in (Loan, LoanSnapshot, Borrower, ContestedValue):
        but = {"id"} if table in (LoanSnapshot, ContestedValue) else set()
        columns = [one for one in table.__table__.columns if one.name not in but]
        found[table.__name__] = sorted(map(repr, session.execute(select(*columns)).all()))
    session.rollback()
    return found


def ask(session, *, as_of=NEXT, who="zhou", words="文件拿错了"):
    return ask_to_take_back(session, by(who, now=LATER), as_of=as_of, words=words)


def answer(session, public_id, *, who="feng", agreed=True, words="核对过，同意"):
    return answer_taking_back(
        session, by(who, now=LATER), public_id=public_id, is_agreed=agreed, words=words
    )


def take_back(session, *, as_of=NEXT):
    return answer(session, ask(session, as_of=as_of).public_id)


def first_book():
    """Six loans, one with a difference and one over the whole file's people."""
    return [
        good_cells(number, differences={"penalty": 137} if number == 2 else None)
        for number in range(1, 7)
    ]


def wrong_book(day):
    """Paid up, without a difference, another mobile and name, one gone, two new, two mobiles."""
    other = {"证件号码": id_number(31), "手机号码": "19188888888"}
    return [
        good_cells(1, as_of=day, paid=10),
        good_cells(2, as_of=day),
        good_cells(3, as_of=day, 手机号码="19199999999", 姓名="罗敏"),
        good_cells(4, as_of=day, 产品名称="信用付", 备注="换了"),
        good_cells(5, as_of=day, differences={"interest": 500}),
        good_cells(31, as_of=day),
        good_cells(32, as_of=day) | other,
    ]


@pytest.mark.parametrize("day", [AS_OF, NEXT])
def test_the_file_before_stands_again_exactly(take_in, session, day):
    take_in(*first_book())
    take_in(*first_book()[:5], is_confirmed=True)  # the sixth is missing by now
    before = stored(session)
    assert take_in(*wrong_book(day), is_confirmed=True).state == "applied"
    assert stored(session) != before
    take_back(session, as_of=day)
    assert stored(session) == before
    assert set(session.scalars(select(Loan.as_of_on))) == {AS_OF}
    states = session.scalars(select(NightlyFile.state).order_by(NightlyFile.id)).all()
    assert states == ["applied", "applied", "taken_back"]


def test_a_loan_that_was_back_is_missing_again_since_the_same_day(take_in, session, loan):
    take_in(*first_book())
    take_in(*(good_cells(n, as_of=NEXT) for n in range(1, 6)), is_confirmed=True)
    assert loan(6).missing_since_on == NEXT
    day = NEXT + timedelta(days=1)
    take_in(*(good_cells(n, as_of=day) for n in range(1, 7)))
    assert loan(6).missing_since_on is None
    take_back(session, as_of=day)
    assert (loan(6).missing_since_on, loan(6).as_of_on) == (NEXT, AS_OF)


def test_the_right_file_of_the_day_comes_in_afterwards_and_the_wrong_one_waits(
    take_in, session, loan
):
    take_in(*first_book())
    wrong = wrong_book(NEXT)
    take_in(*wrong, is_confirmed=True)
    take_back(session)
    # A scheduler brings the same bytes again every night.
    again = take_in(*wrong, is_vanishing_confirmed=True)
    assert (again.state, "taken_back" in {one.code for one in again.reasons}) == ("waiting", True)
    right = [good_cells(number, as_of=NEXT) for number in range(1, 7)]
    assert take_in(book=ListBook(right, sha256="9" * 64)).state == "applied"
    assert (loan(1).as_of_on, loan(1).paid) == (NEXT, 8)
    with pytest.raises(OlderFile):
        take_in(*first_book())


def test_what_people_did_meanwhile_stays_and_is_named(take_in, session, loan):
    """A plan signed on a loan the file brought keeps the loan, as missing; the others go."""
    take_in(*first_book())
    take_in(*wrong_book(NEXT), is_confirmed=True)
    on_new = make_plan(session, loan(31), state="signed", submitted_at=LATER)
    agreement = make_agreement(session, on_new, signed_at=LATER)
    make_plan(session, loan(1), state="submitted", submitted_at=LATER)
    session.commit()
    taken = take_back(session)
    assert agreement.number in taken.since
    assert len(taken.since) == 3  # two plans and an agreement
    assert loan(32) is None
    kept = loan(31)
    assert (kept.missing_since_on, kept.as_of_on) == (NEXT, NEXT)
    assert loan(1).paid == 8
    entry = session.scalars(select(AuditEntry).order_by(AuditEntry.seq.desc())).first()
    assert (entry.action, entry.after["since"]) == ("nightly_file.taken_back", list(taken.since))


def test_a_mobile_that_staff_changed_since_stands(take_in, session, vault):
    take_in(*first_book())
    take_in(*wrong_book(NEXT), is_confirmed=True)
    mine = vault.fingerprint("19177777777", purpose="mobile")
    session.execute(
        update(Borrower).where(Borrower.customer_no == "C10000003").values(mobile_hmac=mine)
    )
    session.commit()
    take_back(session)
    found = session.scalars(select(Borrower).where(Borrower.customer_no == "C10000003")).one()
    assert found.mobile_hmac == mine
    assert found.name_hmac == vault.fingerprint("罗涵敏", purpose="name")


def test_two_persons_take_a_file_back(take_in, session):
    take_in(*first_book())
    take_in(*wrong_book(NEXT), is_confirmed=True)
    before = stored(session)
    asked = ask(session)
    with pytest.raises(AskedAlready):
        ask(session, who="feng")
    with pytest.raises(SameAsker):
        answer(session, asked.public_id, who="zhou")
    for words in ("", " ", "长" * 301):
        with pytest.raises(WhyNeeded):
            answer(session, asked.public_id, words=words)
    assert stored(session) == before
    answer(session, asked.public_id, agreed=False)
    assert stored(session) == before
    with pytest.raises(NotAsked):
        answer(session, asked.public_id)
    assert answer(session, ask(session).public_id)
    acts = session.scalars(select(NightlyFileAct.act).order_by(NightlyFileAct.id)).all()
    assert acts == ["ask", "keep", "ask", "back"]


def test_only_the_newest_file_is_taken_back_and_one_after_the_other(take_in, session, count):
    take_in(*first_book())
    take_in(*wrong_book(NEXT), is_confirmed=True)
    for day in (AS_OF, date(2026, 11, 1)):
        with pytest.raises(NothingApplied):
            ask(session, as_of=day)
    take_back(session)
    take_back(session, as_of=AS_OF)
    assert (count(Loan), count(LoanSnapshot), count(Borrower)) == (0, 0, 0)
    with pytest.raises(NothingApplied):
        ask(session, as_of=AS_OF)


def test_a_file_that_came_between_asking_and_agreeing_stands(take_in, session):
    take_in(*first_book())
    take_in(*wrong_book(NEXT), is_confirmed=True)
    asked = ask(session)
    take_in(
        *(good_cells(n, as_of=NEXT + timedelta(days=1)) for n in range(1, 7)), is_confirmed=True
    )
    with pytest.raises(NothingApplied):
        answer(session, asked.public_id)


def test_what_stood_before_is_not_kept_for_ever(take_in, session):
    take_in(*first_book())
    session.execute(update(NightlyFile).values(can_go_back=False))
    session.commit()
    with pytest.raises(TooLate):
        ask(session, as_of=AS_OF)
