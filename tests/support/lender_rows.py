"""The made lender as rows of a database, and its files as cells."""

import csv
from datetime import UTC, date, datetime

from sqlalchemy import insert

from app.domain.repayments.directory import SeenBefore
from app.domain.repayments.row import COLUMNS
from app.models import Borrower, Loan, Match, Payment, Plan, PlanLoan, new_public_id
from app.ports.book import BookLine
from app.services.repayments.sealing import account_hash, name_hash

AT = datetime(2026, 11, 1, tzinfo=UTC)
TERMS = {
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
    "last_due_on": date(2027, 12, 18),
    "own_as_of_on": date(2026, 11, 26),
}


class LenderRows:
    """Stores a made lender, and tells what its plans and loans ask for."""

    def __init__(self, session, vault, lender):
        self.session, self.vault, self.lender = session, vault, lender
        self.borrowers = {key: at for at, key in enumerate(lender.names, 1)}
        self.plans = {number: at for at, number in enumerate(lender.plans, 1)}
        self.loans = {ref: at for at, ref in enumerate(lender.loans, 1)}

    def store(self):
        """Add everything; accounts that were seen as payments of the past."""
        lender, session = self.lender, self.session
        session.execute(insert(Borrower), [self._borrower(key) for key in lender.names])
        session.execute(insert(Loan), [self._loan(one) for one in lender.loans.values()])
        session.execute(insert(Plan), [self._plan(one) for one in lender.plans.values()])
        covered = [
            {"plan_id": self.plans[one.number], "loan_id": self.loans[ref], "is_open": is_open}
            for one in lender.plans.values()
            for ref in one.loans
            for is_open in [one.state == "active"]
        ]
        session.execute(insert(PlanLoan), covered)
        seen = [(tail, one) for tail, found in lender.accounts.items() for one in found]
        first = {}
        for ref, loan in lender.loans.items():
            first.setdefault(loan.borrower, ref)
        adding = insert(Payment).returning(Payment.id, sort_by_parameter_order=True)
        paid = session.scalars(adding, [self._paid(at, *one) for at, one in enumerate(seen)])
        ends = [self.loans[first[one.borrower]] for _, one in seen]
        session.execute(insert(Match), list(map(self._match, paid, ends)))
        session.commit()
        return self

    def of_plans(self, plan_ids):
        names = {key: number for number, key in self.plans.items()}
        return {key: self.lender.plans[names[key]].asks for key in plan_ids}

    def of_loans(self, loan_ids):
        names = {key: ref for ref, key in self.loans.items()}
        return {key: self.lender.loans[names[key]].asks for key in loan_ids}

    def _borrower(self, key):
        row, name = new_public_id(), self.lender.names[key]
        sealed = self.vault.seal(name, table="borrowers", row=row, column="name")
        return {
            "id": self.borrowers[key],
            "public_id": row,
            "customer_no": f"C{key}",
            "name_enc": sealed,
            "name_hmac": name_hash(self.vault, name),
            "mobile_enc": b"-",
            "id_enc": b"-",
            "key_version": self.vault.key_version,
        } | dict.fromkeys(
            ("mobile_hmac", "mobile_last4_hmac", "id_hmac", "id_last4_hmac"), f"{key:0>64}"
        )

    def _loan(self, one):
        missing = date(2026, 11, 26) if one.state == "missing" else None
        return TERMS | {
            "id": self.loans[one.ref],
            "public_id": new_public_id(),
            "ref": one.ref,
            "contract_no": f"HT{one.ref[2:]}",
            "customer_no": f"C{one.borrower}",
            "borrower_id": self.borrowers[one.borrower],
            "missing_since_on": missing,
        }

    def _plan(self, one):
        return {
            "id": self.plans[one.number],
            "public_id": new_public_id(),
            "number": one.number,
            "borrower_id": self.borrowers[one.borrower],
            "state": one.state,
            "created_at": AT,
        }

    def _paid(self, at, tail, one: SeenBefore):
        return {
            "public_id": new_public_id(),
            "channel": "从前",
            "channel_ref": f"OLD{at}",
            "paid_on": AT.date(),
            "arrived_on": AT.date(),
            "posted_at": AT,
            "fen": 1,
            "loan_ref": "",
            "payer_hmac": name_hash(self.vault, one.payer),
            "account_hmac": account_hash(self.vault, one.payer, tail),
            "key_version": self.vault.key_version,
            "reverses_ref": "",
            "state": "matched",
            "reason": "",
        }

    @staticmethod
    def _match(at, loan_id):
        return {
            "payment_id": at,
            "number": 1,
            "loan_id": loan_id,
            "fen": 1,
            "rule": "person",
            "reasons": [],
            "actor": "staff:x",
            "at": AT,
        }


def cells_of(row):
    """A line as a bank's file writes it."""
    return {
        "流水号": row.channel_ref,
        "渠道": row.channel,
        "入账日期": row.arrived_on.isoformat(),
        "金额": f"{row.fen // 100}.{row.fen % 100:02d}",
        "借据号": row.loan_ref,
        "备注": row.remark,
        "付款日期": row.paid_on.isoformat(),
        "付款人": row.payer,
        "付款账号": f"6222************{row.account_tail}" if row.account_tail else "",
        "冲正流水号": row.reverses,
    }


HEADERS = tuple(one for one in COLUMNS if one != "金额(元)")


class ListFile:
    """A file of repayments whose lines are given as cells by column."""

    name, header_line, told = "repayments.csv", 1, {}

    def __init__(self, rows, headers=HEADERS, sha256="0" * 64):
        self.rows, self.headers, self.sha256 = list(rows), headers, sha256

    def lines(self):
        for number, row in enumerate(self.rows, start=2):
            yield BookLine(number, [row.get(header, "") for header in self.headers])


def write_csv(path, rows, encoding="gb18030"):
    """Write such a file to a disk."""
    with path.open("w", encoding=encoding, newline="") as text:
        writer = csv.DictWriter(text, HEADERS)
        writer.writeheader()
        writer.writerows(rows)
    return path
