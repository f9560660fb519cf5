"""Payments and files of repayments, as if they had come in; whose the payments are nobody knows."""

from itertools import count

from app.domain.repayments.row import RepaymentRow
from app.models import Payment, Plan, StatementFault, StatementFile, new_public_id
from app.services.repayments.sealing import hashes_of, sealed_words
from tests.factories import make_agreement, make_borrower, make_loan, make_plan
from tests.support.clock import NOW

TODAY = NOW.date()
_numbers = count(1)


def make_payment(session, vault, *, payer="", account_tail="", remark="", **overrides) -> Payment:
    """A payment that a person has to see to."""
    row = new_public_id()
    values = {
        "public_id": row,
        "channel": "银行卡",
        "channel_ref": f"LS2026{next(_numbers):06d}",
        "paid_on": TODAY,
        "arrived_on": TODAY,
        "posted_at": NOW,
        "fen": 100_00,
        "loan_ref": "",
        "key_version": vault.key_version,
        "reverses_ref": "",
        "state": "unmatched",
        "reason": "unknown_payer",
    } | overrides
    names = ("channel", "channel_ref", "paid_on", "arrived_on", "fen", "loan_ref")
    line = RepaymentRow(
        **{name: values[name] for name in names},
        payer=payer,
        account_tail=account_tail,
        remark=remark,
    )
    payer_hmac, account_hmac = hashes_of(vault, line)
    payment = Payment(
        **values,
        words_enc=sealed_words(vault, line, row),
        payer_hmac=payer_hmac,
        account_hmac=account_hmac,
    )
    session.add(payment)
    session.commit()
    return payment


def make_statement(session, *, faults=(), **overrides) -> StatementFile:
    """A stored file of repayments with the lines that were not taken: number, column, code,
    words.
    """
    values = {
        "name": "repayments_2026-11-22.csv",
        "sha256": "0" * 64,
        "state": "stored",
        "covers_until_on": TODAY,
        "rows": 10,
        "posted": 8,
        "duplicates": 1,
        "unmatched": 2,
        "rejected": len(faults),
        "total_fen": 1_234_56,
        "received_at": NOW,
        "received_by": "cli:import-repayments",
    }
    file = StatementFile(**(values | overrides))
    session.add(file)
    session.flush()
    session.add_all(
        StatementFault(file_id=file.id, line=line, field=field, code=code, message=words)
        for line, field, code, words in faults
    )
    session.commit()
    return file


def running_plan(session, vault, *, name="李芳", mobile="19003741000", **overrides) -> Plan:
    """A signed plan that runs, of somebody of that name."""
    borrower = make_borrower(session, vault, name=name, mobile=mobile, **overrides)
    version = make_plan(session, make_loan(session, borrower), state="approved")
    make_agreement(session, version)
    return session.get_one(Plan, version.plan_id)
