"""The smallest valid rows; each takes overrides. Rows are committed, for a use case starts its own
transaction.
"""

from datetime import UTC, date, datetime
from itertools import count

from sqlalchemy import select

from app.domain.arrears import arrears
from app.domain.plan_terms import FORMAT, OLDEST_FIRST
from app.domain.schedule import schedule
from app.domain.states import UNANSWERED, waits_for
from app.models import (
    Agreement,
    Borrower,
    Case,
    Contact,
    Hold,
    Loan,
    LoanSnapshot,
    NightlyFile,
    Plan,
    PlanLoan,
    PlanPart,
    PlanVersion,
)
from app.models import new_public_id as public_id
from app.services.agreements.due_dates import due_dates_of
from app.services.loans.figures import terms_of

AS_OF = date(2026, 11, 22)
RECEIVED = datetime(2026, 11, 22, 18, 0, tzinfo=UTC)
CEILING_PPM = 240_000
_numbers = count(1)


def make_borrower(
    session,
    vault,
    *,
    name="罗涵敏",
    mobile="19003740000",
    id_number="990101198901140965",
    **overrides,
):
    row = public_id()
    values = {
        "public_id": row,
        "customer_no": f"C9{next(_numbers):07d}",
        "name_enc": vault.seal(name, table="borrowers", row=row, column="name"),
        "name_hmac": vault.fingerprint(name, purpose="name"),
        "mobile_enc": vault.seal(mobile, table="borrowers", row=row, column="mobile"),
        "mobile_hmac": vault.fingerprint(mobile, purpose="mobile"),
        "mobile_last4_hmac": vault.fingerprint(mobile[-4:], purpose="mobile_last4"),
        "id_enc": vault.seal(id_number, table="borrowers", row=row, column="id"),
        "id_hmac": vault.fingerprint(id_number, purpose="id"),
        "id_last4_hmac": vault.fingerprint(id_number[-4:], purpose="id_last4"),
        "key_version": vault.key_version,
    }
    return _saved(session, Borrower(**(values | overrides)))


def make_file(session, *, as_of_on=AS_OF, **overrides):
    """The applied file of a day; made once."""
    found = session.scalars(select(NightlyFile).where(NightlyFile.as_of_on == as_of_on)).first()
    if found is not None:
        return found
    values = {
        "name": "loan_book.csv",
        "as_of_on": as_of_on,
        "sha256": "0" * 64,
        "state": "applied",
        "rows": 1,
        "accepted": 1,
        "unchanged": 0,
        "rejected": 0,
        "vanished": 0,
        "discrepancies": 0,
        "over_ceiling": 0,
        "totals": {},
        "received_at": RECEIVED,
        "received_by": "job:import",
    }
    return _saved(session, NightlyFile(**(values | overrides)))


def make_loan(session, borrower, *, differences=None, fee_fen=0, as_of_on=AS_OF, **overrides):
    """A loan two instalments past due by default, with the file's figures as our own plus
    `differences`.
    """
    number = next(_numbers)
    values = {
        "ref": f"JJ99{number:09d}",
        "contract_no": f"HT99{number:09d}",
        "borrower_id": borrower.id,
        "customer_no": borrower.customer_no,
        "product": "装修分期",
        "method": "equal_instalment",
        "principal_fen": 1_200_000,
        "annual_ppm": 156_000,
        "uplift_ppm": 500_000,
        "day_basis": 360,
        "periods": 24,
        "paid": 8,
        "start_on": date(2025, 12, 18),
        "due_day": 18,
        "as_of_on": as_of_on,
    }
    loan = Loan(interest_only=0, **(values | overrides))
    terms = terms_of(loan)
    loan.last_due_on = schedule(terms)[-1].due_on
    loan.difference = bool(differences) or bool(overrides.get("difference"))
    owed = arrears(terms, paid=loan.paid, fee_fen=fee_fen, as_of=as_of_on, ceiling_ppm=CEILING_PPM)
    loan.over_ceiling = owed.excess_fen > 0
    _saved(session, loan)
    make_snapshot(session, loan, owed, differences=differences or {})
    return loan


def make_snapshot(session, loan, owed, *, differences, line=2):
    more = differences.get
    return _saved(
        session,
        LoanSnapshot(
            loan_id=loan.id,
            file_id=make_file(session, as_of_on=owed.as_of).id,
            line=line,
            as_of_on=owed.as_of,
            paid=loan.paid,
            overdue_since_on=owed.overdue[0].due_on if owed.overdue else None,
            days_past_due=owed.days_past_due,
            left_fen=owed.principal_left_fen + more("left", 0),
            overdue_principal_fen=owed.overdue_principal_fen + more("overdue_principal", 0),
            interest_fen=owed.interest_fen + more("interest", 0),
            penalty_fen=owed.penalty_fen + more("penalty", 0),
            fee_fen=owed.fee_fen,
            differences=dict(differences),
        ),
    )


def plan_terms(loan, total_fen):
    """Terms of a plan on one loan, all of it due with one instalment."""
    owed = {"fee_fen": 0, "penalty_fen": 0, "interest_fen": 0, "principal_fen": total_fen}
    bears = dict.fromkeys(("interest_fen", "old_interest_fen", "penalty_fen", "fee_fen"), 0)
    row = {"number": 1, "due_on": "2026-12-10", "principal_fen": total_fen} | bears
    share = {
        "loan": loan.public_id,
        "annual_ppm": 0,
        "owed": owed,
        "gross": owed,
        "excess_fen": 0,
        "payoff_fen": total_fen,
        "days_past_due": 66,
        "waived": [],
        "planned": owed,
        "first_payment": None,
        "instalments": [row],
    }
    return {
        "format": FORMAT,
        "kind": "reamortise",
        "choice": "best_fit",
        "policy_version": "2026-11-01.1",
        "start_on": "2026-11-21",
        "pay_day": 10,
        "asked": {"monthly_fen": 130_000, "upfront_fen": 0},
        "planned": owed,
        "annual_rate": "0.0000",
        "plan_interest_fen": 0,
        "total_fen": total_fen,
        "payment_order": OLDEST_FIRST,
        "loans": [share],
        "regular": [],
    }


def make_plan(session, loan, *, state="submitted", total_fen=600_000, case=None, **overrides):
    """A sealed version of a plan on one loan, with the plan's case as it is in that state but for
    `case`.
    """
    number = next(_numbers)
    now = datetime(2026, 11, 21, 2, 0, tzinfo=UTC)
    plan = _saved(
        session,
        Plan(
            number=f"AH-{90000 + number}",
            borrower_id=loan.borrower_id,
            state="proposed",
            created_at=now,
        ),
    )
    is_open = state not in ("refused", "withdrawn", "expired")
    _saved(session, PlanLoan(plan_id=plan.id, loan_id=loan.id, is_open=is_open))
    values = {
        "plan_id": plan.id,
        "number": 1,
        "kind": "reamortise",
        "state": state,
        "author_kind": "borrower",
        "author_person": "borrower:x",
        "start_on": date(2026, 11, 21),
        "total_fen": total_fen,
        "terms": plan_terms(loan, total_fen),
        "terms_sha256": "0" * 64,
        "policy_version": "2026-11-01.1",
        "submitted_at": now,
        "decide_by_on": date(2026, 12, 2),
        "moved_months": 0,
    }
    version = _saved(session, PlanVersion(**(values | overrides)))
    clock = version.decide_by_on if state in UNANSWERED else None
    told = {"waits_for": waits_for(state), "waits_since_at": now, "answer_by_on": clock}
    _saved(session, Case(plan_id=plan.id, **(told | (case or {}))))
    _saved(
        session,
        PlanPart(
            version_id=version.id,
            loan_id=loan.id,
            number=1,
            due_on=date(2026, 12, 10),
            component="principal",
            fen=total_fen,
            waived_fen=0,
        ),
    )
    return version


def make_agreement(
    session,
    version,
    *,
    signed_at=datetime(2026, 11, 23, 2, 0, tzinfo=UTC),
    plan_state="active",
    **overrides,
):
    """The agreement on a version, as if it had been signed: the plan is active, or what became of
    it since.
    """
    plan = session.get_one(Plan, version.plan_id)
    plan.state, plan.active_version_id, version.state = plan_state, version.id, "signed"
    case = session.scalars(select(Case).where(Case.plan_id == plan.id)).one()
    case.waits_for, case.answer_by_on = waits_for("signed"), None
    values = {
        "number": f"{plan.number}-{version.number}",
        "version_id": version.id,
        "terms_sha256": version.terms_sha256,
        "text": {},
        "text_sha256": "0" * 64,
        "check_code": public_id(),
        "signed_at": signed_at,
    }
    agreement = _saved(session, Agreement(**(values | overrides)))
    session.add_all(due_dates_of(agreement, version))
    session.commit()
    return agreement


def make_hold(session, borrower, **overrides):
    values = {"cause": "plan_submitted", "from_at": datetime(2026, 11, 21, 2, 0, tzinfo=UTC)}
    return _saved(session, Hold(borrower_id=borrower.id, **(values | overrides)))


def make_contact(session, borrower, **overrides):
    values = {
        "channel": "sms",
        "purpose": "reminder",
        "institution": "澄明消费金融有限公司",
        "person": "system",
        "at": datetime(2026, 11, 9, 2, 12, tzinfo=UTC),
        "result": "sent",
        "words": "您有一笔待处理的事项",
    }
    return _saved(session, Contact(borrower_id=borrower.id, **(values | overrides)))


def _saved(session, row):
    session.add(row)
    session.commit()
    return row
