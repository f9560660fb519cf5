"""Texts of agreements, of stored versions as signing will show them and of none, and papers made of
texts.
"""

from datetime import UTC, date, datetime, timedelta

from sqlalchemy import select

from app.config import Settings
from app.domain.kinds.options import plan_options
from app.domain.plan import OwedLoan, PlanRequest
from app.domain.policy import PlanFacts
from app.domain.schedule import schedule
from app.domain.terms_writing import terms_sha256, write_terms
from app.integrations.vault.aesgcm import AesGcmVault
from app.models import Borrower, Loan, Plan, PlanLoan, PlanVersion
from app.services.agreements.act import SigningAct
from app.services.agreements.paper import paper_values
from app.services.agreements.text import AgreementRows, agreement_text, text_sha256
from app.services.core.policy import active_policy
from app.services.loans.figures import terms_of
from tests.domain.examples import POLICY, owed_on
from tests.support.plans import option_for

SIGNED_AT = datetime(2026, 11, 24, 2, 3, 4, tzinfo=UTC)
START = date(2026, 11, 20)
VAULT = AesGcmVault(data_key=b"d" * 32, lookup_key=b"l" * 32)
SITE = Settings.from_env(
    {"DATA_KEY": "ab" * 32, "LOOKUP_KEY": "cd" * 32, "SECRET_KEY": "s" * 40}
).site


def text_of(session, vault, site, version_public_id):
    version = session.scalars(
        select(PlanVersion).where(PlanVersion.public_id == version_public_id)
    ).one()
    plan = session.get_one(Plan, version.plan_id)
    loans = session.scalars(select(Loan).join(PlanLoan).where(PlanLoan.plan_id == plan.id))
    text = agreement_text(
        AgreementRows(version, plan, tuple(loans), session.get_one(Borrower, plan.borrower_id)),
        vault=vault,
        site=site,
        policy=active_policy(session)[1],
    )
    session.rollback()
    return text


def a_loan(number=1, **overrides):
    """¥12,000.00 over two years, not in any database; each further one is longer past due."""
    values = {
        "public_id": f"loan-{number}",
        "ref": f"JJ20250918{number:05d}",
        "contract_no": f"HT20250918{number:05d}",
        "product": "装修分期" if number % 2 else "教育分期",
        "method": "equal_instalment",
        "principal_fen": 1_200_000 + 7_001 * (number - 1),
        "annual_ppm": 156_000,
        "uplift_ppm": 500_000,
        "day_basis": 360,
        "periods": 24,
        "paid": 7,
        "start_on": date(2025, 12, 18),
        "due_day": 18,
        "interest_only": 0,
    }
    loan = Loan(**(values | overrides))
    loan.last_due_on = schedule(terms_of(loan))[-1].due_on
    return loan


def kind_text(asked, loans, *, fee_fen=1_500, name="罗涵敏"):
    """The text of the one plan that is computed for a request on loans, without a database."""
    debts = {}
    for loan in loans:
        terms = terms_of(loan)
        owed = owed_on(terms, START, paid=loan.paid, fee_fen=fee_fen)
        debts[loan.public_id] = OwedLoan(loan.ref, terms, owed)
    option = plan_options(list(debts.values()), asked, POLICY, PlanFacts()).options[0]
    return _text(option, asked, debts, loans, name)


def text_of_kind(name):
    """A text of each kind of plan, some over several loans."""
    asked, loans = {
        "reamortise": (_asked(periods=12, upfront_fen=50_000), [a_loan()]),
        "several": (
            _asked(periods=36, upfront_fen=50_000),
            [a_loan(1), a_loan(2, paid=6), a_loan(3, annual_ppm=182_500, day_basis=365)],
        ),
        "step_up": (
            _asked(kind="step_up", periods=24, low_fen=50_000, low_months=6),
            [a_loan(1), a_loan(2, paid=6)],
        ),
        "later": (
            _asked(kind="deferral", pay_day=None, months=3, way="later"),
            [a_loan(paid=11)],
        ),
        "monthly": (
            _asked(kind="deferral", pay_day=None, months=3, way="monthly"),
            [a_loan(paid=11)],
        ),
        "interest_first": (
            _asked(kind="deferral", pay_day=None, months=3, way="later"),
            [a_loan(paid=11, method="interest_first")],
        ),
        "catch_up": (_asked(kind="catch_up", pay_day=None, periods=4), [a_loan(paid=8)]),
        "settlement": (
            _asked(kind="settlement", pay_on=date(2026, 12, 1)),
            [a_loan()],
        ),
        "own_sum": (
            _asked(kind="settlement", pay_on=date(2026, 12, 1), sum_fen=1_200_000),
            [a_loan(1), a_loan(2, paid=6)],
        ),
    }[name]
    return kind_text(asked, loans)


KINDS = (
    "reamortise",
    "several",
    "step_up",
    "later",
    "monthly",
    "interest_first",
    "catch_up",
    "settlement",
    "own_sum",
)


def words_of(text, code):
    """The sentences of one clause, or none where the text has no such clause."""
    return "".join(
        one for clause in text["clauses"] if clause["code"] == code for one in clause["words"]
    )


def _asked(*, pay_day=10, upfront_fen=0, **asked):
    return PlanRequest(0, upfront_fen, None, pay_day, START, **asked)


def a_text(*, periods=36, name="罗涵敏", upfront_fen=50_000):
    """A text without a database: ¥12,000.00 of three years, a third of it paid."""
    loan = a_loan(paid=8)
    owed = owed_on(terms_of(loan), START, paid=7, fee_fen=1_500)
    asked = PlanRequest(50_000, upfront_fen, None, 10, START)
    option = option_for(
        terms_of(loan), owed, asked, POLICY, PlanFacts(), periods=periods, annual_ppm=156_000
    )
    debts = {loan.public_id: OwedLoan(option.loans[0].ref, terms_of(loan), owed)}
    return _text(option, asked, debts, (loan,), name)


def _text(option, asked, debts, loans, name):
    terms = write_terms(
        option,
        request=asked,
        debts=debts,
        choice="lowest",
        first_payment_days=3,
        policy_version="1",
    )
    version = PlanVersion(number=1, moved_months=0, terms=terms, terms_sha256=terms_sha256(terms))
    return agreement_text(
        AgreementRows(version, Plan(number="AH-00318"), tuple(loans), _borrower(name)),
        vault=VAULT,
        site=SITE,
        policy=POLICY,
    )


def _borrower(name):
    def sealed(text, column):
        return VAULT.seal(text, table="borrowers", row="b", column=column)

    return Borrower(
        public_id="b", name_enc=sealed(name, "name"), id_enc=sealed("990101198901140965", "id")
    )


def an_act(text, *, signed_at=SIGNED_AT, **changed):
    """Read for 40 seconds, every grave clause confirmed, the code typed 20 seconds later."""
    asked_at = signed_at - timedelta(seconds=20)
    values = {
        "name": "*敏",
        "mobile": "190****0000",
        "shown_at": asked_at - timedelta(seconds=40),
        "required_seconds": 10,
        "clauses": {one["code"]: asked_at for one in text["clauses"] if one["confirm"]},
        "code": "c" * 20,
        "asked_at": asked_at,
        "signed_at": signed_at,
        "from_where": "192.0.2.7",
    }
    return SigningAct(**(values | changed))


def paper_of(text, *, signed_at=SIGNED_AT, base_url="https://anhuan.example.cn", **done):
    return paper_values(
        text=text,
        text_sha256=text_sha256(text),
        check_code="q" * 20,
        base_url=base_url,
        act=an_act(text, signed_at=signed_at, **done),
    )
