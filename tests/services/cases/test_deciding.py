"""Answers to a proposal: who may give them, once, and what follows."""

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.exc import DBAPIError

from app.domain.calendar import BEIJING
from app.domain.errors import NotFound
from app.domain.terms_writing import terms_sha256
from app.models import (
    AuditEntry,
    Decision,
    Hold,
    Loan,
    OutboxItem,
    Plan,
    PlanLoan,
    PlanVersion,
    ReasonCode,
    VersionRelease,
)
from app.services.cases.deciding import rehearse_answer
from app.services.cases.owners import MakerIsChecker
from app.services.cases.steps import (
    AlreadyDecided,
    ApprovedByYou,
    BeyondAuthority,
    FiguresBeingChecked,
    ReasonNeeded,
    Reply,
    WordsNeeded,
)
from app.services.core.request_keys import KeyReused
from app.services.core.wording import BannedWords
from app.services.plans.status_queries import plan_status
from app.services.proposals.basis import Answers
from tests.factories import make_borrower, make_loan
from tests.support.acting import acting
from tests.support.cases import case_of
from tests.support.clock import NOW
from tests.support.proposals import ANSWERS, answered, decide, make_staff, submit, submitted
from tests.support.unguarded import unguarded


def stored(session, public_id) -> PlanVersion:
    return session.scalars(select(PlanVersion).where(PlanVersion.public_id == public_id)).one()


def texts(session, vault) -> list[str]:
    items = session.scalars(select(OutboxItem).order_by(OutboxItem.id))
    return [
        vault.unseal(one.payload_enc, table="outbox", row=one.idempotency_key, column="payload")
        for one in items
    ]


def test_approving_makes_an_offer_of_seven_days(session, vault, site):
    version = submitted(session, vault, site)
    decide(session, vault, site, version, make_staff(session))
    found = stored(session, version)
    assert (found.state, found.decided_at, found.moved_months) == ("approved", NOW, 0)
    assert found.valid_until_at.astimezone(BEIJING).date() == date(2026, 11, 30)
    assert session.get_one(Plan, found.plan_id).state == "approved"
    assert "有效到11月30日（含当天）" in texts(session, vault)[-1]


def test_the_message_names_the_day_a_settlement_is_valid_until(session, vault, site):
    """One that is paid soon is signed until four days before it."""
    borrower = make_borrower(session, vault)
    loan = make_loan(session, borrower, principal_fen=15_000, annual_ppm=0)
    small = Answers(pay_on=date(2026, 11, 30), choice="best_fit")
    version = submitted(session, vault, site, borrower=borrower, loan=loan, answers=small)
    decide(session, vault, site, version, make_staff(session))
    assert stored(session, version).valid_until_at.astimezone(BEIJING).date() == date(2026, 11, 26)
    assert "有效到11月26日（含当天）" in texts(session, vault)[-1]


def test_what_is_locked_is_read_anew(database, vault, site):
    """A session that knows the loan from an earlier use case still learns that a newer file does
    not have it.
    """
    with database.sessions() as session:
        borrower = make_borrower(session, vault)
        loan = make_loan(session, borrower)
        version, decider = (
            submitted(session, vault, site, borrower=borrower, loan=loan),
            make_staff(session),
        )
        assert loan.missing_since_on is None
        session.commit()
        with database.sessions() as other:
            other.execute(update(Loan).values(missing_since_on=date(2026, 11, 23)))
            other.commit()
        with pytest.raises(FiguresBeingChecked):
            rehearse_answer(
                session,
                acting(vault=vault, site=site, staff=decider),
                version_public_id=version,
                reply=Reply("approve", "within_means", "", "key"),
            )


def test_an_approved_plan_stays_open_and_on_hold(session, vault, site):
    version = submitted(session, vault, site)
    decide(session, vault, site, version, make_staff(session))
    assert session.scalars(select(PlanLoan.is_open)).one() is True
    assert session.scalars(select(Hold.until_at)).one() is None


@pytest.mark.parametrize(
    ("days", "moved", "first_on"),
    [(10, 0, date(2026, 12, 10)), (11, 1, date(2027, 1, 10)), (45, 2, date(2027, 2, 10))],
)
def test_dates_move_by_whole_months_when_the_first_is_too_near(
    session, vault, site, days, moved, first_on
):
    proposed = answered(session, vault, disputed=True)
    version = submit(session, vault, site, proposed)
    now = NOW + timedelta(days=days)
    if days == 10:
        now = NOW + timedelta(days=10)
    decide(session, vault, site, version, make_staff(session), now=now)
    assert stored(session, version).moved_months == moved
    status = plan_status(
        session, acting(now=now), borrower_id=proposed.borrower.id, version_public_id=version
    )
    assert status.terms.first_on == first_on
    assert {one.due_on.day for one in status.terms.instalments} == {10}


def test_moved_month_ends_stay_month_ends(session, vault, site):
    proposed = answered(session, vault, answers=replace(ANSWERS, pay_day="last"), disputed=True)
    version = submit(session, vault, site, proposed)
    later = NOW + timedelta(days=30)
    decide(session, vault, site, version, make_staff(session), now=later)
    status = plan_status(
        session, acting(now=later), borrower_id=proposed.borrower.id, version_public_id=version
    )
    assert status.terms.instalments[0].due_on == date(2026, 12, 31)
    assert status.terms.instalments[2].due_on == date(2027, 2, 28)


def test_refusing_lets_go_of_the_loan_and_of_the_hold_three_working_days_later(
    session, vault, site
):
    version = submitted(session, vault, site)
    decide(session, vault, site, version, make_staff(session), answer="refuse")
    found = stored(session, version)
    assert (found.state, found.valid_until_at) == ("refused", None)
    assert session.scalars(select(PlanLoan.is_open)).one() is False
    assert session.scalars(select(Hold.until_at)).one() == datetime(
        2026, 11, 26, 23, 59, 59, tzinfo=BEIJING
    )
    assert "有答复了" in texts(session, vault)[-1]


def test_after_a_refusal_the_borrower_may_propose_again(session, vault, site):
    proposed = answered(session, vault, disputed=True)
    decide(
        session,
        vault,
        site,
        submit(session, vault, site, proposed),
        make_staff(session),
        answer="refuse",
    )
    again = answered(session, vault, borrower=proposed.borrower, loan=proposed.loan)
    assert submit(session, vault, site, again)
    assert session.scalar(select(func.count()).select_from(Plan)) == 2


def test_the_decision_is_on_record_with_its_reason(session, vault, site):
    version = submitted(session, vault, site)
    decider = make_staff(session)
    decide(session, vault, site, version, decider, answer="refuse", words="这个数要还很久。")
    found = session.scalars(select(Decision)).one()
    assert (found.answer, found.reason_code, found.words) == (
        "refuse",
        "amount_too_low",
        "这个数要还很久。",
    )
    assert found.person_id == decider.person_id
    entry = session.scalars(select(AuditEntry).where(AuditEntry.action == "plan.refused")).one()
    assert (entry.object_id, entry.before, entry.after["state"]) == (
        version,
        {"state": "submitted"},
        "refused",
    )
    assert entry.reason == "amount_too_low"


def test_the_second_answer_is_told_that_it_came_second(session, vault, site):
    version = submitted(session, vault, site)
    decide(session, vault, site, version, make_staff(session))
    with pytest.raises(AlreadyDecided):
        decide(session, vault, site, version, make_staff(session), answer="refuse")
    assert session.scalar(select(func.count()).select_from(Decision)) == 1


def test_the_same_key_answers_once(session, vault, site):
    version, decider = submitted(session, vault, site), make_staff(session)
    decide(session, vault, site, version, decider, key="same")
    decide(session, vault, site, version, decider, key="same")
    assert len(texts(session, vault)) == 2  # received, approved
    with pytest.raises(KeyReused):
        decide(session, vault, site, version, decider, answer="refuse", key="same")


def test_who_entered_a_plan_never_answers_it(session, vault, site):
    version = submitted(session, vault, site)
    decider = make_staff(session, roles=("agent", "supervisor"))
    maker = replace(decider, person_id=stored(session, version).author_person)
    for answer in ("approve", "refuse"):
        with pytest.raises(MakerIsChecker):
            decide(session, vault, site, version, maker, answer=answer)


def test_the_database_too_keeps_maker_and_checker_apart(session, vault, site):
    version = stored(session, submitted(session, vault, site))
    decider = make_staff(session)
    session.add(
        Decision(
            version_id=version.id,
            answer="approve",
            reason_code="within_means",
            words="",
            staff_id=decider.staff_id,
            person_id="same",
            author_person="same",
            request_key="k",
            at=NOW,
        )
    )
    with pytest.raises(DBAPIError, match="maker_is_not_checker"):
        session.flush()
    session.rollback()


@pytest.mark.parametrize(
    ("monthly_fen", "roles", "may"),
    [
        (130_000, {"agent"}, True),
        (26_000, {"agent"}, False),
        (26_000, {"supervisor"}, True),
        (20_000, {"agent"}, False),
        (20_000, {"supervisor"}, True),
        (130_000, {"finance", "compliance", "admin"}, False),
    ],
)
def test_authority(session, vault, site, monthly_fen, roles, may):
    from tests.factories import make_borrower, make_loan

    borrower = make_borrower(session, vault)
    loan = make_loan(session, borrower)
    answers = replace(ANSWERS, monthly_fen=monthly_fen)
    version = submitted(session, vault, site, borrower=borrower, loan=loan, answers=answers)
    decider = make_staff(session, roles=tuple(roles))
    if may:
        decide(session, vault, site, version, decider)
        assert stored(session, version).state == "approved"
        return
    with pytest.raises(BeyondAuthority):
        decide(session, vault, site, version, decider)


@pytest.mark.parametrize(
    ("answer", "reason"),
    [("approve", "amount_too_low"), ("refuse", "within_means"), ("refuse", "nonsense")],
)
def test_the_reason_belongs_to_the_answer(session, vault, site, answer, reason):
    version = submitted(session, vault, site)
    with pytest.raises(ReasonNeeded):
        decide(session, vault, site, version, make_staff(session), answer=answer, reason=reason)


def test_a_reason_taken_out_of_use_is_not_given(session, vault, site):
    version = submitted(session, vault, site)
    session.execute(
        update(ReasonCode).where(ReasonCode.code == "amount_too_low").values(is_active=False)
    )
    session.commit()
    with pytest.raises(ReasonNeeded):
        decide(session, vault, site, version, make_staff(session), answer="refuse")


@pytest.mark.parametrize("words", ["   ", "字" * 501])
def test_a_refusal_says_why_in_words_of_bearable_length(session, vault, site, words):
    version = submitted(session, vault, site)
    with pytest.raises(WordsNeeded):
        decide(session, vault, site, version, make_staff(session), answer="refuse", words=words)


@pytest.mark.parametrize("words", ["否则后果自负。", "会进黑 名 单", "请立即还清"])
def test_banned_words_never_reach_the_borrower(session, vault, site, words):
    version = submitted(session, vault, site)
    with pytest.raises(BannedWords) as refused:
        decide(session, vault, site, version, make_staff(session), answer="refuse", words=words)
    assert refused.value.found
    assert stored(session, version).state == "submitted"


def test_a_loan_that_left_the_file_is_not_approved(session, vault, site):
    version = submitted(session, vault, site)
    session.execute(update(Loan).values(missing_since_on=date(2026, 11, 23)))
    session.commit()
    with pytest.raises(FiguresBeingChecked):
        decide(session, vault, site, version, make_staff(session))
    decide(
        session,
        vault,
        site,
        version,
        make_staff(session),
        answer="refuse",
        reason="figures_being_checked",
    )


def test_a_stale_file_does_not_keep_a_person_from_approving(session, vault, site):
    later = NOW + timedelta(days=5)
    version = submitted(session, vault, site, now=later)
    decide(session, vault, site, version, make_staff(session), now=later)
    assert stored(session, version).state == "approved"


def test_an_unknown_version_is_not_found(session, vault, site):
    with pytest.raises(NotFound):
        decide(session, vault, site, "nowhere", make_staff(session))


def two_needed(session, vault, site):
    """A proposal that gives up principal: an own sum far below what is owed."""
    version = submitted(session, vault, site)
    gives_up(session, version)
    return version


def gives_up(session, version) -> None:
    row = stored(session, version)
    loan = row.terms["loans"][0]
    waived = [*loan["waived"], {"component": "principal", "fen": 1, "condition": "kept_to_end"}]
    terms = row.terms | {"loans": [loan | {"waived": waived}]}
    with unguarded(session):
        session.execute(update(PlanVersion).values(terms=terms, terms_sha256=terms_sha256(terms)))
    session.commit()


def supervisor(session):
    return make_staff(session, roles=("supervisor",))


def test_beyond_one_supervisor_two_of_them_approve(session, vault, site):
    version = two_needed(session, vault, site)
    first, second = supervisor(session), supervisor(session)
    decide(session, vault, site, version, first, key="first")
    found = stored(session, version)
    assert (found.state, found.releases_needed) == ("submitted", 2)
    assert texts(session, vault)[-1].count("已同意") == 0
    case = case_of(session, version)
    assert (case.waits_for, case.owner_staff_id, case.answer_by_on is None) == (
        "second_person",
        None,
        False,
    )
    with pytest.raises(ApprovedByYou):
        decide(session, vault, site, version, first, key="again")
    decide(session, vault, site, version, second, key="second")
    session.expire_all()
    assert stored(session, version).state == "approved"
    assert session.scalars(select(Decision.person_id)).all() == [second.person_id]
    behind = session.scalars(select(VersionRelease.person_id).order_by(VersionRelease.id)).all()
    assert behind == [first.person_id, second.person_id]


def test_an_agent_is_none_of_the_two(session, vault, site):
    version = two_needed(session, vault, site)
    with pytest.raises(BeyondAuthority):
        decide(session, vault, site, version, make_staff(session))


def test_after_a_first_approval_another_may_still_refuse(session, vault, site):
    version = two_needed(session, vault, site)
    decide(session, vault, site, version, supervisor(session))
    decide(session, vault, site, version, supervisor(session), answer="refuse")
    session.expire_all()
    assert stored(session, version).state == "refused"
