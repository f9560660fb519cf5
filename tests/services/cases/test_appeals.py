"""An appeal against a refusal: filed in time, answered by another person, contact on hold
meanwhile.
"""

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.exc import DBAPIError

from app.domain.calendar import BEIJING
from app.domain.errors import NotFound
from app.models import (
    Appeal,
    AuditEntry,
    Decision,
    Hold,
    Loan,
    LoanSnapshot,
    OutboxItem,
    Plan,
    PlanLoan,
    PlanVersion,
)
from app.services.agreements.basis import OwesLess, signing_basis
from app.services.cases.appeals import (
    AnotherPlanOpen,
    AppealTooLate,
    AppealWordsNeeded,
)
from app.services.cases.deciding import APPEAL, decide_version, rehearse_answer
from app.services.cases.owners import CaseOwnedByAnother, MakerIsChecker, RefusedByYou, take_case
from app.services.cases.steps import (
    AlreadyDecided,
    BeyondAuthority,
    PreviewChanged,
    Reply,
    WordsNeeded,
)
from app.services.core.context import Actor
from app.services.core.policy import active_policy
from app.services.core.request_keys import KeyReused
from app.services.core.wording import BannedWords
from app.services.holds.queries import running_papers
from app.services.loans.figures import figures_where
from app.services.plans.steps import StateChanged
from app.services.proposals.submitting import withdraw_plan
from tests.factories import make_borrower
from tests.support.acting import acting
from tests.support.appeals import WORDS, answer, appeal, appeal_of, refused
from tests.support.cases import case_of
from tests.support.clock import NOW
from tests.support.proposals import (
    ANSWERS,
    actor_of,
    answered,
    approved_at_once,
    decide,
    make_staff,
    submit,
)

AFTER_REFUSAL = datetime(2026, 11, 26, 23, 59, 59, tzinfo=BEIJING)


def stored(session, public_id) -> PlanVersion:
    return session.scalars(select(PlanVersion).where(PlanVersion.public_id == public_id)).one()


def number_of(session, table) -> int:
    return session.scalar(select(func.count()).select_from(table))


def last_text(session, vault) -> str:
    one = session.scalars(select(OutboxItem).order_by(OutboxItem.id.desc())).first()
    return vault.unseal(one.payload_enc, table="outbox", row=one.idempotency_key, column="payload")


def test_an_appeal_opens_the_version_again_with_its_clock(session, vault, site):
    decider = make_staff(session)
    borrower, version = refused(session, vault, site, decider=decider)
    appeal(session, vault, borrower, version)
    found = stored(session, version)
    assert (found.state, found.ended_at) == ("under_appeal", None)
    assert session.get_one(Plan, found.plan_id).state == "under_appeal"
    assert session.scalars(select(PlanLoan.is_open)).one() is True
    row = session.scalars(select(Appeal)).one()
    assert (row.refused_by, row.filed_at, row.answer_by_on) == (
        decider.person_id,
        NOW,
        date(2026, 12, 2),
    )
    assert WORDS.encode() not in row.words_enc
    assert appeal_of(session, vault, version).words == WORDS
    entry = session.scalars(select(AuditEntry).where(AuditEntry.action == "plan.appealed")).one()
    assert (entry.before, entry.after["state"], entry.after["answer_by_on"]) == (
        {"state": "refused"},
        "under_appeal",
        "2026-12-02",
    )
    assert WORDS not in str(entry.after) + entry.reason


@pytest.mark.parametrize("words", ["", "   \n ", "字" * 1001])
def test_an_appeal_says_why_in_words_of_bearable_length(session, vault, site, words):
    borrower, version = refused(session, vault, site)
    with pytest.raises(AppealWordsNeeded):
        appeal(session, vault, borrower, version, words=words)
    assert stored(session, version).state == "refused"


def test_a_borrower_may_say_what_staff_may_not(session, vault, site):
    borrower, version = refused(session, vault, site)
    appeal(session, vault, borrower, version, words="电话里说我是老赖，我不同意。")
    assert stored(session, version).state == "under_appeal"


def test_thirty_days_and_no_longer(session, vault, site):
    borrower, version = refused(session, vault, site)
    with pytest.raises(AppealTooLate):
        appeal(session, vault, borrower, version, now=NOW + timedelta(days=31))
    appeal(session, vault, borrower, version, now=NOW + timedelta(days=30))
    assert stored(session, version).state == "under_appeal"


@pytest.mark.parametrize("decided", [None, "approve"])
def test_only_a_refusal_is_appealed(session, vault, site, decided):
    proposed = answered(session, vault, disputed=True)
    version = submit(session, vault, site, proposed)
    if decided:
        decide(session, vault, site, version, make_staff(session), answer=decided)
    with pytest.raises(StateChanged):
        appeal(session, vault, proposed.borrower, version)
    assert number_of(session, Appeal) == 0


def test_the_same_key_appeals_once_and_another_finds_it_done(session, vault, site):
    borrower, version = refused(session, vault, site)
    appeal(session, vault, borrower, version, key="same")
    appeal(session, vault, borrower, version, key="same")
    with pytest.raises(StateChanged):
        appeal(session, vault, borrower, version, key="another")
    assert number_of(session, Appeal) == 1
    other, second = refused(session, vault, site)
    with pytest.raises(KeyReused):
        appeal(session, vault, other, second, key="same")


def test_another_borrowers_refusal_is_not_found(session, vault, site):
    _borrower, version = refused(session, vault, site)
    with pytest.raises(NotFound):
        appeal(session, vault, make_borrower(session, vault), version)


def test_while_another_plan_is_open_on_the_loan_it_is_said_so(session, vault, site):
    borrower, version = refused(session, vault, site)
    loan = session.scalars(select(Loan)).one()
    other = approved_at_once(session, vault, site, borrower=borrower, loan=loan)
    with pytest.raises(AnotherPlanOpen):
        appeal(session, vault, borrower, version)
    assert stored(session, version).state == "refused"
    withdraw_plan(
        session, acting(actor=actor_of(borrower)), borrower_id=borrower.id, version_public_id=other
    )
    appeal(session, vault, borrower, version)
    assert stored(session, version).state == "under_appeal"


def test_filed_within_three_working_days_the_hold_goes_on(session, vault, site):
    borrower, version = refused(session, vault, site)
    assert session.scalars(select(Hold.until_at)).one() == AFTER_REFUSAL
    appeal(session, vault, borrower, version, now=AFTER_REFUSAL - timedelta(seconds=1))
    hold = session.scalars(select(Hold)).one()
    assert (hold.from_at, hold.until_at, hold.ended_by) == (NOW, None, None)


def test_filed_later_the_hold_begins_anew(session, vault, site):
    borrower, version = refused(session, vault, site)
    later = AFTER_REFUSAL + timedelta(hours=9)
    appeal(session, vault, borrower, version, now=later)
    holds = session.scalars(select(Hold).order_by(Hold.id)).all()
    assert [(one.from_at, one.until_at) for one in holds] == [(NOW, AFTER_REFUSAL), (later, None)]


def test_a_second_hold_that_needed_a_person_does_not_begin_with_an_appeal(session, vault, site):
    first = answered(session, vault)
    withdrawn = submit(session, vault, site, first)
    withdraw_plan(
        session,
        acting(actor=first.actor),
        borrower_id=first.borrower.id,
        version_public_id=withdrawn,
    )
    borrower, version = refused(session, vault, site, borrower=first.borrower, loan=first.loan)
    appeal(session, vault, borrower, version)
    assert session.scalars(select(Hold.until_at)).all() == [NOW]
    answer(session, vault, site, version, make_staff(session))
    assert session.scalars(select(Hold.until_at).order_by(Hold.id)).all() == [NOW, None]


def test_nothing_accrues_from_the_submission_to_the_answer(session, vault, site):
    borrower, version = refused(session, vault, site)
    loan = session.scalars(select(Loan)).one()

    def owed(day):
        policy = active_policy(session)[1]
        return figures_where(session, Loan.id == loan.id, policy=policy, today=day)[0].owed

    start = owed(NOW.date())
    appeal(session, vault, borrower, version, now=NOW + timedelta(days=10))
    assert owed(date(2026, 12, 10)).payoff_fen == start.payoff_fen
    answer(
        session,
        vault,
        site,
        version,
        make_staff(session),
        answer="refuse",
        now=NOW + timedelta(days=15),
    )
    later = owed(date(2026, 12, 18))
    assert {one.days - one.charged_days for one in later.overdue if one.due_on < NOW.date()} == {15}


def test_plans_in_between_do_not_count_days_twice(session, vault, site):
    """Refused, another one proposed and withdrawn, then the first appealed: each day stays free
    once.
    """
    borrower, version = refused(session, vault, site)
    loan = session.scalars(select(Loan)).one()
    at = NOW + timedelta(days=2)
    other = approved_at_once(session, vault, site, borrower=borrower, loan=loan, now=at)
    gone = at + timedelta(days=2)
    withdraw_plan(
        session,
        acting(now=gone, actor=actor_of(borrower)),
        borrower_id=borrower.id,
        version_public_id=other,
    )
    appeal(session, vault, borrower, version, now=gone)
    answer(
        session,
        vault,
        site,
        version,
        make_staff(session),
        answer="refuse",
        now=NOW + timedelta(days=10),
    )
    policy = active_policy(session)[1]
    owed = figures_where(session, Loan.id == loan.id, policy=policy, today=date(2026, 12, 10))[
        0
    ].owed
    assert {one.days - one.charged_days for one in owed.overdue} == {10}


def two_refusals(session, vault, site):
    """(borrower, older version, newer version): both refused, the newer one proposed a day later
    and refused after two.
    """
    borrower, older = refused(session, vault, site)
    loan = session.scalars(select(Loan)).one()
    newer = refused(
        session, vault, site, borrower=borrower, loan=loan, now=NOW + timedelta(days=1)
    )[1]
    return borrower, older, newer


def test_of_two_refusals_the_one_appealed_holds_on_and_the_page_shows_one_paper(
    session, vault, site
):
    """The newer one keeps its own end: its hold was promised until then, and no longer."""
    borrower, older, newer = two_refusals(session, vault, site)
    at = NOW + timedelta(days=2)
    papers = running_papers(session, acting(now=at), borrower_id=borrower.id)
    assert [one.version for one in papers] == [newer]
    appeal(session, vault, borrower, older, now=at)
    papers = running_papers(session, acting(now=at), borrower_id=borrower.id)
    assert [(one.version, one.state, one.until_at) for one in papers] == [
        (older, "under_appeal", None)
    ]
    ends = [one.until_at for one in session.scalars(select(Hold).order_by(Hold.id))]
    assert ends == [None, AFTER_REFUSAL + timedelta(days=1)]


def test_an_appeal_filed_later_has_a_paper_of_its_own_plan(session, vault, site):
    borrower, older, _newer = two_refusals(session, vault, site)
    at = AFTER_REFUSAL + timedelta(hours=1)
    appeal(session, vault, borrower, older, now=at)
    papers = running_papers(session, acting(now=at), borrower_id=borrower.id)
    assert [(one.version, one.from_at, one.until_at) for one in papers] == [(older, at, None)]
    ends = [one.until_at for one in session.scalars(select(Hold).order_by(Hold.id))]
    assert ends == [AFTER_REFUSAL, AFTER_REFUSAL + timedelta(days=1), None]


def test_days_freed_by_an_older_refusals_appeal_are_named_where_a_newer_plan_cannot_be_signed(
    session, vault, site
):
    borrower, older, newer = two_refusals(session, vault, site)
    appeal(session, vault, borrower, older, now=NOW + timedelta(days=2))
    answer(
        session,
        vault,
        site,
        older,
        make_staff(session),
        answer="refuse",
        now=NOW + timedelta(days=3),
    )
    appeal(session, vault, borrower, newer, now=NOW + timedelta(days=3))
    answer(session, vault, site, newer, make_staff(session), now=NOW + timedelta(days=3))
    for table in (Loan, LoanSnapshot):
        session.execute(update(table).values(as_of_on=date(2026, 11, 26)))
    context = acting(now=NOW + timedelta(days=3), vault=vault, site=site)
    basis = signing_basis(session, context, borrower_id=borrower.id, version_public_id=newer)
    with pytest.raises(OwesLess) as refusal:
        basis.check_may_sign()
    assert "也可能是有几天不再计息" in refusal.value.message


def test_another_person_approves_and_the_offer_stands(session, vault, site):
    borrower, version = refused(session, vault, site)
    appeal(session, vault, borrower, version)
    decider = make_staff(session)
    later = NOW + timedelta(days=3)
    answer(session, vault, site, version, decider, words="看了您的说明，做得到。", now=later)
    found = stored(session, version)
    assert (found.state, found.decided_at, found.ended_at) == ("approved", later, None)
    assert found.valid_until_at.astimezone(BEIJING).date() == date(2026, 12, 3)
    second = session.scalars(select(Decision).where(Decision.round == 2)).one()
    assert (second.answer, second.person_id, second.words) == (
        "approve",
        decider.person_id,
        "看了您的说明，做得到。",
    )
    row = session.scalars(select(Appeal)).one()
    assert (row.answered_by, row.answered_at) == (decider.person_id, later)
    assert session.scalars(select(PlanLoan.is_open)).one() is True
    assert session.scalars(select(Hold.until_at)).one() is None
    assert "已同意，有效到12月3日（含当天）" in last_text(session, vault)
    entry = session.scalars(select(AuditEntry).where(AuditEntry.action == "plan.approved")).one()
    assert (entry.before, entry.reason) == ({"state": "under_appeal"}, "within_means")


@pytest.mark.parametrize(("days", "ends"), [(0, AFTER_REFUSAL), (9, NOW + timedelta(days=9))])
def test_upheld_lets_go_and_the_hold_ends_with_the_answer_but_not_before_the_days_after_a_refusal(
    session, vault, site, days, ends
):
    borrower, version = refused(session, vault, site)
    appeal(session, vault, borrower, version)
    now = NOW + timedelta(days=days)
    answer(session, vault, site, version, make_staff(session), answer="refuse", now=now)
    found = stored(session, version)
    assert (found.state, found.ended_at, found.valid_until_at) == ("upheld", now, None)
    assert session.scalars(select(PlanLoan.is_open)).one() is False
    assert session.scalars(select(Hold.until_at)).one() == ends
    assert "有答复了" in last_text(session, vault)
    with pytest.raises(StateChanged):
        appeal(session, vault, borrower, version)


@pytest.mark.parametrize("given", ["approve", "refuse"])
def test_who_refused_never_answers_the_appeal(session, vault, site, given):
    decider = make_staff(session, roles=("agent", "supervisor"))
    borrower, version = refused(session, vault, site, decider=decider)
    appeal(session, vault, borrower, version)
    with pytest.raises(RefusedByYou):
        answer(session, vault, site, version, decider, answer=given)
    with pytest.raises(AlreadyDecided):  # nor by the way of a first answer
        decide(session, vault, site, version, decider, answer=given)
    same_person = replace(make_staff(session), person_id=decider.person_id)
    with pytest.raises(RefusedByYou):
        answer(session, vault, site, version, same_person, answer=given)
    assert stored(session, version).state == "under_appeal"


def test_the_database_too_keeps_refuser_and_answerer_apart(session, vault, site):
    decider = make_staff(session)
    borrower, version = refused(session, vault, site, decider=decider)
    appeal(session, vault, borrower, version)
    session.scalars(select(Appeal)).one().answered_by = decider.person_id
    with pytest.raises(DBAPIError, match="another_person"):
        session.flush()
    session.rollback()


def test_who_entered_the_plan_never_answers_the_appeal(session, vault, site):
    borrower, version = refused(session, vault, site)
    appeal(session, vault, borrower, version)
    maker = replace(make_staff(session), person_id=stored(session, version).author_person)
    with pytest.raises(MakerIsChecker):
        answer(session, vault, site, version, maker)


def test_an_appeal_asks_the_same_authority_and_the_same_words(session, vault, site):
    answers = replace(ANSWERS, monthly_fen=20_000)
    supervisor = make_staff(session, roles=("supervisor",))
    borrower, version = refused(session, vault, site, decider=supervisor, answers=answers)
    appeal(session, vault, borrower, version)
    with pytest.raises(BeyondAuthority):
        answer(session, vault, site, version, make_staff(session))
    other = make_staff(session, roles=("supervisor",))
    with pytest.raises(WordsNeeded):
        answer(session, vault, site, version, other, answer="refuse", words="  ")
    with pytest.raises(BannedWords):
        answer(session, vault, site, version, other, answer="refuse", words="后果自负")
    answer(session, vault, site, version, other)
    assert stored(session, version).state == "approved"


def test_the_same_key_answers_once_and_a_second_answer_comes_second(session, vault, site):
    borrower, version = refused(session, vault, site)
    appeal(session, vault, borrower, version)
    decider = make_staff(session)
    answer(session, vault, site, version, decider, key="same")
    answer(session, vault, site, version, decider, key="same")
    with pytest.raises(KeyReused):
        answer(session, vault, site, version, decider, answer="refuse", key="same")
    with pytest.raises(AlreadyDecided):
        answer(session, vault, site, version, make_staff(session), answer="refuse")
    assert number_of(session, Decision) == 2


def test_a_refusal_that_nobody_appealed_has_nothing_to_answer(session, vault, site):
    _borrower, version = refused(session, vault, site)
    assert appeal_of(session, vault, version) is None
    with pytest.raises(AlreadyDecided):
        answer(session, vault, site, version, make_staff(session))
    with pytest.raises(NotFound):
        answer(session, vault, site, "nowhere", make_staff(session))


def test_an_approved_appeal_can_be_withdrawn(session, vault, site):
    borrower, version = refused(session, vault, site)
    appeal(session, vault, borrower, version)
    answer(session, vault, site, version, make_staff(session))
    withdraw_plan(
        session,
        acting(actor=actor_of(borrower)),
        borrower_id=borrower.id,
        version_public_id=version,
    )
    assert stored(session, version).state == "withdrawn"


def test_a_rehearsal_tells_what_comes_and_leaves_nothing(session, vault, site):
    borrower, version = refused(session, vault, site)
    appeal(session, vault, borrower, version)
    decider, before = make_staff(session), number_of(session, OutboxItem)
    context = acting(vault=vault, site=site, staff=decider)
    asked = {"version_public_id": version}
    reply = Reply("refuse", "amount_too_low", "看过了，想和您再商量。", "k")
    shown = rehearse_answer(session, context, turn=APPEAL, reply=reply, **asked)
    assert (shown.page.state, shown.page.words) == ("upheld", "看过了，想和您再商量。")
    assert (stored(session, version).state, number_of(session, OutboxItem)) == (
        "under_appeal",
        before,
    )
    session.rollback()
    with pytest.raises(PreviewChanged):
        decide_version(
            session, context, turn=APPEAL, reply=replace(reply, shown_sha256="0" * 64), **asked
        )
    decide_version(
        session, context, turn=APPEAL, reply=replace(reply, shown_sha256=shown.sha256), **asked
    )
    assert shown.sms in last_text(session, vault)


def test_a_colleagues_case_is_not_answered_and_an_answered_one_is_nobodys(session, vault, site):
    borrower, version = refused(session, vault, site)
    appeal(session, vault, borrower, version)
    owner, other = make_staff(session), make_staff(session)
    take_case(
        session,
        acting(
            actor=Actor(f"staff:{owner.staff_id}"),
            staff=owner,
        ),
        version_public_id=version,
    )
    with pytest.raises(CaseOwnedByAnother):
        answer(session, vault, site, version, other)
    answer(session, vault, site, version, owner)
    assert case_of(session, version).owner_staff_id is None
