"""Finance says whose a payment is: whole, split, never more or less than it is."""

from collections import Counter

import pytest
from sqlalchemy import func, select

from app.domain.errors import NotFound
from app.domain.references import reference_of
from app.models import Loan, Match, Plan, PlanLoan
from app.services.claims import placing
from app.services.claims.acts import (
    LONGEST_WORDS,
    PaymentOfAnother,
    PaymentSettled,
    PaymentWordsNeeded,
)
from app.services.claims.owning import take_payment
from app.services.claims.placing import (
    EndIsInPlan,
    EndTakesNone,
    EndTwice,
    EndUnknown,
    EndWrongDigit,
    PartMissing,
    SharesCount,
    ShareWish,
    SumsDiffer,
    place_payment,
)
from app.services.core.context import Actor
from app.services.core.request_keys import KeyReused
from app.services.repayments.posting import PaymentReversed, ReversalKept
from tests.factories import make_borrower, make_loan
from tests.services.claims.conftest import WORDS
from tests.support.acting import acting
from tests.support.payments import make_payment, running_plan
from tests.support.races import run_together
from tests.support.threads import handler


@pytest.fixture
def free_loan(session, vault) -> str:
    """A loan on which no plan runs."""
    borrower = make_borrower(session, vault, name="周宁", mobile="19003742000")
    return make_loan(session, borrower).ref


def test_all_of_it_goes_to_one_plan_with_the_reason_on_record(
    place, pay, plan, called, stored, standing, acts_of, trail, zheng
):
    payment = pay(fen=860_20)
    place(payment, (called, None))
    assert stored(payment).state == "matched"
    assert standing(payment) == [(plan.id, None, 860_20)]
    assert acts_of(payment) == [("matched", zheng.actor.who, WORDS)]
    (entry,) = trail()
    assert (entry.action, entry.object_id) == ("payment_matched", payment)
    assert entry.after["shares"] == [{"kind": "plan", "ref": plan.number, "fen": 860_20}]
    assert WORDS not in str([entry.before, entry.after, entry.reason])


@pytest.mark.parametrize(
    "written",
    [
        lambda number, reference: number,
        lambda number, reference: number.lower(),
        lambda number, reference: f" {reference} ",
        lambda number, reference: reference.replace("-", ""),
        lambda number, reference: reference.replace("-", " ").translate(
            {code: code + 0xFEE0 for code in range(0x30, 0x3A)}
        ),
    ],
    ids=["number", "small", "blanks", "no dashes", "full width"],
)
def test_a_plan_is_found_however_it_is_written(place, pay, plan, called, standing, written):
    payment = pay(fen=100)
    place(payment, (written(plan.number, called), 100))
    assert standing(payment) == [(plan.id, None, 100)]


def test_a_payment_is_split_over_plans_and_loans(
    session, vault, place, pay, plan, called, free_loan, standing
):
    other = running_plan(session, vault, name="张洋", mobile="19003741001")
    payment = pay(fen=1_660_20)
    place(payment, (called, 1_160_20), (other.number, 400_00), (free_loan, 100_00))
    loan_id = session.scalars(select(Loan.id).where(Loan.ref == free_loan)).one()
    assert standing(payment) == [
        (plan.id, None, 1_160_20),
        (other.id, None, 400_00),
        (None, loan_id, 100_00),
    ]


def test_money_for_a_plan_that_is_over_is_its_borrowers(session, place, pay, plan, standing):
    plan.state = "completed"
    session.commit()
    payment = pay(fen=100)
    place(payment, (plan.number, None))
    assert standing(payment) == [(plan.id, None, 100)]


@pytest.mark.parametrize(
    ("shares", "refusal", "told"),
    [
        ((), SharesCount, "最多分成 10 份"),
        ((("a", 10),) * 11, SharesCount, "最多分成 10 份"),
        ((("AH-77777", 100_00),), EndUnknown, "没有找到 AH-77777"),
        ((("", 100_00),), EndUnknown, "没有找到"),
        ((("PLAN", 99_99),), SumsDiffer, "加起来是 ¥99.99，这笔款是 ¥100.00，还差 ¥0.01"),
        ((("PLAN", 100_01),), SumsDiffer, "多了 ¥0.01"),
        ((("PLAN", 0),), PartMissing, "要比 0 多"),
        ((("PLAN", 100_01), ("LOAN", -1)), PartMissing, "要比 0 多"),
        ((("PLAN", 100_00), ("LOAN", None)), PartMissing, "要比 0 多"),
        ((("PLAN", 50_00), ("PLAN", 50_00)), EndTwice, "写了两次"),
        ((("WRONG", 100_00),), EndWrongDigit, "校验位不对"),
        ((("COVERED", 100_00),), EndIsInPlan, "请记到这个方案"),
    ],
)
def test_what_cannot_be_is_refused_and_says_why(
    session, place, pay, plan, called, free_loan, standing, acts_of, shares, refusal, told
):
    covered = select(Loan.ref).join(PlanLoan, PlanLoan.loan_id == Loan.id)
    wrong = called[:-1] + str((int(called[-1]) + 1) % 10)
    names = {
        "PLAN": called,
        "LOAN": free_loan,
        "WRONG": wrong,
        "COVERED": session.scalars(covered.where(PlanLoan.plan_id == plan.id)).one(),
    }
    payment = pay(fen=100_00)
    with pytest.raises(refusal) as refused:
        place(payment, *((names.get(to, to), fen) for to, fen in shares))
    assert told in refused.value.words
    assert standing(payment) == []
    assert acts_of(payment) == []


def test_which_part_is_wrong_is_told(place, pay, called):
    with pytest.raises(EndUnknown) as refused:
        place(pay(fen=100_00), (called, 50_00), ("JJ-nowhere", 50_00))
    assert refused.value.place == 1


@pytest.mark.parametrize("state", ["proposed", "broken", "replaced"])
def test_a_plan_that_does_not_run_takes_nothing(session, place, pay, plan, state):
    number = plan.number
    session.execute(Plan.__table__.update().values(state=state))
    session.commit()
    with pytest.raises(EndTakesNone):
        place(pay(), (number, None))


@pytest.mark.parametrize("words", ["", "   ", "长" * (LONGEST_WORDS + 1)])
def test_what_was_not_suggested_needs_its_reason(place, pay, called, stored, words):
    payment = pay()
    with pytest.raises(PaymentWordsNeeded):
        place(payment, (called, None), words=words)
    assert stored(payment).state == "unmatched"


def test_a_suggestion_needs_no_words_and_keeps_its_reasons(
    session, place, pay, called, acts_of, stored
):
    payment = pay(fen=86_020, remark=called, payer="王强")
    place(payment, (called, None), words="")
    assert [(act, words) for act, _who, words in acts_of(payment)] == [("matched", "")]
    match = session.scalars(select(Match).where(Match.payment_id == stored(payment).id)).one()
    assert match.rule == placing.BY_PERSON
    assert match.reasons[0]["code"] == "reference"


def test_a_split_is_never_a_suggestion(place, pay, called, free_loan):
    payment = pay(fen=86_020, remark=called)
    with pytest.raises(PaymentWordsNeeded):
        place(payment, (called, 86_000), (free_loan, 20), words="")


def test_a_double_tap_is_one_match_and_another_content_none(place, pay, called, session):
    payment = pay()
    place(payment, (called, None), key="same")
    place(payment, (called, None), key="same")
    with pytest.raises(KeyReused):
        place(payment, (called, 100_00), key="same")
    assert session.scalar(select(func.count()).select_from(Match)) == 1


def test_who_comes_second_is_told_of_the_first(place, pay, called, he, standing):
    payment = pay()
    place(payment, (called, None))
    with pytest.raises(PaymentSettled) as refused:
        place(payment, (called, None), by=he)
    assert "别的同事刚刚认领了" in refused.value.words
    assert len(standing(payment)) == 1


def test_a_payment_of_a_colleague_is_theirs_until_taken_over(
    session, place, pay, called, zheng, he, stored
):
    payment = pay()
    take_payment(session, he, public_id=payment, owner="")
    with pytest.raises(PaymentOfAnother):
        place(payment, (called, None))
    take_payment(session, zheng, public_id=payment, owner=he.staff.public_id)
    place(payment, (called, None))
    assert (stored(payment).owner_id, stored(payment).owned_at) == (None, None)


def test_what_a_channel_took_back_is_nobodys(session, vault, place, pay, called, stored):
    taken = pay(channel_ref="LS-1")
    back = make_payment(
        session, vault, reverses_ref="LS-1", reverses_id=stored(taken).id, state="matched"
    ).public_id
    with pytest.raises(PaymentReversed):
        place(taken, (called, None))
    with pytest.raises(PaymentSettled):
        place(back, (called, None))
    with pytest.raises(ReversalKept):
        place(pay(reverses_ref="LS-0", reason="reversal_unknown"), (called, None))


def test_an_unknown_payment_is_not_found(place, called):
    with pytest.raises(NotFound):
        place("x" * 20, (called, None))


@pytest.fixture
def crowd(database, vault):
    """A payment, a plan's reference and people of finance, committed for all to see."""
    with database.sessions() as session:
        called = reference_of(running_plan(session, vault).number)
        payment = make_payment(session, vault).public_id
        people = [handler(session, "finance", username=f"fin{number}") for number in range(8)]
    contexts = [acting(actor=Actor(one.author), staff=one, vault=vault) for one in people]

    def tap(number, key):
        with database.sessions() as own:
            place_payment(
                own,
                contexts[number],
                public_id=payment,
                shares=[ShareWish(called, None)],
                words=WORDS,
                request_key=key,
            )
            return "done"

    return tap


def matches_in(database) -> int:
    with database.sessions() as session:
        return session.scalar(select(func.count()).select_from(Match))


@pytest.mark.race
def test_of_many_at_once_one_says_whose_it_is(database, crowd):
    results = run_together(lambda number: crowd(number, f"key-{number}"), threads=8)
    assert Counter(map(type, results)) == {str: 1, PaymentSettled: 7}
    assert matches_in(database) == 1


@pytest.mark.race
def test_a_double_tap_at_once_is_one_match(database, crowd):
    assert run_together(lambda _number: crowd(0, "key"), threads=8) == ["done"] * 8
    assert matches_in(database) == 1
